"""API keys: making them, and finding out whose one is."""
