"""The registry's own API, which captain reaches on the inner network: what is there, and taking manifests away."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx

from captain.errors import CaptainError
from captain.registry.unneeded import Pushed
from swarm.engine_login import Login

_TIMEOUT = httpx.Timeout(30.0, connect=3.0)
_NOT_FOUND = 404
# Every kind that an engine pushes: the digest is that of the bytes as they were sent.
_KINDS = ", ".join(
    (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    )
)


class RegistryClient:
    """Every method may raise `CaptainError`, which names the registry."""

    def __init__(self, url: str, login: Login) -> None:
        """`url` is the registry's on a network that captain is in."""
        self._url = url
        self._client = httpx.Client(base_url=url, auth=(login.user, login.password), timeout=_TIMEOUT, trust_env=False)

    def __enter__(self) -> RegistryClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def check(self) -> None:
        """Whether it answers, and takes the password: `CaptainError` says which not."""
        self._ask("GET", "/v2/")

    def pushed(self, folder: str) -> list[Pushed]:
        """Every tag of every repository below a folder, such as `apps`."""
        names = [name for name in self._names("/v2/_catalog", "repositories") if name.startswith(f"{folder}/")]
        found = []
        for name in names:
            for tag in self._names(f"/v2/{quote(name)}/tags/list", "tags"):
                digest = self.digest(name, tag)
                if digest:
                    found.append(Pushed(name, tag, digest))
        return found

    def digest(self, repository: str, tag: str) -> str:
        """Of that manifest; empty where there is none."""
        answer = self._ask("HEAD", f"/v2/{quote(repository)}/manifests/{quote(tag)}")
        return "" if answer.status_code == _NOT_FOUND else answer.headers["Docker-Content-Digest"]

    def delete(self, repository: str, digest: str) -> None:
        """Take a manifest away, with all tags that name it. One that is gone already is no error."""
        self._ask("DELETE", f"/v2/{quote(repository)}/manifests/{quote(digest)}")

    def _names(self, path: str, key: str) -> Iterator[str]:
        while path:
            answer = self._ask("GET", path)
            if answer.status_code != _NOT_FOUND:  # of a repository whose last tag went
                yield from answer.json().get(key) or []
            path = str(answer.links.get("next", {}).get("url", ""))

    def _ask(self, method: str, path: str) -> httpx.Response:
        try:
            answer = self._client.request(method, path, headers={"Accept": _KINDS})
        except httpx.HTTPError as error:
            raise CaptainError(f"The registry (service flotilla_registry) does not answer: {error}.") from error
        if answer.status_code >= 400 and answer.status_code != _NOT_FOUND:
            raise CaptainError(
                f"The registry (service flotilla_registry) answers {answer.status_code} to {method} {path}."
            )
        return answer
