"""Accounts through the API, with the real servers: from the first mail to the second factor."""

from __future__ import annotations

import time
from pathlib import Path

import pyotp
import pytest

from tests.docker_cli import Resources, eventually
from tests.integration.app.browser import Browser, Person, events, refused
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client

# ---- signing up and in -----------------------------------------------------------------------------------------------


def test_an_account_begins_with_a_mail(person: Person) -> None:
    """Nothing is there before its link is used; afterwards the address is verified, and the link good for nothing."""
    assert person.browser.ask("POST", "/sign-ups", {"email": person.email.upper()}).status == 202
    count_accounts = f"SELECT count(*) FROM account WHERE email = '{person.email}'"
    assert person.platform.superuser(count_accounts) == "0"
    secret = person.secret()
    finish = {"token": secret, "name": "Ada", "password": person.password}
    session = person.browser.done("POST", "/sign-ups/finish", finish)
    assert (session["email"], session["name"], session["organisations"]) == (person.email, "Ada", [])
    verified = f"SELECT email_verified_at IS NOT NULL FROM account WHERE email = '{person.email}'"
    assert person.platform.superuser(verified) == "t"
    refused(Browser(person.browser.replica).ask("POST", "/sign-ups/finish", finish), 404, "link_invalid")
    assert person.browser.done("GET", "/session")["email"] == person.email


def test_signing_up_again_tells_only_the_mailbox(person: Person, other: Person) -> None:
    """The same answer; the mail says that there is an account, and signs in."""
    person.sign_up()
    known = person.browser.ask("POST", "/sign-ups", {"email": person.email})
    unknown = person.browser.ask("POST", "/sign-ups", {"email": other.email})
    assert (known.status, known.body) == (unknown.status, unknown.body) == (202, b"")
    assert "already" in person.mails()[-1]
    session = Browser(person.browser.replica).done("POST", "/session/by-link", {"token": person.secret()})
    assert session["email"] == person.email


def test_only_hashes_are_kept(person: Person) -> None:
    """Neither a password, nor a link's or session's secret, is in the database."""
    person.sign_up()
    secret = person.secret()
    person.browser.done("POST", "/session/links", {"email": person.email})
    for table in ("credential", "session", "one_time_token", "account_event", "throttle", "account"):
        rows = person.platform.superuser(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
        for value in (person.password, secret, person.browser.cookie, person.browser.csrf):
            assert value not in rows, table
    kept = "SELECT password_hash FROM credential JOIN account ON account.id = account_id"
    assert person.platform.superuser(f"{kept} WHERE email = '{person.email}'").startswith("$argon2id$")


def test_wrong_credentials_are_one_answer(person: Person, other: Person) -> None:
    """Another password, an address without an account: the same status and body."""
    person.sign_up()
    answers = []
    for email in (person.email, other.email, "no address"):
        guess = {"email": email, "password": "not the password"}
        answer = Browser(person.browser.replica).ask("POST", "/session", guess)
        refused(answer, 401, "wrong_credentials")
        answers.append({name: value for name, value in answer.json.items() if name != "instance"})
    assert answers[0] == answers[1] == answers[2]
    assert events(person)[-1] == "sign-in-failed"


def test_signing_in_makes_a_new_session_each_time(person: Person) -> None:
    """A session that the browser had is ended, so that nobody can have planted it."""
    person.sign_up()
    first = person.browser.cookie
    assert person.sign_in().status == 200
    assert person.browser.cookie != first
    planted = Browser(person.browser.replica, cookie=first)
    refused(planted.ask("GET", "/session"), 401, "not_signed_in")
    assert events(person) == ["signed-up", "signed-in"]


def test_a_link_is_good_once_and_for_its_purpose(person: Person) -> None:
    """A link to sign in resets no password; used, it is none; and asking for it does not use it up."""
    person.sign_up()
    person.browser.done("POST", "/session/links", {"email": person.email})
    secret = person.secret()
    replica = person.browser.replica
    reset = {"token": secret, "password": "another harbour"}
    refused(Browser(replica).ask("POST", "/password-resets/finish", reset), 404, "link_invalid")
    refused(Browser(replica).ask("POST", "/sign-ups/finish", reset | {"name": "Eve"}), 404, "link_invalid")
    assert Browser(replica).ask("POST", "/session/by-link", {"token": secret}).status == 200
    refused(Browser(replica).ask("POST", "/session/by-link", {"token": secret}), 404, "link_invalid")
    person.browser.done("POST", "/session/links", {"email": person.email})
    unused = f"used_at IS NULL AND email = '{person.email}'"
    person.platform.superuser(f"UPDATE one_time_token SET expires_at = now() WHERE {unused}")
    refused(Browser(replica).ask("POST", "/session/by-link", {"token": person.secret()}), 404, "link_invalid")


def test_a_link_for_an_address_without_an_account_leads_to_signing_up(person: Person) -> None:
    """The same answer and a mail too, for a link and for a new password."""
    for path in ("/session/links", "/password-resets"):
        assert person.browser.ask("POST", path, {"email": person.email}).status == 202
        assert "no account" in person.mails()[-1]
    finish = {"token": person.secret(), "name": "Ada", "password": person.password}
    assert person.browser.done("POST", "/sign-ups/finish", finish)["email"] == person.email


@pytest.mark.parametrize("password", ["short", "password1234", "aaaaaaaaaaaaaaaa"])
def test_a_bad_password_is_refused_and_the_link_stays_good(person: Person, password: str) -> None:
    """422 with the reason; then a good one is taken."""
    person.browser.done("POST", "/sign-ups", {"email": person.email})
    finish = {"token": person.secret(), "name": "Ada", "password": password}
    refused(person.browser.ask("POST", "/sign-ups/finish", finish), 422, "invalid")
    assert person.browser.ask("POST", "/sign-ups/finish", finish | {"password": person.password}).status == 201


# ---- passwords and the second factor ---------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_and_every_session_ends(person: Person) -> None:
    """The old one is none any more; a mail says that it was changed."""
    person.sign_up()
    person.browser.done("POST", "/password-resets", {"email": person.email})
    visitor = Browser(person.browser.replica)
    visitor.done("POST", "/password-resets/finish", {"token": person.secret(), "password": "another harbour"})
    refused(person.browser.ask("GET", "/session"), 401, "not_signed_in")
    refused(person.sign_in(visitor), 401, "wrong_credentials")
    person.password = "another harbour"
    assert person.sign_in(visitor).status == 200
    assert "another now" in person.mails()[-1]
    assert "password-reset" in events(person)


def test_a_password_is_changed_by_who_knows_it(person: Person) -> None:
    """This session goes on with another cookie, all others end, and links that wait are good for nothing."""
    person.sign_up()
    elsewhere = Browser(person.browser.replica)
    assert person.sign_in(elsewhere).status == 200
    person.browser.done("POST", "/password-resets", {"email": person.email})
    waiting = person.secret()
    wrong = {"present_password": "not the password", "password": "another harbour"}
    refused(person.browser.ask("PUT", "/account/password", wrong), 401, "wrong_credentials")
    before = person.browser.cookie
    person.browser.done("PUT", "/account/password", wrong | {"present_password": person.password})
    assert person.browser.cookie != before
    assert person.browser.done("GET", "/session")["email"] == person.email
    refused(Browser(person.browser.replica, cookie=before).ask("GET", "/session"), 401, "not_signed_in")
    refused(elsewhere.ask("GET", "/session"), 401, "not_signed_in")
    late = {"token": waiting, "password": "a third harbour"}
    refused(elsewhere.ask("POST", "/password-resets/finish", late), 404, "link_invalid")


def test_an_address_is_changed_once_the_new_one_has_answered(person: Person, other: Person) -> None:
    """By whoever knows the password, in a session of the account; the old one is told, other sessions and links end."""
    person.sign_up()
    elsewhere = Browser(person.browser.replica)
    assert person.sign_in(elsewhere).status == 200
    moved = Person(person.platform, person.browser, f"moved-{person.email}")
    asked = {"email": moved.email.upper(), "present_password": "not the password"}
    refused(person.browser.ask("POST", "/account/email", asked), 401, "wrong_credentials")
    asked["present_password"] = person.password
    refused(person.browser.ask("POST", "/account/email", asked | {"email": person.email}), 422, "invalid")
    assert person.browser.ask("POST", "/account/email", asked).status == 202
    assert person.browser.done("GET", "/session")["email"] == person.email
    link = {"token": moved.secret()}
    refused(Browser(person.browser.replica).ask("POST", "/account/email/confirm", link), 401, "not_signed_in")
    other.sign_up()
    refused(other.browser.ask("POST", "/account/email/confirm", link), 404, "link_invalid")
    elsewhere.done("POST", "/password-resets", {"email": person.email})
    late = {"token": person.secret(), "password": "another harbour"}
    before = person.browser.cookie
    assert person.browser.done("POST", "/account/email/confirm", link)["email"] == moved.email
    assert "another now" in person.mails()[-1]
    assert events(moved)[-2:] == ["email-change-asked", "email-changed"]
    for gone in (elsewhere, Browser(person.browser.replica, cookie=before)):
        refused(gone.ask("GET", "/session"), 401, "not_signed_in")
    refused(person.browser.ask("POST", "/account/email/confirm", link), 404, "link_invalid")
    refused(elsewhere.ask("POST", "/password-resets/finish", late), 404, "link_invalid")
    refused(person.sign_in(elsewhere), 401, "wrong_credentials")
    assert moved.sign_in(elsewhere).status == 200


def test_an_address_of_somebody_else_is_not_given_away(person: Person, other: Person) -> None:
    """The same answer as for a free one; its owner is told, and it stays theirs, also if it was free when asked for."""
    person.sign_up()
    free = Person(person.platform, Browser(person.browser.replica), f"free-{person.email}")
    other.sign_up()
    proof = {"present_password": person.password}
    taken = person.browser.ask("POST", "/account/email", proof | {"email": other.email})
    assert "one of its own" in other.mails()[-1]
    refused(person.browser.ask("POST", "/account/email/confirm", {"token": other.secret()}), 404, "link_invalid")
    fine = person.browser.ask("POST", "/account/email", proof | {"email": free.email})
    assert (taken.status, taken.body) == (fine.status, fine.body) == (202, b"")
    link = {"token": free.secret()}
    free.sign_up()
    refused(person.browser.ask("POST", "/account/email/confirm", link), 409, "email_taken")
    assert person.browser.done("GET", "/session")["email"] == person.email


def test_a_guesser_of_codes_who_knows_the_password_is_slowed_down(person: Person) -> None:
    """Where a password and a code change the account's protection, a wrong code is a failure too."""
    person.sign_up()
    proof = {"present_password": person.password}
    key = person.browser.done("POST", "/account/authenticator", proof)
    code = pyotp.TOTP(key["key"]).now()
    person.browser.done("POST", "/account/authenticator/confirm", {"code": code})
    guess = proof | {"code": "000000"}
    moving = guess | {"email": f"moved-{person.email}"}
    for path, sent in (("/account/authenticator/remove", guess), ("/account/email", moving)):
        said = [person.browser.ask("POST", path, sent).json["code"] for _ in range(14)]
        assert set(said) <= {"wrong_code", "too_many_attempts"}
        assert "too_many_attempts" in said, path


def test_a_second_factor_is_asked_for_and_its_codes_count_once(person: Person) -> None:
    """Set up with a code, asked for at every way in; a code or recovery code that was used is refused."""
    person.sign_up()
    proof = {"present_password": person.password}
    key = person.browser.done("POST", "/account/authenticator", proof)
    assert key["address"].startswith("otpauth://totp/Flotilla:")
    generator = pyotp.TOTP(key["key"])
    step = int(time.time()) // 30
    refused(person.browser.ask("POST", "/account/authenticator/confirm", {"code": "000000"}), 401, "wrong_code")
    code = generator.generate_otp(step)
    confirmed = person.browser.done("POST", "/account/authenticator/confirm", {"code": code})
    codes = confirmed["recovery_codes"]
    assert len(codes) == 10
    assert person.browser.done("GET", "/session")["second_factor"] is True

    visitor = Browser(person.browser.replica)
    refused(person.sign_in(visitor), 401, "code_required")
    refused(person.sign_in(visitor, code=code), 401, "wrong_code")  # it was used to confirm
    assert person.sign_in(visitor, code=generator.generate_otp(step + 1)).status == 200
    refused(person.sign_in(visitor, code=generator.generate_otp(step + 1)), 401, "wrong_code")
    assert person.sign_in(visitor, code=codes[0].upper()).status == 200
    refused(person.sign_in(visitor, code=codes[0]), 401, "wrong_code")

    person.browser.done("POST", "/session/links", {"email": person.email})
    link = {"token": person.secret()}
    refused(visitor.ask("POST", "/session/by-link", link), 401, "code_required")
    refused(visitor.ask("POST", "/session/by-link", link | {"code": codes[0]}), 401, "wrong_code")
    assert visitor.ask("POST", "/session/by-link", link | {"code": codes[1]}).status == 200
    person.browser.done("POST", "/password-resets", {"email": person.email})
    reset = {"token": person.secret(), "password": person.password}
    refused(visitor.ask("POST", "/password-resets/finish", reset), 401, "code_required")

    fresh = person.browser.done("POST", "/account/authenticator/recovery-codes", proof | {"code": codes[2]})
    refused(person.sign_in(visitor, code=codes[3]), 401, "wrong_code")
    without = {"present_password": person.password, "code": fresh["recovery_codes"][0]}
    person.browser.done("POST", "/account/authenticator/remove", without)
    assert person.sign_in(visitor).status == 200
    assert {"second-factor-on", "second-factor-off", "recovery-codes-made"} <= set(events(person))


def test_the_key_of_a_second_factor_is_sealed_and_outlives_a_rotation(
    person: Person, platform: Platform, resources: Resources, tmp_path: Path
) -> None:
    """Also one from before it was; with another password of the database's role it is sealed anew at its next use.

    Meanwhile replicas that have only the old password read it as well.
    """
    person.sign_up()
    key = person.browser.done("POST", "/account/authenticator", {"present_password": person.password})["key"]
    own = f"account_id = (SELECT id FROM account WHERE email = '{person.email}')"

    def kept() -> str:
        return platform.superuser(f"SELECT totp_key FROM credential WHERE {own}")

    def signs_in(replica: str) -> bool:
        platform.superuser(f"UPDATE credential SET totp_last_step = 0 WHERE {own}")
        return person.sign_in(Browser(replica), code=pyotp.TOTP(key).now()).status == 200

    sealed = kept()
    assert sealed.startswith("sealed:") and key not in sealed
    person.browser.done("POST", "/account/authenticator/confirm", {"code": pyotp.TOTP(key).now()})
    platform.superuser(f"UPDATE credential SET totp_key = '{key}' WHERE {own}")
    assert signs_in(person.browser.replica)
    assert kept().startswith("sealed:")

    old = platform.servers.secrets / "db_app_password"
    for name, value in (("db_app_password", "of the next generation"), ("db_app_password_previous", old.read_text())):
        (tmp_path / name).write_text(value)
        (tmp_path / name).chmod(0o444)
    tmp_path.chmod(0o755)
    rotated = platform.run(
        resources,
        env={"FLOTILLA_DATABASE_PASSWORD_FILE": "/run/rotated/db_app_password"},
        args=["-v", f"{tmp_path}:/run/rotated:ro"],
    )
    eventually(lambda: Client(rotated.ip).get("/healthz").status == 200, 60)
    before = kept().split(":")[1]
    assert signs_in(rotated.ip)
    assert kept().split(":")[1] not in (key, before)
    assert signs_in(person.browser.replica)
