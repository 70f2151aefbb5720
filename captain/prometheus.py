"""Asking Prometheus: which alerts fire, and the value of a query now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from captain.asking import NoAnswer, ask
from captain.doctor_facts import Alert, Unknown

_TIMEOUT_SECONDS = 3.0
_OK = 200
_ABOUT = ("service", "node", "name", "job")


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value."""

    labels: Mapping[str, str]
    value: float


def firing(url: str) -> list[Alert] | Unknown:
    """The alerts that fire, by name."""
    answer = _ask(url, "/api/v1/alerts", {})
    if isinstance(answer, Unknown):
        return answer
    try:
        found = [_alert(alert) for alert in answer["alerts"] if alert["state"] == "firing"]
    except (KeyError, TypeError) as error:
        return Unknown(f"unexpected answer from {url} ({error!r})")
    return sorted(found, key=lambda alert: (alert.name, alert.about))


def query(url: str, expression: str) -> list[Sample] | Unknown:
    """An instant query that gives a vector."""
    answer = _ask(url, "/api/v1/query", {"query": expression})
    if isinstance(answer, Unknown):
        return answer
    try:
        return [Sample(series["metric"], float(series["value"][1])) for series in answer["result"]]
    except (KeyError, TypeError, ValueError) as error:
        return Unknown(f"unexpected answer from {url} ({error!r})")


def _ask(url: str, path: str, parameters: Mapping[str, str]) -> Any:
    if not url:
        return Unknown("")
    try:
        answer = ask(url.rstrip("/") + path, _TIMEOUT_SECONDS, parameters)
        if answer.status != _OK:
            return Unknown(f"{url}: it answers {answer.status}")
        return json.loads(answer.text)["data"]
    except (NoAnswer, ValueError, KeyError, TypeError) as error:
        return Unknown(f"{url}: {str(error) or type(error).__name__}")


def _alert(raw: Any) -> Alert:
    labels, annotations = raw["labels"], raw["annotations"]
    about = next((labels[label] for label in _ABOUT if labels.get(label)), "")
    return Alert(labels["alertname"], about, annotations.get("summary", ""), annotations.get("mend", ""))
