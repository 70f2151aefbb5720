"""Organisations, who is invited to them, and the first administrator."""

from __future__ import annotations

from tests.docker_cli import Resources, eventually
from tests.integration.app.browser import Browser, Person, refused
from tests.integration.app.conftest import Platform, finished

# ---- organisations and invitations -----------------------------------------------------------------------------------


def test_an_invitation_by_mail_makes_a_member(person: Person, other: Person) -> None:
    """With the role that was given, for who has the address; the organisation's audit names both."""
    person.sign_up()
    made = person.browser.done("POST", "/organisations", {"name": "Harbour & <Sons>"})
    assert (made["role"], made["organisations"][0]["name"]) == ("owner", "Harbour & <Sons>")
    invited = person.browser.done("POST", "/invitations", {"email": other.email, "role": "editor"})
    assert invited["link"] is None
    shown = other.browser.done("POST", "/invitations/show", {"token": other.secret()})
    assert shown == {
        "organisation_name": "Harbour & <Sons>",
        "role": "editor",
        "email": other.email,
        "account_exists": False,
    }
    joined = other.browser.done(
        "POST", "/invitations/accept-new", {"token": other.secret(), "name": "Bob", "password": other.password}
    )
    assert (joined["role"], joined["organisation_id"]) == ("editor", made["organisation_id"])
    again = Browser(other.browser.replica).ask("POST", "/invitations/show", {"token": other.secret()})
    refused(again, 404, "link_invalid")
    audit = "SELECT action FROM audit_event WHERE organisation_id"
    actions = person.platform.superuser(f"{audit} = '{made['organisation_id']}' ORDER BY id").split()
    assert actions == ["organisation-made", "invited", "invitation-accepted"]


def test_an_invitation_s_link_is_for_whoever_has_it_and_an_account(person: Person, other: Person) -> None:
    """Once; and the session acts for the organisation afterwards, with a new cookie."""
    person.sign_up()
    organisation = person.browser.done("POST", "/organisations", {"name": "Harbour"})["organisation_id"]
    link = person.browser.done("POST", "/invitations", {"role": "admin"})["link"]
    token = link.rpartition("#")[2]
    refused(other.browser.ask("POST", "/invitations/accept", {"token": token}), 401, "not_signed_in")
    other.sign_up()
    own = other.browser.done("POST", "/organisations", {"name": "Own"})["organisation_id"]
    before = other.browser.cookie
    joined = other.browser.done("POST", "/invitations/accept", {"token": token})
    assert (joined["organisation_id"], joined["role"]) == (organisation, "admin")
    assert other.browser.cookie != before
    assert {one["id"] for one in joined["organisations"]} == {own, organisation}
    refused(other.browser.ask("POST", "/invitations/accept", {"token": token}), 404, "link_invalid")
    assert other.browser.done("PATCH", "/session", {"organisation_id": own})["role"] == "owner"
    nowhere = {"organisation_id": "0198a0c1-2f3e-7abc-8def-0123456789ab"}
    refused(other.browser.ask("PATCH", "/session", nowhere), 404, "not_found")


def test_roles_say_who_may_invite_whom(person: Person, other: Person) -> None:
    """An admin makes no owner; an editor invites nobody and sees no invitations; who was removed lets nobody in."""
    person.sign_up()
    organisation = person.browser.done("POST", "/organisations", {"name": "Harbour"})["organisation_id"]
    token = person.browser.done("POST", "/invitations", {"role": "admin"})["link"].rpartition("#")[2]
    other.sign_up()
    refused(other.browser.ask("POST", "/invitations", {"role": "writer"}), 403, "no_organisation")
    other.browser.done("POST", "/invitations/accept", {"token": token})
    refused(other.browser.ask("POST", "/invitations", {"role": "owner"}), 403, "not_allowed")
    made = other.browser.done("POST", "/invitations", {"role": "admin"})
    assert [one["id"] for one in person.browser.done("GET", "/invitations")["items"]] == [made["id"]]
    taken_back = other.browser.done("POST", "/invitations", {"role": "writer"})
    person.browser.done("DELETE", f"/invitations/{taken_back['id']}")
    refused(person.browser.ask("DELETE", f"/invitations/{taken_back['id']}"), 404, "not_found")

    role = f"FROM account WHERE account.id = account_id AND email = '{other.email}'"
    person.platform.superuser(f"UPDATE member SET role = 'editor' {role}")
    eventually(lambda: other.browser.ask("GET", "/invitations").status == 403, 10)
    refused(other.browser.ask("POST", "/invitations", {"role": "writer"}), 403, "not_allowed")
    person.platform.superuser(f"UPDATE member SET ended_at = now() {role}")
    late = Person(person.platform, Browser(person.browser.replica), f"late-{organisation[-6:]}@example.org")
    late.sign_up()
    accept = {"token": made["link"].rpartition("#")[2]}
    refused(late.browser.ask("POST", "/invitations/accept", accept), 404, "link_invalid")


def test_an_invitation_by_mail_is_for_that_address_alone(person: Person, other: Person) -> None:
    """Whoever else has the link is told for whom it is."""
    person.sign_up()
    person.browser.done("POST", "/organisations", {"name": "Harbour"})
    person.browser.done("POST", "/invitations", {"email": "somebody-else@example.org", "role": "writer"})
    stranger = Person(person.platform, other.browser, "somebody-else@example.org")
    token = stranger.secret()
    other.sign_up()
    refused(other.browser.ask("POST", "/invitations/accept", {"token": token}), 409, "other_address")


# ---- the first administrator -----------------------------------------------------------------------------------------


def first_link(platform: Platform, resources: Resources) -> str:
    container = platform.run(resources, ["python", "-m", "app", "accounts", "first-administrator"])
    assert finished(container) == 0, container.logs()
    return container.logs().strip()


def test_the_first_administrator_comes_with_a_link(
    person: Person, other: Person, platform: Platform, resources: Resources
) -> None:
    """While there is none; they own the default organisation, and every other link is good for nothing then."""
    platform.superuser("DELETE FROM platform_administrator")
    links = [first_link(platform, resources) for _ in range(2)]
    assert all(link.startswith("http://app.localhost/welcome#") for link in links)
    tokens = [link.rpartition("#")[2] for link in links]
    welcome = {"token": tokens[0], "email": person.email, "name": "Ada", "password": person.password}
    session = person.browser.done("POST", "/welcome", welcome)
    assert (session["administrator"], session["role"]) == (True, "owner")
    assert session["organisation_id"] == "00000000-0000-7000-8000-000000000001"
    for token, code, status in ((tokens[0], "link_invalid", 404), (tokens[1], "administrator_exists", 409)):
        late = welcome | {"token": token, "email": other.email}
        refused(other.browser.ask("POST", "/welcome", late), status, code)
    assert "administrator already" in first_link(platform, resources)
    assert other.sign_up()["administrator"] is False
    platform.superuser(f"DELETE FROM account WHERE email = '{person.email}'")


# ---- content, with a session ---------------------------------------------------------------------------------------


def test_a_session_writes_for_its_organisation_what_its_role_may(person: Person, other: Person) -> None:
    """As an API key with the role's scopes; another organisation's sites are not there, and CSRF is looked at too."""
    person.sign_up()
    refused(person.browser.ask("GET", "/sites"), 403, "no_organisation")
    person.browser.done("POST", "/organisations", {"name": "Harbour"})
    slug = person.email.partition("@")[0]
    site = person.browser.done("POST", "/sites", {"slug": slug, "title": "Harbour"})["id"]
    assert [one["id"] for one in person.browser.done("GET", "/sites")["items"]] == [site]
    refused(person.browser.ask("DELETE", f"/sites/{site}", **{"X-CSRF-Token": "0" * 64}), 403, "foreign_request")

    token = person.browser.done("POST", "/invitations", {"role": "writer"})["link"].rpartition("#")[2]
    other.sign_up()
    other.browser.done("POST", "/organisations", {"name": "Own"})
    refused(other.browser.ask("GET", f"/sites/{site}"), 404, "site_not_found")
    other.browser.done("POST", "/invitations/accept", {"token": token})
    other.browser.done("POST", f"/sites/{site}/posts", {"title": "Tide", "body": "High"})
    refused(other.browser.ask("POST", "/sites", {"slug": f"{slug}-b", "title": "No"}), 403, "scope_missing")
    anonymous = Browser(other.browser.replica)
    refused(anonymous.ask("GET", "/sites"), 401, "unauthorized")
