"""Jobs of apps: commands that run at times, each in a task of its own."""
