"""Alembic's migrations, and the program that runs them: `python -m app.migrations`.

Nothing here is imported by the app: Alembic costs a start half a CPU-second.
"""
