"""Prometheus' HTTP API: instant queries over a kept connection, answers as frozen series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx


class PrometheusError(Exception):
    """Prometheus did not answer, or refused; the message says which."""


class QueryRefused(PrometheusError):
    """Prometheus answered that it does not take the query; `words` are its own."""

    def __init__(self, words: str) -> None:
        super().__init__(f"Prometheus refused the query: {words}")
        self.words = words


class Series(NamedTuple):  # made a thousand times a tick, at a third of what a dataclass costs
    """One series of an answer, samples oldest first: (Unix time, value). An instant vector has one sample."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]


class Prometheus:
    """One server. Not for several threads at once."""

    def __init__(self, url: str, timeout_seconds: float = 2.0) -> None:
        self._client = httpx.Client(base_url=url, timeout=timeout_seconds, trust_env=False)

    def query(self, expression: str, at: float | None = None, timeout_seconds: float | None = None) -> list[Series]:
        """An instant query at a Unix time, or at the server's now; with a range it gives several samples.

        With `timeout_seconds` it is given up after that. Raises `PrometheusError`.
        """
        form = {"query": expression} if at is None else {"query": expression, "time": f"{at:.3f}"}
        timeout = self._client.timeout
        if timeout_seconds is not None:
            form["timeout"] = f"{timeout_seconds * 1000:.0f}ms"
            timeout = httpx.Timeout(timeout_seconds + 0.1)  # its own word for it comes first
        try:
            answer = self._client.post("/api/v1/query", data=form, timeout=timeout)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PrometheusError(f"Prometheus does not answer: {error or type(error).__name__}") from error
        return parse_answer(body)

    def query_range(self, expression: str, start: float, end: float, step_seconds: float) -> list[Series]:
        """The values of a query at every step from one Unix time to another. Raises `PrometheusError`."""
        form = {"query": expression, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step_seconds:g}"}
        try:
            body = self._client.post("/api/v1/query_range", data=form).json()
        except (httpx.HTTPError, ValueError) as error:
            raise PrometheusError(f"Prometheus does not answer: {error or type(error).__name__}") from error
        return parse_answer(body)

    def refusal(self, expression: str) -> str:
        """Why Prometheus cannot read a query, in its own words; empty where it can, or does not answer."""
        try:
            answer = self._client.post("/api/v1/query", data={"query": expression})
            body = answer.json()
        except (httpx.HTTPError, ValueError):
            return ""
        return str(body.get("error", "no reason given")) if answer.status_code == 400 else ""

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


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
                # Most of what a tick reads comes through here: no call per series.
                return [
                    Series(raw["metric"], ((float(raw["value"][0]), float(raw["value"][1])),)) for raw in data["result"]
                ]
            case "scalar":
                return [Series({}, (_sample(data["result"]),))]
            case kind:
                raise PrometheusError(f"Prometheus answered with a {kind}, not a number, a vector or a matrix.")
    except (LookupError, TypeError, ValueError) as error:
        raise PrometheusError(f"Prometheus answered something that is no query result: {error!r}") from error


def _sample(raw: tuple[float, str]) -> tuple[float, float]:
    return float(raw[0]), float(raw[1])
