"""`git push` to captain: git's own server side, whose push is taken only when what it deploys is live."""
