"""`captain` on a laptop: the words, sentences and exit codes of the image's, over captain's API."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from captain.accounts.book import Scope
from captain.api import run_routes
from captain.cli import login, trust
from captain.cli.follow import outcome
from captain.cli.login import Login, LoginFile
from captain.cli.main import main
from captain.errors import CaptainError
from tests.unit.captain.laptop import Laptop, inside
from tests.unit.captain.memory_captain import Captain
from tests.unit.captain.memory_logs import LoggingApps, frame
from tests.unit.captain.test_captain_api_streams import Inside

ROOT = Path(__file__).resolve().parents[3]
FILE = """
apps:
  shop: {image: "shop:1", http: {port: 8000}, environment: {LEVEL: info}}
  cart: {image: "cart:1"}
"""
AUTOSCALED = FILE.replace("environment", "autoscale: {min: 1, max: 4, concurrency: 6}, environment")


def captain() -> Captain:
    return Captain(swarm=LoggingApps())


def without_seconds(text: str) -> str:
    return re.sub(r"after [\d.]+ s|\"seconds\": [\d.]+", "after some seconds", text)


COMMANDS: list[tuple[str, ...]] = [
    ("plan", "-f", "-"),
    ("apply", "-f", "-"),
    ("apply", "-f", "-"),
    ("plan", "-f", "-"),
    ("apps",),
    ("env", "set", "shop", "LEVEL=warn", "MORE=yes"),
    ("env", "list", "shop"),
    ("env", "unset", "shop", "MORE"),
    ("scale", "shop", "3"),
    ("secret", "list"),
    ("autoscale", "cart"),
    ("autoscale", "cart", "min=1", "max=4"),
    ("autoscale", "cart"),
    ("autoscale", "cart", "off"),
    ("env", "set", "shop", "MODE=crash"),
    ("releases", "shop"),
    ("rollback", "shop"),
    ("rollback", "shop", "1"),
    ("apps",),
    ("remove", "shop"),
    ("apps",),
]


@pytest.mark.parametrize("as_program", [False, True])
def test_it_says_what_the_image_says(as_program: bool) -> None:
    """Every command, one after the other, each with the same lines, the same document and the same exit code."""
    here, there = captain(), LoggingApps()
    laptop = Laptop(here)
    for words in COMMANDS:
        command = (*words, "--json") if as_program else words
        at_home = inside(there, *command, given=FILE)
        away = laptop.asked(*command, given=FILE)
        assert away[0] == at_home[0], words
        assert without_seconds(away[1]) == without_seconds(at_home[1]), words
        if as_program:
            assert json.loads(away[1]).keys() == json.loads(at_home[1]).keys()


def test_mistakes_are_said_in_the_same_words() -> None:
    """And change nothing."""
    here, there = captain(), LoggingApps()
    laptop = Laptop(here)
    laptop.asked("apply", "-f", "-", given=AUTOSCALED)
    inside(there, "apply", "-f", "-", given=AUTOSCALED)
    writes = list(here.swarm.writes)
    for words in (
        ("env", "set", "shop", "novalue"),
        ("env", "unset", "shop", "C"),
        ("autoscale", "shop", "max"),
        ("scale", "shop", "3"),
        ("scale", "cart", "-1"),
        ("rollback", "cart", "9"),
        ("logs", "shop", "--grep", "("),
        ("logs", "shop", "--since", "yesterday"),
        ("deploy", "shop", "--image", "Not An Image"),
        ("deploy", "shop", "--image", "shop:2", "--port", "1"),
        ("plan", "-f", "/nowhere/captain.yml"),
        ("secret", "rm", "stripe"),
        ("secret", "rm", "stripe", "--app", "shop"),
        ("run", "shop"),
        ("exec", "shop"),
        ("exec", "shop", "--replica", "two", "--", "ls"),
    ):
        with pytest.raises(CaptainError) as at_home:
            inside(there, *words)
        assert laptop.wrong(*words) == str(at_home.value)
    assert here.swarm.writes == writes
    assert "Prometheus does not answer" in laptop.wrong("metrics", "shop"), "figures of nothing are not told"
    assert "There is no app ship" in laptop.wrong("releases", "ship")
    assert laptop.wrong("logs", "a/../b").startswith("The name a/../b ")


def test_logs_and_events_are_the_image_s() -> None:
    """Lines for people, and an object a line for programs; chosen by time, number and expression."""
    here, there = captain(), LoggingApps()
    laptop = Laptop(here)
    laptop.asked("apply", "-f", "-", given=FILE)
    inside(there, "apply", "-f", "-", given=FILE)
    for swarm in (here.swarm, there):
        assert isinstance(swarm, LoggingApps)
        swarm.log.frames = [frame("t0", "GET /"), frame("t1", "HEAD /", 1, 2), frame("gone", "GET /x", 2)]
    for words in (
        ("logs", "shop"),
        ("logs", "shop", "--grep", "GET .x$", "-t"),
        ("logs", "shop", "--json", "-n", "3", "--since", "10m"),
        ("events", "shop"),
        ("events", "--json"),
    ):
        assert laptop.asked(*words)[:2] == inside(there, *words)[:2]
    assert laptop.asked("logs", "shop", "--grep", "GET .x$")[1] == "gone | GET /x\n"


def test_a_source_is_packed_sent_and_built(tmp_path: Path) -> None:
    """With gzip, without its history; a build that fails is said with its reason, and the exit code is 1."""
    here = captain()
    laptop = Laptop(here)
    (tmp_path / ".git").mkdir()
    (tmp_path / "captain-definition").write_text('{"schemaVersion": 2, "imageName": "nginx:1"}')
    code, written, _ = laptop.asked("deploy", "shop", "--source", str(tmp_path), "--port", "8000")
    assert code == 0 and written.splitlines()[-1].startswith("shop: release 1 is live after")
    [upload] = [request for request in laptop.bridge.asked if request.url.path.endswith("/builds")]
    assert upload.content.startswith(b"\x1f\x8b") and int(upload.headers["Content-Length"]) == len(upload.content)
    assert here.swarm.kept["shop"].image == "nginx:1"
    (tmp_path / "captain-definition").unlink()
    code, written, said = laptop.asked("deploy", "shop", "--source", str(tmp_path), "--json")
    document = json.loads(written)
    assert (code, document["live"], document["step"], document["release"]) == (1, False, "build", None)
    assert document["why"] and "build" not in said


def test_secrets_come_on_standard_input_and_are_not_shown() -> None:
    """Their values; and a password for the edge, of which only the hash leaves the laptop."""
    here = captain()
    laptop = Laptop(here)
    laptop.asked("apply", "-f", "-", given=FILE)
    written = laptop.asked("secret", "set", "stripe", "--app", "shop", given="hush-hush")[1]
    assert "shop: release 2 is live" in written and "hush" not in written
    assert laptop.asked("secret", "set", "spare", given="x")[1] == "the secret spare is kept; no app has it yet\n"
    assert laptop.asked("secret", "list")[1].splitlines()[1].endswith("  shop")
    assert laptop.asked("secret", "rm", "spare")[1] == "the secret spare is removed\n"
    assert laptop.asked("secret", "rm", "stripe", "--app", "shop")[0] == 0
    assert laptop.asked("auth", "shop", "ann", given="open sesame\n")[0] == 0
    sent = b"".join(request.content for request in laptop.bridge.asked if request.url.path == "/api/v1/apps/shop")
    assert b"$6$" in sent and b"sesame" not in sent
    assert laptop.asked("auth", "shop", "off")[0] == 0
    assert "has no http" in laptop.wrong("auth", "cart", "off")


def test_a_command_that_runs_once_ends_with_its_own_exit_code() -> None:
    """Its lines go where it wrote them."""
    here = captain()
    laptop = Laptop(here)
    laptop.asked("apply", "-f", "-", given=FILE)
    assert isinstance(here.swarm, LoggingApps)
    here.swarm.log.frames, here.swarm.ends = [frame("t0", "out"), frame("t0", "err", 1, stream=2)], ("failed", 7)
    assert laptop.asked("run", "shop", "--", "./migrate", "--all") == (7, "out\n", "err\n")


def test_a_command_in_a_replica_writes_its_bytes_and_ends_with_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the replica that was asked for."""
    here, command = captain(), Inside(hangs=False)
    laptop = Laptop(here)
    laptop.asked("apply", "-f", "-", given=FILE)
    monkeypatch.setattr(run_routes, "entered", command.entered)
    monkeypatch.setattr(command, "output", lambda: iter([(1, "naïve".encode()[:3]), (2, b"bad"), (1, b"\xafve")]))
    assert laptop.asked("exec", "shop", "--", "cat", "x") == (5, "naïve", "bad")
    for words in (("shop", "--replica=2", "--"), ("--replica", "2", "shop"), ("shop", "--replica", "2", "--")):
        assert laptop.asked("exec", *words, "cat", "x")[0] == 5
        assert command.asked == ("shop", 2, ["cat", "x"], None)


def test_who_may_less_is_told_so() -> None:
    """Never with empty values in place of those that are not shown."""
    here = captain()
    Laptop(here).asked("apply", "-f", "-", given=FILE)
    reader = Laptop(here, here.users.add_user("ann", Scope.READ))
    assert reader.asked("apps")[0] == 0
    assert "log in with one that may deploy" in reader.wrong("env", "list", "shop")
    assert reader.wrong("scale", "cart", "2") == "Your token may not deploy the app cart."


def test_what_answers_in_captain_s_place_is_said_in_words() -> None:
    """The edge, somebody else's server, nobody; a token that is over."""
    here = captain()
    laptop = Laptop(here)
    for status, words in ((413, "FLOTILLA_EDGE_BODY_MB"), (502, "captain is away"), (418, "perhaps not captain's")):
        laptop.bridge.before = lambda request, status=status: httpx.Response(status, html="<p>", request=request)  # type: ignore[misc]
        assert words in laptop.wrong("apps")
    laptop.bridge.before = lambda request: httpx.Response(200, html="<p>welcome", request=request)
    assert "is not captain's address" in laptop.wrong("apps")

    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    laptop.bridge.before = nobody
    assert "captain does not answer at http://captain.localhost (refused)" in laptop.wrong("apps")
    assert "captain login http://captain.localhost" in Laptop(here, "fc_over").wrong("apps")


def test_a_broken_connection_is_followed_again() -> None:
    """Each line is said once; one that captain does not know is said."""
    here = captain()
    laptop = Laptop(here)
    asked = laptop.server.send("PUT", "/apps/shop", {"image": "shop:1"})
    said: list[str] = []
    broken = ['id: 1\nevent: line\ndata: {"line": "one", "is_outcome": false}\n\n', "", ""]

    def breaks(request: httpx.Request) -> httpx.Response | None:
        if not broken or not request.url.path.endswith("/events"):
            return None
        text = broken.pop(0)
        if not text:
            raise httpx.ReadError("gone", request=request)
        return httpx.Response(200, text=text, request=request)

    laptop.bridge.before = breaks
    row = outcome(laptop.server, asked, said.append, lambda seconds: None)
    assert row["live"] and said[0] == "one" and said.count("shop  1/1 ready") == 1
    here.restart()
    assert outcome(Laptop(here).server, asked, said.append, lambda seconds: None)["live"], "it is remembered"
    here.restart(remembers=False)
    laptop = Laptop(here)
    with pytest.raises(CaptainError, match="captain releases shop"):
        outcome(laptop.server, asked, said.append, lambda seconds: None)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("captain.example.com", "https://captain.example.com"),
        ("https://captain.example.com:8443/", "https://captain.example.com:8443"),
        ("https://captain.example.com/api/v1", "https://captain.example.com"),
        ("http://captain.localhost", "http://captain.localhost"),
    ],
)
def test_addresses(given: str, url: str) -> None:
    """As people write them."""
    assert login.address(given) == url


def test_names_below_localhost_are_this_machine() -> None:
    """Whatever its resolver says; captain is asked for by its name all the same."""
    laptop = Laptop(captain())
    laptop.asked("apps")
    [request] = laptop.bridge.asked
    assert (str(request.url), request.headers["Host"]) == ("http://127.0.0.1/api/v1/apps", "captain.localhost")
    assert login.reached_at("captain.example.com") == "captain.example.com"


@pytest.mark.parametrize("given", ["http://captain.example.com", "ftp://a", "https://", "https://a/b", "https://u:p@a"])
def test_addresses_that_cannot_be(given: str) -> None:
    """A token is sent to nobody who cannot keep it."""
    with pytest.raises(CaptainError):
        login.address(given)


def test_a_login_is_this_user_s_alone(tmp_path: Path) -> None:
    """Nobody else may read it, what was there is replaced, and logging out leaves nothing."""
    file = LoginFile(tmp_path / "captain" / "login.json")
    with pytest.raises(CaptainError, match="You are not logged in: captain login"):
        file.read()
    for token in ("fc_one", "fc_two"):
        file.write(Login("https://captain.example.com", token, "ab" * 32))
    assert file.read() == Login("https://captain.example.com", "fc_two", "ab" * 32)
    path = tmp_path / "captain" / "login.json"
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]
    path.write_text("{}")
    with pytest.raises(CaptainError, match="captain login again"):
        file.read()
    assert file.forget() and not file.forget() and not path.exists()


def test_fingerprints() -> None:
    """As openssl writes them, and plain; anything else is none."""
    digits = trust.fingerprint_of(b"certificate")
    assert login.fingerprint(f"sha256 Fingerprint={login.shown(digits)}") == login.fingerprint(digits) == digits
    with pytest.raises(CaptainError, match="64 hexadecimal digits"):
        login.fingerprint("ab:cd")


def test_a_certificate_that_cannot_be_looked_at_is_none() -> None:
    """Through a proxy that is reached over TLS a connection is wrapped in another way, which would check nothing."""
    pinned = trust.context(trust.fingerprint_of(b"certificate"))
    with pytest.raises(ssl.SSLCertVerificationError, match="proxy"):
        pinned.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())


def test_what_is_not_there_says_where_it_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With the words that were given; and without a login, how to."""
    assert main(["jobs", "shop", "--json"]) == 1
    assert "./swarm/captain.sh jobs shop --json" in capsys.readouterr().err
    command = [sys.executable, "-m", "captain.cli.main"]
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([*command, "apps"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "captain: You are not logged in: captain login https://captain.<domain>\n"


LIGHT = """
import re, sys, tomllib
from importlib.metadata import packages_distributions, requires
with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)["project"]
assert project["scripts"] == {"captain": "captain.cli.main:main"}
known, new = set(), {re.split("[^a-z0-9-]", one)[0] for one in project["dependencies"]}
while new:
    known |= new
    needed = [one for name in new for one in requires(name) or [] if ";" not in one]
    new = {re.split("[^a-z0-9_-]", one.lower())[0] for one in needed} - known
owners = packages_distributions()

class Absent:
    def find_spec(name, path=None, target=None):
        if name in owners and not {one.lower() for one in owners[name]} & known:
            raise ModuleNotFoundError(f"{name} is not what a laptop installs", name=name)

sys.meta_path.insert(0, Absent)
from captain.cli.main import main
with open("pyproject.toml", "rb") as file:
    installed = tomllib.load(file)["tool"]["setuptools"]["packages"]
own = {name for name in sys.modules if name.startswith("captain")}
assert {name if name in installed else name.rpartition(".")[0] for name in own} <= set(installed), own
main(["--help"])
"""


def test_a_laptop_needs_no_more_than_it_installs() -> None:
    """An HTTP client and what reads a captain.yml; nothing that only the server takes is imported."""
    done = subprocess.run([sys.executable, "-c", LIGHT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == "" and done.stdout.startswith("usage: captain")
