"""One-click templates on a Swarm: where they come from, what a person is asked, what becomes of them.

`oneclick` is the pure part: what a template says, and the apps that it asks for.
"""
