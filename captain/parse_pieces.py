"""What stack files and captain.yml share: ports, mounts, references, health checks, resources. Pure."""

from __future__ import annotations

from captain.errors import CaptainError
from captain.section import Section
from captain.stack import FileReference, Healthcheck, Mount, Port, Resources


def parse_port(port: Section, mode: str = "ingress") -> Port:
    """One published port, in the long form; `mode` where none is said."""
    port.allow("target", "published", "protocol", "mode")
    target, published = port.integer("target"), port.integer("published")
    if target is None or not 0 < target < 65536:
        port.fail("target", "has to be a port from 1 to 65535")
    if published is None or not 0 < published < 65536:
        port.fail("published", "has to be a port from 1 to 65535")
    return Port(
        target,
        published,
        port.choice("protocol", "tcp", "udp", "sctp") or "tcp",
        port.choice("mode", "host", "ingress") or mode,
    )


def parse_mount(entry: object, path: str) -> Mount:
    """One entry of `volumes`, short (`source:target:ro`) or long."""
    if isinstance(entry, str):
        parts = entry.split(":")
        if len(parts) not in (2, 3) or parts[2:] not in ([], ["ro"], ["rw"]):
            raise CaptainError(f"{path}: '{entry}' has to be source:target or source:target:ro.")
        implied = "bind" if parts[0].startswith("/") else "volume"
        return Mount(implied, parts[0], parts[1], parts[2:] == ["ro"])
    mount = Section(entry, path)
    mount.allow("type", "source", "target", "read_only", "tmpfs")
    kind = mount.choice("type", "volume", "bind", "tmpfs")
    if kind is None:
        mount.fail("type", "is needed: volume, bind or tmpfs")
    if not mount.text("target"):
        mount.fail("target", "is needed: the path in the container")
    if kind == "bind" and not mount.text("source").startswith("/"):
        mount.fail("source", "has to be an absolute path of the host")
    tmpfs = mount.section("tmpfs")
    tmpfs.allow("size")
    read_only = mount.boolean("read_only") or False
    return Mount(kind, mount.text("source"), mount.text("target"), read_only, tmpfs.size("size"))


def parse_references(section: Section, key: str) -> tuple[FileReference, ...]:
    """Secrets or configs under `key`; a short one is readable by everybody in the container."""
    found = []
    for entry in section.items(key):
        if isinstance(entry, str):
            found.append(FileReference(entry, entry, "0", "0", 0o444))
            continue
        reference = Section(entry, f"{section.path}.{key}")
        reference.allow("source", "target", "uid", "gid", "mode")
        source = reference.text("source")
        mode = reference.integer("mode")
        found.append(
            FileReference(
                source,
                reference.text("target", source),
                reference.text("uid", "0"),
                reference.text("gid", "0"),
                0o444 if mode is None else mode,
            )
        )
    return tuple(found)


def parse_healthcheck(check: Section | None) -> Healthcheck | None:
    """A check; `disable: true` is one that says so. None without one."""
    if check is None:
        return None
    check.allow("test", "interval", "timeout", "retries", "start_period", "start_interval", "disable")
    if check.boolean("disable"):
        return Healthcheck(("NONE",), None, None, None, None, None)
    test = check.raw("test")
    return Healthcheck(
        test=("CMD-SHELL", test) if isinstance(test, str) else check.texts("test") or None,
        interval=check.duration("interval"),
        timeout=check.duration("timeout"),
        start_period=check.duration("start_period"),
        start_interval=check.duration("start_interval"),
        retries=check.integer("retries"),
    )


def parse_resources(resources: Section | None) -> Resources | None:
    """Limits or reservations; None where nothing is said."""
    if resources is None:
        return None
    resources.allow("cpus", "memory", "pids")
    return Resources(resources.cpus("cpus"), resources.size("memory"), resources.integer("pids"))
