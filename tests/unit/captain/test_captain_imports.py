"""What a command of captain imports: each is a process of its own, and most of its time would be imports."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from captain.__main__ import _WITH_WORDS, COMMANDS, _parser, parser_for

ROOT = Path(__file__).parents[3]
HEAVY = {"fastapi", "starlette", "uvicorn", "pydantic", "anyio", "httpx", "prometheus_client", "yaml"}
OF_OTHERS = {
    "captain.serve",
    "captain.deploy",
    "captain.stack",
    "captain.apps.app_rollout",
    "captain.oneclick.template",
}
TEMPLATE = """
captainVersion: 4
services: {$$cap_appname: {image: "redis:7"}}
caproverOneClickApp: {variables: [], instructions: {start: a, end: b}}
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize("command", ["status", "explain"])
def test_looking_at_what_runs_imports_no_more_than_that(command: str) -> None:
    """No web framework, no HTTP client beside the engine's, no YAML, and nothing of the other commands."""
    done = python(
        "import json, sys\n"
        "from importlib import import_module\n"
        "from captain.__main__ import COMMANDS, parser_for\n"
        "import swarm.engine\n"
        "parser_for(sys.argv[1:])\n"
        "import_module(COMMANDS[sys.argv[1]])\n"
        "print(json.dumps(sorted(sys.modules)))",
        command,
    )
    imported = set(json.loads(done.stdout))
    assert "captain.status" in imported
    assert imported & (HEAVY | OF_OTHERS) == set()


def test_templates_are_looked_at_without_docker_and_without_an_http_client(tmp_path: Path) -> None:
    """With YAML alone, on any machine that has Python."""
    file = tmp_path / "redis.yml"
    file.write_text(TEMPLATE)
    without = (
        "import sys\n"
        "class None_:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('httpx', 'docker', 'requests', 'fastapi'): raise ImportError(name)\n"
        "sys.meta_path.insert(0, None_())\n"
        "from captain.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    for action in ("check", "show"):
        done = python(without, "template", action, str(file))
        assert (done.returncode, done.stderr) == (0, "")
    assert python(without, "status").returncode != 0, "what needs the engine cannot do without"


def test_every_command_has_its_module_and_its_words() -> None:
    """The table says what modules have; one command's words are those that it has among all."""
    (commands,) = (action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction))
    assert set(commands.choices) == {*COMMANDS, "user", "completion", "serve"}
    for module, names in _WITH_WORDS.items():
        assert names == import_module(module).COMMANDS
    for command, words in commands.choices.items():
        (alone,) = (one for one in parser_for([command])._actions if isinstance(one, argparse._SubParsersAction))
        assert alone.choices[command].format_help() == words.format_help()
        if command in COMMANDS:
            assert callable(import_module(COMMANDS[command]).run)
