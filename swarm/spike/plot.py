"""The plot: latency and failures above, replicas, queue and connections below, on one time axis. Pure: SVG
as text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape

from swarm.spike.samples import Moment, Recording, Request
from swarm.spike.summary import failed, latency_ms, percentile

WIDTH, HEIGHT = 1000, 680
LEFT, RIGHT = 74, 926
UPPER = (104, 334)  # top and bottom of the panels
LOWER = (400, 610)
INK, FAINT, GRID = "#1f2933", "#616e7c", "#e4e7eb"
P95, FLOOR, FAILED, OBJECTIVE = "#2563eb", "#94a3b8", "#dc2626", "#0f766e"
READY, WANTED, QUEUED, CONNECTIONS = "#15803d", "#15803d", "#d97706", "#7c3aed"

Scale = Callable[[float], float]
Point = tuple[float, float]


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    fill: str = FAINT,
    anchor: str = "start",
    weight: int = 400,
    turn: bool = False,
) -> str:
    turned = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turn else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}" '
        f'font-weight="{weight}"{turned}>{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, *, width: float = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width}"{dashed}/>'
    )


def _path(
    runs: Iterable[Sequence[Point]], stroke: str, *, width: float = 2, dash: str = "", steps: bool = False
) -> str:
    """Lines through points, interrupted where data is missing."""
    commands: list[str] = []
    for points in runs:
        for number, (x, y) in enumerate(points):
            if number == 0:
                commands.append(f"M{x:.1f} {y:.1f}")
            elif steps:
                commands.append(f"H{x:.1f}V{y:.1f}")
            else:
                commands.append(f"L{x:.1f} {y:.1f}")
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{" ".join(commands)}" fill="none" stroke="{stroke}" stroke-width="{width}" '
        f'stroke-linejoin="round"{dashed}/>'
    )


def _runs(values: Iterable[tuple[float, float | None]], x: Scale, y: Scale) -> list[list[Point]]:
    runs: list[list[Point]] = [[]]
    for at, value in values:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x(at), y(value)))
    return [run for run in runs if run]


def _linear(low: float, high: float, start: float, end: float) -> Scale:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def nice_top(value: float) -> float:
    """The next of 1, 2, 4, 5, 6, 8 times a power of ten, so that four or five ticks are round."""
    if value <= 4:
        return 4
    power: float = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 6, 8, 10) if step * power >= value)


def per_second(requests: Iterable[Request], timeout_seconds: float) -> tuple[dict[int, float], dict[int, int]]:
    """(p95 in ms, failures) of the requests intended in each second."""
    latencies: dict[int, list[float]] = {}
    failures: dict[int, int] = {}
    for request in requests:
        second = math.floor(request.intended + 1e-6)
        latencies.setdefault(second, []).append(latency_ms(request, timeout_seconds))
        failures[second] = failures.get(second, 0) + failed(request, timeout_seconds)
    return {second: percentile(values, 95) or 0.0 for second, values in latencies.items()}, failures


def _legend(y: float, entries: Sequence[tuple[str, str, str]]) -> list[str]:
    parts, x = [], float(LEFT)
    for label, colour, dash in entries:
        if dash == "bar":
            parts.append(f'<rect x="{x:.1f}" y="{y - 9:.1f}" width="10" height="10" fill="{colour}" opacity=".75"/>')
            x += 16
        else:
            parts.append(_line(x, y - 4, x + 22, y - 4, colour, width=2, dash=dash))
            x += 28
        parts.append(_text(x, y, label))
        x += 7.0 * len(label) + 18
    return parts


def _times(x: Scale, first: float, last: float, panel: tuple[int, int], labels: bool) -> list[str]:
    span = last - first
    step = next((s for s in (5, 10, 20, 30, 60, 120, 300) if span / s <= 14), 600)
    parts = []
    for second in range(math.ceil(first / step) * step, math.floor(last) + 1, step):
        parts.append(_line(x(second), panel[0], x(second), panel[1], GRID))
        if labels:
            parts.append(_text(x(second), panel[1] + 18, str(second), anchor="middle"))
    return parts


def _counts(y: Scale, top: float, at: float, anchor: str, fill: str = FAINT, grid: bool = False) -> list[str]:
    parts = []
    ticks = 5 if top % 5 == 0 else 4
    for number in range(ticks + 1):
        value = top * number / ticks
        if grid:
            parts.append(_line(LEFT, y(value), RIGHT, y(value), GRID))
        parts.append(_text(at, y(value) + 4, f"{value:g}", anchor=anchor, fill=fill))
    return parts


def _upper(recording: Recording, x: Scale) -> list[str]:
    facts, (top, bottom) = recording.facts, UPPER
    autoscaled = [r for r in recording.requests if r.leg == "autoscaled"]
    p95, failures = per_second(autoscaled, facts.timeout_seconds)
    floor, _ = per_second((r for r in recording.requests if r.leg == "floor"), facts.timeout_seconds)
    shown = [*p95.values(), *floor.values(), facts.objective_ms]
    low = math.floor(math.log10(max(1.0, min(shown))))
    high = max(low + 1, math.ceil(math.log10(max(shown))))
    logarithmic = _linear(low, high, bottom, top)

    def y(value: float) -> float:
        return logarithmic(math.log10(max(10.0**low, value)))

    parts = []
    for power in range(low, high + 1):
        parts.append(_line(LEFT, y(10**power), RIGHT, y(10**power), GRID))
        parts.append(_text(LEFT - 8, y(10**power) + 4, f"{10**power:,}".replace(",", "\u202f"), anchor="end"))
    most = nice_top(max(failures.values(), default=0))
    count = _linear(0, most, bottom, top)
    width = max(1.0, (x(1) - x(0)) * 0.8)
    for second, number in sorted(failures.items()):
        if number:
            parts.append(
                f'<rect x="{x(second):.1f}" y="{count(number):.1f}" width="{width:.1f}" '
                f'height="{bottom - count(number):.1f}" fill="{FAILED}" opacity=".75"/>'
            )
    parts += _counts(count, most, RIGHT + 8, "start", FAILED)
    parts.append(_line(LEFT, y(facts.objective_ms), RIGHT, y(facts.objective_ms), OBJECTIVE, dash="2 4", width=1.5))
    # A second's figure belongs to its middle.
    if floor:
        parts.append(_path(_runs(((s + 0.5, floor[s]) for s in sorted(floor)), x, y), FLOOR, width=1.5, dash="5 3"))
    parts.append(_path(_runs(((s + 0.5, p95[s]) for s in sorted(p95)), x, y), P95))
    parts.append(_text(22, (top + bottom) / 2, "p95 latency, ms (logarithmic)", anchor="middle", turn=True))
    parts.append(_text(WIDTH - 14, (top + bottom) / 2, "failed per second", anchor="middle", turn=True, fill=FAILED))
    legend = [
        ("p95", P95, ""),
        ("failed", FAILED, "bar"),
        (f"objective {facts.objective_ms:g} ms", OBJECTIVE, "2 4"),
    ]
    if floor:
        legend.append(("p95 with one manual scale call (floor)", FLOOR, "5 3"))
    return parts + _legend(top - 12, legend)


def _lower(recording: Recording, x: Scale) -> list[str]:
    top, bottom = LOWER
    moments: list[Moment] = [moment for moment in recording.moments if moment.leg == "autoscaled"]
    cap = recording.facts.db_connections_cap
    left = [v for m in moments for v in (m.wanted, m.ready, m.db_connections) if v is not None]
    most = nice_top(max([*left, cap or 0], default=0))
    queue_top = nice_top(max((m.queued for m in moments if m.queued is not None), default=0))
    y, queue = _linear(0, most, bottom, top), _linear(0, queue_top, bottom, top)
    parts = _counts(y, most, LEFT - 8, "end", grid=True) + _counts(queue, queue_top, RIGHT + 8, "start", QUEUED)
    for run in _runs(((m.at, m.queued) for m in moments), x, queue):
        outline = " ".join(f"L{px:.1f} {py:.1f}" for px, py in run)
        parts.append(
            f'<path d="M{run[0][0]:.1f} {bottom} {outline} L{run[-1][0]:.1f} {bottom}Z" fill="{QUEUED}" opacity=".22"/>'
        )
    if cap is not None:
        parts.append(_line(LEFT, y(cap), RIGHT, y(cap), CONNECTIONS, dash="2 4"))
        parts.append(_text(RIGHT - 6, y(cap) + 14, f"cap {cap}", anchor="end", fill=CONNECTIONS))
    parts.append(_path(_runs(((m.at, m.db_connections) for m in moments), x, y), CONNECTIONS, width=1.5, steps=True))
    parts.append(_path(_runs(((m.at, m.wanted) for m in moments), x, y), WANTED, width=1.5, dash="5 3", steps=True))
    parts.append(_path(_runs(((m.at, m.ready) for m in moments), x, y), READY, width=2.5, steps=True))
    parts.append(_text(22, (top + bottom) / 2, "replicas, connections", anchor="middle", turn=True))
    parts.append(_text(WIDTH - 14, (top + bottom) / 2, "queued requests", anchor="middle", turn=True, fill=QUEUED))
    return parts + _legend(
        top - 12,
        [
            ("replicas ready", READY, ""),
            ("replicas wanted", WANTED, "5 3"),
            ("queued at the edge", QUEUED, "bar"),
            ("database connections", CONNECTIONS, ""),
        ],
    )


def svg(recording: Recording) -> str:
    """The whole picture. Without any sample the axes are still drawn."""
    facts = recording.facts
    times = [r.intended for r in recording.requests if r.leg == "autoscaled"]
    times += [m.at for m in recording.moments if m.leg == "autoscaled"]
    first = min([*times, -facts.before_seconds])
    last = max([*times, facts.spike_seconds]) + 1
    x = _linear(first, last, LEFT, RIGHT)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 34, f"A spike on {facts.service}", size=20, fill=INK, weight=600),
        _text(
            LEFT,
            58,
            f"{facts.before_rate:g} → {facts.spike_rate:g} → {facts.before_rate:g} requests/s, "
            "open loop; latency counts from the intended time, queue included",
            size=13,
        ),
    ]
    for top, bottom in (UPPER, LOWER):
        parts.append(
            f'<rect x="{x(0):.1f}" y="{top}" width="{x(facts.spike_seconds) - x(0):.1f}" '
            f'height="{bottom - top}" fill="#f1f5f9"/>'
        )
        parts += _times(x, first, last, (top, bottom), labels=True)
    parts += _upper(recording, x) + _lower(recording, x)
    for _, bottom in (UPPER, LOWER):
        parts.append(_line(LEFT, bottom, RIGHT, bottom, FAINT))
    parts.append(_text((LEFT + RIGHT) / 2, LOWER[1] + 44, "seconds from the step (shaded: the spike)", anchor="middle"))
    return "\n".join([*parts, "</svg>", ""])
