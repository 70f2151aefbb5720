"""Studio, at `admin.<domain>/studio`: rows of any table in the browser, from the models alone.

Nothing here is imported before the first request to it (`app/surfaces/admin/__init__.py`).
"""
