"""What the platform's mails say. Pure.

A link's secret is behind `#`, which browsers send to nobody: it is in no log and in no referrer, and a scanner that
opens the link has not used it.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import timedelta

SUBJECT_LENGTH = 200


@dataclass(frozen=True)
class Message:
    """One mail to one address. `subject` is a single line.

    `good_for` is how long it is worth sending after it was written: as long as its link is good. None: always.
    """

    recipient: str
    subject: str
    text: str
    html: str
    good_for: timedelta | None = None


def sign_up(recipient: str, link: str, good_for: timedelta) -> Message:
    """To an address that has no account yet."""
    return _message(
        recipient,
        "Finish signing up for Flotilla",
        ["Somebody, hopefully you, wants to sign up with this address."],
        ("Choose a name and a password", link),
        [f"{_once(good_for)} If it was not you, do nothing: there is no account until then."],
        good_for,
    )


def already_signed_up(recipient: str, link: str, good_for: timedelta) -> Message:
    """To an address that has an account, when somebody signs up with it again."""
    return _message(
        recipient,
        "You already have a Flotilla account",
        ["Somebody, hopefully you, wants to sign up with this address. It has an account already."],
        ("Sign in", link),
        [f"{_once(good_for)} If it was not you, do nothing."],
        good_for,
    )


def no_account(recipient: str, link: str, good_for: timedelta) -> Message:
    """To an address without an account, for which somebody asked for a link or a new password."""
    return _message(
        recipient,
        "There is no Flotilla account with this address yet",
        ["Somebody, hopefully you, wants to sign in with this address. It has no account; you can make one."],
        ("Sign up", link),
        [f"{_once(good_for)} If it was not you, do nothing."],
        good_for,
    )


def magic_link(recipient: str, link: str, good_for: timedelta) -> Message:
    """Instead of a password."""
    return _message(
        recipient,
        "Your link to sign in to Flotilla",
        ["With this link you sign in without a password."],
        ("Sign in", link),
        [f"{_once(good_for)} If you did not ask for it, do nothing."],
        good_for,
    )


def password_reset(recipient: str, link: str, good_for: timedelta) -> Message:
    """To whoever forgot the password."""
    return _message(
        recipient,
        "Choose a new password for Flotilla",
        ["Somebody, hopefully you, forgot the password of this account."],
        ("Choose a new password", link),
        [f"{_once(good_for)} If it was not you, do nothing: the password stays as it is."],
        good_for,
    )


def new_address(recipient: str, link: str, good_for: timedelta) -> Message:
    """To an address that an account is to have from now on."""
    return _message(
        recipient,
        "Confirm your new address for Flotilla",
        ["Somebody, hopefully you, wants their Flotilla account to have this address from now on."],
        ("Confirm the address", link),
        [f"{_once(good_for)} It asks you to be signed in to the account. If it was not you, do nothing."],
        good_for,
    )


def address_taken(recipient: str, link: str, good_for: timedelta) -> Message:
    """To an address that has an account, when another account is to have it."""
    return _message(
        recipient,
        "This address has a Flotilla account already",
        ["Somebody, hopefully you, wants another Flotilla account to have this address. It has one of its own."],
        ("Sign in", link),
        [f"{_once(good_for)} Nothing is changed. If it was not you, do nothing."],
        good_for,
    )


def changed(recipient: str, what: str) -> Message:
    """After a change of how the account is protected; `what` is a sentence."""
    return _message(
        recipient,
        "Your Flotilla account was changed",
        [what],
        None,
        ["If it was not you, choose a new password at once, and end every session."],
    )


def invitation(recipient: str, organisation: str, inviter: str, role: str, link: str, good_for: timedelta) -> Message:
    """To somebody whom a member asks to join."""
    return _message(
        recipient,
        f"{inviter or 'Somebody'} invites you to {organisation}",
        [f"{inviter or 'Somebody'} invites you to write at {organisation} on Flotilla, as {role}."],
        ("Look at the invitation", link),
        [f"{_once(good_for)} If you do not know them, do nothing."],
        good_for,
    )


def one_line(text: str) -> str:
    """Names and subjects as a header can hold them: without line ends and other control characters, and bounded."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:SUBJECT_LENGTH]


def _once(good_for: timedelta) -> str:
    minutes = int(good_for.total_seconds()) // 60
    for size, unit in ((1440, "days"), (60, "hours")):
        if minutes >= 2 * size and minutes % size == 0:
            return f"The link works once, for {minutes // size} {unit}."
    return f"The link works once, for {minutes} minutes."


def _message(
    recipient: str,
    subject: str,
    before: list[str],
    link: tuple[str, str] | None,
    after: list[str],
    good_for: timedelta | None = None,
) -> Message:
    lines = [one_line(line) for line in before]
    end = [one_line(line) for line in after]
    middle = [f"{link[0]}:\n{link[1]}"] if link else []
    button = (
        [
            f'<p><a href="{html.escape(link[1])}" style="display:inline-block;background:#0a7d54;color:#fff;'
            f'padding:.7em 1.2em;border-radius:.4em;text-decoration:none">{html.escape(link[0])}</a></p>',
            f'<p style="color:#5b6b63;font-size:.85em;word-break:break-all">{html.escape(link[1])}</p>',
        ]
        if link
        else []
    )
    paragraphs = [*_paragraphs(lines), *button, *_paragraphs(end)]
    body = (
        '<!doctype html><html lang="en"><body style="font:16px/1.5 system-ui,sans-serif;color:#13241c;max-width:36em">'
        + "\n".join(paragraphs)
        + "</body></html>"
    )
    return Message(recipient, one_line(subject), "\n\n".join([*lines, *middle, *end]) + "\n", body, good_for)


def _paragraphs(lines: list[str]) -> list[str]:
    return [f"<p>{html.escape(line)}</p>" for line in lines]
