"""What `swarm/up.sh` answers where it cannot go on: one sentence, an exit code, and nothing made.

On a Debian without Docker and without network. Where there has to be an engine, a script stands in for its command
line, answers what the test says and keeps what it was asked.
"""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docker_cli import CLIENT, Container, Resources, docker

_runs = itertools.count(1)
ROOT = Path(__file__).resolve().parents[3]
STAND_IN = r"""#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in
info) ;;
*LocalNodeState*) echo "${SWARM:-inactive false}" ;;
*RemoteManagers*) echo " 192.0.2.1:2377 192.0.2.2:2377" ;;
*DockerRootDir*) echo "${DOCKER_ROOT:-/}" ;;
version*) echo "${ENGINE:-26.1.5}" ;;
"service ls -q") echo "${SERVICE:+id}" ;;
"service inspect"*" id") echo "$SERVICE" ;;
"ps --filter publish=8080 "*) echo "$PUBLISHER" ;;
*) exit 1 ;;
esac
"""
MAKES = ("swarm init", "build", "import", "run", "service create", "rm ")
FREE_PORTS = ("--http-port", "8081", "--https-port", "8443")


@dataclass(frozen=True)
class Answer:
    """What up.sh said on both streams, its exit code, and what it asked the stand-in for Docker."""

    exit_code: int
    lines: list[str]
    asked: list[str]

    @property
    def sentence(self) -> str:
        return self.lines[-1]


@dataclass(frozen=True)
class Machine:
    container: Container

    def up(self, *options: str, docker: bool = True, user: str = "root", **variables: str) -> Answer:
        """Runs it; with ``docker`` the stand-in is in the PATH."""
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        asked = f"/tmp/asked.{next(_runs)}"
        given = {"PATH": f"/opt/stand-in:{path}" if docker else path, "ASKED": asked} | variables
        environment = [part for item in given.items() for part in ("-e", "=".join(item))]
        script = (
            '/srv/flotilla/swarm/up.sh "$@" 2>&1; code=$?; echo "== asked =="; cat "$ASKED" 2>/dev/null; exit $code'
        )
        done = subprocess.run(
            [CLIENT, "exec", "-u", user, *environment, self.container.name, "sh", "-c", script, "up", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
        said, _, told = done.stdout.partition("== asked ==\n")
        return Answer(done.returncode, said.splitlines(), told.splitlines())


@pytest.fixture(scope="module")
def machine(module_resources: Resources) -> Machine:
    """Debian as it comes, with the repository on it (read-only), a small disk and a program on port 8080."""
    container = module_resources.run(
        "debian:trixie-slim",
        *("--init", "--network", "none", "--tmpfs", "/mnt/small:size=64m", "-v", f"{ROOT}:/srv/flotilla:ro"),
        command=("sleep", "infinity"),
    )
    container.exec("sh", "-c", "mkdir /opt/stand-in && cat >/opt/stand-in/docker", stdin=STAND_IN)
    container.exec("chmod", "+x", "/opt/stand-in/docker")
    return Machine(container)


@pytest.fixture
def listener(machine: Machine, eventually: Callable[..., object]) -> Iterator[None]:
    """A program of the machine that listens on port 8080."""
    script = "use IO::Socket::INET; $s = IO::Socket::INET->new(Listen => 1, LocalPort => 8080) or die; sleep 600"
    machine.container.exec("sh", "-c", f"perl -e '{script}' >/dev/null 2>&1 </dev/null & echo $! >/tmp/listener")
    eventually(lambda: ":1F90 " in machine.container.exec("cat", "/proc/net/tcp"))
    yield
    machine.container.exec("sh", "-c", "kill $(cat /tmp/listener)")


def assert_refused(answer: Answer, *says: str, exit_code: int = 1) -> None:
    """One sentence with these words in it, and nothing made."""
    assert answer.exit_code == exit_code, answer
    assert answer.sentence.startswith("up.sh: "), answer
    assert [line for line in answer.lines if line.startswith("up.sh: ")] == [answer.sentence]
    for words in says:
        assert words in answer.sentence
    assert not [line for line in answer.asked if line.startswith(MAKES)]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--frobnicate",), "unknown option --frobnicate"),
        (("up",), "unknown option up"),
        (("--domain",), "--domain needs a value"),
        (("--domain=",), "--domain needs a value"),
        (("--http-port", ""), "--http-port needs a value"),
        (("--database-url",), "--database-url needs a value"),
    ],
)
def test_a_mistake_in_the_command_line(machine: Machine, options: tuple[str, ...], says: str) -> None:
    """Exit code 2, before anything else is looked at."""
    answer = machine.up(*options, user="65534")
    assert_refused(answer, says, "--help", exit_code=2)
    assert answer.asked == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--domain", "Example.com"), "'Example.com' is not a domain"),
        (("--domain", "a_b.com"), "'a_b.com' is not a domain"),
        (("--domain", "-a.com"), "is not a domain"),
        (("--domain", "a..com"), "is not a domain"),
        (("--domain", "192.0.2.17"), "'192.0.2.17' is not a domain"),
        (("--domain", "good.com\nevil"), "is not a domain"),
        (("--http-port", "0"), "'0' is not a port"),
        (("--https-port", "65536"), "'65536' is not a port"),
        (("--http-port", "http"), "'http' is not a port"),
        (("--http-port", "443"), "cannot share port 443"),
        (("--https-port", "5000"), "port 5000 is the registry's"),
        (("--advertise-addr", "here we are"), "'here we are' is not an address"),
        (("--smtp-url", "mail.example.com"), "the mail server's address is none"),
        (("--database-ca", "/none", "--database-url", "postgresql://a:b@c/d"), "there is no file /none"),
        (("--database-ca", "/etc/hosts"), "--database-ca goes with --database-url"),
    ],
)
def test_a_value_that_makes_no_sense(machine: Machine, options: tuple[str, ...], says: str) -> None:
    """Refused before Docker is asked for anything."""
    answer = machine.up(*options)
    assert answer.exit_code == 1
    assert says in "\n".join(answer.lines)
    assert answer.asked == []


def test_the_blogs_domain_is_looked_at_too(machine: Machine) -> None:
    """It comes as a variable."""
    assert_refused(machine.up(FLOTILLA_BLOG_DOMAIN="blogs.EXAMPLE"), "'blogs.EXAMPLE' is not a domain")


def test_a_setting_that_does_not_exist(machine: Machine) -> None:
    """Misspelt, it would do nothing, and nobody would know."""
    assert_refused(machine.up(FLOTILLA_APP_MNI="3"), "FLOTILLA_APP_MNI is not a setting")
    assert "FLOTILLA_APP_MIN" not in "\n".join(machine.up(*FREE_PORTS, FLOTILLA_APP_MIN="3").lines)


def test_not_root(machine: Machine) -> None:
    """And how to be."""
    assert_refused(machine.up(user="65534"), "has to run as root: sudo")


def test_another_run_is_at_work(machine: Machine, eventually: Callable[..., object]) -> None:
    """Two at once would build and write the same; the message has the other's pid."""
    held = "echo $$ >/run/flotilla-up.lock; exec flock --no-fork /run/flotilla-up.lock sleep 100"
    docker("exec", "-d", machine.container.name, "sh", "-c", held)
    eventually(lambda: "FLOCK" in machine.container.exec("cat", "/proc/locks"))
    pid = machine.container.exec("cat", "/run/flotilla-up.lock")
    assert_refused(machine.up(), f"another up.sh (pid {pid}) is at work")
    machine.container.exec("sh", "-c", f"kill {pid}")


@pytest.mark.parametrize(("version", "refused"), [("19.03.15", True), ("18.09.1", True), ("20.10.24", False)])
def test_an_engine_that_is_too_old(machine: Machine, version: str, refused: bool) -> None:
    """20.10, Debian 12's, is new enough."""
    answer = machine.up(ENGINE=version, DOCKER_ROOT="/mnt/small")
    if refused:
        assert_refused(answer, f"Docker Engine {version} is too old: upgrade it to 20.10 or newer")
    else:
        assert_refused(answer, "the disk is nearly full")


@pytest.mark.parametrize(
    ("swarm", "says"),
    [
        ("active false", "is a worker of a Swarm: run this on one of its managers (192.0.2.1:2377 192.0.2.2:2377)"),
        ("locked false", "is locked: docker swarm unlock"),
        ("error false", "is in state 'error': let the node leave it"),
        ("pending false", "is in state 'pending': let the node leave it"),
    ],
)
def test_a_swarm_that_this_node_does_not_manage(machine: Machine, swarm: str, says: str) -> None:
    """It is not left, and no other is made."""
    assert_refused(machine.up(SWARM=swarm), says)


def test_a_port_that_a_program_listens_on(machine: Machine, listener: None) -> None:
    """The program and its pid."""
    pid = machine.container.exec("cat", "/tmp/listener")
    for option in ("--http-port", "--https-port"):
        assert_refused(machine.up(option, "8080"), f"port 8080 is taken by perl (pid {pid}): stop that, or")


def test_a_port_that_docker_publishes(machine: Machine, listener: None) -> None:
    """Not Docker's proxy is named but the container."""
    answer = machine.up("--http-port", "8080", PUBLISHER="web")
    assert_refused(answer, "port 8080 is taken by container web (docker stop web)")


def test_a_port_that_a_service_publishes(machine: Machine) -> None:
    """Also where nobody listens on this node: Swarm would refuse the edge when half of the rest is deployed."""
    answer = machine.up("--http-port", "8080", PUBLISHER="web.1.abc", SERVICE="shop_web 8000 8080")
    assert_refused(answer, "port 8080 is taken by service shop_web of this Swarm (docker service rm shop_web)")


def test_a_disk_that_is_nearly_full(machine: Machine) -> None:
    """Where Docker keeps its files, before anything is built."""
    answer = machine.up(*FREE_PORTS, DOCKER_ROOT="/mnt/small")
    assert_refused(answer, "the disk is nearly full: /mnt/small has 6", "MB free, 4000 MB are needed")


def test_no_base_image_and_no_network(machine: Machine) -> None:
    """How to load one; the Swarm would come after it."""
    answer = machine.up(*FREE_PORTS)
    assert answer.exit_code == 1
    assert answer.sentence.startswith("base-image.sh: cannot install debootstrap: is the network up? Otherwise load")
    assert "pull --quiet debian:trixie-slim" in answer.asked
    assert not [line for line in answer.asked if line.startswith(MAKES)]


def test_no_docker_and_no_network(machine: Machine) -> None:
    """apt's own words, then the sentence."""
    assert_refused(machine.up(docker=False), "Docker Engine could not be installed", "is the network up?")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("ID=fedora", "dnf install moby-engine"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"', "apt-get install docker.io"),
        ('ID="plan9"', "as docs.docker.com/engine/install says"),
    ],
)
def test_another_system(machine: Machine, words: str, says: str) -> None:
    """Without Docker it says what to install; with it, it goes on: to the disk, here."""
    release = machine.container.exec("cat", "/etc/os-release")
    machine.container.exec("sh", "-c", "cat >/etc/os-release", stdin=words)
    try:
        assert_refused(machine.up(docker=False), "no Docker Engine and this is not Debian", says)
        assert_refused(machine.up(*FREE_PORTS, DOCKER_ROOT="/mnt/small"), "the disk is nearly full")
    finally:
        machine.container.exec("sh", "-c", "cat >/etc/os-release", stdin=release)
