"""What a spike shows: table, sentences, plot, and the options it is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from swarm.spike import plot, summary, table
from swarm.spike.__main__ import parser
from swarm.spike.samples import Facts, Recording

Make = Callable[..., Recording]
ROW = table.Row(7, 151, 212.4, 0, 12.0, 2, 6, 14, "concurrency")


def test_the_table_has_every_column_in_line() -> None:
    """Second, requests/s, p95, failed, queued, ready/wanted, database connections, reason."""
    cells = table.render(ROW).split()
    assert cells == ["7", "151", "212", "0", "12", "2/6", "14", "concurrency"]
    assert table.header().index("reason") == table.render(ROW).index("concurrency")


def test_what_is_unknown_is_a_question_mark() -> None:
    """Never a zero that nobody measured."""
    unknown = replace(ROW, p95_ms=None, queued=None, ready=None, wanted=None, db_connections=None, reason=None)
    assert table.render(unknown).split() == ["7", "151", "-", "0", "?", "?/?", "?", "?"]


def test_the_sentences_tell_the_figures(recording: Make) -> None:
    """Whoever reads only them knows how it went."""
    made = recording(lambda at: (1.0 if at < 4 else 0.02, 201), lambda at: (1.0 if at < 2 else 0.02, 201))
    figures = summary.summarize(made)
    text = "\n".join(table.sentences(figures, 250))
    assert f"{figures['time_to_capacity_seconds']:.1f} s after the step" in text
    assert f"took {figures['floor_seconds']:.1f} s" in text
    assert "0 were lost and 0 are there more than once" in text
    assert "at most 12, the cap is 20" in text


def test_the_sentences_say_what_is_missing(recording: Make) -> None:
    """Nothing measured: every sentence still stands, and none of them claims success."""
    made = recording(lambda at: (1.0, 503), wanted=lambda second: None)
    made.rows = None
    made.moments = []
    assert "× 503" in "\n".join(table.sentences(summary.summarize(made), 250))
    text = "\n".join(table.sentences(summary.summarize(made), 250))
    assert "never reached" in text and "unknown" in text and "not measured" in text
    assert "None" not in text


def texts(svg: str) -> list[str]:
    """All text of a well-formed SVG."""
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_plot_is_well_formed_and_labelled(recording: Make) -> None:
    """Both panels, their axes and every line are named in it."""
    made = recording(lambda at: (1.0 if at < 4 else 0.02, 503 if at < 1 else 201), lambda at: (0.1, 201))
    labels = " ".join(texts(plot.svg(made)))
    for label in (
        "p95",
        "failed",
        "objective 250 ms",
        "floor",
        "ready",
        "wanted",
        "queued",
        "connections",
        "seconds",
    ):
        assert label in labels


@pytest.mark.parametrize("kind", ["nothing", "no moments", "gaps", "markup"])
def test_the_plot_is_well_formed_whatever_is_missing(recording: Make, kind: str) -> None:
    """Missing data are gaps, and a name cannot break the picture; no number in it is NaN."""
    made = recording()
    if kind in {"nothing", "no moments"}:
        made.moments = []
    if kind == "nothing":
        made.requests = []
    if kind == "gaps":
        made.moments = [
            replace(moment, wanted=None, ready=None, queued=None, db_connections=None) if number % 3 else moment
            for number, moment in enumerate(made.moments)
        ]
    if kind == "markup":
        made.facts = replace(made.facts, service='<a & "b">')
    svg = plot.svg(made)
    assert texts(svg)
    assert not re.search(r"\b(nan|inf|None)\b", svg)


@pytest.mark.parametrize(("value", "top"), [(0, 4), (3, 4), (12, 20), (20, 20), (21, 40), (99, 100), (420, 500)])
def test_axes_end_at_round_numbers(value: float, top: float) -> None:
    """Ticks are numbers that people count with."""
    assert plot.nice_top(value) == top


def test_the_shells_help_names_every_option_and_its_default() -> None:
    """`swarm/spike.sh --help` is written by hand, since it needs no image; it must not drift."""
    helped = (Path(__file__).parents[3] / "swarm" / "spike.sh").read_text()
    for action in parser()._actions:
        if action.help == "==SUPPRESS==" or action.dest == "help":
            continue
        option = action.option_strings[0]
        line = next((line for line in helped.splitlines() if line.startswith(f"#   {option} ")), None)
        assert line is not None, f"{option} is not in swarm/spike.sh --help"
        if isinstance(action.default, int | float) and not isinstance(action.default, bool):
            assert f"({action.default:g})" in line, f"{option}: the default is {action.default:g}"


def test_facts_are_what_the_defaults_say() -> None:
    """60 s, 30 % POSTs, an objective of 250 ms, and a rate that fits the machine."""
    options = parser().parse_args([])
    assert (options.seconds, options.post_share, options.before, options.rate) == (60, 0.3, 10, None)
    assert "objective_ms" in Facts.__dataclass_fields__
