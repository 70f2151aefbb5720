"""captain and the registry: what is built goes there, by this machine's engine; what no release needs goes again."""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from captain.apps.app_file import parse_app
from captain.apps.app_releases import config_data, config_labels, config_name
from captain.builds.builds import Builds
from captain.builds.context import Source
from captain.builds.image_builder import APP_LABEL
from captain.builds.queue import State
from captain.registry.pushing import push
from captain.registry.tidying import tidy
from captain.registry.unneeded import tag_of
from swarm.engine import Engine, EngineError
from swarm.engine_images import images, remove_image
from swarm.engine_login import Login
from swarm.engine_objects import Config, Service
from tests.docker_cli import SOCKET, DockerError, eventually, unique_name
from tests.integration.registry.conftest import PASSWORD, Registry

AGES_AGO = datetime.now(UTC) - timedelta(hours=2)
LAYER_BYTES = 4 << 20


def source(*lines: str) -> Source:
    text = "\n".join(lines).encode()
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    return Source(made)


class Captain:
    """Builds of one app, with the engine of this machine."""

    def __init__(self, folder: Path, base: str, login: Login) -> None:
        self.app, self._base = unique_name("app"), base
        self.login, self.deployed, self.said = login, list[str](), list[str]()
        self.builds = Builds(self.connect, folder)

    def connect(self) -> Engine:
        engine = Engine.from_socket(str(SOCKET))
        engine.login = self.login
        return engine

    def build(self, *steps: str) -> tuple[State, str]:
        build = self.builds.submit(self.app, source(f"FROM {self._base}", *steps), self._deploy)
        ended = self.builds.wait(build.id)
        return ended.state, ended.why

    def _deploy(self, image: str, say: Callable[[str], object]) -> str:
        self.deployed.append(image)
        return ""

    def forget_images(self) -> None:
        engine = self.connect()
        for found in images(engine, f"{APP_LABEL}={self.app}"):
            with suppress(EngineError):
                remove_image(engine, found.id)
        engine.close()


@pytest.fixture
def captain(
    tmp_path: Path, image: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Registry], Captain]]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where captains of one stack take turns
    made: list[Captain] = []

    def of(found: Registry) -> Captain:
        login = Login(found.address, "flotilla", PASSWORD, f"http://{found.container.ip}:5000")
        made.append(Captain(tmp_path, image("registry"), login))
        return made[-1]

    yield of
    for each in made:
        each.forget_images()


@dataclass
class Kept:
    """The Swarm as far as tidying asks it: releases, and services that run."""

    login: Login
    images: tuple[str, ...] = ()
    running: tuple[str, ...] = ()

    def configs(self) -> list[Config]:
        apps = [parse_app("shop", {"image": image}) for image in self.images]
        return [
            Config(f"c{number}", config_name("shop", number), config_labels("shop", number), None, config_data(app, ""))
            for number, app in enumerate(apps, 1)
        ]

    def services(self) -> list[Service]:
        specs = [{"TaskTemplate": {"ContainerSpec": {"Image": image}}} for image in self.running]
        return [Service("s", "s", 1, spec, None, None, "", None, None) for spec in specs]


def test_a_build_is_deployed_by_a_digest_that_any_node_can_pull(
    registry: Callable[..., Registry],
    captain: Callable[[Registry], Captain],
    docker: Callable[..., str],
    tmp_path: Path,
) -> None:
    """It is gone from this node, and comes back with the login; without it, it does not."""
    found = registry()
    one = captain(found)
    assert one.build("RUN echo hello >/tmp/greeting") == (State.DONE, "")
    (image,) = one.deployed
    assert image.startswith(f"{found.address}/apps/{one.app}@sha256:")
    one.forget_images()
    with pytest.raises(DockerError, match="basic auth"):
        docker("--config", str(tmp_path / "nobody"), "pull", image)
    docker(
        "--config", str(tmp_path / "node"), "login", "-u", "flotilla", "--password-stdin", found.address, stdin=PASSWORD
    )
    docker("--config", str(tmp_path / "node"), "pull", image)
    assert docker("run", "--rm", "--network", "none", image, "cat", "/tmp/greeting") == "hello"


def test_without_the_registry_a_build_says_so_and_deploys_nothing(
    registry: Callable[..., Registry], captain: Callable[[Registry], Captain], docker: Callable[..., str]
) -> None:
    """The sentence names it, be it away or of another password; what was built before starts here as before."""
    found = registry()
    one = captain(found)
    assert one.build("RUN echo 1 >/tmp/one")[0] is State.DONE
    right, one.login = one.login, replace(one.login, password="wrong")
    state, why = one.build("RUN echo 2 >/tmp/one")
    assert state is State.FAILED and "flotilla_registry" in why and "401" in why
    one.login = right
    found.container.stop()
    state, why = one.build("RUN echo 2 >/tmp/one")
    assert state is State.FAILED
    assert "The registry of this Swarm" in why and "service flotilla_registry" in why and "does not answer" in why
    (before,) = one.deployed
    assert docker("run", "--rm", "--network", "none", before, "cat", "/tmp/one") == "1"


def test_a_kept_release_can_still_be_pulled_and_what_nobody_needs_is_gone(
    registry: Callable[..., Registry],
    captain: Callable[[Registry], Captain],
    docker: Callable[..., str],
    tmp_path: Path,
) -> None:
    """Of four images one is a kept release's, one a service's, one young; the fourth goes, with its bytes."""
    found = registry()
    one = captain(found)
    pushed = []
    engine = one.connect()
    for number in range(4):
        assert one.build(f"RUN head -c {LAYER_BYTES} /dev/urandom >/tmp/{number}")[0] is State.DONE
    # As if they had been pushed long ago: the time is in the tag, and each has but that one.
    for image, at in zip(one.deployed, (AGES_AGO, AGES_AGO, datetime.now(UTC), AGES_AGO), strict=True):
        content = docker("image", "inspect", "-f", "{{.Id}}", image)
        name = f"apps/{one.app}-old"
        pushed.append(push(engine, one.login, name, content, tag_of(content, at), one.said.append))
    kept, running, young, dropped = pushed
    deleted = tidy(Kept(one.login, (kept,), (running,)), one.said.append)  # type: ignore[arg-type]
    repository, _, digest = dropped.removeprefix(f"{found.address}/").partition("@")
    assert deleted == ((repository, digest),)
    one.builds.stop()
    with found.client() as client:
        # The builds' own names of it, which are young, go by hand.
        client.delete(f"/v2/apps/{one.app}/manifests/{digest}")
    full = found.bytes()
    found.collect()
    assert full - found.bytes() >= LAYER_BYTES * 0.9
    one.forget_images()
    node = ("--config", str(tmp_path / "node"))
    docker(*node, "login", "-u", "flotilla", "--password-stdin", found.address, stdin=PASSWORD)
    for image in (kept, running, young):
        docker(*node, "pull", "-q", image)
    with pytest.raises(DockerError, match=r"not found|manifest unknown"):
        docker(*node, "pull", "-q", dropped)
    engine.close()


def test_a_push_that_meets_the_freeing_of_bytes_waits_for_its_end(
    registry: Callable[..., Registry], captain: Callable[[Registry], Captain], tmp_path: Path
) -> None:
    """The registry takes nothing meanwhile; the image is there afterwards, whole."""
    slow = tmp_path / "docker-registry"
    slow.write_text(
        '#!/bin/sh\n[ "$1" != garbage-collect ] || { touch /tmp/busy; while [ -e /tmp/busy ]; do sleep 0.1; done; }\n'
        'exec /usr/bin/docker-registry "$@"\n'
    )
    slow.chmod(0o755)
    found = registry("-v", f"{slow}:/usr/local/bin/docker-registry:ro")
    found.push("apps/any", "1", b"so that there is something to free")
    found.container.kill("USR1")
    eventually(lambda: found.container.exec("ls", "/tmp/busy"))
    eventually(lambda: found.upload("apps/any", b"refused").status_code == 405)
    one = captain(found)
    with ThreadPoolExecutor(1) as beside:
        building = beside.submit(one.build, "RUN echo hello >/tmp/greeting")
        eventually(lambda: images(one.connect(), f"{APP_LABEL}={one.app}"))
        found.container.exec("rm", "-f", "/tmp/busy")
        assert building.result(120) == (State.DONE, "")
    (image,) = one.deployed
    assert found.status(f"/v2/apps/{one.app}/manifests/{image.partition('@')[2]}") == 200
