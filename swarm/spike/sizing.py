"""How large a step has to be on this machine. Pure.

A step that the least replicas can serve shows nothing, and one that the machine cannot serve with any number of them
shows its cores and not the autoscaler. Both depend on the machine, so the least replicas are saturated first, and what
they served and how busy the cores were with it tell what is in between.
"""

from __future__ import annotations

from dataclasses import dataclass

STEP = 2.5
"""What is asked for where the cores allow it, in multiples of what the least replicas serve."""
FULL = 0.5
"""Share of the cores that a step may be expected to take: starts of replicas need the rest."""
LEAST = 0.85
"""In the same multiples, the least that is asked for: above any target utilization, so that it scales out."""


class SizingError(ValueError):
    """There is nothing to size a step by; the text says what to look at."""


@dataclass(frozen=True, slots=True)
class Step:
    """Requests per second, and a sentence where the machine is small for the replicas it has, else empty."""

    rate: float
    remark: str = ""


def step(served_per_second: float, busy_cores: float, cores: int) -> Step:
    """The size of a step, from what saturated replicas served and the cores that were busy with it.

    ``busy_cores`` counts everything on the machine, the load generator too. Raises SizingError.
    """
    if served_per_second <= 0:
        raise SizingError("The service answered nothing while it was measured: see ./swarm/captain.sh status.")
    times = min(STEP, FULL * cores / busy_cores if busy_cores > 0 else STEP)
    remark = ""
    if times < 1:
        remark = (
            f"These replicas keep {busy_cores:.1f} of {cores} cores busy, so more of them would get hardly any CPU: "
            "for a larger step give each less (FLOTILLA_APP_CPUS=0.15 ./swarm/up.sh)."
        )
    return Step(float(round(max(times, LEAST) * served_per_second)), remark)


def busy_seconds(proc_stat: str, ticks_per_second: int) -> float:
    """CPU seconds that all cores have spent on anything, from the text of ``/proc/stat``."""
    fields = [int(field) for field in proc_stat.splitlines()[0].split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (fields + [0] * 8)[:8]
    return (user + nice + system + irq + softirq + steal) / ticks_per_second
