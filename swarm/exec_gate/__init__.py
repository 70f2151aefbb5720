"""A gate to one container of a node: captain creates it for one command in a replica that is on another node."""
