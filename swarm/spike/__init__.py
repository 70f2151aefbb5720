"""The spike: a bounded, open-loop burst of real requests through the edge, and what came of it.

Pure: `schedule`, `samples`, `summary`, `table`, `plot`. Doing: `wire`, `load`, `sources`, `watch`,
`control`, `rows`, `passes`, `__main__`. `swarm/spike.sh` runs it from a temporary service beside the edge.
"""
