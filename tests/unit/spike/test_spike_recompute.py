"""The figures follow from the raw samples, by a script that shares no code with them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from swarm.spike import samples, summary
from swarm.spike.samples import Recording

RECOMPUTE = Path(__file__).parents[2] / "bench" / "recompute"
Make = Callable[..., Recording]


def check(made: Recording, told: dict[str, object], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the script on the recording's raw file against the figures told."""
    with (folder / "raw.jsonl").open("w") as out:
        samples.write(made, out)
    (folder / "told.json").write_text(json.dumps(told))
    command = [
        sys.executable,
        str(RECOMPUTE),
        str(folder / "raw.jsonl"),
        "--check",
        str(folder / "told.json"),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "kind",
    [
        "plain",
        "floor",
        "failures",
        "never",
        "odd rate",
        "no rows",
        "no connections",
        "lost and doubled",
        "empty",
    ],
)
def test_every_figure_follows_from_the_samples(recording: Make, tmp_path: Path, kind: str) -> None:
    """The summary and the recomputation agree, whatever happened in the run."""
    made = {
        "floor": lambda: recording(
            lambda at: (2.0 if at < 3.7 else 0.1, 200), lambda at: (1.0 if at < 2 else 0.1, 200)
        ),
        "failures": lambda: recording(lambda at: (0.01 * (at % 7), 503 if 1 < at < 3 else None if 4 < at < 5 else 200)),
        "never": lambda: recording(lambda at: (3.0, 200), lambda at: (0.4, 201), wanted=lambda second: None),
        "odd rate": lambda: recording(lambda at: (0.26 if at < 1.05 else 0.24, 200), rate=33.3, seconds=17),
    }.get(kind, recording)()
    if kind == "no rows":
        made.rows = None
    if kind == "no connections":
        made.moments = [replace(moment, db_connections=None) for moment in made.moments]
    if kind == "lost and doubled":
        assert made.rows
        made.rows = [*made.rows[3:], made.rows[-1], "other"]
    if kind == "empty":
        made.requests, made.moments = [], []
    done = check(made, summary.summarize(made), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("failed", 1),
        ("time_to_capacity_seconds", 3.3),
        ("lost_posts", None),
        ("p95_ms", {}),
        ("replicas", []),
    ],
)
def test_a_figure_that_does_not_follow_is_found(recording: Make, tmp_path: Path, key: str, value: object) -> None:
    """The check can fail: a figure that was made up is named."""
    made = recording()
    done = check(made, summary.summarize(made) | {key: value}, tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{key}:")


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """One clear sentence, no traceback."""
    (tmp_path / "raw").write_text("not json\n")
    done = subprocess.run(
        [sys.executable, str(RECOMPUTE), str(tmp_path / "raw")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "raw:1" in done.stderr
