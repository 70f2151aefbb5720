"""What apps write, kept on captain's disk after a container is gone: bounded, and lost with the node."""
