"""The meter: CPU and memory of every Swarm task on this node, in cAdvisor's metric names.

`cgroup` reads the kernel's accounts, `tasks` knows which container is whose, `exposition` writes the text,
`node` puts them together at each scrape, `__main__` serves it.
"""
