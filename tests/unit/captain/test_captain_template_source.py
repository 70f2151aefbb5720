"""Where a template comes from, and from where it does not."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from captain.errors import CaptainError
from captain.templates.source import find

ANSWERS = {
    "https://repo.example/v4/apps/minio": httpx.Response(200, text="captainVersion: 4"),
    "https://repo.example/sub/v4/apps/minio": httpx.Response(200, text="sub"),
    "https://repo.example/one.yml": httpx.Response(200, text="one"),
    "http://old.example/v4/apps/minio": httpx.Response(301, headers={"location": "https://old.example/v4/apps/minio"}),
    "https://old.example/v4/apps/minio": httpx.Response(302, headers={"location": "/moved"}),
    "https://old.example/moved": httpx.Response(200, text="moved"),
    "https://away.example/v4/apps/minio": httpx.Response(302, headers={"location": "http://169.254.169.254/latest"}),
    "https://port.example/v4/apps/minio": httpx.Response(302, headers={"location": "https://port.example:2375/x"}),
    "https://file.example/v4/apps/minio": httpx.Response(302, headers={"location": "file:///etc/passwd"}),
    "https://round.example/v4/apps/minio": httpx.Response(302, headers={"location": "/v4/apps/minio"}),
    "https://large.example/v4/apps/minio": httpx.Response(200, content=b"x" * 600_000),
    "https://picture.example/v4/apps/minio": httpx.Response(200, content=b"\xff\xfe"),
    "https://broken.example/v4/apps/minio": httpx.Response(500),
    "https://unchanged.example/v4/apps/minio": httpx.Response(304),
    "https://nowhere.example/v4/apps/minio": httpx.Response(302),
    "https://number.example/v4/apps/minio": httpx.Response(302, headers={"location": "https://number.example:99999/"}),
    "https://letters.example/v4/apps/minio": httpx.Response(302, headers={"location": "https://letters.example:x/"}),
    "https://bracket.example/v4/apps/minio": httpx.Response(302, headers={"location": "https://[bracket.example/"}),
}


@pytest.fixture
def client() -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        return ANSWERS.get(str(request.url), httpx.Response(404))

    return httpx.Client(transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("repository", "text"),
    [
        ("https://repo.example", "captainVersion: 4"),
        ("https://repo.example/v4/", "captainVersion: 4"),
        ("https://repo.example/sub/", "sub"),
        ("https://repo.example/one.yml", "one"),
        ("http://old.example", "moved"),
    ],
)
def test_a_repository_on_the_web(client: httpx.Client, repository: str, text: str) -> None:
    """Its address with or without /v4, or that of a file; on the same server captain may be sent on."""
    assert find("minio", repository, client).text == text


@pytest.mark.parametrize(
    ("repository", "why"),
    [
        ("https://repo.example/other", "There is no template at https://repo.example/other/v4/apps/minio"),
        ("https://away.example", "sends captain on to http://169.254.169.254/latest: name that address yourself"),
        ("https://port.example", "sends captain on to https://port.example:2375/x"),
        ("https://file.example", "sends captain on to file:///etc/passwd"),
        ("https://round.example", "more than 3 times"),
        ("https://large.example", "is larger than a template may be"),
        ("https://picture.example", "is no text"),
        ("https://broken.example", "answers 500"),
        ("https://unchanged.example", "answers 304"),
        ("https://nowhere.example", "answers 302"),
        ("https://number.example", "99999"),
        ("https://letters.example", "https://letters.example"),
        ("https://bracket.example", "https://bracket.example"),
        ("https://[bracket.example", "https://[bracket.example is no address"),
        ("https://repo.example:99999", "https://repo.example:99999 is no address"),
        ("https://a\x01.example", "does not answer"),
        ("file:///etc", "is no http or https address"),
        ("ftp://repo.example", "is no http or https address"),
    ],
)
def test_what_a_repository_may_not(client: httpx.Client, repository: str, why: str) -> None:
    """Lead captain to another server, which may be one inside; say more than a template; be no repository."""
    with pytest.raises(CaptainError) as error:
        find("minio", repository, client)
    assert why in str(error.value)


def test_files_and_folders(tmp_path: Path, client: httpx.Client) -> None:
    """A file goes by its stem; in a folder a name is looked for, and leads nowhere else."""
    (tmp_path / "minio.yaml").write_text("here")
    assert find(str(tmp_path / "minio.yaml"), "", client).name == "minio"
    assert find("minio", str(tmp_path), client).text == "here"
    assert find("anything", str(tmp_path / "minio.yaml"), client).text == "here"
    for wanted, why in (("redis", "has no template redis"), ("../minio", "no name that a template"), ("", "no name")):
        with pytest.raises(CaptainError, match=why):
            find(wanted, str(tmp_path), client)
