"""The registry and the edge's way to it: whose requests are passed on, who is let in, and what is freed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docker_cli import Container, Resources, eventually
from tests.integration.registry.conftest import PASSWORD, Registry

ASK = """
import json, sys, urllib.request, urllib.error
try:
    with urllib.request.urlopen(sys.argv[1], timeout=10) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""
SLOW = """#!/bin/sh
if [ "$1" = garbage-collect ]; then
    touch /tmp/collecting
    while [ -e /tmp/collecting ]; do sleep 0.1; done
fi
exec /usr/bin/docker-registry "$@"
"""
LAYER_BYTES = 8 << 20


def test_only_the_node_itself_is_passed_on(shared: Registry, resources: Resources, image: Callable[[str], str]) -> None:
    """Through the loopback's published port the registry answers; another address is refused, whatever it shows."""
    found = shared  # others read it too
    assert found.status("/v2/") == 200
    with found.client() as client:
        refused = client.get("/metrics")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (404, "NAME_UNKNOWN")
    elsewhere = resources.run(
        image("edge"), "--entrypoint=sleep", name="elsewhere", network=found.network, command=("600",)
    )

    def ask(url: str) -> tuple[str, str]:
        status, _, body = elsewhere.exec("python3", "-c", ASK, url).partition(" ")
        return status, body

    # The control: the registry itself, which that address reaches, asks for the password alone.
    assert ask("http://registry:5000/v2/")[0] == "401"
    status, body = ask("http://edge:5000/v2/")
    assert status == "403" and "DENIED" in body and "its own node" in body


def test_nobody_is_let_in_without_the_password(shared: Registry) -> None:
    """The node's own programs, and who only seems to be one of them, need it for everything below /v2/."""
    found = shared  # others read it too
    found.push("apps/shop", "1", b"a layer")
    for password in ("", "wrong", PASSWORD[:-1]):
        with found.client(password) as client:
            for method, path in (
                ("GET", "/v2/"),
                ("GET", "/v2/_catalog"),
                ("GET", "/v2/apps/shop/manifests/1"),
                ("POST", "/v2/apps/shop/blobs/uploads/"),
                ("DELETE", "/v2/apps/shop/manifests/1"),
            ):
                answer = client.request(method, path)
                assert answer.status_code == 401, (password, method, path)
                assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert PASSWORD not in found.container.logs() + found.edge.logs()


def test_a_layer_passes_the_edge_without_staying_there(shared: Registry) -> None:
    """One larger than the edge's memory for bodies and than its limit for them; it comes back as it was sent."""
    found = shared  # others read it too
    layer = os.urandom(1 << 20) * 40
    digest = found.push("apps/large", "1", layer)
    with found.client() as client:
        names = client.get(f"/v2/apps/large/manifests/{digest}").json()["layers"]
        assert client.get(f"/v2/apps/large/blobs/{names[0]['digest']}").content == layer
    assert found.edge.exec("sh", "-c", "find /tmp -type f | wc -l") == "0"


def test_a_registry_that_is_away_is_named(registry: Callable[..., Registry]) -> None:
    """503 in a registry's words; and it is found again at another address when it is back."""
    found = registry()
    found.container.stop()
    with found.client() as client:
        answer = eventually(lambda: (got := client.get("/v2/")).status_code == 503 and got)
        assert answer.json()["errors"][0]["code"] == "UNAVAILABLE"
        assert "flotilla_registry" in answer.json()["errors"][0]["message"]
    found.container.start()
    eventually(lambda: found.status("/v2/") == 200)


def test_what_no_manifest_refers_to_is_freed_and_nothing_else(registry: Callable[..., Registry]) -> None:
    """Bytes of a deleted image go, but for the layer that another has too; the other is pulled as before."""
    found = registry()
    shared, own = os.urandom(LAYER_BYTES), os.urandom(LAYER_BYTES)
    kept, dropped = found.push("apps/shop", "1", shared), found.push("apps/other", "1", shared)
    gone = found.push("apps/shop", "2", own)
    full = found.bytes()
    for repository, digest in (("apps/shop", gone), ("apps/other", dropped)):
        assert found.status(f"/v2/{repository}/manifests/{digest}", "DELETE") == 202
    found.collect()
    freed = full - found.bytes()
    assert LAYER_BYTES <= freed < LAYER_BYTES * 1.5
    assert found.status(f"/v2/apps/shop/manifests/{gone}") == 404
    with found.client() as client:
        (layer,) = client.get(f"/v2/apps/shop/manifests/{kept}").json()["layers"]
        assert client.get(f"/v2/apps/shop/blobs/{layer['digest']}").content == shared
    # What was freed can be pushed again: nobody remembers that it was there.
    assert found.push("apps/shop", "2", own) == gone
    assert found.container.stop(20) == 0


def test_nothing_is_uploaded_while_bytes_are_freed(registry: Callable[..., Registry], tmp_path: Path) -> None:
    """Pulls go on, uploads are refused; a manifest whose layer was freed under it is refused, not kept broken."""
    slow = tmp_path / "docker-registry"
    slow.write_text(SLOW)
    slow.chmod(0o755)
    found = registry("-v", f"{slow}:/usr/local/bin/docker-registry:ro")
    found.push("apps/shop", "1", b"kept")
    assert found.upload("apps/shop", b"its manifest comes later").status_code == 201
    found.container.kill("USR1")
    eventually(lambda: found.container.exec("ls", "/tmp/collecting"))
    eventually(lambda: found.status("/v2/apps/shop/manifests/1") == 200)
    assert found.upload("apps/shop", b"too late").status_code == 405
    assert found.manifest("apps/shop", "2", b"config", b"kept").status_code == 405
    found.container.exec("rm", "/tmp/collecting")
    eventually(lambda: found.upload("apps/shop", b"config").status_code == 201)
    answer = found.manifest("apps/shop", "2", b"config", b"its manifest comes later")
    assert answer.status_code == 400 and "MANIFEST_BLOB_UNKNOWN" in answer.text
    assert found.status("/v2/apps/shop/manifests/1") == 200


@pytest.mark.parametrize("volumes", [(), ("/dev/null:/run/secrets/registry_password:ro",)])
def test_without_a_password_it_does_not_start(
    resources: Resources, image: Callable[[str], str], volumes: tuple[str, ...]
) -> None:
    """A registry that lets everybody in is none; it says what is missing."""
    started: Container = resources.run(image("registry"), "--tmpfs", "/tmp", volumes=volumes)
    eventually(lambda: not started.running)
    assert started.exit_code == 1
    assert "there is no /run/secrets/registry_password" in started.logs()
