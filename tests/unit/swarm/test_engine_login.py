"""What goes to an engine with a write of a service, so that its nodes can pull."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from swarm.engine_login import HEADER, Login, headers_of

LOGIN = Login("127.0.0.1:5000", "flotilla", "secret")
OURS, OTHERS = "127.0.0.1:5000/apps/shop@sha256:1", "registry.example.com/shop:1"


def spec(image: str) -> dict[str, Any]:
    return {"TaskTemplate": {"ContainerSpec": {"Image": image}}}


def shown(headers: dict[str, str]) -> Any:
    return json.loads(base64.urlsafe_b64decode(headers[HEADER])) if headers else None


@pytest.mark.parametrize("before", [None, OURS, OTHERS])
def test_an_image_of_the_registry_comes_with_its_login(before: str | None) -> None:
    """Whatever ran before."""
    found = shown(headers_of(LOGIN, spec(OURS), spec(before) if before else None))
    assert found == {"username": "flotilla", "password": "secret", "serveraddress": "127.0.0.1:5000"}


def test_no_other_registry_is_shown_the_password() -> None:
    """What leaves the registry gets an empty login; what was never in it keeps whatever somebody gave it."""
    assert shown(headers_of(LOGIN, spec(OTHERS), spec(OURS))) == {}
    assert headers_of(LOGIN, spec(OTHERS), spec(OTHERS)) == {}
    assert headers_of(LOGIN, spec(OTHERS), None) == {}
    assert headers_of(LOGIN, spec("127.0.0.1:50001/x"), None) == {}
    assert headers_of(None, spec(OURS), spec(OURS)) == {}
