"""How a build or a rollout gets on, on one line of a terminal."""

from __future__ import annotations

import io
import re

import pytest

from captain.cli import progress_line
from captain.cli.progress_line import ProgressLine, Stage, drawn, stage


class Terminal:
    """What is on it: lines that stay, and the one that is written anew."""

    def __init__(self) -> None:
        self.lines = [""]

    def write(self, text: str) -> None:
        for part in re.split(r"(\n|\r\x1b\[2K)", text):
            if part == "\n":
                self.lines.append("")
            elif part == "\r\x1b[2K":
                self.lines[-1] = ""
            else:
                self.lines[-1] += part


def test_steps_and_replicas_are_one_line_below_what_is_said() -> None:
    """Its seconds go on while nothing is said, and begin anew with the rollout; at the end nothing of it is left."""
    terminal, at = Terminal(), 100.0
    line = ProgressLine(terminal.write, 80, lambda: at)
    line.write("Step 1/2 : FROM a\n ---> 0123\n")
    assert terminal.lines == ["Step 1/2 : FROM a", " ---> 0123", f"build [{'-' * 20}] step 1 of 2, 0 s: FROM a"]
    at += 3
    line.tick()
    assert terminal.lines[-1] == f"build [{'-' * 20}] step 1 of 2, 3 s: FROM a"
    line.write("Step 2/2 : RUN make\n")
    assert terminal.lines[-1] == f"build [{'#' * 10}{'-' * 10}] step 2 of 2, 3 s: RUN make"
    before = len(terminal.lines)
    line.write("shop  0/2 ready\n")
    at += 2
    line.write("shop  1/2 ready: no open port\n")
    assert terminal.lines[-1] == f"shop [{'#' * 10}{'-' * 10}] 1 of 2 healthy, 2 s: no open port"
    assert len(terminal.lines) == before, "a rollout that gets on is no more lines"
    line.write("shop: release 2 is live after 5.0 s\n")
    line.end()
    line.tick()
    assert terminal.lines[-2:] == ["shop: release 2 is live after 5.0 s", ""]


@pytest.mark.parametrize(
    "text", ["Step 1 : x", "shop 1/2 ready", "    | shop  1/2 ready", "12/13 ready", "Step 1/2: FROM a"]
)
def test_other_lines_are_lines(text: str) -> None:
    """What a builder or an app says is shown as it is."""
    assert stage(text) is None


def test_what_ran_to_its_end_is_done() -> None:
    """A replica that is not to be started again is none that is waited for."""
    now = stage("batch  1/2 ready, 1 ended with 0")
    assert now == Stage("batch", 2, 2, "1 of 2 healthy, 1 ended with 0", "", False)


def test_it_is_no_wider_than_the_terminal() -> None:
    """A line that breaks could not be written anew."""
    now = Stage("shop", 0, 0, "0 of 0 healthy", "x" * 500, False)
    assert len(drawn(now, 1.0, 60)) == 60 and drawn(now, 1.0, 60).endswith("…")
    assert "[####################]" in drawn(now, 1.0, 60), "nothing is wanted, and that is so"


def test_without_a_terminal_there_are_lines_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """And with one, where the answer is for a program."""
    output = io.StringIO()
    monkeypatch.setattr("sys.stdout", output)
    with progress_line.shown(True) as write:
        write("shop  1/2 ready\n")
    assert output.getvalue() == "shop  1/2 ready\n"
    monkeypatch.setattr(output, "isatty", lambda: True)
    with progress_line.shown(False) as write:
        write("shop  2/2 ready\n")
    assert output.getvalue() == "shop  1/2 ready\nshop  2/2 ready\n"
    with progress_line.shown(True) as write:
        write("shop  1/2 ready\n")
    assert output.getvalue().endswith("1 of 2 healthy, 0 s\r\x1b[2K")
