"""Quality against cost of every policy on one scenario, and how curves compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from autoscaler.simulator import figures
from autoscaler.simulator.peers import Bounds
from autoscaler.simulator.runs import Setting, needed_curve, run, scaler
from autoscaler.simulator.service import Model, Service
from autoscaler.simulator.traffic import GENERATED, generated, parse_trace
from tests.unit.autoscaler.simulator.single_requests import latencies

TRACES = Path(__file__).resolve().parents[1] / "data" / "traces"
FILES = {
    "worldcup98": ("worldcup98_1998-06-30_per_minute.csv", (0.1, 0.3, 1.0)),
    "azure": ("azure_llm_2023_code_per_second.csv", (3.0, 10.0, 30.0)),
}
GENERATED_AMPLITUDES = (0.5, 2.0)
GENERATED_SECONDS = 2400
BASE_RPS = 40.0
TARGETS = (0.35, 0.45, 0.55, 0.65, 0.7, 0.75, 0.85, 0.95)
PEERS = ("hpa", "kpa", "step")
PROMISED_PCT = 1.0
"""Of the requests, so many may be over the objective at untouched defaults, wherever the oracle manages that."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A trace or a generated shape, at an amplitude, with a seed."""

    trace: str
    amplitude: float
    seed: int

    def arrivals(self) -> list[float]:
        """Requests of every second."""
        if self.trace in GENERATED:
            return generated(self.trace, GENERATED_SECONDS, BASE_RPS * self.amplitude, self.seed)
        name, _ = FILES[self.trace]
        return parse_trace((TRACES / name).read_text(), self.amplitude, self.seed)


def scenarios(seeds: int, trace_seeds: int) -> list[Scenario]:
    """All of a run: every shape and amplitude with so many seeds; the recorded traces with fewer, a day being long."""
    found = [
        Scenario(trace, amplitude, seed)
        for trace, (_, amplitudes) in FILES.items()
        for amplitude in amplitudes
        for seed in range(trace_seeds)
    ]
    return found + [
        Scenario(shape, amplitude, seed)
        for shape in GENERATED
        for amplitude in GENERATED_AMPLITUDES
        for seed in range(seeds)
    ]


def setting_of(scenario: Scenario, arrivals: Sequence[float]) -> Setting:
    """The service of the comparison; as many replicas allowed as nobody reaches."""
    service = Service()
    return Setting(service, Bounds(1, max(20, int(3 * max(arrivals) / service.each) + 1)), 0.25, scenario.seed)


def measure(scenario: Scenario) -> dict[str, Any]:
    """Figures of every policy at every target (key None: its default), and what was needed."""
    arrivals = scenario.arrivals()
    setting = setting_of(scenario, arrivals)
    curve = needed_curve(setting, arrivals)
    constant = run(setting, scaler("none", setting, sum(curve) / len(curve)), arrivals, curve)
    none = figures.elasticity(constant.needed, constant.ready)
    found: dict[str, Any] = {
        "trace": scenario.trace,
        "amplitude": scenario.amplitude,
        "seed": scenario.seed,
        "needed_seconds": sum(curve),
        "policies": {},
    }
    for name in ("flotilla", *PEERS):
        found["policies"][name] = {
            "default" if target is None else f"{target:g}": figures.figures(
                run(setting, scaler(name, setting, target), arrivals, curve), none
            )
            for target in (None, *TARGETS)
        }
    for name, chosen in (
        ("oracle", scaler("oracle", setting)),
        ("none", scaler("none", setting, sum(curve) / len(curve))),
    ):
        found["policies"][name] = {"default": figures.figures(run(setting, chosen, arrivals, curve), none)}
    return found


def points(measured: dict[str, Any], policy: str) -> list[tuple[float, float]]:
    """(replica-seconds, % over the objective) at every target."""
    return [
        (float(found["replica_seconds"]), float(found["over_objective_pct"]))
        for target, found in measured["policies"][policy].items()
        if target != "default"
    ]


def hypervolume(curve: Sequence[tuple[float, float]], worst: tuple[float, float]) -> float:
    """Share of the rectangle up to the worst of both that is dominated by the curve: 1 is perfect, 0 is the worst."""
    area, low = 0.0, worst[1]
    for cost, over in sorted(curve):
        if cost >= worst[0] or over >= low:
            continue
        area += (worst[0] - cost) * (low - over)
        low = over
    return area / (worst[0] * worst[1]) if worst[0] * worst[1] else 1.0


def volumes(measured: dict[str, Any]) -> dict[str, float]:
    """Every policy's hypervolume on a scenario, all up to the same worst point: the worst that any of them did."""
    curves = {name: points(measured, name) for name in ("flotilla", *PEERS)}
    every = [point for curve in curves.values() for point in curve]
    worst = max(cost for cost, _ in every), max(max(over for _, over in every), 1e-9)
    return {name: hypervolume(curve, worst) for name, curve in curves.items()}


def reversals_at_equal_quality(measured: dict[str, Any], peer: str) -> tuple[float, float] | None:
    """(ours, the peer's) mean reversals over the peer's targets, each beside the cheapest of ours that is no worse.

    None where no target of ours is as good as any of the peer's.
    """
    ours = sorted(
        (found["replica_seconds"], found["over_objective_pct"], found["reversals"])
        for target, found in measured["policies"]["flotilla"].items()
        if target != "default"
    )
    pairs = []
    for target, found in measured["policies"][peer].items():
        if target == "default":
            continue
        match = next((one for one in ours if one[1] <= found["over_objective_pct"]), None)
        if match is not None:
            pairs.append((match[2], found["reversals"]))
    if not pairs:
        return None
    return sum(own for own, _ in pairs) / len(pairs), sum(theirs for _, theirs in pairs) / len(pairs)


def against_single_requests(seconds: int = 600) -> list[dict[str, Any]]:
    """Ten-minute extracts in the model and request by request, the same replicas: mean latency and % over in both."""
    found = []
    for trace, amplitude in (("worldcup98", 0.1), ("azure", 10.0)):
        arrivals = [float(int(count)) for count in Scenario(trace, amplitude, 0).arrivals()[:seconds]]
        service = Service()
        count = max(1, int(1.4 * sum(arrivals) / len(arrivals) / service.each) + 1)
        single = [one for second in latencies(service, arrivals, [count] * seconds, seed=1) for one in second]
        model, total, over = Model(service, count), 0.0, 0.0
        for rate in arrivals:
            seen = model.step(rate, 0.25)
            total += sum(latency * requests for latency, requests in model.sketch)
            over += seen.over
        found.append({
            "trace": trace,
            "amplitude": amplitude,
            "requests": len(single),
            "replicas": count,
            "mean_ms_model": round(1000 * total / sum(arrivals), 1),
            "mean_ms_single": round(1000 * sum(single) / len(single), 1),
            "over_pct_model": round(100 * over / sum(arrivals), 2),
            "over_pct_single": round(100 * sum(one > 0.25 for one in single) / len(single), 2),
        })  # fmt: skip
    return found


def draw(found: Sequence[dict[str, Any]], file: Path) -> None:
    """A picture for each kind of traffic: the mean curve of each policy over its scenarios."""
    names = list(dict.fromkeys(f"{one['trace']} ×{one['amplitude']:g}" for one in found))
    figure = Figure(figsize=(13, 3.1 * -(-len(names) // 3)), layout="constrained")
    axes = figure.subplots(-(-len(names) // 3), 3, squeeze=False).ravel()
    for axis, name in zip(axes, names, strict=False):
        members = [one for one in found if f"{one['trace']} ×{one['amplitude']:g}" == name]
        for policy, color in (("flotilla", "#1f6fb2"), ("kpa", "#e67e22"), ("hpa", "#7d3c98"), ("step", "#7f8c8d")):
            curve = []
            for target in TARGETS:
                values = [one["policies"][policy][f"{target:g}"] for one in members]
                cost = sum(
                    value["replica_seconds"] / one["needed_seconds"] for value, one in zip(values, members, strict=True)
                )
                over = sum(value["over_objective_pct"] for value in values)
                curve.append((cost / len(members), over / len(members)))
            axis.plot(*zip(*sorted(curve), strict=True), marker="o", markersize=3, color=color, label=policy)
        axis.set_title(f"{name} ({len(members)})", fontsize=9)
        axis.set_yscale("symlog", linthresh=0.1)
        axis.set_ylim(bottom=0)
    for axis in axes[len(names) :]:
        axis.set_visible(False)
    axes[0].legend(fontsize=8)
    figure.supxlabel("replica-seconds over those that are needed")
    figure.supylabel("% over the objective")
    figure.savefig(file, dpi=100)
