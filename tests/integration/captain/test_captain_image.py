"""The captain image as it is run: its server, its certificates, its refusals."""

from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest

from tests.docker_cli import Container, DockerError

SECURED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")
CERTIFICATE = """
import sys
from captain.credentials import Domains, self_signed
sys.stdout.write(self_signed(Domains.of("example.org", "blogs.example.net")).decode())
"""


def test_the_server_answers_and_ends_with_0(
    run_container: Callable[..., Container], image: Callable[[str], str], eventually: Callable[..., Any]
) -> None:
    """As the stack runs it: read-only, no capabilities; SIGTERM is no failure."""
    server = run_container(image("captain"), *SECURED)
    eventually(lambda: server.exec("healthcheck", "8000") == "")
    with urlopen(f"http://{server.ip}:8000/") as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert b"captain" in answer.read()
    with urlopen(f"http://{server.ip}:8000/metrics") as answer:
        assert b"flotilla_captain_pages_total 1.0" in answer.read()
    assert server.stop(10) == 0


def test_the_certificate_holds_every_name_with_its_key(docker: Callable[..., str], image: Callable[[str], str]) -> None:
    """One PEM for nginx: a key and its certificate, for both domains and what is below them."""
    run = ("run", "--rm", "-i", *SECURED, "--network", "none")
    pem = docker(*run, "-w", "/srv", image("captain"), "python", "-c", CERTIFICATE)
    shown = docker(*run, image("captain"), "openssl", "x509", "-noout", "-text", stdin=pem)
    for name in (
        "example.org",
        "*.example.org",
        "captain.example.org",
        "blogs.example.net",
        "*.blogs.example.net",
    ):
        assert f"DNS:{name}" in shown
    of_key = docker(*run, image("captain"), "openssl", "pkey", "-pubout", stdin=pem)
    of_certificate = docker(*run, image("captain"), "openssl", "x509", "-noout", "-pubkey", stdin=pem)
    assert of_key == of_certificate


@pytest.mark.parametrize("command", [("status",), ("down",), ("secrets",)])
def test_without_an_engine_it_says_so(
    docker: Callable[..., str], image: Callable[[str], str], command: tuple[str, ...]
) -> None:
    """One sentence on stderr, exit code 1."""
    with pytest.raises(
        DockerError, match=r"exit 1: captain: The Docker Engine at /var/run/docker.sock does not answer"
    ):
        docker("run", "--rm", *SECURED, "--network", "none", image("captain"), "captain", *command)
