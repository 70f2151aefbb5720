"""Figures by their definitions, on curves small enough to reckon by hand; traces as people write them; the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autoscaler.simulator import figures
from autoscaler.simulator.__main__ import main
from autoscaler.simulator.traffic import GENERATED, TraceError, generated, parse_trace

TRACES = Path(__file__).parents[3] / "data" / "traces"
KEYS = {
    *("theta_u", "theta_o", "tau_u", "tau_o", "instability", "elastic_speedup", "over_objective_pct", "failed_pct"),
    *("p95_ms", "p99_ms", "replica_seconds", "actions", "reversals", "time_to_capacity_p50", "time_to_capacity_p95"),
    "db_connections_max",
}


def test_elasticity_by_hand() -> None:
    """Four seconds: one too few of two, one too many of two, two right."""
    found = figures.elasticity(needed=[2, 2, 2, 4], ready=[1, 3, 2, 4])
    assert found["theta_u"] == pytest.approx(100 / 4 * 0.5)
    assert found["theta_o"] == pytest.approx(100 / 4 * 0.5)
    assert (found["tau_u"], found["tau_o"]) == (25, 25)
    assert found["instability"] == pytest.approx(100 / 3 * 2)


def test_speedup_is_the_geometric_mean() -> None:
    """Half of everything is twice as good."""
    none = {"theta_u": 10.0, "theta_o": 20.0, "tau_u": 30.0, "tau_o": 40.0}
    assert figures.speedup({key: value / 2 for key, value in none.items()}, none) == pytest.approx(2)


def test_reversals_are_changes_of_direction() -> None:
    """Up, up, down, up: two."""
    assert figures.reversals([1, 2, 2, 4, 3, 3, 5]) == 2


def test_time_to_capacity_counts_from_the_step() -> None:
    """Needed goes from two to six at second ten and six are ready at second fourteen: four. A blip is no step."""
    needed = [2] * 10 + [6] * 20
    ready = [2] * 14 + [6] * 16
    assert figures.times_to_capacity(needed, ready) == [4]
    assert figures.times_to_capacity([2] * 10 + [9] + [2] * 19, [2] * 30) == []


def test_percentiles_of_buckets() -> None:
    """Within the three per cent that a bucket is wide."""
    found: dict[int, float] = {}
    figures.add(found, [(0.01 * number, 1.0) for number in range(1, 101)])
    assert figures.percentile_ms(found, 0.95) == pytest.approx(950, rel=0.04)


@pytest.mark.parametrize(
    ("text", "arrivals"),
    [
        ("second,count\n0,3\n1,5\n3,7\n", [3, 5, 0, 7]),
        ("\ufeffsecond, count\r\n10,3\r\n11,5\r\n", [3, 5]),
        ("second,count\n0,1.5\n", [1.5]),
    ],
)
def test_a_trace_by_the_second(text: str, arrivals: list[float]) -> None:
    """Seconds that are left out had no requests; spaces, other line ends and fractions do no harm."""
    assert parse_trace(text) == arrivals


@pytest.mark.parametrize("time", ["1998-06-30 00:0{}:00", "1998-06-30T00:0{}:00Z", "1998-06-30T00:0{}"])
def test_a_trace_by_the_minute(time: str) -> None:
    """ISO times with or without seconds, T and zone; a minute's requests are spread over its seconds."""
    text = "period,count\n" + "".join(f"{time.format(minute)},6000\n" for minute in (0, 1, 3))
    found = parse_trace(text, seed=1)
    assert len(found) == 240
    assert sum(found[:60]) == pytest.approx(6000, rel=0.1)
    assert sum(found[120:180]) == 0
    assert found == parse_trace(text, seed=1) != parse_trace(text, seed=2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("time,count\n1,2\n", "second,count or period,count"),
        ("second,count\n", "no lines"),
        ("second,count\n0,one\n", "Line 2"),
        ("second,count\n0,-1\n", "from 0 up"),
        ("second,count\n0,nan\n", "from 0 up"),
        ("period,count\nyesterday,3\n", "Line 2"),
        ("second,count\n0,1\n99999999,1\n", "at most 31"),
    ],
)
def test_a_trace_that_cannot_be_read_says_where(text: str, says: str) -> None:
    """One sentence, with the line."""
    with pytest.raises(TraceError, match=says):
        parse_trace(text)


@pytest.mark.parametrize("name", list(GENERATED))
def test_generated_traffic_is_repeatable(name: str) -> None:
    """By its seed; and it is traffic."""
    assert generated(name, 300, 40, 1) == generated(name, 300, 40, 1) != generated(name, 300, 40, 2)
    assert sum(generated(name, 300, 40, 1)) > 1000


def test_the_command_writes_every_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All policies without --policy; the table and the JSON say the same."""
    (tmp_path / "trace.csv").write_text("second,count\n" + "".join(f"{n},{40 + n % 7}\n" for n in range(200)))
    assert main(["--trace", str(tmp_path / "trace.csv"), "--json", str(tmp_path / "out.json")]) == 0
    found = json.loads((tmp_path / "out.json").read_text())["policies"]
    assert set(found) == {"flotilla", "hpa", "kpa", "step", "oracle", "none"}
    assert all(set(values) == KEYS for values in found.values())
    assert f"{found['kpa']['replica_seconds']:.0f}" in capsys.readouterr().out


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    """With a row for each policy that was asked for."""
    options = ["--trace", "generated:bot", "--seconds", "300", "--policy", "flotilla", "--policy", "kpa"]
    assert main([*options, "--plot", str(tmp_path / "out.png")]) == 0
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--trace", "missing.csv"], "cannot be read"),
        (["--trace", "generated:nothing"], "flash-crowd"),
        (["--trace", "generated:bot", "--min", "5", "--max", "2"], "must not be above"),
        (["--trace", "generated:bot", "--capacity-rps", "-1"], "above 0"),
        (["--trace", "generated:bot", "--target", "70"], "fraction"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, on stderr, nothing on stdout."""
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


@pytest.mark.parametrize("file", sorted(TRACES.glob("*.csv")), ids=lambda file: file.stem)
def test_the_recorded_traces_are_read(file: Path) -> None:
    """A day of the one, an hour of the other."""
    assert len(parse_trace(file.read_text())) in (86400, 3437)
