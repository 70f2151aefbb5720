"""Where a live service spec differs from the wanted one, with the engine's own additions taken out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from captain.labels import LOGIN_LABEL
from captain.lease import PAUSED_UNTIL_LABEL
from swarm.engine_objects import JSON

_SECOND = 10**9

# What the engine fills in or takes for granted: saying it and leaving it out are the same.
_DEFAULTS: Mapping[str, object] = {
    "TaskTemplate.Runtime": "container",
    "TaskTemplate.ContainerSpec.Isolation": "default",
    "TaskTemplate.ContainerSpec.StopGracePeriod": 10 * _SECOND,
    "TaskTemplate.RestartPolicy.Condition": "any",
    "TaskTemplate.RestartPolicy.Delay": 5 * _SECOND,
    "EndpointSpec.Mode": "vip",
    "EndpointSpec.Ports[].Protocol": "tcp",
    "EndpointSpec.Ports[].PublishMode": "ingress",
    **{
        f"{rollout}.{key}": value
        for rollout in ("UpdateConfig", "RollbackConfig")
        for key, value in {
            "Parallelism": 1,
            "FailureAction": "pause",
            "Monitor": 5 * _SECOND,
            "Order": "stop-first",
        }.items()
    },
}

# Here zero or empty says something that absence does not.
_SAID_BY_ZERO = {
    "Mode.Global",
    "Mode.Replicated",
    "Mode.Replicated.Replicas",
    "UpdateConfig.Parallelism",
    "RollbackConfig.Parallelism",
    "TaskTemplate.RestartPolicy.Delay",
    "TaskTemplate.ContainerSpec.Init",
    "TaskTemplate.ContainerSpec.Secrets[].File.Mode",
    "TaskTemplate.ContainerSpec.Configs[].File.Mode",
}

# Keys in here are the user's: an empty value is a value.
_USER_MAPS = ("Labels", "Options", "Sysctls")

# Not part of the wish: a forced restart by hand stays done, platforms come from a registry's manifest.
_IGNORED = {"TaskTemplate.ForceUpdate", "TaskTemplate.Placement.Platforms"}

# Lists whose order means nothing, and what to sort them by.
_SORTED_BY: Mapping[str, tuple[str, ...]] = {
    "TaskTemplate.ContainerSpec.Env": (),
    "TaskTemplate.ContainerSpec.CapabilityAdd": (),
    "TaskTemplate.ContainerSpec.CapabilityDrop": (),
    "TaskTemplate.Networks": ("Target",),
    "TaskTemplate.Networks[].Aliases": (),
    "TaskTemplate.ContainerSpec.Secrets": ("SecretName", "SecretID"),
    "TaskTemplate.ContainerSpec.Configs": ("ConfigName", "ConfigID"),
    "TaskTemplate.ContainerSpec.Mounts": ("Target",),
    "TaskTemplate.ContainerSpec.Ulimits": ("Name",),
    "EndpointSpec.Ports": ("PublishedPort", "TargetPort", "Protocol"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference at a path such as `TaskTemplate.ContainerSpec.Image`; None means absent."""

    path: str
    live: object
    wanted: object

    def __str__(self) -> str:
        short = self.path.removeprefix("TaskTemplate.").removeprefix("ContainerSpec.")
        return f"{short}: {_shown(self.live)} → {_shown(self.wanted)}"


def differences(wanted: JSON, live: JSON, network_names: Mapping[str, str] | None = None) -> list[Change]:
    """What a write of `wanted` would change, by path; empty when the service is already so.

    `network_names` maps ids to names: a spec may name a network by either.
    """
    left = _normal(live, "", network_names or {}) or {}
    right = _normal(wanted, "", network_names or {}) or {}
    if same_image(wanted, live):
        left["TaskTemplate"]["ContainerSpec"]["Image"] = image_of(wanted)
    return _compare(left, right, "")


def same_template(one: JSON, other: JSON) -> bool:
    """Whether two task templates make the same tasks: the engine writes defaults into some and not into others."""
    return not differences({"TaskTemplate": one}, {"TaskTemplate": other})


def image_of(spec: JSON) -> str:
    """The image of a service spec; empty for what is not a container."""
    return str((spec["TaskTemplate"].get("ContainerSpec") or {}).get("Image", ""))


def same_image(wanted: JSON, live: JSON) -> bool:
    """Whether the live image is the wanted one, with a registry's digest or a tag that Docker has added."""
    image = image_of(wanted)
    if "@" in image:
        return image == image_of(live)
    return bool(image) and _tagged(image) == _tagged(without_digest(image_of(live)))


def _tagged(image: str) -> str:
    return image if ":" in image.rsplit("/", 1)[-1] else f"{image}:latest"


def without_digest(image: str) -> str:
    """`name:tag@sha256:…` to `name:tag`."""
    return image.partition("@")[0]


def _normal(value: Any, path: str, network_names: Mapping[str, str]) -> Any:
    """The value without defaults and empties, lists in a fixed order; None when nothing is left."""
    if path in _IGNORED:
        return None
    if path in _DEFAULTS and value == _DEFAULTS[path]:
        return None
    if isinstance(value, Mapping):
        if path == "Labels":  # captain's own marks, of which no file says anything
            return {key: item for key, item in value.items() if key not in (PAUSED_UNTIL_LABEL, LOGIN_LABEL)} or None
        if path.rsplit(".", 1)[-1] in _USER_MAPS:
            return dict(value) or None
        inner = {key: _normal(item, f"{path}.{key}" if path else key, network_names) for key, item in value.items()}
        kept = {key: item for key, item in inner.items() if item is not None}
        return kept if kept or path in _SAID_BY_ZERO else None
    if isinstance(value, list):
        items = [_normal(item, f"{path}[]", network_names) for item in value]
        return _ordered([item for item in items if item is not None], path) or None
    if path == "TaskTemplate.Networks[].Target":
        return network_names.get(value, value)
    if path.endswith("[]") or path in _SAID_BY_ZERO:
        return value
    return value or None


def _ordered(items: list[Any], path: str) -> list[Any]:
    if path not in _SORTED_BY:
        return items
    keys = _SORTED_BY[path]
    if not keys:
        return sorted(set(items))
    return sorted(items, key=lambda item: [str(item.get(key, "")) for key in keys])


def _compare(live: object, wanted: object, path: str) -> list[Change]:
    if isinstance(live, dict) and isinstance(wanted, dict):
        return [
            change
            for key in sorted({*live, *wanted})
            for change in _compare(live.get(key), wanted.get(key), f"{path}.{key}" if path else key)
        ]
    if isinstance(live, list) and isinstance(wanted, list) and len(live) == len(wanted):
        pairs = enumerate(zip(live, wanted, strict=True))
        return [change for index, pair in pairs for change in _compare(*pair, f"{path}[{index}]")]
    return [] if live == wanted else [Change(path, live, wanted)]


def _shown(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
