"""The edge: nginx with Lua, and the agent beside it."""
