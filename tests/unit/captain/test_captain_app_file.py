from __future__ import annotations

import io
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from captain.__main__ import _parser
from captain.apps.app_document import changes, document
from captain.apps.app_file import parse_app, parse_apps
from captain.apps.app_spec import AppSpec, Autoscale
from captain.apps.command_line import _apps
from captain.errors import CaptainError
from captain.jobs.job import Job
from captain.stack import FileReference, Port, Resources
from tests.unit.captain.app_examples import EVERYTHING, app, specs


def mistake(name: str = "shop", **keys: object) -> str:
    with pytest.raises(CaptainError) as caught:
        parse_app(name, {"image": "shop:1", **keys})
    return str(caught.value)


def test_every_key_is_understood() -> None:
    """What captain.yml says is what the app is."""
    spec = parse_app("shop", yaml.safe_load(EVERYTHING))
    assert (spec.image, spec.command, spec.environment["EMPTY"]) == (
        "registry.example.com/shop:7",
        ("serve", "--fast"),
        "",
    )
    assert spec.secrets[1] == FileReference("tls", "tls.pem", "33", "33", 0o400)
    assert spec.ports == (
        Port(25, 2525, "tcp", "host"),
        Port(53, 53, "udp", "host"),
        Port(8443, 9443, "tcp", "ingress"),
    )
    assert [(mount.kind, mount.target, mount.size_bytes) for mount in spec.mounts] == [
        ("volume", "/var/lib/shop", None),
        ("tmpfs", "/tmp", 64 * 2**20),
    ]
    assert spec.http is not None and spec.http.redirects == {"www.shop.example.com": "shop.example.com"}
    assert spec.http.basic_auth is not None and spec.http.basic_auth.password_hash.startswith("$6$grain$")
    assert spec.limits == Resources(5 * 10**8, 2**27, 50)
    assert spec.autoscale == Autoscale(2, 8, {"concurrency": "3"})
    assert spec.jobs == (
        Job("nightly", "30 2 * * 1-5", ("./backup", "--all"), "Europe/Berlin", 5400, True),
        Job("often", "*/5 * * * *", ("./tidy",)),
    )
    assert (spec.deadline_seconds, spec.is_pinned, spec.stop_grace_period) == (300, True, 20 * 10**9)


@settings(max_examples=40)
@given(specs())
def test_a_release_is_read_back_as_it_was_written(spec: AppSpec) -> None:
    """Nothing of an app is lost or changed on its way into the Swarm's store and back, YAML in between."""
    assert parse_app(spec.name, document(spec)) == spec
    assert parse_app(spec.name, yaml.safe_load(yaml.safe_dump(document(spec)))) == spec


def test_several_apps_and_all_their_mistakes() -> None:
    """One file, many apps; each wrong one is named, not only the first."""
    apps = parse_apps("apps: {one: {image: a}, two: {image: b}}", "captain.yml")
    assert [spec.name for spec in apps] == ["one", "two"]
    with pytest.raises(CaptainError) as caught:
        parse_apps("apps: {one: {}, two: {image: b, replicas: x}, three: {image: c}}", "captain.yml")
    assert str(caught.value).splitlines() == [
        "apps.one.image is needed: name the image, such as registry.example.com/shop:7.",
        "apps.two.replicas is 'x': it has to be a whole number.",
        "Nothing was changed: correct captain.yml.",
    ]


@pytest.mark.parametrize("text", ["", "[]", "apps:", "apps: {}", "services: {web: {image: a}}"])
def test_a_file_without_apps_says_how_one_looks(text: str) -> None:
    """Also for a stack file that was given by mistake."""
    with pytest.raises(CaptainError, match=r"captain\.yml has no apps: write apps:"):
        parse_apps(text, "captain.yml")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"enviroment": {}}, "apps.shop.enviroment is a key that captain does not know: did you mean environment"),
        ({"http": {"port": 80, "host": []}}, "http.host is a key that captain does not know: did you mean hosts"),
        ({"build": "."}, "apps.shop.build is not done by captain yet"),
        ({"http": {}}, "apps.shop.http.port is needed"),
        ({"http": {"port": 0}}, "apps.shop.http.port is needed"),
        ({"http": {"port": 80, "websockets": True}}, "apps.shop.http.websockets is not needed"),
        ({"http": {"port": 80, "hosts": ["Shop.example.com"]}}, "'Shop.example.com': give a host name in lower case"),
        ({"http": {"port": 80, "readiness": "healthz"}}, "apps.shop.http.readiness is 'healthz': give a path"),
        ({"http": {"port": 80, "max_in_flight": 0}}, "apps.shop.http.max_in_flight is 0"),
        ({"http": {"port": 80, "basic_auth": {"user": "a"}}}, "http.basic_auth.password_hash is needed"),
        ({"ports": ["25"]}, "apps.shop.ports has '25': write PUBLISHED:TARGET"),
        ({"ports": ["70000:25"]}, "apps.shop.ports has '70000:25'"),
        ({"volumes": ["files"]}, "apps.shop.volumes: 'files' has to be source:target"),
        ({"healthcheck": "never"}, "apps.shop.healthcheck is 'never': write image"),
        ({"healthcheck": {"interval": "5s"}}, "apps.shop.healthcheck.test is needed"),
        ({"replicas": -1}, "apps.shop.replicas is -1"),
        ({"replicas": 2, "autoscale": {"min": 1, "max": 2}}, "cannot be said beside autoscale"),
        ({"autoscale": {"min": 1}}, "apps.shop.autoscale.max is needed"),
        ({"autoscale": {"min": 3, "max": 2}}, "min must not be above max"),
        ({"autoscale": {"min": 1, "max": 2, "rps": 0}}, "flotilla.autoscale.rps is \"0\": give a number above 0"),
        ({"jobs": {"a": {"command": "x"}}}, "apps.shop.jobs.a.schedule is '': write five fields"),
        ({"jobs": {"a": {"schedule": "0 0 3 * * *", "command": "x"}}}, "jobs.a.schedule is '0 0 3 * * *': write five"),
        ({"jobs": {"a": {"schedule": "61 * * * *", "command": "x"}}}, "is '61 * * * *': Bad minute; write minute hour"),
        ({"jobs": {"a": {"schedule": "0 0 30 2 *", "command": "x"}}}, "apps.shop.jobs.a.schedule is '0 0 30 2 *'"),
        ({"jobs": {"a": {"schedule": "0 3 * * *", "zone": "Berlin", "command": "x"}}}, "is in the zone 'Berlin'"),
        ({"jobs": {"a": {"schedule": "0 3 * * *"}}}, "apps.shop.jobs.a.command is needed"),
        ({"jobs": {"a": {"schedule": "0 3 * * *", "command": "x", "timeout": "25h"}}}, "at most 24h"),
        ({"jobs": {"a": {"schedule": "0 3 * * *", "command": "x", "overlap": "no"}}}, "overlap is 'no': write skip"),
        ({"jobs": {"A b": {"schedule": "0 3 * * *", "command": "x"}}}, "apps.shop.jobs.A b has to be at most 30"),
        ({"jobs": {f"j{n}": {"schedule": "0 3 * * *", "command": "x"} for n in range(21)}}, "jobs are 21: an app has"),
        ({"deadline": "1500ms"}, "apps.shop.deadline is '1500ms': give whole seconds"),
        ({"environment": {"LEVEL": None}}, "apps.shop.environment.LEVEL has no value"),
        ({"image": "two words"}, "apps.shop.image is needed"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_what_to_do(keys: dict[str, Any], said: str) -> None:
    """The path of the key, what is wrong, what to write instead."""
    assert said in mistake(**keys)


@pytest.mark.parametrize("text", ["apps: {shop: {imag: x}}", "apps: [", "apps: {}"])
def test_a_mistake_in_standard_input_names_the_file_that_was_given(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """captain.sh sends a file in by standard input, and says what its name is."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    with pytest.raises(CaptainError) as error:
        _apps(_parser().parse_args(["apply", "-f", "-", "--called", "sub/shop.yml"]))
    assert "sub/shop.yml" in str(error.value)
    assert "standard input" not in str(error.value) and "unicode string" not in str(error.value)


@pytest.mark.parametrize("name", ["Shop", "a--b", "-a", "a_b", "x" * 50, "app", "www", "captain", "captain-x", ""])
def test_names_that_an_app_cannot_have(name: str) -> None:
    """Those of CapRover's rule, and the platform's own hosts."""
    assert mistake(name).startswith(f"apps.{name} ")


def test_changes_do_not_tell_what_is_in_the_environment() -> None:
    """There are passwords among it; everything else is shown."""
    before = document(app(environment={"KEY": "old-secret"}))
    after = document(app(environment={"KEY": "new-secret"}, http={"port": 9000}))
    said = changes(before, after)
    assert said == ["environment.KEY: a value → a value", "http.port: 8000 → 9000"]
