"""The platform: marketing site, dashboard, admin panel, blogs, REST API, and the worker for its jobs."""
