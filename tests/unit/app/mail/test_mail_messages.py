"""What goes out by mail, and where to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.mail import messages
from app.mail.address import SmtpServer, SmtpUrlError, parse
from app.mail.outbox import Due
from app.mail.smtp import composed

EVIL = "Ada\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>\u2028x"

HOUR = timedelta(hours=1)


def due(message: messages.Message) -> Due:
    return Due(
        id="00000000-0000-7000-8000-000000000001",
        recipient=message.recipient,
        subject=message.subject,
        body_text=message.text,
        body_html=message.html,
        attempts=1,
    )


def test_a_name_ends_no_header() -> None:
    """Nor does it bring a tag into the HTML."""
    link = "https://app.example.com/invitation#abc"
    message = messages.invitation("bob@example.org", EVIL, EVIL, "writer", link, timedelta(days=7))
    sent = composed(due(message), "no-reply@example.com")
    assert sorted(set(sent.keys()) & {"Bcc", "To", "Subject"}) == ["Subject", "To"]
    assert "\n" not in message.subject
    assert "<script>" not in message.html
    assert "all@example.org" in sent["Subject"]
    assert str(sent["To"]) == "bob@example.org"


def test_every_mail_is_text_and_html_with_the_link_in_both() -> None:
    """And the link's secret is behind #."""
    link = "https://app.example.com/sign-in/link#secret"
    for message in (
        messages.sign_up("a@example.org", link, HOUR),
        messages.already_signed_up("a@example.org", link, HOUR),
        messages.no_account("a@example.org", link, HOUR),
        messages.magic_link("a@example.org", link, HOUR),
        messages.password_reset("a@example.org", link, HOUR),
    ):
        parts = [part.get_content_type() for part in composed(due(message), "x@example.com").walk()]
        assert parts == ["multipart/alternative", "text/plain", "text/html"]
        assert link in message.text
        assert link in message.html
        assert (message.good_for, "for 60 minutes" in message.text) == (HOUR, True)


@pytest.mark.parametrize(
    ("good_for", "said"),
    [
        (timedelta(minutes=15), "15 minutes"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=24), "24 hours"),
        (timedelta(days=7), "7 days"),
    ],
)
def test_a_mail_says_for_how_long_its_link_is_good(good_for: timedelta, said: str) -> None:
    """As long as it is worth sending: one value for both."""
    message = messages.magic_link("a@example.org", "https://app.example.com/sign-in/link#secret", good_for)
    assert f"once, for {said}." in message.text
    assert message.good_for == good_for


def test_what_tells_of_a_change_is_always_worth_sending() -> None:
    """It has no link that could expire."""
    assert messages.changed("a@example.org", "The password is another now.").good_for is None


def test_a_mail_that_is_sent_twice_has_one_id() -> None:
    """So that whoever gets it twice sees it once."""
    message = due(messages.changed("a@example.org", "The password is another now."))
    first, second = (composed(message, "no-reply@example.com")["Message-ID"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("none", None),
        ("", None),
        ("smtps://mail.example.com", SmtpServer("mail.example.com", 465, True, "no-reply@example.org")),
        ("smtp://10.0.0.5:25", SmtpServer("10.0.0.5", 25, False, "no-reply@example.org")),
        (
            "smtp://ada%40x:p%2Fw@mail.example.com?from=blog@example.com",
            SmtpServer("mail.example.com", 587, False, "blog@example.com", "ada@x", "p/w"),
        ),
    ],
)
def test_an_smtp_address_says_everything(url: str, server: SmtpServer | None) -> None:
    """Scheme, host, port, who signs in, and who the mail is from."""
    assert parse(url, "example.org") == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail:port",
        "smtp://u:secret/word@mail",
        "smtp://mail?tls=no",
        "smtp://mail?from=nobody",
        "smtp://mail?from=a@b%0d%0aBcc:c@d",
    ],
)
def test_a_wrong_smtp_address_is_refused_without_its_password(url: str) -> None:
    """The sentence says what to give."""
    with pytest.raises(SmtpUrlError) as refused:
        parse(url, "example.org")
    assert "secret" not in str(refused.value)


def test_a_server_s_password_is_in_no_log() -> None:
    """Nor in a traceback that shows the value."""
    assert "hidden" not in repr(parse("smtp://u:hidden@mail", "example.org"))
