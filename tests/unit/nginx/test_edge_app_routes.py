"""The routes of apps: what is taken of captain's answer, and that the platform's own stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nginx.agent import app_routes
from nginx.agent.push import document
from nginx.agent.replicas import ReplicaList
from nginx.agent.routes import PORT, BasicAuth, Names, Redirect, Route, Routes, RoutesError, Service, joined

NAMES = Names(domain="example.org", blog_domain="blogs.example.org", stack="flotilla")
SHIPPED = Routes((Route("example.org", "flotilla_app", 8000),), (Service("flotilla_app", 8000),))


def answer(*entries: dict[str, object]) -> str:
    return json.dumps({"routes": list(entries)})


SHOP = {"host": "shop.example.org", "service": "shop", "port": 8000, "readiness": "port"}


def test_captains_answer_is_read_in_the_words_of_the_routes_file() -> None:
    """Routes, a redirect, and none at all, which is an answer too."""
    found = app_routes.parse(answer(SHOP, {"host": "old.example.org", "redirect": "shop.example.org"}), NAMES)
    assert found == Routes(
        (Route("shop.example.org", "shop", 8000),),
        (Service("shop", 8000, readiness=PORT),),
        (Redirect("old.example.org", "shop.example.org"),),
    )
    assert app_routes.parse(answer(), NAMES) == app_routes.NONE


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"routes": {}}', '{"routes": [1]}', answer({"host": "a"}), answer(SHOP, SHOP),
     answer({"host": "a", "redirect": "b/c"}), answer(SHOP)[:-3]],
)  # fmt: skip
def test_half_an_answer_is_none(text: str) -> None:
    """What cannot be used as a whole is refused as a whole: the last good one stays."""
    with pytest.raises(RoutesError):
        app_routes.parse(text, NAMES)


def test_no_app_takes_a_host_or_a_service_of_the_platform() -> None:
    """Whatever captain says; the rest of it holds."""
    apps = app_routes.parse(
        answer(
            SHOP,
            {"host": "example.org", "service": "shop", "port": 8000, "readiness": "port"},
            {"host": "sly.example.org", "service": "flotilla_app", "port": 8000},
        ),
        NAMES,
    )
    whole, refused = joined(SHIPPED, apps)
    assert whole.routes == (*SHIPPED.routes, Route("shop.example.org", "shop", 8000))
    assert whole.services == (*SHIPPED.services, Service("shop", 8000, readiness=PORT))
    assert refused == ("example.org", "sly.example.org")
    taken, also = joined(SHIPPED, Routes((), (), (Redirect("example.org", "evil.example.net"),)))
    assert (taken, also) == (SHIPPED, ("example.org",))


def test_nginx_is_told_the_redirects() -> None:
    """Beside the routes, in the one document."""
    routes = Routes((), (), (Redirect("old.example.org", "shop.example.org"),))
    told = json.loads(document("example.org", routes, {"shop": ReplicaList()}, 0.0))
    assert told["redirects"] == [{"host": "old.example.org", "to": "shop.example.org"}]


def test_the_last_answer_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    """And what was never kept, or cannot be read, is not there."""
    file = tmp_path / "app-routes.json"
    assert app_routes.read(file) is None
    app_routes.keep(file, answer(SHOP))
    app_routes.keep(file, answer())
    assert app_routes.read(file) == answer()
    assert [found.name for found in tmp_path.iterdir()] == ["app-routes.json"]
    file.write_bytes(b"\xff")
    assert app_routes.read(file) is None
    with pytest.raises(OSError):
        app_routes.keep(tmp_path / "absent" / "file", "")


HASH = f"$6$salt${'a' * 86}"


def test_who_may_come_in_is_told_to_nginx() -> None:
    """The user and the hash, with the route that asks for them; other routes have none."""
    found = app_routes.parse(answer({**SHOP, "auth": {"user": "ann", "hash": HASH}}), NAMES)
    assert found.routes[0].auth == BasicAuth("ann", HASH)
    pushed = json.loads(document("example.org", found, {"shop": ReplicaList()}, 0.0))
    assert pushed["routes"][0]["auth"] == {"user": "ann", "hash": HASH}
    assert "auth" not in json.loads(document("example.org", SHIPPED, {"flotilla_app": ReplicaList()}, 0.0))["routes"][0]


@pytest.mark.parametrize(
    "auth",
    [
        {}, "ann:secret", {"user": "ann"}, {"user": "ann", "hash": "secret"}, {"user": "a:b", "hash": HASH},
        {"user": "", "hash": HASH}, {"user": "ann", "hash": "$1$salt$" + "a" * 22},
        {"user": "ann", "hash": HASH.replace("$6$", "$6$rounds=999999$")},
    ],
)  # fmt: skip
def test_half_a_password_opens_nothing(auth: object) -> None:
    """The route is refused rather than open to all, and what was said of it is not in the log."""
    with pytest.raises(RoutesError, match="as openssl passwd -6 makes it") as error:
        app_routes.parse(answer({**SHOP, "auth": auth}), NAMES)
    assert "secret" not in str(error.value)
