"""swarm/captain.sh, with a stand-in for Docker's command line that answers what a test says."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "swarm" / "captain.sh"
GONE = "Error response from daemon: No such container: c0ffee"
STOPPED = "OCI runtime exec failed: exec failed: cannot exec in a stopped container: unknown"
STAND_IN = r"""#!/bin/sh
echo "$*" >>"$ASKED"
case $1 in
info) ;;
ps) echo c0ffee ;;
inspect) echo "$RUNNING" ;;
exec)
    [ -z "$READS" ] || cat >"$ASKED.input"
    printf '%s' "$OUT"
    printf '%b' "$SAYS" >&2
    exit "$CODE"
    ;;
esac
"""


@dataclass(frozen=True)
class Said:
    """What captain.sh said on both streams, its exit code, what Docker was asked, and what it got on standard input."""

    out: str
    err: str
    code: int
    asked: list[str]
    given: str


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(STAND_IN)
    docker.chmod(0o755)
    return tmp_path


def captain(folder: Path, *words: str, start_new_session: bool = False, **environment: str) -> Said:
    asked = folder / "asked"
    variables = {"ASKED": str(asked), "OUT": "", "SAYS": "", "CODE": "0", "RUNNING": "true", "READS": ""} | environment
    done = subprocess.run(
        ["sh", SCRIPT, *words], cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env={"PATH": f"{folder}/bin:/usr/bin:/bin", **variables}, start_new_session=start_new_session,
    )  # fmt: skip
    given = Path(f"{asked}.input")
    return Said(
        done.stdout, done.stderr, done.returncode, asked.read_text().splitlines() if asked.exists() else [],
        given.read_text() if given.exists() else "",
    )  # fmt: skip


@pytest.mark.parametrize("words", [("apps",), ("doctor",), ("logs", "shop", "-f"), ("template", "check", "there")])
@pytest.mark.parametrize(("raw", "code"), [(GONE, "1"), (STOPPED, "128")])
def test_a_captain_that_has_just_ended_is_said_in_a_sentence(
    folder: Path, words: tuple[str, ...], raw: str, code: str
) -> None:
    """Not in the engine's words, which name a container that nobody knows; the exit code stays."""
    said = captain(folder, *words, SAYS=f"{raw}\\n", CODE=code, RUNNING="false")
    assert said.err.startswith("captain.sh: captain has just ended, and another one starts: run this again in some ")
    assert said.err.count("\n") == 1 and "c0ffee" not in said.err and said.code == int(code)


def test_who_goes_away_leaves_the_replica(folder: Path) -> None:
    """The closed terminal of an `exec` ends captain's command too; one that ended by itself costs nothing more."""
    captain(folder, "exec", "shop", "--", "sh")
    asked = (folder / "asked").read_text().splitlines()
    [call] = [line.split()[3] for line in asked if line.startswith("exec -i -e CALL=captain.sh.")]
    assert asked[-1] == f"exec -i -e {call} c0ffee captain exec shop -- sh"
    (folder / "asked").unlink()
    # As a terminal that is closed does: to all that run in it.
    closed = STAND_IN.replace("exec)\n", "exec)\n    case \"$*\" in *' -e CALL='*) kill -HUP 0 ;; esac\n")
    (folder / "bin" / "docker").write_text(closed)
    said = captain(folder, "exec", "shop", "--", "sh", start_new_session=True)
    end = "\n".join(said.asked).rpartition("exec c0ffee ")[2]
    assert said.code == 130 and end.startswith("sh -c") and 'kill "${process' in end, said
    assert end.split()[-1] == said.asked[2].split()[3].removeprefix("CALL="), "that command and no other"


def test_the_engines_words_stay_where_captain_runs(folder: Path) -> None:
    """They are then about something else."""
    said = captain(folder, "apps", SAYS=f"{STOPPED}\\n", CODE="126")
    assert (said.err, said.code) == (f"{STOPPED}\n", 126)


@pytest.mark.parametrize("says", ["", "captain: one\\nline: two\\n", "a half line", "\\nempty first", "100%d \\\\t"])
def test_what_a_command_says_passes_as_it_is(folder: Path, says: str) -> None:
    """Both streams, what is no whole line, and the exit code."""
    said = captain(folder, "status", OUT="out\nmore", SAYS=says, CODE="3")
    expected = subprocess.run(["printf", "%b", says], capture_output=True, text=True, check=True).stdout
    assert (said.out, said.err, said.code) == ("out\nmore", expected, 3)


def test_what_was_begun_when_captain_ended_is_said(folder: Path) -> None:
    """137 where captain is not there any more; otherwise it was the command that was killed."""
    ended = captain(folder, "scale", "shop", "2", CODE="137", RUNNING="")
    assert "captain was ended meanwhile" in ended.err and ended.code == 137
    assert captain(folder, "scale", "shop", "2", CODE="137").err == ""


def test_a_captain_yml_keeps_its_name(folder: Path) -> None:
    """As it was named, from the folder that it was named in; its content goes in by standard input."""
    (folder / "apps").mkdir()
    (folder / "apps" / "shop.yml").write_text("apps: {}")
    said = captain(folder, "plan", "-f", "apps/shop.yml", READS="1")
    assert said.asked[-1] == "exec -i c0ffee captain plan -f apps/shop.yml --file=- --called=apps/shop.yml"
    assert said.given == "apps: {}"
    assert captain(folder, "plan", "-f", "-").asked[-1] == "exec -i c0ffee captain plan -f - --file=-"


@pytest.mark.parametrize(
    "words",
    [
        ("--tar", "a.tar", "--source", "."),
        ("--source=.", "--tar=a.tar"),
        ("--source", ".", "--json", "--tar=-"),
        ("--tar=-", "--source", "."),
    ],
)
def test_two_sources_are_refused(folder: Path, words: tuple[str, ...]) -> None:
    """Captain would get one of them, and not say which."""
    (folder / "a.tar").write_bytes(b"")
    said = captain(folder, "deploy", "shop", *words)
    assert (said.code, said.err) == (2, "captain.sh: --tar and --source are two sources: name one of them\n")
    assert not any(line.startswith("exec") for line in said.asked)


def test_a_source_goes_in_as_a_tar(folder: Path) -> None:
    """The folder's, and nothing is lost of the exit code."""
    (folder / "Dockerfile").write_text("FROM scratch")
    said = captain(folder, "deploy", "shop", "--source", ".", READS="1", CODE="1")
    assert said.asked[-1] == "exec -i c0ffee captain deploy shop --tar=-" and said.code == 1
    assert "FROM scratch" in said.given


def test_captain_does_not_replace_itself(folder: Path) -> None:
    """Its own password is rotated beside it, whatever else is; all others in it."""
    for words in (("db_captain_password",), ("edge_certificate", "db_captain_password", "db_app_password")):
        said = captain(folder, "rotate", *words)
        assert not any(line.startswith("exec") for line in said.asked)
        (folder / "asked").unlink()
    assert captain(folder, "rotate", "db_app_password").asked[-1] == "exec c0ffee captain rotate db_app_password"
