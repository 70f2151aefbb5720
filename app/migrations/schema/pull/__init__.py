"""Typed models and types from any PostgreSQL database: `python -m app schema pull`."""
