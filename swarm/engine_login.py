"""What is shown to a registry, so that engines pull from it and push to it. A part of the client (`swarm.engine`)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field

from swarm.engine_objects import JSON

HEADER = "X-Registry-Auth"


def _encoded(values: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@dataclass(frozen=True, slots=True)
class Login:
    """Of one registry; `address` is what its images' names begin with, such as 127.0.0.1:5000.

    `url` is where this program reaches its API, which engines do by the address; empty where it does not.
    """

    address: str
    user: str
    password: str = field(repr=False)
    url: str = ""

    def covers(self, image: str) -> bool:
        """Whether that image is in this registry, by its name."""
        return image.startswith(f"{self.address}/")

    @property
    def headers(self) -> dict[str, str]:
        """What a request to an engine carries."""
        login = {"username": self.user, "password": self.password, "serveraddress": self.address}
        return {HEADER: _encoded(login)}


def headers_of(login: Login | None, spec: JSON, live: JSON | None) -> dict[str, str]:
    """What a write of a service carries. The engine keeps the login of before where there is none.

    A service that leaves this registry for another one gets an empty login: the one of before is nobody else's.
    """
    if login is None:
        return {}
    if login.covers(_image(spec)):
        return login.headers
    return {HEADER: _encoded({})} if live is not None and login.covers(_image(live)) else {}


def _image(spec: JSON) -> str:
    return str(((spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}).get("Image", ""))
