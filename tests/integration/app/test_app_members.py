"""Members of an organisation: their roles, who may change them, and how a membership ends."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.docker_cli import eventually
from tests.integration.app.browser import Browser, Person, refused
from tests.integration.app.http_client import Answer


@pytest.fixture
def organisation(person: Person) -> str:
    """Of which `person` is the only owner."""
    person.sign_up()
    made: str = person.browser.done("POST", "/organisations", {"name": "Harbour"})["organisation_id"]
    return made


def joined(person: Person, another: Person, role: str) -> str:
    """The account of somebody who signed up and is in the person's organisation with a role."""
    token = person.browser.done("POST", "/invitations", {"role": role})["link"].rpartition("#")[2]
    another.sign_up("Bob")
    account: str = another.browser.done("POST", "/invitations/accept", {"token": token})["account_id"]
    return account


def newcomer(person: Person, name: str) -> Person:
    """One more without an account."""
    return Person(person.platform, Browser(person.browser.replica), f"{name}-{person.email}")


def own(person: Person) -> str:
    account: str = person.browser.done("GET", "/session")["account_id"]
    return account


def audited(person: Person, organisation: str) -> list[str]:
    """What was done to memberships, and from which role to which."""
    said = person.platform.superuser(
        "SELECT action || ' ' || coalesce(before ->> 'role', '') || ' ' || coalesce(after ->> 'role', '')"
        f" FROM audit_event WHERE organisation_id = '{organisation}' AND subject_table = 'member' ORDER BY id"
    )
    return [line.strip() for line in said.splitlines()]


def test_owners_and_admins_change_roles(person: Person, other: Person, organisation: str) -> None:
    """In the version that they read; the audit says who was made what. Pages, with who they are."""
    account = joined(person, other, "writer")
    first = person.browser.done("GET", "/members?limit=1")
    second = person.browser.done("GET", f"/members?limit=1&after={first['next']}")
    assert [(one["name"], one["email"], one["role"]) for one in first["items"] + second["items"]] == [
        ("Ada", person.email, "owner"),
        ("Bob", other.email, "writer"),
    ]
    assert second["next"] is None
    old = second["items"][0]["etag"]
    changed = person.browser.ask("PATCH", f"/members/{account}", {"role": "editor"}, **{"If-Match": old})
    assert (changed.status, changed.json["role"]) == (200, "editor") and changed.headers["etag"] != old
    late = person.browser.ask("PATCH", f"/members/{account}", {"role": "admin"}, **{"If-Match": old})
    refused(late, 412, "changed_meanwhile")
    assert late.json["current"] == changed.json
    refused(person.browser.ask("DELETE", f"/members/{account}", **{"If-Match": old}), 412, "changed_meanwhile")
    person.browser.done("PATCH", f"/members/{account}", {"role": "editor"})
    refused(person.browser.ask("PATCH", f"/members/{account}", {"role": "captain"}), 422, "invalid")
    assert audited(person, organisation) == ["member-role-changed writer editor"], "the same role again is no change"


def test_nobody_makes_more_of_anybody_than_they_are(person: Person, other: Person, organisation: str) -> None:
    """An admin makes no owner, of himself neither, and touches none; an editor may not even look."""
    account = joined(person, other, "admin")
    third = newcomer(person, "third")
    writer = joined(person, third, "writer")
    for target in (writer, account):
        refused(other.browser.ask("PATCH", f"/members/{target}", {"role": "owner"}), 403, "not_allowed")
    refused(other.browser.ask("PATCH", f"/members/{own(person)}", {"role": "writer"}), 403, "not_allowed")
    refused(other.browser.ask("DELETE", f"/members/{own(person)}"), 403, "not_allowed")
    assert other.browser.done("PATCH", f"/members/{writer}", {"role": "admin"})["role"] == "admin"
    assert other.browser.done("PATCH", f"/members/{writer}", {"role": "editor"})["role"] == "editor"
    eventually(lambda: third.browser.done("GET", "/session")["role"] == "editor", 10)
    refused(third.browser.ask("GET", "/members"), 403, "not_allowed")
    refused(third.browser.ask("PATCH", f"/members/{account}", {"role": "writer"}), 403, "not_allowed")
    refused(third.browser.ask("DELETE", f"/members/{account}"), 403, "not_allowed")
    refused(third.browser.ask("PATCH", f"/members/{writer}", {"role": "admin"}), 403, "not_allowed")


def test_a_role_that_was_taken_away_counts_at_once(person: Person, other: Person, organisation: str) -> None:
    """What a session remembers of its role decides nothing; and links that were made with it let nobody in."""
    account = joined(person, other, "admin")
    third = newcomer(person, "third")
    writer = joined(person, third, "writer")
    links = {role: other.browser.done("POST", "/invitations", {"role": role})["link"] for role in ("admin", "writer")}
    role = f"UPDATE member SET role = 'writer' WHERE account_id = '{account}'"
    other.browser.done("GET", "/session")
    other.platform.superuser(role)
    refused(other.browser.ask("PATCH", f"/members/{writer}", {"role": "admin"}), 403, "not_allowed")
    other.platform.superuser(role.replace("writer", "admin", 1))
    person.browser.done("PATCH", f"/members/{account}", {"role": "writer"})
    late = newcomer(person, "late")
    late.sign_up()
    for link in links.values():
        accept = late.browser.ask("POST", "/invitations/accept", {"token": link.rpartition("#")[2]})
        refused(accept, 404, "link_invalid")


def test_the_last_owner_stays(person: Person, other: Person, organisation: str) -> None:
    """Neither demoted nor removed nor gone, until there is another; of two who end each other, one is left."""
    for answer in (
        person.browser.ask("PATCH", f"/members/{own(person)}", {"role": "admin"}),
        person.browser.ask("DELETE", f"/members/{own(person)}"),
    ):
        refused(answer, 409, "last_owner")
    account = joined(person, other, "owner")
    answers: list[Answer] = []
    targets = ((person, account), (other, own(person)))
    threads = [
        threading.Thread(target=lambda who=who, of=of: answers.append(who.browser.ask("DELETE", f"/members/{of}")))
        for who, of in targets
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [204, 403], [answer.body for answer in answers]
    owners = f"SELECT count(*) FROM member WHERE organisation_id = '{organisation}' AND ended_at IS NULL"
    assert person.platform.superuser(owners).strip() == "1"


def test_a_member_leaves_and_another_is_removed(person: Person, other: Person, organisation: str) -> None:
    """Whatever one's role, one may leave; the session acts for no organisation then. Posts keep their author."""
    account = joined(person, other, "writer")
    slug = f"left-{account[-12:]}"
    site = person.browser.done("POST", "/sites", {"slug": slug, "title": "Harbour"})["id"]
    post = {"title": "Tide", "body": "", "authors": [account]}
    written = other.browser.done("POST", f"/sites/{site}/posts", post)
    other.browser.done("DELETE", f"/members/{account}")
    assert other.browser.done("GET", "/session")["organisation_id"] is None
    refused(other.browser.ask("GET", f"/sites/{site}/posts"), 403, "no_organisation")
    assert person.browser.done("GET", f"/sites/{site}/posts/{written['id']}")["authors"] == [account]
    refused(person.browser.ask("DELETE", f"/members/{account}"), 404, "not_found")
    third = newcomer(person, "third")
    removed = joined(person, third, "editor")
    person.browser.done("DELETE", f"/members/{removed}")
    assert [one["email"] for one in person.browser.done("GET", "/members")["items"]] == [person.email]
    assert audited(person, organisation) == ["member-left writer", "member-removed editor"]


def test_members_of_another_organisation_are_not_there(person: Person, other: Person, organisation: str) -> None:
    """Neither listed, changed nor removed; and a key, which is nobody, does none of it."""
    other.sign_up()
    other.browser.done("POST", "/organisations", {"name": "Own"})
    theirs: Any = own(person)
    refused(other.browser.ask("PATCH", f"/members/{theirs}", {"role": "writer"}), 404, "not_found")
    refused(other.browser.ask("DELETE", f"/members/{theirs}"), 404, "not_found")
    assert [one["email"] for one in other.browser.done("GET", "/members")["items"]] == [other.email]
    anonymous = Browser(other.browser.replica)
    refused(anonymous.ask("GET", "/members", None, Authorization="Bearer token-of-the-tests"), 401, "not_signed_in")


def test_of_two_who_join_at_once_the_plan_s_limit_lets_one_in(person: Person, other: Person, organisation: str) -> None:
    """403 that names the limit for the other, whose link stays good: once somebody left, it lets them in.

    Whoever left counts no more, and is counted again when they come back.
    """
    third = newcomer(person, "third")
    tokens = {}
    for one in (other, third):
        one.sign_up()
        tokens[one.email] = person.browser.done("POST", "/invitations", {"role": "writer"})["link"].rpartition("#")[2]
    person.platform.superuser(
        f"INSERT INTO organisation_limit (organisation_id, resource, most) VALUES ('{organisation}', 'members', 2)"
    )

    def accept(one: Person) -> Answer:
        return one.browser.ask("POST", "/invitations/accept", {"token": tokens[one.email]})

    answers: dict[str, Answer] = {}
    with person.platform.acting_for(organisation) as first:  # both wait for it, so that neither can be done before
        first.execute("BEGIN")
        first.execute("SELECT pg_advisory_xact_lock(hashtextextended('members' || %s, 0))", (organisation,))
        threads = [
            threading.Thread(target=lambda one=one: answers.update({one.email: accept(one)})) for one in (other, third)
        ]
        for thread in threads:
            thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        eventually(lambda: person.platform.superuser(waiting).strip() == "2")
        first.execute("COMMIT")
    for thread in threads:
        thread.join()
    (inside,) = (one for one in (other, third) if answers[one.email].status == 200)
    (outside,) = (one for one in (other, third) if one is not inside)
    refused(answers[outside.email], 403, "limit_reached")
    assert answers[outside.email].json["limit"] == {"resource": "members", "most": 2}
    told = answers[outside.email].json["detail"]
    assert "as many members as its plan allows" in told and "the same link lets you in" in told
    inside.browser.done("DELETE", f"/members/{own(inside)}")
    assert accept(outside).status == 200
    again = person.browser.done("POST", "/invitations", {"role": "writer"})["link"].rpartition("#")[2]
    refused(inside.browser.ask("POST", "/invitations/accept", {"token": again}), 403, "limit_reached")
