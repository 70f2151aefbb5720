"""A registry behind an edge, whose port 5000 is published on the host's loopback as in the stack."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.docker_cli import Container, Resources, eventually

PASSWORD = "0123456789abcdef" * 3
EDGE_OPTIONS = ("--init", "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run/flotilla", "--cap-drop", "ALL")
REGISTRY_OPTIONS = ("--init", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--memory", "128m")
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CONFIG = "application/vnd.docker.container.image.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def descriptor(content: bytes, kind: str) -> dict[str, object]:
    return {"mediaType": kind, "size": len(content), "digest": digest_of(content)}


@dataclass(frozen=True)
class Registry:
    """The two containers, and the registry's API as this host's engine reaches it."""

    container: Container
    edge: Container
    network: str
    address: str

    def client(self, password: str = PASSWORD, address: str = "") -> httpx.Client:
        auth = ("flotilla", password) if password else None
        return httpx.Client(base_url=f"http://{address or self.address}", auth=auth, timeout=30, trust_env=False)

    def upload(self, repository: str, content: bytes) -> httpx.Response:
        """One blob, as engines do it: begun, sent in a stream, ended."""
        with self.client() as client:
            begun = client.post(f"/v2/{repository}/blobs/uploads/")
            if begun.status_code != 202:
                return begun
            pieces = (content[at : at + 65536] for at in range(0, len(content), 65536))
            sent = client.patch(begun.headers["Location"], content=pieces)
            if sent.status_code != 202:
                return sent
            return client.put(f"{sent.headers['Location']}&digest={digest_of(content)}")

    def manifest(self, repository: str, tag: str, config: bytes, layer: bytes) -> httpx.Response:
        body = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(config, CONFIG),
            "layers": [descriptor(layer, LAYER)],
        }
        with self.client() as client:
            return client.put(
                f"/v2/{repository}/manifests/{tag}", content=json.dumps(body), headers={"Content-Type": MANIFEST}
            )

    def push(self, repository: str, tag: str, layer: bytes) -> str:
        """An image of one layer; its digest."""
        config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}})
        for content in (config.encode(), layer):
            answer = self.upload(repository, content)
            assert answer.status_code == 201, answer.text
        answer = self.manifest(repository, tag, config.encode(), layer)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Docker-Content-Digest"])

    def status(self, path: str, method: str = "GET") -> int:
        with self.client() as client:
            return client.request(method, path, headers={"Accept": MANIFEST}).status_code

    def bytes(self) -> int:
        return int(self.container.exec("du", "-s", "-B1", "/var/lib/registry").split()[0])

    def collect(self) -> None:
        """What happens once a day."""
        before = self.container.logs().count('"logger":"registry"')
        self.container.kill("USR1")
        eventually(lambda: self.container.logs().count('"logger":"registry"') > before)
        eventually(lambda: self.upload("left/over", b"is taken again").status_code == 201)


def start(resources: Resources, image: Callable[[str], str], folder: Path, *options: str) -> Registry:
    secret = folder / "registry_password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    network, volume = resources.network(), resources.volume()
    made = resources.run(
        image("registry"),
        *(*REGISTRY_OPTIONS, "--network-alias=tasks.flotilla_registry", *options),
        name="registry",
        network=network,
        volumes=[f"{volume}:/var/lib/registry", f"{secret}:/run/secrets/registry_password:ro"],
    )
    edge = resources.run(image("edge"), *EDGE_OPTIONS, "-p", "127.0.0.1::5000", name="edge", network=network)
    (port,) = edge.inspect()["NetworkSettings"]["Ports"]["5000/tcp"]
    found = Registry(made, edge, network, f"127.0.0.1:{port['HostPort']}")
    eventually(lambda: found.status("/v2/") == 200)
    return found


@pytest.fixture
def registry(resources: Resources, image: Callable[[str], str], tmp_path: Path) -> Callable[..., Registry]:
    """``registry(*options) -> Registry``, ready; the options are docker's for the registry's container."""
    return partial(start, resources, image, tmp_path)


@pytest.fixture(scope="module")
def shared(
    module_resources: Resources, image: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Registry:
    """One for the tests of a module that leave it as it is."""
    return start(module_resources, image, tmp_path_factory.mktemp("registry"))
