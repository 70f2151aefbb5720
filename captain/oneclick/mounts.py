"""`volumes` of a template's service: volumes of the node, its folders, and whether it is the Docker socket. Pure."""

from __future__ import annotations

import posixpath
import re

from captain.errors import CaptainError
from captain.oneclick.substitution import Substitution
from captain.oneclick.template import APP_NAME, Unsupported
from captain.oneclick.yaml_text import Tree
from captain.stack import Mount

# Whoever reaches one of these is root on the node.
SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock")
_VOLUME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_LONG = ("type", "source", "src", "target", "destination", "dst", "read_only", "readonly")
_RELATIVE = "is a folder beside the template, of which captain has none: the app gets an empty volume, {}"


def reaches_socket(mount: Mount) -> bool:
    """Whether the Docker Engine's socket, or a folder that holds it, is in the mount."""
    if mount.kind != "bind":
        return False
    source = posixpath.normpath("/" + mount.source.lstrip("/"))
    return any(socket == source or source == "/" or socket.startswith(f"{source}/") for socket in SOCKETS)


def mounts(entries: list[Tree], path: str, values: Substitution, unsupported: list[Unsupported]) -> tuple[Mount, ...]:
    """The mounts in their order. What is left out is added to `unsupported`.

    A volume is `<app>-<volume>`, `<app>` being `$$cap_appname`: two installations share none by accident, and the
    services of one share what they name alike.

    `CaptainError` names the entry that is no mount, or two at the same place.
    """
    found: dict[str, Mount] = {}
    for at, entry in enumerate(entries):
        where = f"{path}.{at}"
        if isinstance(entry, dict):
            mount = _long(entry, where, values, unsupported)
        elif entry:
            mount = _short(str(entry), where, values, unsupported)
        else:
            raise CaptainError(f"{where} is empty: write source:/path.")
        if mount.target in found and found[mount.target] != mount:
            raise CaptainError(f"{where} is a second mount at {mount.target}: keep one of the two.")
        found[mount.target] = mount
    return tuple(found.values())


def _short(entry: str, where: str, values: Substitution, unsupported: list[Unsupported]) -> Mount:
    parts = [part.strip() for part in values.split(entry, ":")]
    if len(parts) == 1:
        return Mount("volume", "", _target(parts[0], where), read_only=False)
    if len(parts) > 3:
        raise CaptainError(f"{where} is '{entry}': it has to be source:/path or source:/path:ro.")
    read_only = False
    for option in parts[2].split(",") if len(parts) == 3 else ():
        if option in ("ro", "rw"):
            read_only = option == "ro"
        else:
            unsupported.append(Unsupported(where, f"has the option '{option}', which is left out"))
    kind, source = _source(parts[0], where, values, unsupported)
    return Mount(kind, source, _target(parts[1], where), read_only)


def _long(entry: dict[str, Tree], where: str, values: Substitution, unsupported: list[Unsupported]) -> Mount:
    texts: dict[str, str] = {}
    for key, value in entry.items():
        if key not in _LONG or isinstance(value, list | dict):
            unsupported.append(Unsupported(f"{where}.{key}", "is left out: captain does not know this key of a volume"))
        else:
            texts[key] = values.text(value or "").strip()
    target = _target(texts.get("target") or texts.get("destination") or texts.get("dst") or "", where)
    read_only = (texts.get("read_only") or texts.get("readonly") or "false").lower() == "true"
    source = texts.get("source") or texts.get("src") or ""
    kind = texts.get("type") or ("volume" if source else "")
    if kind not in ("volume", "bind", "tmpfs"):
        raise CaptainError(f"{where}.type is '{kind}': write volume, bind or tmpfs.")
    if kind == "tmpfs" or not source:
        return Mount(kind, "", target, read_only)
    found, name = _source(source, where, values, unsupported)
    return Mount(found, name, target, read_only)


def _target(text: str, where: str) -> str:
    if not text.startswith("/"):
        raise CaptainError(f"{where} is mounted at '{text}': it has to be a path in the container, such as /data.")
    return text


def _source(text: str, where: str, values: Substitution, unsupported: list[Unsupported]) -> tuple[str, str]:
    """The kind of a mount and its source, from what stands before the first colon."""
    if text.startswith("/"):
        return "bind", text
    app = values.values[APP_NAME]
    relative = text.startswith((".", "~"))
    name = re.sub(r"[^a-zA-Z0-9_.-]+", "-", text.lstrip("./~")).strip("-.") if relative else text
    own = name if name == app or name.startswith(f"{app}-") else f"{app}-{name}" if name else ""
    if not _VOLUME.fullmatch(own):
        raise CaptainError(
            f"{where} names the volume '{text}': write letters, digits, dots, hyphens and underscores, or an absolute "
            "path of the node."
        )
    if relative:
        unsupported.append(Unsupported(where, _RELATIVE.format(own)))
    return "volume", own
