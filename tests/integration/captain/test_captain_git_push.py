"""`git push captain main` with the real git: it ends with 0 only if what was pushed is live."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from captain.accounts.book import Scope
from captain.builds.image_builder import APP_LABEL
from captain.git import command
from swarm.engine import Engine
from swarm.engine_images import images, remove_image
from tests.docker_cli import SOCKET, docker, eventually, unique_name
from tests.integration.captain.git_captain import Source, served
from tests.unit.captain.memory_captain import Captain


def names(image: str) -> str:
    """A captain-definition that names an image, so that nothing is built."""
    return json.dumps({"schemaVersion": 2, "imageName": image})


class Pushing:
    """A captain with an app `shop` that nobody made yet, and a repository whose remote `captain` it is."""

    def __init__(self, captain: Captain, address: str, folder: Path) -> None:
        self.captain = captain
        self.address = address
        self.folder = folder
        self.source = Source.made(folder / "source")
        self.source.git("remote", "add", "captain", self.remote())

    def remote(self, app: str = "shop", user: str = "admin", token: str = "") -> str:
        return f"http://{user}:{token or self.captain.token}@{self.address}/git/{app}.git"

    def push(self, *words: str) -> tuple[int, str]:
        """The exit code of a push, and what git said."""
        done = self.source.tried("push", *(words or ("captain", "main")))
        return done.returncode, done.stdout

    def releases(self) -> list[dict[str, Any]]:
        bearer = {"Authorization": f"Bearer {self.captain.token}"}
        found: list[dict[str, Any]] = httpx.get(
            f"http://{self.address}/api/v1/apps/shop/releases", headers=bearer
        ).json()
        return found

    @property
    def image(self) -> str:
        """What runs."""
        return self.captain.swarm.kept["shop"].image

    @property
    def branch(self) -> str:
        """Where captain's repository has the branch; empty for nowhere."""
        return self.source.tried("ls-remote", self.bare, "refs/heads/main").stdout.partition("\t")[0]

    @property
    def bare(self) -> str:
        return str(self.folder / "sources" / "git" / "shop.git")


@pytest.fixture
def pushing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pushing]:
    sources = tmp_path / "sources"
    sources.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(sources))
    captain = Captain(partial(Engine.from_socket, str(SOCKET)), sources)
    with served(captain) as address:
        yield Pushing(captain, address, tmp_path)


def test_a_push_is_live_when_git_ends(pushing: Pushing) -> None:
    """The log of it is in git's own output, the branch has the commit, and the release says which it is."""
    commit = pushing.source.commit(**{"captain-definition": names("shop:1")})
    code, said = pushing.push()
    assert code == 0, said
    assert "remote: shop is a new app" in said and "remote: shop  1/1 ready" in said
    assert "remote: shop: release 1 is live" in said
    assert (pushing.image, pushing.branch) == ("shop:1", commit)
    [release] = pushing.releases()
    assert release["note"] == f"git {commit}"
    pushing.source.commit(**{"captain-definition": names("shop:2")})
    assert pushing.push()[0] == 0 and pushing.image == "shop:2"
    code, said = pushing.push()
    assert code == 0 and "up-to-date" in said


def test_only_who_may_deploy_the_app_gets_in(pushing: Pushing) -> None:
    """With a user's name and a token of theirs; who fails again and again has to wait, with the right token too."""
    pushing.source.commit(**{"captain-definition": names("shop:1")})
    users = pushing.captain.users
    reader = users.add_user("ann", Scope.READ)
    of_other = users.add_token("admin", "ci", Scope.DEPLOY, ["other"], None)
    for user, token, why in (("ann", reader, "may not deploy"), ("admin", of_other, "may not deploy the app shop")):
        code, said = pushing.push(pushing.remote(user=user, token=token), "main")
        assert code != 0 and why in said
    of_shop = users.add_token("admin", "ci", Scope.DEPLOY, ["shop"], None)
    code, said = pushing.push(pushing.remote(app="other", token=of_shop), "main")
    assert code != 0 and "may not deploy the app other" in said
    for user, token in (("admin", "fc_wrong"), ("ann", pushing.captain.token), ("admin", reader), ("nobody", "x")):
        code, said = pushing.push(pushing.remote(user=user, token=token), "main")
        assert code != 0 and "Authentication failed" in said
    assert "shop" not in pushing.captain.swarm.kept
    assert pushing.push(pushing.remote(token=of_shop), "main")[0] == 0
    for _ in range(5):
        pushing.push(pushing.remote(token="fc_wrong"), "main")
    code, said = pushing.push(pushing.remote(token=of_shop), "main")
    assert code != 0 and "Too many failed attempts" in said
    refused = [entry.what for entry in pushing.captain.audit.page().entries if not entry.went_well]
    assert refused and set(refused) == {"git push shop", "git push other"}
    assert httpx.get(f"http://{pushing.address}/git/shop.git/info/refs?service=git-receive-pack").status_code == 401


def test_a_push_that_does_not_get_live_is_refused(pushing: Pushing) -> None:
    """git ends with an error, the branch stays where it was, the old release runs; the same push may be tried again."""
    first = pushing.source.commit(**{"captain-definition": names("shop:1")})
    assert pushing.push()[0] == 0
    pushing.source.commit(**{"captain-definition": names("shop:2")})
    pushing.captain.swarm.unrouted = "the edge is away"
    code, said = pushing.push()
    assert code != 0 and "remote rejected" in said and "remote: shop: this push is not deployed" in said
    assert "the edge is away" in said
    assert (pushing.image, pushing.branch) == ("shop:1", first)
    pushing.captain.swarm.unrouted = ""
    assert pushing.push()[0] == 0 and pushing.image == "shop:2"


def test_one_branch_is_deployed(pushing: Pushing) -> None:
    """`main` or `master`; another is refused with what to do instead, so is a tag alone. Tags may come along."""
    commit = pushing.source.commit(**{"captain-definition": names("shop:1")})
    for words, why in (
        (("main:feature",), "captain deploys main or master, and not feature"),
        (("main:refs/notes/x",), "takes branches and tags"),
        (("main:refs/tags/v0",), "one branch at a time"),
        (("main", "main:master"), "one branch at a time"),
    ):
        code, said = pushing.push("captain", *words)
        assert code != 0 and why in said
    assert "shop" not in pushing.captain.swarm.kept
    pushing.source.git("tag", "v1")
    code, said = pushing.push("captain", "main", "v1")
    assert code == 0, said
    code, said = pushing.push("captain", ":main")
    assert code != 0 and "captain removes nothing by a push" in said and pushing.branch == commit
    code, said = pushing.push("captain", "main:master")
    assert code == 0, "the same content under the other name"


def test_what_is_pushed_stays_within_its_folder(pushing: Pushing) -> None:
    """Links and paths that lead out are refused before anything is built, and nothing of the content is ever run."""
    pushing.source.commit(**{"captain-definition": names("shop:1")})
    (pushing.source.folder / "passwd").symlink_to("/etc/passwd")
    pushing.source.commit()
    code, said = pushing.push()
    assert code != 0 and "which is not within it" in said
    (pushing.source.folder / "passwd").unlink()
    pushing.source.commit()
    blob = pushing.source.git("hash-object", "-w", "captain-definition").strip()
    entry = b"100644 ..\0" + bytes.fromhex(blob)
    (pushing.folder / "tree").write_bytes(entry)
    tree = pushing.source.git("hash-object", "-w", "--literally", "-t", "tree", str(pushing.folder / "tree")).strip()
    evil = pushing.source.git("commit-tree", tree, "-m", "out").strip()
    code, said = pushing.push("captain", f"{evil}:refs/heads/main")
    assert code != 0 and "invalid path" in said
    code, said = pushing.push(pushing.remote(app="..%2f..%2fshop"), "main")
    assert code != 0
    assert sorted(path.name for path in (pushing.folder / "sources" / "git").iterdir()) == ["shop.git"]
    assert pushing.branch == ""


def test_a_push_has_a_size(pushing: Pushing, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is larger is refused, and nothing of it is kept."""
    pushing.source.commit(**{"captain-definition": names("shop:1")})
    assert pushing.push()[0] == 0
    monkeypatch.setattr(command, "MOST_PUSH_BYTES", 100_000)
    (pushing.source.folder / "large").write_bytes(random.Random(1).randbytes(300_000))
    pushing.source.commit()
    code, said = pushing.push()
    assert code != 0 and "exceeds maximum allowed size" in said
    assert sum(file.stat().st_size for file in Path(pushing.bare).rglob("*") if file.is_file()) < 100_000


def test_a_repository_that_is_lost_is_made_again(pushing: Pushing) -> None:
    """It holds nothing that is needed. That of an app that is gone goes: another of its name starts anew."""
    pushing.source.commit(**{"captain-definition": names("shop:1")})
    assert pushing.push()[0] == 0
    shutil.rmtree(pushing.bare)
    commit = pushing.source.commit(**{"captain-definition": names("shop:2")})
    assert pushing.push()[0] == 0 and pushing.branch == commit
    pushing.captain.swarm.remove_service("shop")
    for name in [name for name in pushing.captain.swarm.made["config"] if "shop" in name]:
        del pushing.captain.swarm.made["config"][name]
    pushing.push(pushing.remote(app="other"), "main")
    assert not Path(pushing.bare).exists()


def test_a_shallow_clone_can_be_pushed(pushing: Pushing) -> None:
    """As those of most build servers are."""
    pushing.source.commit(**{"captain-definition": names("shop:1")})
    pushing.source.commit(**{"captain-definition": names("shop:2")})
    pushing.source.git(
        "clone", "--quiet", "--depth=1", f"file://{pushing.source.folder}", str(pushing.folder / "shallow")
    )
    done = Source(pushing.folder / "shallow").tried("push", pushing.remote(), "main")
    assert done.returncode == 0, done.stdout
    assert pushing.image == "shop:2"
    pushing.source.commit(**{"captain-definition": names("shop:3")})
    assert pushing.push()[0] == 0, "and the whole history afterwards"


@pytest.fixture
def built(pushing: Pushing, image: Callable[[str], str]) -> Iterator[Callable[..., str]]:
    """Commits a Dockerfile of these steps on captain's image, with a step that nobody's cache has."""
    mark = unique_name("pushed")

    def commit(*steps: str) -> str:
        lines = [f"FROM {image('captain')}", f"RUN : {mark}", *steps]
        pushing.source.commit(Dockerfile="\n".join(lines) + "\n")
        return mark

    yield commit
    engine = Engine.from_socket(str(SOCKET))
    for found in images(engine, f"{APP_LABEL}=shop"):
        remove_image(engine, found.id)
    engine.close()


def test_a_source_is_built_and_its_log_comes_as_it_is_made(pushing: Pushing, built: Callable[..., str]) -> None:
    """Lines are in git's output while the step still runs; whoever ends git ends the build."""
    mark = built("RUN echo under way; sleep 600")
    with pushing.source.begun("push", "captain", "main") as push:
        assert push.stdout is not None
        said = next(line for line in push.stdout if "under way" in line and "RUN" not in line)
        assert said.startswith("remote: ")
        os.killpg(push.pid, signal.SIGINT)
    eventually(lambda: mark not in docker("ps", "-a", "--no-trunc", "--format", "{{.Command}}"), 30)
    deployments = pushing.captain.deployments
    eventually(lambda: not deployments.is_busy("shop"), 30)
    assert deployments.of("shop")[0].why == "it was cancelled" and pushing.branch == ""
    built("RUN echo all is well >/word")
    code, told = pushing.push()
    assert code == 0 and "Step 1/4" in told, told
    assert docker("run", "--rm", "--network", "none", pushing.image, "cat", "/word") == "all is well"


def test_a_build_that_fails_refuses_the_push(pushing: Pushing, built: Callable[..., str]) -> None:
    """With its last lines and the reason; the old release and the branch stay."""
    first = pushing.source.commit(**{"captain-definition": names("shop:1")})
    assert pushing.push()[0] == 0
    (pushing.source.folder / "captain-definition").unlink()
    built("RUN echo almost there; exit 3")
    code, said = pushing.push()
    assert code != 0 and "remote: almost there" in said and "returned a non-zero code: 3" in said
    assert (pushing.image, pushing.branch) == ("shop:1", first)


def test_of_pushes_that_wait_the_newest_is_next(pushing: Pushing, built: Callable[..., str]) -> None:
    """One that is under way is not disturbed. One that knew an older branch has to be pushed again, as ever."""
    built("RUN echo under way; sleep 8")
    clones = [Source.made(pushing.folder / name) for name in ("second", "third")]
    for number, clone in enumerate(clones, 2):
        clone.commit(**{"captain-definition": names(f"shop:{number}")})
    with pushing.source.begun("push", "captain", "main") as first:
        assert first.stdout is not None
        next(line for line in first.stdout if "under way" in line and "RUN" not in line)
        with clones[0].begun("push", pushing.remote(), "main") as second:
            assert second.stdout is not None
            next(line for line in second.stdout if "this one waits for its end" in line)
            third = clones[1].tried("push", pushing.remote(), "main")
            assert "A newer push of shop took the place of this one" in second.stdout.read()
        assert "shop: release 1 is live" in first.stdout.read()
    assert (first.returncode, second.returncode, third.returncode) == (0, 1, 1)
    assert "main was moved by another push meanwhile: push again" in third.stdout
    assert clones[1].tried("push", "--force", pushing.remote(), "main").returncode == 0
    assert pushing.image == "shop:3"


def test_git_may_say_much_about_a_source(pushing: Pushing) -> None:
    """A warning for each line of a `.gitattributes`: more than a pipe holds, and the source is packed all the same."""
    wrong = "".join("!x text\n" for _ in range(3000))
    pushing.source.commit(**{"captain-definition": names("shop:1"), ".gitattributes": wrong})
    code, said = pushing.push(pushing.remote(), "main")
    assert code == 0, said[-2000:]
