"""What of an app reaches beyond it: folders of a node, capabilities, secrets. Not for who may only deploy. Pure.

A folder of the node is the node, and a secret may be another app's.
"""

from __future__ import annotations

from captain.apps.app_document import Document
from captain.apps.app_file import parse_app


def reach(name: str, document: Document) -> frozenset[str]:
    """Each in a few words. `CaptainError` for what cannot be an app."""
    app = parse_app(name, {"image": "scratch", **document})
    found = {f"the folder {mount.source} of a node" for mount in app.mounts if mount.kind == "bind"}
    found |= {f"the capability {capability}" for capability in app.cap_add}
    return frozenset(found | {f"the secret {secret.source}" for secret in app.secrets})


def added(name: str, before: Document, after: Document) -> list[str]:
    """What the app reached not before."""
    return sorted(reach(name, after) - reach(name, before))
