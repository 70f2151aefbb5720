"""The platform's settings: the only module of `app` that reads the environment and the secrets' files.

Every field of `Settings` is one variable, `FLOTILLA_` and the field's name in capitals.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

PREFIX = "FLOTILLA_"


class SettingsError(ValueError):
    """A setting or a secret is missing or wrong; the message says what to change."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What `app`, `worker` and `migrate` are told from outside."""

    domain: str = "localhost"
    """Domain of the marketing site; `app.<domain>` has dashboard and API, `admin.<domain>` the admin."""

    blog_domain: str = ""
    """Domain whose subdomains are the sites, `<slug>.<blog domain>`. Empty: `blogs.<domain>`."""

    app_url: str = ""
    """Where people reach the dashboard, for links in mails. Empty: `https://app.<domain>`, for localhost over HTTP."""

    http_port: int = 80
    """The edge's port for HTTP, for such links."""

    https_port: int = 443
    """The edge's port for HTTPS, likewise."""

    smtp_url_file: Path = Path("/run/secrets/smtp_url")
    """File with the address of the SMTP server; `none` in it, or no file: mails are kept and not sent."""

    database_host: str = "pgbouncer"
    """Host of PgBouncer; for migrations, of PostgreSQL itself."""

    database_port: int = 6432
    """Port of PgBouncer; for migrations, PostgreSQL's 5432."""

    database_name: str = "flotilla"
    """Name of the database."""

    database_user: str = "flotilla_app"
    """Role to connect as; for migrations `flotilla_owner`."""

    database_password_file: Path = Path("/run/secrets/db_app_password")
    """File with the role's password."""

    database_url_file: Path = Path("/run/secrets/database_url")
    """File of migrations alone: where the database is, if it is not the bundle's (`up.sh --database-url`)."""

    db_connections: int = 20
    """Of migrations: the cap of the app role's connections in a database that is not the bundle's."""

    database_timeout_seconds: float = 5.0
    """How long a request waits for a connection and for the database before it gets a 503."""

    pool_size: int = 3
    """Connections in a replica's engine pool, opened at start, never more. The worker always has one."""

    api_token_file: Path = Path("/run/secrets/api_token")
    """File with the API token of a stack from before API keys; `none` in it, or no file: there is none."""

    max_body_bytes: int = 1_048_576
    """Largest request body that the REST API takes; a longer one gets a 413."""

    max_media_bytes: int = 8_388_608
    """Largest picture or file that may be uploaded. Each passes through a replica's memory several times over."""

    port: int = 8000
    """Port that the app and the worker listen on, on every address of the container."""

    keep_alive_seconds: int = 75
    """How long an idle connection stays open.

    Longer than the edge's 15 s, so that the edge is always the one to close.
    """

    drain_seconds: float = 2.0
    """After SIGTERM: how long the app still accepts connections while `/readyz` says 503.

    Longer than the edge's refresh of its replica list (0.25 s).
    """

    finish_seconds: float = 30.0
    """After draining: how long requests and jobs in flight may take to finish.

    With `drain_seconds`, shorter than the service's `stop_grace_period`.
    """

    recount_seconds: float = 10.0
    """The worker's pause between two recounts of each site's posts."""

    mail_seconds: float = 2.0
    """The worker's pause between two looks for mail to send."""

    webhook_seconds: float = 2.0
    """The worker's pause between two looks for what webhooks are to be told."""

    access_log: bool = False
    """Whether the app logs every request as a line of JSON. The edge logs them anyway."""

    def dashboard_url(self) -> str:
        """`app_url` with its default filled in, without a slash at its end."""
        if self.app_url:
            return self.app_url.rstrip("/")
        if self.domain == "localhost":
            return f"http://app.localhost{'' if self.http_port == 80 else f':{self.http_port}'}"
        return f"https://app.{self.domain}{'' if self.https_port == 443 else f':{self.https_port}'}"

    def sites_domain(self) -> str:
        """`blog_domain` with its default filled in."""
        return self.blog_domain or f"blogs.{self.domain}"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from variables; an empty variable counts as not set. Raises SettingsError."""
    given: dict[str, Any] = {}
    for field in fields(Settings):
        variable = PREFIX + field.name.upper()
        text = environment.get(variable, "").strip()
        if text:
            given[field.name] = _parse(variable, text, type(field.default))
    settings = Settings(**given)
    _check(settings)
    return settings


def load() -> Settings:
    """Settings from this process's environment. Raises SettingsError."""
    return from_environment(os.environ)


def read_secret(path: Path) -> str:
    """The secret in a file, without the line end. Raises SettingsError when it is missing or empty."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f'The secret {path} cannot be read ({error}); create it with "captain secrets".') from error
    if not secret:
        raise SettingsError(f'The secret {path} is empty; create it with "captain secrets".')
    return secret


def read_generations(path: Path) -> tuple[str, ...]:
    """The secret in a file and, while it is being rotated, the one before it from `<file>_previous`."""
    previous = path.with_name(f"{path.name}_previous")
    return (read_secret(path), read_secret(previous)) if previous.exists() else (read_secret(path),)


def read_bundle_tokens(path: Path) -> tuple[str, ...]:
    """The API tokens of a stack from before API keys; `none` in the file, or no file: there are none."""
    return tuple(given for given in read_generations(path) if given != "none") if path.exists() else ()


def read_optional_secret(path: Path) -> str:
    """The secret in a file, empty where there is no file. Raises SettingsError when it cannot be read."""
    return read_secret(path) if path.exists() else ""


def _parse(variable: str, text: str, kind: type) -> object:
    if kind is bool:
        words = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
        if text.lower() not in words:
            raise SettingsError(f'{variable} is "{text}"; set it to true or false.')
        return words[text.lower()]
    try:
        return kind(text)
    except ValueError as error:
        what = "a whole number" if kind is int else "a number"
        raise SettingsError(f'{variable} is "{text}"; set it to {what}.') from error


def _check(settings: Settings) -> None:
    positive = (
        "database_port",
        "db_connections",
        "database_timeout_seconds",
        "pool_size",
        "max_body_bytes",
        "max_media_bytes",
        "port",
        "keep_alive_seconds",
        "finish_seconds",
        "recount_seconds",
        "mail_seconds",
        "webhook_seconds",
    )
    for name in positive:
        if not getattr(settings, name) > 0:
            raise SettingsError(f"{PREFIX}{name.upper()} is {getattr(settings, name)}; set it to more than 0.")
    if not settings.drain_seconds >= 0:
        raise SettingsError(f"{PREFIX}DRAIN_SECONDS is {settings.drain_seconds}; set it to 0 or more.")
