"""What of an app reaches beyond it: folders of a node, capabilities, secrets. Not for who may only deploy. Pure.

A folder of the node is the node, and a secret may be another app's.
"""

from __future__ import annotations

from captain.accounts.book import Caller, Scope
from captain.apps.app_document import Document
from captain.apps.app_file import parse_app
from captain.errors import CaptainError


def reach(name: str, document: Document) -> frozenset[str]:
    """Each in a few words. `CaptainError` for what cannot be an app."""
    app = parse_app(name, {"image": "scratch", **document})
    found = {f"the folder {mount.source} of a node" for mount in app.mounts if mount.kind == "bind"}
    found |= {f"the capability {capability}" for capability in app.cap_add}
    return frozenset(found | {f"the secret {secret.source}" for secret in app.secrets})


def added(name: str, before: Document, after: Document) -> list[str]:
    """What the app reached not before."""
    return sorted(reach(name, after) - reach(name, before))


def refuse_more(name: str, before: Document, after: Document, caller: Caller | None) -> None:
    """`CaptainError` where only an administrator may give it that. `caller` is None for what was asked before."""
    more = added(name, before, after)
    if more and caller is not None and caller.scope is not Scope.ADMIN:
        raise CaptainError(f"Only an administrator may give {name} {' and '.join(more)}: ask one to do it.")
