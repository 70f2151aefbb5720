"""DESIGN's rules that no other tool checks. Each test reads the repository's files and nothing else."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = ("app", "autoscaler", "captain", "nginx", "swarm")
MOST_LINES = 400
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "handler", "handlers", "common"}
READS_OUTSIDE = {"__main__", "main", "settings"}
# Made by other programs from other programs' words; their lines and paths are not ours.
NOT_OURS = ("requirements.lock", "requirements/", "tests/data/")
IMAGES_ENV = re.compile(r"FLOTILLA_([A-Z]+_IMAGE|ROUTES_CONFIG)$")  # written by swarm/images.sh, told by nobody
TEST_VARIABLES = re.compile(r"FLOTILLA_TEST_")


def repository() -> list[Path]:
    """Every file that a clone with this working tree's changes would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode == 0:
        names = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:  # an export without .git
        made = {".venv", "build", "results", "node_modules", "dist"}
        names = [path for path in ROOT.rglob("*") if not made & set(path.parts)]
    ours = [path for path in names if not relative(path).startswith(NOT_OURS)]
    return sorted(path for path in ours if path.is_file())


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


FILES = repository()
MODULES = [path for path in FILES if path.suffix in {".py", ".lua", ".sh", ".ts"}]
PYTHON = [path for path in MODULES if path.suffix == ".py" and relative(path).split("/")[0] in PROGRAMS]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="ignore")


def test_the_rules_see_the_repository() -> None:
    """A rule over no files would pass for ever."""
    assert {path.suffix for path in MODULES} == {".py", ".lua", ".sh", ".ts"}
    assert {relative(path).split("/")[0] for path in PYTHON} == set(PROGRAMS)


def test_a_module_fits_in_400_lines() -> None:
    """Python, Lua, shell and TypeScript alike; but for what is generated, whose length is the API's."""
    written = [path for path in MODULES if "Generated from" not in text(path).partition("\n")[0]]
    lengths = {relative(path): len(text(path).splitlines()) for path in written}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_module_is_named_for_nothing() -> None:
    """A name says the subject; these say none."""
    named = [path for path in MODULES if {path.stem, path.parent.name} & BANNED_NAMES]
    assert [relative(path) for path in named] == []


def reads_outside(tree: ast.AST) -> list[int]:
    """Lines that read the environment or the arguments."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            if name in {"os.environ", "os.environb", "os.getenv", "sys.argv"}:
                found.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module in {"os", "sys"}:
            if {alias.name for alias in node.names} & {"environ", "getenv", "argv"}:
                found.append(node.lineno)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ArgumentParser"):
            found.append(node.lineno)
    return found


def test_only_main_and_settings_read_environment_and_arguments() -> None:
    """Everything else is told what it needs."""
    found = {relative(path): reads_outside(ast.parse(text(path))) for path in PYTHON}
    assert {name: lines for name, lines in found.items() if lines and Path(name).stem not in READS_OUTSIDE} == {}


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("import os\nos.environ['X']", [2]),
        ("from os import environ", [1]),
        ("import sys\nsys.argv[1]", [2]),
        ("import argparse\nargparse.ArgumentParser()", [2]),
        ("environment = {}\nenvironment['X']", []),
    ],
)
def test_the_rule_finds_what_it_is_for(code: str, lines: list[int]) -> None:
    """Each way of reading from outside is found."""
    assert reads_outside(ast.parse(code)) == lines


def test_no_file_names_somebodys_machine_or_registry() -> None:
    """What is committed runs for anyone: no home folder, private mirror or index address, locks included."""
    mine = re.compile(
        r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+)/(?=\w)"  # folders of one machine
        r"|--(?:extra-)?index-url|--find-links"  # where one machine gets its packages
        r"|https?://[^\s\"']*(?:pkg\.dev|artifactory|nexus)"
    )
    found = []
    for path in [*FILES, ROOT / "requirements.lock", *(ROOT / "requirements").glob("*.lock")]:
        if path == Path(__file__):
            continue
        for number, line in enumerate(text(path).splitlines(), 1):
            if mine.search(line):
                found.append(f"{relative(path)}:{number}: {line.strip()[:100]}")
    assert found == []


def settings() -> dict[str, str]:
    """Every setting, and a file that reads it."""
    found: dict[str, str] = {}
    name = re.compile(r"\bFLOTILLA_[A-Z][A-Z_]*[A-Z]\b")
    sources = [path for path in FILES if relative(path).split("/")[0] in PROGRAMS]
    for path in [*sources, ROOT / "stack.yml"]:
        if path.suffix in {".py", ".sh", ".yml", ".lua"}:
            # What ends in a line end or a bracket is a prefix in a sentence, not a name.
            found |= {word: relative(path) for word in name.findall(text(path))}
    tree = ast.parse(text(ROOT / "app" / "settings.py"))
    declared = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    for line in declared.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            found[f"FLOTILLA_{line.target.id.upper()}"] = "app/settings.py"
    return {
        word: where for word, where in found.items() if not IMAGES_ENV.match(word) and not TEST_VARIABLES.match(word)
    }


def autoscale_labels() -> set[str]:
    """Every ``flotilla.autoscale.*`` label that the autoscaler knows."""
    tree = ast.parse(text(ROOT / "autoscaler" / "config.py"))
    metrics = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Metric")
    known = next(
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "KNOWN"
    )
    assert isinstance(known, ast.Tuple)
    words = {item.value for item in known.elts if isinstance(item, ast.Constant)}
    words |= {
        line.value.value
        for line in metrics.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
    }
    return {f"flotilla.autoscale.{word}" for word in words}


def test_every_setting_is_documented() -> None:
    """docs/operations.md has every variable and every label, in backticks."""
    documented = set(re.findall(r"`([\w.]+)`", text(ROOT / "docs" / "operations.md")))
    known = settings() | dict.fromkeys(autoscale_labels(), "autoscaler/config.py")
    missing = sorted(f"{name} ({where})" for name, where in known.items() if name not in documented)
    assert missing == []


def test_no_documented_setting_is_gone() -> None:
    """And nothing there that no program reads."""
    documented = set(re.findall(r"`(FLOTILLA_\w+|flotilla\.autoscale\.\w+)`", text(ROOT / "docs" / "operations.md")))
    images = {name for name in documented if IMAGES_ENV.match(name)}
    assert documented - images - set(settings()) - autoscale_labels() == set()
