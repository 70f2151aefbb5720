"""What commands about apps say: rows for programs to lines for people. The same in the image and on a laptop. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]
_HEADINGS = ("SERVICE", "WANTED", "READY", "IMAGE", "ADDRESSES", "ROLLOUT", "LAST DECISION")
_ADDRESSES_SHOWN = 3


def answer(document: object, lines: Sequence[str], as_program: bool) -> str:
    """The lines, or for programs the document."""
    if as_program:
        lines = [json.dumps(document, indent=2, ensure_ascii=False)]
    return "".join(f"{line}\n" for line in lines)


def plan_lines(steps: Sequence[Row]) -> list[str]:
    """A line for each app, and what changes below it."""
    lines = []
    for step in steps:
        lines.append(f"{step['app']}: {step['text']}")
        lines += [f"    {change}" for change in step["changes"]]
    return lines


def outcome_lines(outcomes: Sequence[Row]) -> list[str]:
    """A sentence for each app, and the last words of what failed below it."""
    lines = []
    for outcome in outcomes:
        lines.append(_outcome(outcome))
        lines += [f"    | {line}" for line in outcome["log"]]
    return lines


def _outcome(outcome: Row) -> str:
    app, release = outcome["app"], outcome["release"]
    if outcome["why"] and not release:
        return f"{app}: nothing was deployed: {outcome['why']}"
    if outcome["step"] == "unchanged" and not outcome["why"]:
        return f"{app}: release {release} is what runs; nothing was done"
    what, is_so = f"release {release}", "is live"
    if outcome["replicas"] is not None:
        what = f"scaling release {release} to {_replicas(outcome['replicas'])}"
        is_so = "is done: all are healthy and routed" if outcome["replicas"] else "is done"
    elif outcome["back_to"] is not None:
        what, is_so = f"going back to release {outcome['back_to']}, as release {release},", "is done: it is live"
    if outcome["why"]:
        return f"{app}: {what} failed after {outcome['seconds']:.0f} s: {outcome['why']}"
    done = f"; {outcome['ended']} of its replicas ran to the end, with 0" if outcome["ended"] else ""
    return f"{app}: {what} {is_so} after {outcome['seconds']:.1f} s{done}"


def _replicas(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"


def build_failed(app: str, why: str) -> Row:
    """The outcome of a deploy that came to no release."""
    nothing = dict.fromkeys(("release", "seconds", "replicas", "back_to"))
    return {"app": app, "step": "build", "live": False, "why": why, "log": [], "ended": 0, **nothing}


def app_lines(apps: Sequence[Row]) -> list[str]:
    """A line for each."""
    lines = []
    for app in apps:
        counts = f"{app['ready']}/{app['wanted']} ready" + (f", {app['ended']} ended with 0" if app["ended"] else "")
        lines.append("  ".join([app["app"], f"release {app['release']}", counts, app["image"], *app["hosts"]]))
    return lines or ["no apps yet: captain apply -f captain.yml"]


def release_lines(releases: Sequence[Row]) -> list[str]:
    """A line for each, and what it changed below it."""
    lines = []
    for release in releases:
        at = _time(release["created_at"])
        note = f"  ({release['note']})" if release["note"] else ""
        lines.append(
            f"{release['release']:>4}  {at:%Y-%m-%d %H:%M:%S} UTC  {release['state']:<10} {release['image']}{note}"
        )
        lines += [f"        {line}" for line in release["changes"]]
    return lines


def build_lines(builds: Sequence[Row]) -> list[str]:
    """A line for each."""
    lines = []
    for build in builds:
        git = f"  git {build['git_hash'][:12]}" if build["git_hash"] else ""
        why = f"  {build['why']}" if build["why"] else ""
        lines.append(
            f"{build['build']:>4}  {_time(build['queued_at']):%Y-%m-%d %H:%M:%S} UTC  {build['state']:<11}{git}{why}"
        )
    return lines or ["no builds are kept of it"]


def build_log_lines(build: Row) -> list[str]:
    """What it said, and how it stands."""
    before = [f"(the first {build['left_out']} lines are not kept)"] if build["left_out"] else []
    why = f": {build['why']}" if build["why"] else ""
    return [*before, *build["log"], f"{build['app']}: build {build['build']} is {build['state']}{why}"]


def log_line(row: Row, *, with_time: bool) -> str:
    """One line of an app's log, with the replica that wrote it."""
    at = f"{_time(row['time']):%Y-%m-%dT%H:%M:%S.%fZ} " if with_time else ""
    return f"{at}{row['replica'] or row['task'][:12]} | {row['line']}"


def newest_lines(count: int) -> str:
    """A note beside a log of which older lines are left out."""
    return f"captain: these are the newest {count} lines; --since and --tail choose others\n"


def event_line(row: Row) -> str:
    """Something that happened to an app."""
    return f"{_time(row['time']):%Y-%m-%d %H:%M:%S} UTC  {row['app']}: {row['text']}"


def secret_lines(secrets: Sequence[Row]) -> list[str]:
    """A line for each."""
    lines = []
    for row in secrets:
        since = f"{_time(row['created_at']):%Y-%m-%d %H:%M:%S} UTC" if row["created_at"] else "unknown since when"
        lines.append(f"{row['secret']}  {since}  {', '.join(row['apps']) or 'no app has it'}")
    return lines or ["no secrets yet: captain secret set NAME"]


def secret_kept(name: str) -> list[str]:
    """Of a value that no app gets."""
    return [f"the secret {name} is kept; no app has it yet"]


def secret_removed(name: str) -> list[str]:
    """With all of its values."""
    return [f"the secret {name} is removed"]


def app_removed(name: str) -> list[str]:
    """With its releases."""
    return [f"{name} removed with its releases; its volumes stay"]


def environment_lines(environment: Row) -> list[str]:
    """By name."""
    return [f"{name}={value}" for name, value in sorted(environment.items())]


def autoscale_lines(app: str, settings: Row) -> list[str]:
    """An app's bounds."""
    return [f"{name}={value}" for name, value in settings.items()] or [f"{app} is not autoscaled"]


def status_lines(document: Row) -> list[str]:
    """A table of services, and what is to be said besides."""
    cells = [_HEADINGS, *(_cells(row) for row in document["services"])]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return [*table, "", *document["notes"]]


def _cells(row: Row) -> tuple[str, ...]:
    shown = [*row["published"], *row["addresses"][:_ADDRESSES_SHOWN]]
    if len(row["addresses"]) > _ADDRESSES_SHOWN:
        shown.append(f"and {len(row['addresses']) - _ADDRESSES_SHOWN} more")
    decision = row["no_decision"]
    if row["decision"] is not None:
        at = datetime.fromtimestamp(row["decision"]["at"], UTC).strftime("%H:%M:%S")
        decision = f"{at} UTC {row['decision']['reason']}: {row['decision']['sentence']}"
    return (
        row["service"],
        str(row["wanted"]),
        str(row["ready"]),
        row["image"].rsplit("/", 1)[-1],
        ", ".join(shown) or "none",
        f"{row['rollout']}: {row['rollout_note']}" if row["rollout_note"] else row["rollout"],
        decision,
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
