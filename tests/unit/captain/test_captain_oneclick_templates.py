"""CapRover's own templates: every one becomes apps, and what is left out of each is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from captain.__main__ import main
from captain.apps.app_document import document
from captain.apps.app_file import parse_app
from captain.apps.app_service import Surroundings, service_spec
from captain.apps.app_spec import name_mistake
from captain.oneclick.report import check_line, show_json, show_lines
from captain.oneclick.trial import Trial, tried

DATA = Path(__file__).parents[2] / "data" / "one-click"
FILES = sorted((DATA / "apps").iterdir())
# What `captain template check --json` says is left out of each; written anew when captain learns a key.
LEFT_OUT: dict[str, list[str]] = json.loads((DATA / "left-out.json").read_text(encoding="utf-8"))

SURROUNDINGS = Surroundings("apps", {"apps": "id"}, {}, has_start_interval=True)


def trial(file: Path) -> Trial:
    return tried(file.read_text(encoding="utf-8"), file.name)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_template_becomes_apps(file: Path) -> None:
    """With its defaults, and made-up values where it has none; every service, none of its variables left over."""
    made = trial(file)
    assert made.becomes is not None, made.mistake
    written = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
    assert len(made.becomes.apps) == len(written)
    for app in made.becomes.apps:
        assert name_mistake(app.spec.name) == ""
        assert bool(app.spec.image) is not bool(app.dockerfile_lines)
        assert "$$cap_" not in repr(app)
        places = [mount.target for mount in app.spec.mounts]
        assert len(places) == len(set(places))
    published = [(port.published, port.protocol) for app in made.becomes.apps for port in app.spec.ports]
    assert len(published) == len(set(published))
    assert [entry.path for entry in made.becomes.unsupported] == LEFT_OUT[file.name]
    assert list(show_lines(made)) and json.dumps(show_json(made)) and "\n" not in check_line(made)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_engine_gets_what_the_template_says(file: Path) -> None:
    """Every app has a body for the Engine's API, found under its alias, and is what a captain.yml could say as well."""
    made = trial(file)
    assert made.becomes is not None
    for app in made.becomes.apps:
        spec = replace(app.spec, image=app.spec.image or f"built@sha256:{'0' * 64}")
        assert parse_app(spec.name, document(spec)) == spec
        body = service_spec(spec, 1, 0, SURROUNDINGS)
        assert body["Name"] == spec.name and body["Mode"] == {"Replicated": {"Replicas": 0}}
        task = body["TaskTemplate"]
        assert f"srv-captain--{spec.name}" in task["Networks"][0]["Aliases"]
        container = task["ContainerSpec"]
        assert sorted(container.get("Env", [])) == sorted(f"{name}={text}" for name, text in spec.environment.items())
        assert [mount["Target"] for mount in container.get("Mounts", [])] == [mount.target for mount in spec.mounts]
        assert len(body.get("EndpointSpec", {}).get("Ports", [])) == len(spec.ports)


def test_checking_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    """A line per template and a sum; 0 because all can be deployed."""
    assert main(["template", "check", str(DATA / "apps")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(FILES) + 1
    assert "mumble.yml: 1 service, 2 variables, left out: services.$$cap_appname.container_name" in "\n".join(lines)
    assert lines[-1].startswith(f"{len(FILES)} of {len(FILES)} templates can be deployed, ")


def test_a_template_that_cannot_be_deployed_fails_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are looked at all the same; a path that is not there, and a folder without any, say so."""
    (tmp_path / "bad.yml").write_text("captainVersion: 1")
    (tmp_path / "binary.yml").write_bytes(b"\xff")
    (tmp_path / "good.yaml").write_text((DATA / "apps" / "minio.yml").read_text())
    assert main(["template", "check", "--json", str(tmp_path)]) == 1
    answer = {row["template"]: row for row in json.loads(capsys.readouterr().out)}
    assert {name: row["planned"] for name, row in answer.items()} == {
        "bad.yml": False, "binary.yml": False, "good.yaml": True,
    }  # fmt: skip
    assert "captainVersion '1'" in answer["bad.yml"]["error"] and "cannot be read" in answer["binary.yml"]["error"]
    assert main(["template", "check", str(tmp_path / "bad.yml")]) == 1
    assert "bad.yml: cannot be deployed: bad.yml has captainVersion" in capsys.readouterr().out
    assert main(["template", "show", str(tmp_path / "bad.yml")]) == 1
    assert main(["template", "check", str(tmp_path / "none")]) == 1
    (tmp_path / "empty").mkdir()
    assert main(["template", "check", str(tmp_path / "empty")]) == 1
    assert "is not there" in (said := capsys.readouterr().err) and "has no templates" in said


def test_showing_a_template(capsys: pytest.CaptureFixture[str]) -> None:
    """What it asks, what it becomes, what is left out and why; the same for programs."""
    file = str(DATA / "apps" / "mumble.yml")
    assert main(["template", "show", file]) == 0
    said = capsys.readouterr().out
    for words in (
        "$$cap_port  Voice Port (UDP); default 64738", "port 64738/udp of the node is its 64738",
        "/data/ is volume trial-data", "container_name is left out: tasks have names of their own",
    ):  # fmt: skip
        assert words in said
    assert main(["template", "show", "--json", file]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["display_name"] == "Mumble server" and answer["services"] == ["trial"]
    assert [variable["needed"] for variable in answer["variables"]] == [True, False, False]


def test_the_docker_socket_is_told_beforehand() -> None:
    """Who needs it is in the line and in the object, and the check does not fail for it."""
    service = "{image: a, volumes: ['/var/run/docker.sock:/s']}"
    made = tried(f"captainVersion: 4\nservices: {{$$cap_appname: {service}}}\ncaproverOneClickApp: {{}}", "t.yml")
    assert made.wants_socket == ("trial",)
    assert "the Docker socket for trial, if an administrator allows it" in check_line(made)
    assert "  gets the Docker socket" in "\n".join(show_lines(made))


def test_what_only_its_place_tells_is_filled_in() -> None:
    """A variable without default and expression, where nothing will not do: a volume, a tag, a path."""
    service = "{image: 'a:$$cap_tag', volumes: ['$$cap_volume:/x'], ports: ['$$cap_port:1']}"
    variables = "variables: [{id: $$cap_tag}, {id: $$cap_volume}, {id: $$cap_port}]"
    made = tried(
        f"captainVersion: 4\nservices: {{$$cap_appname: {service}}}\ncaproverOneClickApp: {{{variables}}}", "t"
    )
    assert made.becomes is not None and made.becomes.apps[0].spec.image == "a:8080"
