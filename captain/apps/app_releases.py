"""Releases of an app: an image and its configuration under a number, kept in configs of the Swarm. Pure.

A config cannot change, so a release cannot either. Which release runs, and which could not be rolled out, is in labels
of the app's service (`app_service`), where both change in the same write as what they speak of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from captain.apps.app_document import Document, document
from captain.apps.app_file import parse_app
from captain.apps.app_service import FAILED_LABEL, RELEASE_LABEL
from captain.apps.app_spec import AppSpec
from captain.errors import CaptainError
from captain.labels import APP_LABEL
from swarm.engine_objects import Config, Service

MOST = 10
"""Releases that are kept of each app: configs are in every manager's memory."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Release:
    """`document` is the app as captain.yml says it; `note` says where it came from, when not from a file."""

    app: str
    number: int
    document: Document
    created_at: datetime | None
    note: str
    config_id: str

    @property
    def image(self) -> str:
        """As it was asked for."""
        return str(self.document.get("image", ""))

    def spec(self) -> AppSpec:
        """The app that it is a release of; `CaptainError` if this captain does not understand it any more."""
        return parse_app(self.app, self.document)


def config_name(app: str, number: int) -> str:
    """At most 64 characters, which is what a Swarm allows."""
    return f"app.{app}.{number}"


def config_labels(app: str, number: int) -> Mapping[str, str]:
    """By which the configs are found again."""
    return {APP_LABEL: app, RELEASE_LABEL: str(number)}


def as_kept(spec: AppSpec, own: Sequence[Release], live: Service | None) -> AppSpec:
    """The app as its next release says it: with the live number of replicas where only the release before says one.

    Otherwise the release would read as if the number had been taken away.
    """
    running = next((release for release in own if release.number == running_number(live)), None)
    if live is None or running is None or "replicas" not in running.document:
        return spec
    if spec.replicas is not None or spec.autoscale is not None:
        return spec
    return replace(spec, replicas=live.replicas)


def config_data(spec: AppSpec, note: str) -> bytes:
    """The content of a release's config."""
    return json.dumps({"format": _FORMAT, "note": note, "app": document(spec)}, sort_keys=True).encode()


def releases(configs: Sequence[Config]) -> Mapping[str, tuple[Release, ...]]:
    """All releases by app, oldest first. `CaptainError` for one that no captain wrote."""
    found: dict[str, list[Release]] = {}
    for config in configs:
        app, number = config.labels.get(APP_LABEL), config.labels.get(RELEASE_LABEL, "")
        if app is None:
            continue
        try:
            content = json.loads(config.data)
            release = Release(app, int(number), content["app"], config.created_at, content["note"], config.id)
        except (ValueError, KeyError, TypeError) as error:
            raise CaptainError(
                f"The config {config.name} should hold a release and does not: docker config rm {config.name}"
            ) from error
        found.setdefault(app, []).append(release)
    return {app: tuple(sorted(own, key=lambda release: release.number)) for app, own in found.items()}


def running_number(service: Service | None) -> int | None:
    """The release that the service was last told to be; None without a service, or where no captain wrote it."""
    number = "" if service is None else service.labels.get(RELEASE_LABEL, "")
    return int(number) if number.isdecimal() else None


def failed_numbers(service: Service | None) -> frozenset[int]:
    """The releases that could not be rolled out."""
    text = "" if service is None else service.labels.get(FAILED_LABEL, "")
    return frozenset(int(number) for number in text.split(",") if number.isdecimal())


def next_number(own: Sequence[Release], service: Service | None) -> int:
    """No number is given twice, also where its release has been forgotten."""
    numbers = [release.number for release in own] + [running_number(service) or 0, *failed_numbers(service)]
    return max(numbers, default=0) + 1


def to_forget(own: Sequence[Release], service: Service | None) -> tuple[Release, ...]:
    """The oldest beyond `MOST`, failures first but for the latest release; never the one that runs."""
    beyond = max(0, len(own) - MOST)
    running, failed = running_number(service), failed_numbers(service)
    others = [release for release in own if release.number != running]
    others.sort(key=lambda release: (release.number not in failed or release == own[-1], release.number))
    return tuple(others[:beyond])


def to_go_back_to(own: Sequence[Release], service: Service | None) -> Release | None:
    """The newest before the one that runs which was not a failure."""
    running, failed = running_number(service), failed_numbers(service)
    good = [release for release in own if release.number not in failed]
    earlier = [release for release in good if running is None or release.number < running]
    return earlier[-1] if earlier else None


def word(release: Release, service: Service | None) -> str:
    """`running`, `failed`, `earlier`, or `unfinished` for one that was begun after what runs and has no end."""
    running = running_number(service)
    if release.number == running:
        return "running"
    if release.number in failed_numbers(service):
        return "failed"
    return "earlier" if running is not None and release.number < running else "unfinished"
