"""The ways through a site beside its posts: redirects, and menus that keep their order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.app.http_client import Answer, Client
from tests.integration.app.test_app_api_keys import new_key
from tests.integration.app.test_app_resources import together


@pytest.fixture
def redirects(site: Any) -> str:
    return f"/api/v1/sites/{site['id']}/redirects"


@pytest.fixture
def navigation(site: Any) -> str:
    return f"/api/v1/sites/{site['id']}/navigation"


def refused(answer: Answer, status: int, code: str, pointer: str = "") -> None:
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    assert not pointer or answer.json["errors"][0]["pointer"] == pointer


# ---- redirects -----------------------------------------------------------------------------------------------------


def test_a_redirect_leads_from_a_path_to_another(app: Client, redirects: str) -> None:
    """For good, unless it says otherwise; a path has one; 410 and where to go exclude one another."""
    made = app.post(redirects, {"from_path": "/old", "to_url": "/new"})
    assert (made.status, made.json["status_code"], made.headers["etag"]) == (201, 308, made.json["etag"])
    refused(app.post(redirects, {"from_path": "/old", "to_url": "/other"}), 409, "path_taken")
    refused(app.post(redirects, {"from_path": "/a"}), 422, "invalid", "/to_url")
    refused(app.post(redirects, {"from_path": "/a", "to_url": "/a"}), 422, "invalid", "/to_url")
    one = f"{redirects}/{made.json['id']}"
    refused(app.ask("PATCH", one, {"status_code": 410}), 422, "invalid", "/to_url")
    refused(app.ask("PATCH", one, {"to_url": "//elsewhere.example"}), 422, "invalid", "/to_url")
    gone = app.ask("PATCH", one, {"status_code": 410, "to_url": None})
    assert (gone.status, gone.json["status_code"], gone.json["to_url"]) == (200, 410, None)
    assert app.get(one).json == gone.json


def test_a_redirect_is_changed_in_the_version_that_was_read(app: Client, redirects: str) -> None:
    """412 with how it is now; 304 for who has it; once with an Idempotency-Key; deleted, it is not there."""
    headers = {"Idempotency-Key": redirects[-46:-10]}
    made, again = (app.post(redirects, {"from_path": "/a", "to_url": "/b"}, headers=headers) for _ in range(2))
    assert made.json == again.json and again.headers["idempotency-replayed"] == "true"
    one, old = f"{redirects}/{made.json['id']}", {"If-Match": made.json["etag"]}
    assert app.get(one, headers={"If-None-Match": made.json["etag"]}).status == 304
    changed = app.ask("PATCH", one, {"to_url": "/c"}, headers=old)
    assert (changed.status, changed.json["to_url"], changed.json["from_path"]) == (200, "/c", "/a")
    for method, content in (("PATCH", {"to_url": "/d"}), ("DELETE", None)):
        late = app.ask(method, one, content, headers=old)
        refused(late, 412, "changed_meanwhile")
        assert late.json["current"] == changed.json and late.headers["etag"] == changed.json["etag"]
    assert app.ask("DELETE", one, headers={"If-Match": changed.json["etag"]}).status == 204
    refused(app.get(one), 404, "redirect_not_found")
    refused(app.ask("DELETE", one, headers=old), 404, "redirect_not_found")


def test_redirects_that_lead_to_each_other_in_a_circle_are_refused(app: Client, redirects: str) -> None:
    """When the circle is closed, by a new one or by a change, with all that it leads over; also of two at once."""
    for origin, target in (("/a", "/b?from=a"), ("/b", "/c#top"), ("/d", "https://example.org/a")):
        assert app.post(redirects, {"from_path": origin, "to_url": target}).status == 201
    closing = app.post(redirects, {"from_path": "/c", "to_url": "/a?again"})
    refused(closing, 422, "invalid", "/to_url")
    assert "/c → /a → /b → /c" in closing.json["detail"], closing.body
    refused(app.post(redirects, {"from_path": "/e", "to_url": "/e?more"}), 422, "invalid", "/to_url")
    last = app.post(redirects, {"from_path": "/c", "to_url": "/end"}).json
    changed = app.ask("PATCH", f"{redirects}/{last['id']}", {"to_url": "/a"})
    refused(changed, 422, "invalid", "/to_url")
    moved = app.ask("PATCH", f"{redirects}/{last['id']}", {"from_path": "/elsewhere", "to_url": "/a"})
    assert moved.status == 200, moved.body

    answers: list[Answer] = []
    pairs = (("/x", "/y"), ("/y", "/x"))
    together(
        [
            lambda pair=pair: answers.append(app.post(redirects, {"from_path": pair[0], "to_url": pair[1]}))
            for pair in pairs
        ]
    )
    assert sorted(answer.status for answer in answers) == [201, 422], [answer.body for answer in answers]


def test_a_redirect_over_more_than_a_browser_follows_is_refused(app: Client, redirects: str) -> None:
    """21 others before it ends: the message has them."""
    for number in range(21, 0, -1):
        assert app.post(redirects, {"from_path": f"/{number}", "to_url": f"/{number + 1}"}).status == 201
    beyond = app.post(redirects, {"from_path": "/0", "to_url": "/1"})
    refused(beyond, 422, "invalid", "/to_url")
    assert "/0 → /1 → /2 →" in beyond.json["detail"]


def test_redirects_come_in_pages_that_stay_right(app: Client, redirects: str) -> None:
    """In the order of their making while others write; of one path; of a site that is there."""
    made = [app.post(redirects, {"from_path": f"/{name}", "status_code": 410}).json for name in "abc"]
    first = app.get(f"{redirects}?limit=2").json
    assert app.ask("DELETE", f"{redirects}/{made[0]['id']}").status == 204
    app.post(redirects, {"from_path": "/d", "status_code": 410})
    second = app.get(f"{redirects}?limit=2&after={first['next']}").json
    paths = [one["from_path"] for one in first["items"] + second["items"]]
    assert (paths, second["next"]) == (["/a", "/b", "/c", "/d"], None)
    assert app.get(f"{redirects}?from_path=/c").json["items"] == [made[2]]
    nowhere = redirects.replace(redirects.split("/")[4], "0198a0c1-2f3e-7abc-8def-0123456789ab")
    refused(app.get(nowhere), 404, "site_not_found")
    refused(app.post(nowhere, {"from_path": "/a", "status_code": 410}), 404, "site_not_found")


def test_who_reads_content_reads_both_and_who_writes_posts_changes_neither(
    app: Client, site: Any, redirects: str, navigation: str
) -> None:
    """They are what readers are shown; how the whole site looks is for `manage`. Keys of another site see neither."""
    app.post(redirects, {"from_path": "/a", "to_url": "/b"})
    app.post(navigation, {"menu": "header", "label": "a", "url": "/"})
    reads, writes = new_key(app, "read_content")["secret"], new_key(app, "write_content", site_id=site["id"])["secret"]
    for path, content in ((redirects, {"to_url": "/c"}), (navigation, {"label": "b"})):
        for key in (reads, writes):
            (one,) = app.get(path, token=key).json["items"]
            assert app.get(f"{path}/{one['id']}", token=key).json == one
            refused(app.ask("PATCH", f"{path}/{one['id']}", content, token=key), 403, "scope_missing")
            refused(app.ask("DELETE", f"{path}/{one['id']}", token=key), 403, "scope_missing")
    other = app.post("/api/v1/sites", {"slug": f"other-{site['id'][-12:]}", "title": "Other"}).json
    theirs = new_key(app, "manage", site_id=other["id"])["secret"]
    for path in (redirects, navigation):
        refused(app.get(path, token=theirs), 404, "site_not_found")


# ---- menus ---------------------------------------------------------------------------------------------------------


class Menu:
    """A site's header as the API tells it."""

    def __init__(self, app: Client, path: str) -> None:
        self._app, self._path = app, path
        self.ids: dict[str, str] = {}

    def add(self, label: str, **said: object) -> Any:
        made = self._app.post(self._path, {"menu": "header", "label": label, "url": "/", **said})
        assert made.status == 201, made.body
        self.ids[label] = made.json["id"]
        return made.json

    def change(self, label: str, **said: object) -> Answer:
        return self._app.ask("PATCH", f"{self._path}/{self.ids[label]}", said)

    def move(self, label: str, **said: object) -> Any:
        changed = self.change(label, **said)
        assert changed.status == 200, changed.body
        return changed.json

    def below(self, parent: str | None = None) -> str:
        """The labels in their order; their places are counted from 0."""
        parent_id = None if parent is None else self.ids[parent]
        listed = self._app.get(f"{self._path}?menu=header&limit=1000").json["items"]
        items = sorted((one["position"], one["label"]) for one in listed if one["parent_id"] == parent_id)
        assert [place for place, _ in items] == list(range(len(items)))
        return "".join(label for _, label in items)


@pytest.fixture
def menu(app: Client, navigation: str) -> Menu:
    return Menu(app, navigation)


def test_entries_keep_their_order(menu: Menu) -> None:
    """Last, or where it was said; those behind move on, and up again; wherever one is moved, none is in its place."""
    assert [menu.add(label)["position"] for label in "abc"] == [0, 1, 2]
    assert menu.add("d", position=1)["position"] == 1
    assert menu.below() == "adbc"
    for label, position, order in (("a", 2, "dbac"), ("c", 0, "cdba"), ("d", 1, "cdba"), ("b", 999, "cdab")):
        assert menu.move(label, position=position)["position"] == order.index(label)
        assert menu.below() == order
    footer = menu.add("x", menu="footer", position=7)
    assert footer["position"] == 0 and menu.below() == "cdab"


def test_entries_stand_below_others(app: Client, menu: Menu, navigation: str) -> None:
    """Last there unless it is said where; not below themselves, nor in another menu, nor endlessly deep."""
    for label in "abc":
        menu.add(label)
    menu.add("x", parent_id=menu.ids["a"])
    assert menu.move("b", parent_id=menu.ids["a"])["position"] == 1
    assert (menu.below(), menu.below("a")) == ("ac", "xb")
    assert menu.move("c", parent_id=menu.ids["a"], position=0)["position"] == 0
    assert (menu.below(), menu.below("a")) == ("a", "cxb")
    foot = app.post(navigation, {"menu": "footer", "label": "f", "url": "/"}).json
    for parent in (menu.ids["a"], menu.ids["x"], foot["id"], "0198a0c1-2f3e-7abc-8def-0123456789ab"):
        refused(menu.change("a", parent_id=parent), 422, "invalid", "/parent_id")
    for label, parent in zip("1234", "x123", strict=True):
        deep = {"menu": "header", "label": label, "url": "/", "parent_id": menu.ids[parent]}
        if label == "4":
            refused(app.post(navigation, deep), 422, "invalid", "/parent_id")
        else:
            menu.add(label, parent_id=menu.ids[parent])
    menu.add("p")
    refused(menu.change("a", parent_id=menu.ids["p"]), 422, "invalid", "/parent_id")
    assert menu.move("c", parent_id=None)["position"] == 2
    assert app.ask("DELETE", f"{navigation}/{menu.ids['a']}").status == 204
    assert menu.below() == "pc"
    refused(app.get(f"{navigation}/{menu.ids['3']}"), 404, "navigation_item_not_found")


def test_of_many_at_once_each_gets_a_place(app: Client, menu: Menu, navigation: str) -> None:
    """Whoever adds at the same time; and of two that are each put below the other, one is refused."""
    together([lambda: menu.add("e", position=0)] * 8)
    assert menu.below() == "e" * 8
    for label in "ab":
        menu.add(label)
    answers: list[Answer] = []

    def put_below(one: str, other: str) -> None:
        answers.append(menu.change(one, parent_id=menu.ids[other]))

    together([lambda: put_below("a", "b"), lambda: put_below("b", "a")])
    assert sorted(answer.status for answer in answers) == [200, 422]


def test_an_entry_is_changed_in_the_version_that_was_read(app: Client, menu: Menu, navigation: str) -> None:
    """412 otherwise, and nothing is moved; a place that others made another version of it is one too."""
    old = menu.add("a")
    menu.add("b", position=0)
    one, headers = f"{navigation}/{old['id']}", {"If-Match": old["etag"]}
    for method, content in (("PATCH", {"position": 0}), ("DELETE", None)):
        late = app.ask(method, one, content, headers=headers)
        refused(late, 412, "changed_meanwhile")
        assert late.json["current"]["position"] == 1
    assert menu.below() == "ba"
    present = app.get(one).json
    moved = app.ask("PATCH", one, {"position": 0, "label": "A"}, headers={"If-Match": present["etag"]})
    assert (moved.status, moved.json["position"]) == (200, 0) and app.get(one).json == moved.json
    assert moved.headers["etag"] == moved.json["etag"] != present["etag"]
