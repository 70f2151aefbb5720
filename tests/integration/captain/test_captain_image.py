"""The captain image as it is run: its server, its certificates, its refusals."""

import re
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
PUSHED = """
import subprocess, tempfile, threading
from pathlib import Path
from types import SimpleNamespace as Of
import uvicorn
from fastapi import FastAPI
from captain.accounts.book import Caller, Scope
from captain.audit import Audit
from captain.audit_spool import Spool
from captain.deployment import Done, Wish
from captain.deployments import Deployments
from captain.git.repositories import Repositories
from captain.git.service import GitService
from captain.ledger import Ledger

deployments = Deployments(Ledger(Path(tempfile.mkdtemp()), b"key"))
deployments.on("push", lambda asked: None)
deployments.resume()

def submit(app, source, caller, commit, what, kind):
    made = deployments.ask(Wish(kind, app, what, caller))
    deployments.say(made.id, f"got {len(source.tar.read())} bytes of {app}")
    deployments.end(made.id, Done(1))
    return made

work = Of(apps=lambda: {"shop": None}, app=lambda name: None, deployments=deployments)
users = Of(let_in=lambda name, secret, client: Caller(name, Scope.DEPLOY, (), "t"))
app, folder = FastAPI(), Path(tempfile.gettempdir())
audit, repositories = Audit(Spool(folder), None), Repositories(folder / "git")
app.include_router(GitService(work, Of(submit=submit), users, audit, repositories).router())
server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=8000, log_config=None))
threading.Thread(target=server.run, daemon=True).start()
while not server.started:
    pass
subprocess.run(f'''
    set -e; cd {folder}; git init -q -b main source; cd source
    yes word | head -c 9000000 >words; git add words
    git -c user.name=a -c user.email=a@b commit -q -m x
    git push http://ann:x@127.0.0.1:8000/git/shop.git main
''', shell=True, check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)})
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


def test_its_git_takes_a_push(docker: Callable[..., str], image: Callable[[str], str]) -> None:
    """As the stack runs it, with the hook's words in what git says."""
    run = ("run", "--rm", *SECURED, "--tmpfs", "/var/tmp", "-e", "TMPDIR=/var/tmp", "--network", "none", "-w", "/srv")
    said = docker(*run, image("captain"), "sh", "-c", 'exec python -c "$0" 2>&1', PUSHED)
    assert re.search(r"remote: got 90\d{5} bytes of shop", said) and "main -> main" in said, said
