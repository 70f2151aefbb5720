"""An app in CapRover's words (`IAppDef`), and what those words change of it. Pure.

What captain does not do is refused by name where it would change how the app behaves, and named where it would not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from captain.apps.app_document import Document
from captain.caprover.envelope import Refusal, Status

# A part of CapRover's own names, in which every app is anyway.
_COMMON_NETWORK = "captain-overlay-network"
_USUAL_PORT = 80
_DEFINITION_PATHS = ("", "./captain-definition", "captain-definition")
_NODE = "node.id == "

_CHANGED = {
    "instanceCount", "envVars", "volumes", "ports", "containerHttpPort", "notExposeAsWebApp", "networks", "nodeId",
    "httpAuth", "projectId",
}  # fmt: skip
_READ_ONLY = {
    "appName", "versions", "deployedVersion", "isAppBuilding", "hasPersistentData", "hasDefaultSubDomainSsl",
    "customDomain", "websocketSupport", "appDeployTokenConfig", "captainDefinitionRelativeFilePath", "forceSsl",
}  # fmt: skip
_REFUSED = {
    "customNginxConfig": "the edge takes no configuration of nginx; say hosts, redirects and readiness in captain.yml",
    "serviceUpdateOverride": "say resources, healthcheck and placement in captain.yml",
    "preDeployFunction": "captain runs no JavaScript of an app's; put it into the image's start",
    "redirectDomain": "say http.redirects in captain.yml",
}
_NOT_KEPT = {"description", "tags"}


@dataclass(frozen=True, slots=True)
class Version:
    """One release."""

    number: int
    image: str
    created_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the Swarm has of the app, beside what it is meant to be."""

    versions: tuple[Version, ...]
    running: int
    replicas: int
    is_building: bool
    has_app_token: bool
    project: str = ""
    """Its id; empty for none."""


def definition(name: str, document: Document, facts: Facts, shows_values: bool) -> dict[str, Any]:
    """The app as clients list it. `shows_values`: of the environment; without it they are empty."""
    http = document.get("http")
    auth = (http or {}).get("basic_auth")
    return {
        **({"httpAuth": {"user": auth["user"], "password": ""}} if auth else {}),
        "appName": name,
        "projectId": facts.project,
        "description": "",
        "tags": [],
        "deployedVersion": facts.running,
        "versions": [_version(version) for version in facts.versions],
        "isAppBuilding": facts.is_building,
        "instanceCount": facts.replicas,
        "notExposeAsWebApp": http is None,
        "containerHttpPort": http["port"] if http else _USUAL_PORT,
        "websocketSupport": True,
        "forceSsl": False,
        "hasDefaultSubDomainSsl": http is not None,
        "customDomain": [{"publicDomain": host, "hasSsl": False} for host in (http or {}).get("hosts", ())],
        "redirectDomain": "",
        "hasPersistentData": bool(document.get("volumes")),
        "volumes": [_volume(own) for own in document.get("volumes", ()) if own.get("type") != "tmpfs"],
        "ports": [_port(port) for port in document.get("ports", ())],
        "envVars": [
            {"key": key, "value": value if shows_values else ""}
            for key, value in document.get("environment", {}).items()
        ],
        "networks": [_COMMON_NETWORK, *document.get("networks", ())],
        "nodeId": _node(document),
        "captainDefinitionRelativeFilePath": _DEFINITION_PATHS[1],
        "customNginxConfig": "",
        "preDeployFunction": "",
        "serviceUpdateOverride": "",
        "appDeployTokenConfig": {"enabled": facts.has_app_token},
    }


def not_done(body: Mapping[str, Any]) -> list[str]:
    """What a request says and captain does not keep. `Refusal` for what would change how the app behaves."""
    for key, instead in _REFUSED.items():
        if body.get(key):
            raise Refusal(Status.ILLEGAL_PARAMETER, f"{key} cannot be set: {instead}.")
    webhook = body.get("appPushWebhook") or {}
    if webhook.get("repoInfo", {}).get("repo"):
        raise Refusal(Status.ILLEGAL_PARAMETER, "appPushWebhook cannot be set: push with `caprover deploy`.")
    if str(body.get("captainDefinitionRelativeFilePath") or "") not in _DEFINITION_PATHS:
        raise Refusal(
            Status.ILLEGAL_PARAMETER,
            "captainDefinitionRelativeFilePath cannot be another: captain-definition lies at the source's root.",
        )
    if body.get("forceSsl"):
        raise Refusal(Status.ILLEGAL_PARAMETER, "forceSsl cannot be set: the edge serves HTTP and HTTPS.")
    known = _CHANGED | _READ_ONLY | _NOT_KEPT | _REFUSED.keys() | {"appPushWebhook"}
    return sorted(key for key, value in body.items() if value and (key in _NOT_KEPT or key not in known))


def changed(document: Document, body: Mapping[str, Any], replaces: bool) -> Document:
    """The app with what the request says. `replaces`: a list that it leaves out is empty then, as with CapRover.

    `httpAuth` has `passwordHash`, as the edge takes it, where a password was sent; without one the old password stays.
    The number of replicas stays where none is said, and where the autoscaler owns it.
    """
    made = dict(document)
    for key in ("envVars", "volumes", "ports", "networks"):
        if key in body or replaces:
            entries = _entries(key, body.get(key))
            kept = [volume for volume in document.get("volumes", ()) if volume.get("type") == "tmpfs"]
            made[_WORDS[key]] = _READ[key](entries) if key != "volumes" else [*_volumes(entries), *kept]
    if "nodeId" in body:
        made["placement"] = _placed(document.get("placement", {}), str(body["nodeId"] or ""))
    if "notExposeAsWebApp" in body or "containerHttpPort" in body:
        made["http"] = _http(document.get("http"), body)
    if "httpAuth" in body:
        made["http"] = _guarded(made.get("http"), body["httpAuth"])
    count = body.get("instanceCount")
    if count is not None and "autoscale" not in document:
        made["replicas"] = _whole("instanceCount", count)
    return {key: value for key, value in made.items() if value not in (None, [], {})}


def only_changes(body: Mapping[str, Any]) -> dict[str, Any]:
    """What `changed` reads of a request, and nothing else that may be in it, such as keys of repositories."""
    kept = {key: value for key, value in body.items() if key in _CHANGED}
    auth = kept.get("httpAuth")
    if isinstance(auth, Mapping):
        kept["httpAuth"] = {key: auth[key] for key in ("user", "passwordHash") if key in auth}
    return kept


def with_domain(document: Document, domain: str) -> Document:
    """The app under one name more."""
    http = document.get("http")
    if http is None:
        raise Refusal(Status.ILLEGAL_OPERATION, "The app is not exposed as a web app: it can have no domain.")
    if domain in http.get("hosts", ()):
        raise Refusal(Status.ALREADY_EXISTS, f"The app has the domain {domain} already.")
    return {**document, "http": {**http, "hosts": [*http.get("hosts", ()), domain]}}


def has_domain(document: Document, domain: str) -> None:
    """`Refusal` for a name that is none of the app's own."""
    if domain not in (document.get("http") or {}).get("hosts", ()):
        raise Refusal(Status.NOT_FOUND, f"The app has no domain {domain}.")


def without_domain(document: Document, domain: str) -> Document:
    """The app without one of its names."""
    has_domain(document, domain)
    http = document["http"]
    return {**document, "http": {**http, "hosts": [host for host in http["hosts"] if host != domain]}}


def _version(version: Version) -> dict[str, Any]:
    made = version.created_at
    return {
        "version": version.number,
        "deployedImageName": version.image,
        "timeStamp": made.isoformat(timespec="milliseconds").replace("+00:00", "Z") if made else "",
        "gitHash": version.note.removeprefix("git ") if version.note.startswith("git ") else "",
    }


def _volume(volume: Mapping[str, Any]) -> dict[str, Any]:
    source = "hostPath" if volume.get("type") == "bind" else "volumeName"
    made = {"containerPath": volume["target"], source: volume.get("source", "")}
    return {**made, "mode": "ro"} if volume.get("read_only") else made


def _port(port: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hostPort": port["published"],
        "containerPort": port["target"],
        "protocol": port["protocol"],
        "publishMode": port["mode"],
    }


def _node(document: Document) -> str:
    constraints = document.get("placement", {}).get("constraints", ())
    return next((str(text).removeprefix(_NODE) for text in constraints if str(text).startswith(_NODE)), "")


def _placed(placement: Mapping[str, Any], node: str) -> Document:
    others = [text for text in placement.get("constraints", ()) if not str(text).startswith(_NODE)]
    made = {**placement, "constraints": [*others, *([f"{_NODE}{node}"] if node else [])]}
    return {key: value for key, value in made.items() if value}


def _http(http: Document | None, body: Mapping[str, Any]) -> Document | None:
    if body.get("notExposeAsWebApp", http is None):
        return None
    port = body.get("containerHttpPort") or (http or {}).get("port", _USUAL_PORT)
    return {**(http or {}), "port": _whole("containerHttpPort", port)}


def _guarded(http: Document | None, auth: object) -> Document | None:
    user, made = (str(auth.get(key) or "") if isinstance(auth, Mapping) else "" for key in ("user", "passwordHash"))
    if not user:
        return None if http is None else {key: value for key, value in http.items() if key != "basic_auth"}
    if http is None:
        raise Refusal(Status.ILLEGAL_OPERATION, "The app is not exposed as a web app: nobody can be asked there.")
    before = http.get("basic_auth")
    if made:
        return {**http, "basic_auth": {"user": user, "password_hash": made}}
    if before is None or before["user"] != user:
        raise Refusal(Status.ILLEGAL_PARAMETER, "httpAuth needs a password.")
    return http


def _entries(key: str, value: object) -> list[Mapping[str, Any]]:
    entries = value or []
    if not isinstance(entries, list):
        raise Refusal(Status.ILLEGAL_PARAMETER, f"{key} has to be a list.")
    if key != "networks" and not all(isinstance(entry, Mapping) for entry in entries):
        raise Refusal(Status.ILLEGAL_PARAMETER, f"{key} has to be a list of objects.")
    return entries


def _environment(entries: Iterable[Mapping[str, Any]]) -> Document:
    found: Document = {}
    for entry in entries:
        if not entry.get("key"):
            raise Refusal(Status.ILLEGAL_PARAMETER, "Each of envVars needs a key.")
        found[str(entry["key"])] = str(entry.get("value") or "")
    return found


def _volumes(entries: Iterable[Mapping[str, Any]]) -> list[Document]:
    found = []
    for entry in entries:
        target, folder, volume = (str(entry.get(key) or "") for key in ("containerPath", "hostPath", "volumeName"))
        if not target or bool(folder) == bool(volume):
            raise Refusal(
                Status.ILLEGAL_PARAMETER, "Each of volumes needs a containerPath and either a volumeName or a hostPath."
            )
        mode = entry.get("mode") or "rw"
        if mode not in ("ro", "rw"):
            raise Refusal(Status.ILLEGAL_PARAMETER, f"A volume's mode is ro or rw, not {mode}.")
        kind = "bind" if folder else "volume"
        made = {"type": kind, "source": folder or volume, "target": target}
        found.append({**made, "read_only": True} if mode == "ro" else made)
    return found


def _ports(entries: Iterable[Mapping[str, Any]]) -> list[Document]:
    """One without a protocol is for both, and one without a mode is the node's own."""
    found = []
    for entry in entries:
        published, target = (_whole(key, entry.get(key)) for key in ("hostPort", "containerPort"))
        mode = str(entry.get("publishMode") or "host")
        for protocol in [str(entry["protocol"])] if entry.get("protocol") else ["tcp", "udp"]:
            found.append({"published": published, "target": target, "protocol": protocol, "mode": mode})
    return found


def _networks(entries: Iterable[Any]) -> list[str]:
    return [str(name) for name in entries if name != _COMMON_NETWORK]


def _whole(key: str, value: object) -> int:
    if isinstance(value, bool) or not str(value).isdecimal():
        raise Refusal(Status.ILLEGAL_PARAMETER, f"{key} has to be a whole number from 0.")
    return int(str(value))


_WORDS = {"envVars": "environment", "volumes": "volumes", "ports": "ports", "networks": "networks"}
_READ: Mapping[str, Any] = {"envVars": _environment, "ports": _ports, "networks": _networks}
