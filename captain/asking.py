"""Asking a server inside for what it knows, with what Python has: an HTTP client takes longer to import than to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener


class NoAnswer(Exception):
    """Nobody answered in time, or not in HTTP; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, whatever the status."""

    status: int
    text: str


def ask(url: str, seconds: float, parameters: Mapping[str, str | int] | None = None) -> Answer:
    """GET an http address, past any proxy. Raises `NoAnswer`."""
    whole = f"{url}?{urlencode(parameters)}" if parameters else url
    try:
        with build_opener(ProxyHandler({})).open(whole, timeout=seconds) as found:
            return Answer(found.status, found.read().decode("utf-8", "replace"))
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode("utf-8", "replace"))
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(str(getattr(error, "reason", "") or error) or type(error).__name__) from error
