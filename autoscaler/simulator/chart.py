"""A picture of a comparison: a row for each policy, the load behind what is needed, wanted and ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from autoscaler.simulator.figures import Run

MOST_POINTS = 3000


def draw(file: Path, runs: Mapping[str, Run], arrivals: Sequence[float], title: str) -> None:
    """Writes a PNG. Raises OSError."""
    every = max(1, len(arrivals) // MOST_POINTS)
    unit, name = (3600, "hours") if len(arrivals) > 10_000 else (60, "minutes")
    at = [second / unit for second in range(0, len(arrivals), every)]
    figure = Figure(figsize=(12, 2.6 * len(runs) + 0.6), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots(len(runs), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (policy, run) in zip(axes, runs.items(), strict=True):
        load = axis.twinx()
        load.fill_between(at, _highest(arrivals, every), color="#d8dee6", step="post", linewidth=0)
        load.set_ylabel("requests/s", color="#7d8894")
        load.set_ylim(bottom=0)
        axis.set_zorder(load.get_zorder() + 1)
        axis.patch.set_visible(False)
        axis.step(at, _highest(run.needed, every), where="post", color="#c0392b", linewidth=0.9, label="needed")
        axis.step(
            at, run.desired[::every], where="post", color="#7f8c8d", linewidth=0.9, linestyle=":", label="desired"
        )
        axis.step(at, run.ready[::every], where="post", color="#1f6fb2", linewidth=1.3, label="ready")
        axis.set_ylim(bottom=0)
        axis.set_ylabel("replicas")
        share = 100 * run.over / max(sum(arrivals), 1e-9)
        axis.set_title(
            f"{policy}: {share:.2f} % over the objective, {sum(run.ready)} replica-seconds", loc="left", fontsize=10
        )
    axes[0].legend(loc="upper right", ncols=3, fontsize=8, framealpha=0.9)
    axes[-1].set_xlabel(name)
    figure.savefig(file, dpi=110, format="png")


def _highest(values: Sequence[float], every: int) -> list[float]:
    """The highest of every so many, so that no peak is lost in drawing."""
    return [max(values[at : at + every]) for at in range(0, len(values), every)]
