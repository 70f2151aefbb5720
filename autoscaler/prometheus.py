"""Prometheus' HTTP API: queries over a kept connection, answers as frozen series or as rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from urllib3 import Timeout
from urllib3.connectionpool import connection_from_url
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from autoscaler.vectors import Kinds, numbers


class PrometheusError(Exception):
    """Prometheus did not answer, or refused; the message says which."""


class QueryRefused(PrometheusError):
    """Prometheus answered that it does not take the query; `words` are its own."""

    def __init__(self, words: str) -> None:
        super().__init__(f"Prometheus refused the query: {words}")
        self.words = words


class Series(NamedTuple):  # a range query has thousands of them, and a dataclass costs three times as much
    """One series of an answer, samples oldest first: (Unix time, value). An instant vector has one sample."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]


class Prometheus:
    """One server. Not for several threads at once.

    urllib3 and no client above it: nothing asks for compressed answers, which would cost both sides more than the bytes
    do, and a request leaves no cycle for Python's collector.
    """

    def __init__(self, url: str, timeout_seconds: float = 2.0) -> None:
        self._pool = connection_from_url(url)
        self._path = (parse_url(url).path or "").rstrip("/")
        self._timeout = timeout_seconds

    def query(self, expression: str, at: float | None = None, timeout_seconds: float | None = None) -> list[Series]:
        """An instant query at a Unix time, or at the server's now; with a range it gives several samples.

        With `timeout_seconds` it is given up after that. Raises `PrometheusError`.
        """
        return parse_answer(_parsed(self._instant(expression, at, timeout_seconds)))

    def numbers(self, expression: str, at: float) -> Kinds:
        """An instant query whose series have no labels but kind, and service or task. Raises `PrometheusError`."""
        answer = self._instant(expression, at)
        found = numbers(answer.decode("utf-8", "replace"))
        return by_kind(parse_answer(_parsed(answer))) if found is None else found

    def query_range(
        self, expression: str, start: float, end: float, step_seconds: float, timeout_seconds: float
    ) -> list[Series]:
        """The values of a query at every step from one Unix time to another. Raises `PrometheusError`."""
        form = {"query": expression, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step_seconds:g}"}
        return parse_answer(_parsed(self._post("query_range", form, timeout_seconds)[1]))

    def refusal(self, expression: str) -> str:
        """Why Prometheus cannot read a query, in its own words; empty where it can, or does not answer."""
        try:
            status, answer = self._post("query", {"query": expression}, self._timeout)
            return str(_parsed(answer).get("error", "no reason given")) if status == 400 else ""
        except PrometheusError:
            return ""

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    def _instant(self, expression: str, at: float | None, timeout_seconds: float | None = None) -> bytes:
        form, timeout = {"query": expression}, self._timeout
        if at is not None:
            form["time"] = f"{at:.3f}"
        if timeout_seconds is not None:
            form["timeout"] = f"{timeout_seconds * 1000:.0f}ms"
            timeout = timeout_seconds + 0.1  # its own word for it comes first
        return self._post("query", form, timeout)[1]

    def _post(self, call: str, form: Mapping[str, str], timeout_seconds: float) -> tuple[int, bytes]:
        try:
            answer = self._pool.urlopen(
                "POST",
                f"{self._path}/api/v1/{call}",
                body="&".join(f"{key}={_quoted(value)}" for key, value in form.items()),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                retries=False,
                timeout=Timeout(timeout_seconds),
            )
        except HTTPError as error:
            raise PrometheusError(f"Prometheus does not answer: {error or type(error).__name__}") from error
        return answer.status, answer.data


@lru_cache(maxsize=64)
def _quoted(text: str) -> str:
    """As a form's value; most queries are the same at every tick."""
    return quote_plus(text)


def _parsed(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except ValueError as error:
        raise PrometheusError(f"Prometheus does not answer: {error}") from error


def by_kind(found: Iterable[Series]) -> Kinds:
    """The same from an answer that the general parser has read."""
    kinds: dict[str, dict[str, float]] = defaultdict(dict)
    for labels, samples in found:
        kinds[labels.get("kind", "")][labels.get("service", labels.get("task", ""))] = samples[-1][1]
    return kinds


def parse_answer(body: Any) -> list[Series]:
    """The series of an API answer; a number is one without labels. Raises `PrometheusError` for anything else."""
    try:
        if body["status"] != "success":
            raise QueryRefused(str(body.get("error", "no reason given")))
        data = body["data"]
        match data["resultType"]:
            case "matrix":
                return [Series(raw["metric"], tuple(map(_sample, raw["values"]))) for raw in data["result"]]
            case "vector":
                return [Series(raw["metric"], (_sample(raw["value"]),)) for raw in data["result"]]
            case "scalar":
                return [Series({}, (_sample(data["result"]),))]
            case kind:
                raise PrometheusError(f"Prometheus answered with a {kind}, not a number, a vector or a matrix.")
    except (LookupError, TypeError, ValueError) as error:
        raise PrometheusError(f"Prometheus answered something that is no query result: {error!r}") from error


def _sample(raw: tuple[float, str]) -> tuple[float, float]:
    return float(raw[0]), float(raw[1])
