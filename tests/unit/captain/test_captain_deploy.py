"""Deploying against a Swarm in memory: what is written, and what is not."""

from pathlib import Path

import pytest

from captain.credentials import API_TOKEN, Domains, certificate_name, database_of, ensure_secrets, new_value
from captain.errors import CaptainError
from swarm.engine import EngineError
from tests.unit.captain.memory_swarm import STACK, Swarm, deploy


def test_the_first_run_makes_everything_and_the_second_nothing(swarm: Swarm, folder: Path) -> None:
    """No write at all the second time, not even one that would change nothing."""
    deploy(swarm, folder)
    assert swarm.writes == ["create s_routes", "create s_front", "create s_edge", "create s_app"]
    swarm.writes.clear()
    written, said = deploy(swarm, folder)
    assert (swarm.writes, written) == ([], {})
    assert said == ["nothing to do: all 2 services are as the stack file says"]


def test_a_new_image_is_written_with_the_count_that_is_live_at_the_write(swarm: Swarm, folder: Path) -> None:
    """Somebody scales between read and write: refused, decided again, and that count stays."""
    deploy(swarm, folder)
    swarm.before_update = [lambda there: there.scale("s_app", 7)]
    written, said = deploy(swarm, folder, IMAGE="app:2")
    stored = swarm.kept["s_app"]
    assert (stored.image, stored.replicas) == ("app:2", 7)
    assert written["s_app"].restarts_tasks
    assert "Image: app:1 → app:2" in said[0]


def test_a_service_that_somebody_else_makes_just_now_is_taken_as_it_is(swarm: Swarm, folder: Path) -> None:
    """An earlier run that was killed may still be at work in its container: no clash of names ends this one."""

    def made_by_another(spec: dict[str, object]) -> str:
        create_service(spec)
        raise EngineError("Could not create service s_app: name conflicts with an existing object", 409)

    create_service = swarm.create_service
    swarm.create_service = made_by_another  # type: ignore[assignment, method-assign]
    deploy(swarm, folder)
    assert swarm.writes == ["create s_routes", "create s_front", "create s_edge", "create s_app"]


def test_somebody_who_never_stops_writing_is_named(swarm: Swarm, folder: Path) -> None:
    """The retries end."""
    deploy(swarm, folder)
    swarm.before_update = [lambda there: there.scale("s_app", 3)] * 100
    with pytest.raises(CaptainError, match="Somebody else keeps writing s_app"):
        deploy(swarm, folder, IMAGE="app:2")


def test_a_changed_config_gets_a_new_name_and_the_old_one_goes_when_unused(swarm: Swarm, folder: Path) -> None:
    """It stays as long as a rollback would need it."""
    deploy(swarm, folder)
    (folder / "routes.yml").write_text("two")
    deploy(swarm, folder)
    assert len(swarm.made["config"]) == 2
    swarm.writes.clear()
    deploy(swarm, folder)
    assert swarm.writes == []
    (folder / "routes.yml").write_text("three")
    deploy(swarm, folder)
    assert "s_routes" not in swarm.made["config"]
    (in_use,) = {
        config["ConfigName"]
        for service in swarm.kept.values()
        for config in service.spec["TaskTemplate"]["ContainerSpec"]["Configs"]
    }
    assert swarm.made["config"][in_use].data == b"three"


def test_a_missing_secret_or_file_stops_before_anything_is_made(swarm: Swarm, folder: Path) -> None:
    """The message names it."""
    swarm.made["secret"].clear()
    with pytest.raises(CaptainError, match="no secret token"):
        deploy(swarm, folder)
    assert swarm.writes == []
    (folder / "stack.yml").unlink()
    with pytest.raises(CaptainError, match=r"Cannot read .*stack.yml: No such file"):
        deploy(swarm, folder)


def test_a_service_that_left_the_file_stays_unless_pruned(swarm: Swarm, folder: Path) -> None:
    """As with `docker stack deploy`."""
    deploy(swarm, folder)
    (folder / "stack.yml").write_text(STACK.replace("\n  edge:", "\n  other:"))
    _, said = deploy(swarm, folder)
    assert "service s_edge is no longer in the stack file and stays; --prune removes it" in said
    deploy(swarm, folder, prune=True)
    assert sorted(swarm.kept) == ["s_app", "s_other"]


def test_secrets_are_made_once_and_no_token_among_them(swarm: Swarm, monkeypatch: pytest.MonkeyPatch) -> None:
    """What exists is never touched; another domain needs another certificate and nothing else.

    The API token's secret, which a stack from before holds one in, says that there is none.
    """
    monkeypatch.setattr("captain.credentials.self_signed", lambda domains: b"PEM")
    first = ensure_secrets(swarm, "s", Domains.of(""))  # type: ignore[arg-type]
    assert API_TOKEN in first.created
    assert next(secret for secret in swarm.secrets() if secret.name == API_TOKEN).labels["flotilla.retired"] == "yes"
    assert new_value("api_token", Domains.of("")) == b"none"
    again = ensure_secrets(swarm, "s", Domains.of("localhost"))  # type: ignore[arg-type]
    assert again.created == ()
    moved = ensure_secrets(swarm, "s", Domains.of("example.org"))  # type: ignore[arg-type]
    assert moved.created == (moved.names["FLOTILLA_CERTIFICATE_SECRET"],)
    with pytest.raises(CaptainError, match="no secret mine"):
        ensure_secrets(swarm, "s", Domains.of(""), "mine")  # type: ignore[arg-type]


def test_another_mail_server_is_another_secret(swarm: Swarm, monkeypatch: pytest.MonkeyPatch) -> None:
    """None at first; the same address again changes nothing, another one or none is the next generation."""
    monkeypatch.setattr("captain.credentials.self_signed", lambda domains: b"PEM")

    def name(url: str) -> str:
        made = ensure_secrets(swarm, "s", Domains.of(""), smtp_url=url)  # type: ignore[arg-type]
        return made.names["FLOTILLA_SMTP_URL_SECRET"]

    urls = ("", "", "smtp://a:secret@b", "smtp://a:secret@b", "", "none", "smtp://a:secret@b")
    numbers = [name(url).removeprefix("flotilla_smtp_url") for url in urls]
    assert numbers == ["", "", ".2", ".2", ".2", ".3", ".4"]
    kept = [secret for secret in swarm.secrets() if secret.name.startswith("flotilla_smtp_url")]
    assert [secret.name for secret in kept] == ["flotilla_smtp_url.3", "flotilla_smtp_url.4"]
    assert "secret" not in "".join(kept[1].labels.values())


def test_where_the_database_is_stays_until_somebody_says_otherwise(
    swarm: Swarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle's own at first; each address is a generation, whose password is in no label; and back again."""
    monkeypatch.setattr("captain.credentials.self_signed", lambda domains: b"PEM")

    def ensure(database: str = "") -> tuple[str, str, str]:
        made = ensure_secrets(swarm, "s", Domains.of(""), database=database)  # type: ignore[arg-type]
        names = made.names
        return (
            names["FLOTILLA_DATABASE_URL_SECRET"], names["FLOTILLA_POSTGRES_REPLICAS"], database_of(swarm.secrets()),
        )  # fmt: skip

    assert ensure() == ("flotilla_database_url", "1", "bundled")
    lines = "host=db.example\nport=5432\ndbname=blog\nuser=me\npassword=hush\nsslmode=require\n"
    assert ensure(lines) == ("flotilla_database_url.2", "0", "db.example:5432/blog")
    assert ensure() == ("flotilla_database_url.2", "0", "db.example:5432/blog")
    assert ensure("bundled") == ("flotilla_database_url.3", "1", "bundled")
    assert not any("hush" in str(secret.labels) for secret in swarm.secrets())


def test_the_certificates_name_follows_the_domains() -> None:
    """The default is what stack.yml says; a blog domain of its own counts too."""
    names = {certificate_name(Domains.of(*each)) for each in (("",), ("a.org",), ("a.org", "b.org"))}
    assert len(names) == 3
    assert "flotilla_edge_certificate" in names
    assert certificate_name(Domains.of("a.org")) == certificate_name(Domains.of("a.org", "blogs.a.org"))
    assert Domains.of("a.org", "b.org").names() == [
        "a.org", "*.a.org", "app.a.org", "admin.a.org", "captain.a.org", "b.org", "*.b.org",
    ]  # fmt: skip
