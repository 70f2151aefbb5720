"""The edge's agent: keeps nginx' routes and replica lists current.

`__main__` runs it; `routes` reads the routes file, `app_routes` asks captain for those of apps, `replicas` decides what
the lists are, `dns` and `probe` observe, `push` tells nginx.
"""
