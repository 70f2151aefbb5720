"""The platform: marketing site, dashboard, admin panel, blogs and REST API, and the worker that runs their jobs."""
