"""Which keys of a template's service captain reads, and why not the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from captain.oneclick.template import Unsupported

# What becomes part of the app.
READ = frozenset(
    {
        "image", "environment", "volumes", "ports", "depends_on", "command", "entrypoint", "hostname", "user",
        "working_dir", "healthcheck", "cap_add", "labels", "init", "read_only", "stop_signal", "stop_grace_period",
        "restart", "caproverExtra",
    }
)  # fmt: skip

# What asks for nothing that captain does not do anyway, or for nothing at all.
FULFILLED = frozenset(
    {
        "expose",  # apps reach every port of each other
        "documentation",  # where the template comes from
    }
)

EXTRA = frozenset({"containerHttpPort", "notExposeAsWebApp", "dockerfileLines", "websocketSupport"})

_ONE_SERVICE_AT_A_TIME = "is left out: a Swarm gives a service no such right"
_REASONS = {
    "container_name": "is left out: tasks have names of their own, and other apps find it as srv-captain--<app>",
    "networks": "is left out: apps are in captain's network, where they find each other",
    "network_mode": "is left out: apps are in captain's network",
    "links": "is left out: apps find each other as srv-captain--<app>",
    "external_links": "is left out: apps find each other as srv-captain--<app>",
    "env_file": "is left out: a template is one file, and none lies beside it",
    "configs": "is left out: a template is one file, and none lies beside it",
    "secrets": "is left out: a template is one file, and none lies beside it",
    "extends": "is left out: a template is one file, and none lies beside it",
    "build": "is left out: write caproverExtra.dockerfileLines",
    "logging": "is left out: captain keeps the logs of every app itself",
    "stdin_open": "is left out: nobody is at the other end of it; use captain exec",
    "tty": "is left out: nobody is at the other end of it; use captain exec",
    "deploy": "is left out: replicas, limits and placement are set for the app afterwards",
    "scale": "is left out: replicas are set for the app afterwards",
    "mem_limit": "is left out: limits are set for the app afterwards",
    "cpus": "is left out: limits are set for the app afterwards",
    "privileged": _ONE_SERVICE_AT_A_TIME,
    "devices": _ONE_SERVICE_AT_A_TIME,
    "security_opt": _ONE_SERVICE_AT_A_TIME,
    "pid": _ONE_SERVICE_AT_A_TIME,
    "ipc": _ONE_SERVICE_AT_A_TIME,
    "userns_mode": _ONE_SERVICE_AT_A_TIME,
}
_UNKNOWN = "is left out: captain does not know this key of a service"


def left_out(path: str, keys: Iterable[str], known: frozenset[str] = READ | FULFILLED) -> list[Unsupported]:
    """Every key that is not known, with the reason; `path` is that of the mapping that has them."""
    return [Unsupported(f"{path}.{key}", _REASONS.get(key, _UNKNOWN)) for key in keys if key not in known]
