"""One real spike beside the model: the same arrivals, the same policy, capacity and start-up time of a replica as
measured in that run; both curves in one picture, and how far they are apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from autoscaler.config import Metric, Policy, parse_policy
from autoscaler.simulator.flotilla import Flotilla
from autoscaler.simulator.peers import Bounds
from autoscaler.simulator.runs import Setting, needed_curve, run
from autoscaler.simulator.service import Service

CONCURRENCY = 8
"""Requests that the edge gives to a replica at a time (nginx/routes.yml)."""


def records(raw: Path) -> dict[str, list[dict[str, Any]]]:
    """The lines of a spike's raw file, by their type."""
    found: dict[str, list[dict[str, Any]]] = {"facts": [], "request": [], "moment": []}
    for line in raw.read_text().splitlines():
        record = json.loads(line)
        if record.get("leg", "autoscaled") == "autoscaled":
            found.setdefault(record["type"], []).append(record)
    return found


def startup_seconds(moments: list[dict[str, Any]]) -> float | None:
    """From the first rise of the wanted count to as many ready; None if that never came."""
    before = next((one["wanted"] for one in moments if one["wanted"] is not None), None)
    risen = next((one for one in moments if before is not None and (one["wanted"] or 0) > before), None)
    if risen is None:
        return None
    done = next((one for one in moments if one["at"] > risen["at"] and (one["ready"] or 0) >= risen["wanted"]), None)
    return done["at"] - risen["at"] if done else None


def policy_of(labels: dict[str, str], least: int, most: int) -> Policy:
    """That of the real run, windows and all, without what the model has not: memory, hands, a database."""
    given = parse_policy(labels)
    modelled = {metric: target for metric, target in given.targets.items() if metric is not Metric.MEMORY}
    return replace(
        given,
        minimum=least,
        maximum=most,
        initial=least,
        targets=modelled,
        queries={},
        hold_seconds=0.0,
        database=False,
    )


def beside_model(raw: Path, picture: Path | None) -> dict[str, Any]:
    """How far the real run and the model's are apart; raises ValueError where the run lacks what the model needs."""
    found = records(raw)
    facts, moments = found["facts"][0], [one for one in found["moment"] if one["wanted"] is not None]
    start = startup_seconds(moments)
    if not facts.get("labels"):
        raise ValueError("The run's file does not say by which labels it was scaled: measure again.")
    if not facts.get("served_each") or start is None:
        raise ValueError("The run has no saturated replica or no finished start: let spike.sh size the step itself.")
    first, last = int(moments[0]["at"]), int(moments[-1]["at"])
    arrivals = [0.0] * (last - first + 1)
    for request in found["request"]:
        second = int(request["intended"] // 1) - first
        if 0 <= second < len(arrivals):
            arrivals[second] += 1
    least, most = moments[0]["wanted"], max(one["wanted"] for one in moments)
    service = Service(
        capacity_rps=facts["served_each"],
        service_seconds=1 / facts["served_each"] + 0.005,
        concurrency=CONCURRENCY,
        startup_seconds=start,
        startup_jitter=0.0,
    )
    setting = Setting(service, Bounds(least, max(12, most)), facts["objective_ms"] / 1000)
    curve = needed_curve(setting, arrivals)
    modelled = run(setting, Flotilla(policy_of(facts["labels"], least, setting.bounds.maximum)), arrivals, curve)
    real = {round(one["at"]): one for one in moments}
    pairs = [
        (real[second]["ready"], modelled.ready[second - first]) for second in range(first, last + 1) if second in real
    ]
    whole = [(own or 0, model) for own, model in pairs]
    result = {
        "served_each_rps": facts["served_each"],
        "startup_seconds": round(start, 1),
        "rate": facts["spike_rate"],
        "most_ready_real": max(own for own, _ in whole),
        "most_ready_model": max(model for _, model in whole),
        "first_rise_real": _first_rise([one["wanted"] for one in moments], least, first),
        "first_rise_model": _first_rise(modelled.desired, least, first),
        "mean_difference_replicas": round(sum(abs(own - model) for own, model in whole) / len(whole), 2),
        "same_count_pct": round(100 * sum(own == model for own, model in whole) / len(whole), 1),
    }
    if picture is not None:
        _draw(picture, first, arrivals, moments, modelled.ready, curve)
    return result


def _first_rise(counts: list[int] | Any, least: int, first: int) -> int | None:
    return next((index + first for index, count in enumerate(counts) if count > least), None)


def _draw(
    picture: Path, first: int, arrivals: list[float], moments: list[dict[str, Any]], ready: Any, curve: list[int]
) -> None:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axis = figure.subplots()
    seconds = list(range(first, first + len(arrivals)))
    axis.step(
        [one["at"] for one in moments], [one["ready"] for one in moments], color="#1f6fb2", label="ready, real Swarm"
    )
    axis.step(seconds, ready, color="#e67e22", linestyle="--", label="ready, model")
    axis.step(seconds, curve, color="#7f8c8d", linewidth=1, label="needed, by the model")
    axis.set_xlabel("seconds from the step")
    axis.set_ylabel("replicas")
    axis.set_ylim(bottom=0)
    load = axis.twinx()
    load.fill_between(seconds, arrivals, color="#b0c4d8", alpha=0.35, step="post")
    load.set_ylabel("requests/s")
    axis.legend(fontsize=8, loc="upper right")
    figure.savefig(picture, dpi=100)
