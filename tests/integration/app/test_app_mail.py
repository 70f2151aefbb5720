"""Mail with a real SMTP server: from the outbox to the mailbox, and what happens where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.mail import smtp
from app.mail.address import parse
from app.mail.outbox import Due
from tests.docker_cli import Container, Resources, docker, eventually
from tests.integration.app.browser import Browser, Person
from tests.integration.app.conftest import Platform, finished
from tests.integration.app.smtp_server import certificate, smtp_server

MAIL = Due(
    id="00000000-0000-7000-8000-000000000001",
    recipient="ada@example.org",
    subject="Grüße – a subject that is longer than a line of a header may be, so that it has to be folded somewhere",
    body_text="Text\n.\nwith a dot on a line of its own\n",
    body_html="<p>Text</p>",
    attempts=1,
)


def send(url: str) -> None:
    server = parse(url, "example.com")
    assert server is not None
    smtp.send(server, MAIL)


def test_a_mail_arrives_as_it_was_written() -> None:
    """Sender, recipient, subject, text and HTML."""
    with smtp_server() as box:
        send(f"smtp://localhost:{box.port}")
    (mail,) = box.mails
    assert (mail["From"], mail["To"]) == ("Flotilla <no-reply@example.com>", MAIL["recipient"])
    assert mail["Subject"] == MAIL["subject"]
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and page is not None
    assert text.get_content().splitlines() == MAIL["body_text"].splitlines()
    assert page.get_content().strip() == MAIL["body_html"]
    assert box.recipients == ["TO:<ada@example.org>"]


@pytest.mark.parametrize(("scheme", "starttls"), [("smtps", False), ("smtp", True)])
def test_a_password_goes_encrypted_to_a_server_that_is_known(
    scheme: str, starttls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By TLS from the beginning or by STARTTLS; a server whose certificate nobody vouches for gets neither."""
    pem, context = certificate(tmp_path)
    with smtp_server(context, starttls=starttls) as box:
        url = f"{scheme}://ada:s%40cret@localhost:{box.port}?from=blog@example.com"
        with pytest.raises(smtp.NotSent, match="certificate verify failed"):
            send(url)
        assert (box.mails, box.logins) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        send(url)
    assert box.encrypted == [True]
    assert box.logins == ["\0ada\0s@cret"]
    assert box.mails[0]["From"] == "Flotilla <blog@example.com>"


def test_a_password_is_not_sent_in_the_clear() -> None:
    """Where the server offers no STARTTLS, nothing is sent, and the reason says so."""
    with smtp_server() as box, pytest.raises(smtp.NotSent, match="not sent in the clear"):
        send(f"smtp://ada:secret@localhost:{box.port}")
    assert (box.mails, box.logins) == ([], [])


def mail_command(platform: Platform, resources: Resources, *arguments: str) -> str:
    container = platform.run(resources, ["python", "-m", "app", "mail", *arguments])
    assert finished(container) == 0, container.logs()
    return container.logs()


def row(person: Person) -> dict[str, object]:
    said = person.platform.superuser(
        "SELECT json_build_object('id', id, 'sent', sent_at IS NOT NULL, 'attempts', attempts, 'text', body_text,"
        f" 'error', last_error, 'dropped', dropped_at IS NOT NULL) FROM mail WHERE recipient = '{person.email}'"
    )
    found: dict[str, object] = json.loads(said)
    return found


def expire(person: Person) -> None:
    """As if their mail's link had been good until a moment ago."""
    person.platform.superuser(f"UPDATE mail SET expires_at = now() - interval '1 s' WHERE recipient = '{person.email}'")


def test_without_a_server_mails_are_kept_and_can_be_read(
    person: Person, platform: Platform, resources: Resources
) -> None:
    """The worker's log says so, `mail list` names them, `mail show` has the link.

    When the link has expired the mail is dropped: that, why, and since when is said where the text was.
    """
    person.browser.done("POST", "/sign-ups", {"email": person.email})
    worker, _ = platform.worker(resources, {"FLOTILLA_MAIL_SECONDS": "0.2"})
    eventually(lambda: "there is no SMTP server" in worker.logs(), 20)
    kept = row(person)
    assert (kept["sent"], kept["attempts"]) == (False, 0)
    line = next(line for line in mail_command(platform, resources, "list").splitlines() if person.email in line)
    assert "kept until" in line
    assert person.secret() in mail_command(platform, resources, "show", line.split()[0])
    expire(person)
    eventually(lambda: row(person)["dropped"], 20)
    dropped = row(person)
    assert (dropped["sent"], dropped["text"], dropped["error"]) == (False, "", "not sent: its link had expired")
    line = next(line for line in mail_command(platform, resources, "list").splitlines() if person.email in line)
    assert "dropped" in line
    assert "its link had expired" in line
    assert "dropped" in mail_command(platform, resources, "show", line.split()[0])


def test_the_worker_sends_again_until_the_server_takes_it(
    person: Person, platform: Platform, resources: Resources, tmp_path: Path
) -> None:
    """What was refused waits with its reason; once sent, the text with its link is gone, and nothing is sent again.

    What was kept from before there was a server, and has expired since, is not sent.
    """
    platform.superuser("DELETE FROM mail")
    late = Person(platform, Browser(person.browser.replica), f"late-{person.email}")
    late.browser.done("POST", "/sign-ups", {"email": late.email})
    expire(late)
    gateway = docker("network", "inspect", platform.servers.network, "-f", "{{(index .IPAM.Config 0).Gateway}}").strip()
    with smtp_server() as box:
        box.refusals = 1
        (tmp_path / "smtp_url").write_text(f"smtp://{gateway}:{box.port}\n")
        (tmp_path / "smtp_url").chmod(0o444)
        tmp_path.chmod(0o755)
        worker = sending_worker(platform, resources, tmp_path)
        person.browser.done("POST", "/sign-ups", {"email": person.email})
        eventually(lambda: "451" in str(row(person)["error"]), 20)
        assert row(person)["sent"] is False
        platform.superuser("UPDATE mail SET send_at = now()")
        eventually(lambda: row(person)["sent"], 20)
        again = Person(platform, person.browser, f"again-{person.email}")
        again.browser.done("POST", "/sign-ups", {"email": again.email})
        eventually(lambda: row(again)["sent"], 20)
    assert [mail["To"] for mail in box.mails] == [person.email, again.email]
    sent = row(person)
    assert (sent["attempts"], sent["text"], sent["error"]) == (2, "", None)
    assert "#" in box.mails[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "sent" in mail_command(platform, resources, "list")
    assert "was not sent" in worker.logs()
    assert row(late)["dropped"] is True


def sending_worker(platform: Platform, resources: Resources, folder: Path) -> Container:
    return platform.run(
        resources,
        ["python", "-m", "app.worker"],
        {"FLOTILLA_MAIL_SECONDS": "0.2", "FLOTILLA_SMTP_URL_FILE": "/run/smtp/smtp_url"},
        ["-v", f"{folder}:/run/smtp:ro"],
    )
