"""Where an app's source is, who may say that it moved, and which addresses captain goes to."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
from pathlib import Path

import pytest

from captain.errors import CaptainError
from captain.git.address import checked_branch, is_public, parse_address, reachable
from captain.git.keys import Keys, der, private_file, public_line
from captain.git.notices import Sender, is_genuine, nothing_to_do, sender_of

SECRET = "a secret"
COMMIT, NONE = "c" * 40, "0" * 40


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(sender: Sender, body: bytes, secret: str = SECRET) -> dict[str, str]:
    """As the three services send them with a push."""
    return {
        Sender.GITHUB: {"x-github-event": "push", "x-hub-signature-256": signed(body, secret)},
        Sender.GITLAB: {"x-gitlab-event": "Push Hook", "x-gitlab-token": secret},
        Sender.BITBUCKET: {"x-event-key": "repo:push", "x-hub-signature": signed(body, secret)},
    }[sender]


def push(sender: Sender, branch: str, kind: str = "branch", gone: bool = False) -> bytes:
    """What the three say of a push, with what captain reads and some of the rest."""
    if sender is Sender.BITBUCKET:
        new = None if gone else {"type": kind, "name": branch, "target": {"hash": COMMIT}}
        told: object = {"push": {"changes": [{"old": None, "new": new}]}, "repository": {"name": "till"}}
    else:
        place = "heads" if kind == "branch" else "tags"
        after = NONE if gone else COMMIT
        told = {"ref": f"refs/{place}/{branch}", "before": NONE, "after": after, "repository": {"name": "till"}}
    return json.dumps(told).encode()


@pytest.mark.parametrize("sender", Sender)
def test_who_has_the_secret_is_believed_and_nobody_else(sender: Sender) -> None:
    """Of a body that was changed, another secret and no signature at all none is."""
    body = push(sender, "main")
    right = headers(sender, body)
    assert sender_of(right) is sender
    assert is_genuine(sender, right, body, SECRET)
    assert not is_genuine(sender, headers(sender, body, "another"), body, SECRET)
    if sender is not Sender.GITLAB:
        assert not is_genuine(sender, right, body + b" ", SECRET)
    assert not is_genuine(sender, {}, body, SECRET)
    assert not is_genuine(sender, dict.fromkeys(right, ""), body, SECRET)
    assert not is_genuine(sender, dict.fromkeys(right, "ü"), body, SECRET)


@pytest.mark.parametrize("sender", Sender)
def test_only_a_push_to_the_branch_deploys(sender: Sender) -> None:
    """Not one to another branch, a tag of its name, its end, or anything that is no push."""

    def said(body: bytes, event: str = "") -> str:
        own = headers(sender, body)
        name = next(iter(own))
        return nothing_to_do(sender, {**own, name: event or own[name]}, body, "main")

    assert said(push(sender, "main")) == ""
    assert "feature/main is not main" in said(push(sender, "feature/main"))
    assert said(push(sender, "main", kind="tag")) and said(push(sender, "main", gone=True))
    assert "ping is no push" in said(b"{}", "ping")
    for wrong in (b"", b"[]", b"{", b"{}", b'{"push": 1, "ref": 1, "after": 1}', b'{"push": {"changes": [1]}}'):
        with pytest.raises(CaptainError):
            said(wrong)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("git@github.com:ann/till.git", "ssh://git@github.com/ann/till.git"),
        ("ssh://git@git.example.com:2222/ann/till.git", "ssh://git@git.example.com:2222/ann/till.git"),
        ("https://gitlab.com/a/b/till.git", "https://gitlab.com/a/b/till.git"),
        ("https://GIT.example.com:443/till", "https://git.example.com/till"),
        ("http://[::1]:3000/till", "http://[::1]:3000/till"),
    ],
)
def test_an_address_is_read(text: str, made: str) -> None:
    """In the ways that services show it."""
    assert str(parse_address(text)) == made


@pytest.mark.parametrize(
    "text",
    [
        "", "file:///etc", "/etc", "ext::sh -c id", "git://example.com/x", "ftp://example.com/x", "https://", "x",
        "https://ann:pw@example.com/x", "https://ann@example.com/x", "ssh://git:pw@example.com/x", "ssh://example.com/x",
        "ssh://-oProxyCommand=id/x", "ssh://git@-oProxyCommand=id/x", "-oProxyCommand@example.com:x",
        "git@example.com:/x",
        "https://example.com/x y", "https://example.com/x?y", "https://example.com/$(id)", "https://example.com:0/x",
        "https://example.com:99999/x", "https://exa%00mple.com/x", "https://example.com",
        "https://example.com/" + "x" * 500,
    ],
)  # fmt: skip
def test_any_other_address_is_refused(text: str) -> None:
    """Other transports of git's, passwords, and what a shell or ssh would take for something else."""
    with pytest.raises(CaptainError):
        parse_address(text)


def test_a_branch_is_a_plain_name() -> None:
    """Nothing that git would take for an option or another place."""
    assert checked_branch("release/1.2") == "release/1.2"
    for wrong in ("", "-x", "a..b", "/a", "a/", "a b", "a:b", "a\n", "x.lock", "a^", "@{-1}"):
        with pytest.raises(CaptainError):
            checked_branch(wrong)


def test_captain_goes_to_public_addresses() -> None:
    """To no other, however it is written, unless an administrator meant it; not without encryption either."""
    for private in (
        "127.0.0.1", "10.201.0.5", "172.17.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "::",
    ):  # fmt: skip
        assert not is_public(private), private
    public = ["140.82.121.4", "2606:50c0:8000::64"]
    assert all(is_public(one) for one in public)
    there = parse_address("https://git.example.com/till")
    assert reachable(there, public, False) == public[0]
    with pytest.raises(CaptainError, match=r"10\.0\.0\.1, which is no public address"):
        reachable(there, [*public, "10.0.0.1"], False)
    assert reachable(there, ["10.0.0.1"], True) == "10.0.0.1"
    plain = parse_address("http://git.example.com/till")
    with pytest.raises(CaptainError, match="not encrypted"):
        reachable(plain, public, False)
    assert reachable(plain, public, True) == public[0]


def test_keys_are_made_from_one_secret(tmp_path: Path) -> None:
    """The same for an app and a number, others for others; ssh-keygen reads the private one as the public one's."""
    keys = Keys(b"master")
    made = {keys.webhook("till", 1), keys.webhook("till", 2), keys.webhook("shop", 1), Keys(b"x").webhook("till", 1)}
    assert len(made) == 4 and keys.webhook("till", 1) in made
    assert keys.trigger("till", 1).startswith("till.") and keys.webhook("till", 1) not in keys.trigger("till", 1)
    seed = keys.seed("till", 1)
    words = ["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"]
    public = subprocess.run(words, input=der(seed), capture_output=True, check=True).stdout[-32:]
    file = tmp_path / "key"
    file.touch(mode=0o600)
    file.write_text(private_file(seed, public))
    read = subprocess.run(["ssh-keygen", "-y", "-f", str(file)], capture_output=True, text=True, check=True).stdout
    assert read.split()[:2] == public_line(public, "captain:till").split()[:2]
    with pytest.raises(CaptainError, match="flotilla_captain_key"):
        Keys(b"").webhook("till", 1)
