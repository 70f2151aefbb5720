"""The Swarm secrets of the platform: which there are, and what goes into them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from captain.errors import CaptainError
from captain.generations import following, generations, newest
from captain.openssl import NEW_KEY, openssl
from captain.rotation import RETIRED_LABEL
from swarm.engine import Engine, EngineError
from swarm.engine_objects import Secret

API_TOKEN = "flotilla_api_token"  # noqa: S105  (a name)
NO_TOKEN = "none"  # noqa: S105  (a word)
"""What the API token's secret holds where there is none: programs have API keys. A stack from before has a token in it
until `captain rotate api_token` retires it."""
PASSWORDS = (
    "flotilla_db_app_password",
    "flotilla_db_owner_password",
    "flotilla_db_metrics_password",
    "flotilla_db_captain_password",
    "flotilla_pgbouncer_stats_password",
)
# Opens the owner's role until migrate has logged in for the first time, and nothing afterwards.
FIRST_PASSWORD = "flotilla_db_first_password"  # noqa: S105  (a name)
# What every node's engine, and captain, show to the registry of images.
REGISTRY_PASSWORD = "flotilla_registry_password"  # noqa: S105  (a name)
# What captain makes the secrets of webhooks and deploy keys from: it keeps none of them.
CAPTAIN_KEY = "flotilla_captain_key"
CERTIFICATE = "flotilla_edge_certificate"
SMTP_URL = "flotilla_smtp_url"
NO_SMTP = "none"
"""What the SMTP server's secret holds while there is no server: a secret cannot be empty."""
DIGEST_LABEL = "flotilla.digest"
"""Of a secret whose value the operator gives: tells whether it is the same again. Nobody can read a secret back."""
DATABASE_URL = "flotilla_database_url"
# Where the platform's database is, without a password: an address, or the bundle's own.
DATABASE_LABEL = "flotilla.database"
BUNDLED = "bundled"

# The longest that browsers and Apple's platforms accept of a certificate.
_CERTIFICATE_DAYS = 825
# Marks what captain made, for `captain down --volumes`. Docker's own stack label would let `docker stack rm`
# remove them, and the database's passwords have to live as long as its volume.
STACK_LABEL = "flotilla.stack"


@dataclass(frozen=True, slots=True)
class Domains:
    """The platform's domain and the one below which sites live."""

    domain: str
    blog_domain: str

    @classmethod
    def of(cls, domain: str, blog_domain: str = "") -> Domains:
        """An empty `domain` is localhost, an empty `blog_domain` is blogs.<domain>."""
        domain = domain or "localhost"
        return cls(domain, blog_domain or f"blogs.{domain}")

    def names(self) -> list[str]:
        """Every name that the certificate has to hold."""
        hosts = [f"{host}.{self.domain}" for host in ("app", "admin", "captain")]
        own = [self.domain, f"*.{self.domain}", *hosts]
        return list(dict.fromkeys([*own, self.blog_domain, f"*.{self.blog_domain}"]))


@dataclass(frozen=True, slots=True)
class Made:
    """What one run of `ensure_secrets` did: `names` are the current secrets, by the variable that names each in the
    stack file."""

    created: tuple[str, ...]
    names: Mapping[str, str]


def certificate_name(domains: Domains) -> str:
    """The secret's name: secrets are immutable, so another domain's certificate has another name."""
    if domains == Domains.of("localhost"):
        return CERTIFICATE  # what stack.yml says where nobody says anything else
    return f"{CERTIFICATE}_{hashlib.sha256(' '.join(domains.names()).encode()).hexdigest()[:10]}"


def base_of(what: str, domains: Domains) -> str:
    """The name of the first generation of a secret that can be rotated, such as `api_token`."""
    return certificate_name(domains) if what == "edge_certificate" else f"flotilla_{what}"


def new_value(what: str, domains: Domains) -> bytes:
    """What goes into another generation of it."""
    if what == "api_token":
        return NO_TOKEN.encode()
    return self_signed(domains) if what == "edge_certificate" else secrets.token_hex(24).encode()


def labels_of(what: str, stack: str) -> dict[str, str]:
    """The labels of another generation of it."""
    return {STACK_LABEL: stack} | ({RETIRED_LABEL: "yes"} if what == "api_token" else {})


def ensure_secrets(
    engine: Engine, stack: str, domains: Domains, own_certificate: str = "", smtp_url: str = "", database: str = ""
) -> Made:
    """Create the secrets that are missing; never touch one that exists.

    `own_certificate` names a secret that the operator made; then none is made here. `smtp_url` is the mail server's
    address, `none` for no server any more; empty leaves it as it is. `database` is where the database is from now on,
    as `python -m app.migrations look` prints it, or `bundled`; empty, it stays where it is.
    """
    present = engine.secrets()
    existing = {secret.name for secret in present}
    certificate = certificate_name(domains)
    # What stack.yml, or whoever sourced images.env, says is a generation of captain's own.
    own = own_certificate and not own_certificate.startswith(CERTIFICATE)
    if own and own_certificate not in existing:
        raise CaptainError(
            f"There is no secret {own_certificate}: make it from one PEM file with key and certificates "
            f"(docker secret create {own_certificate} FILE), or unset FLOTILLA_CERTIFICATE_SECRET."
        )
    labels = {STACK_LABEL: stack}
    created = []
    names = {"FLOTILLA_CERTIFICATE_SECRET": own_certificate} if own else {}
    for base in (
        *PASSWORDS,
        FIRST_PASSWORD,
        REGISTRY_PASSWORD,
        CAPTAIN_KEY,
        API_TOKEN,
        *([] if own else [certificate]),
    ):
        name = newest(base, existing)
        if name is None:
            what = "edge_certificate" if base == certificate else base.removeprefix("flotilla_")
            engine.create_secret(base, new_value(what, domains), labels_of(what, stack))
            created.append(base)
            name = base
        names["FLOTILLA_CERTIFICATE_SECRET" if base == certificate else _variable(base)] = name
    names[_variable(SMTP_URL)] = _smtp_secret(engine, present, smtp_url, labels, created)
    names |= _database(engine, labels, existing, database, created)
    return Made(tuple(created), names)


def _smtp_secret(
    engine: Engine, present: Sequence[Secret], url: str, labels: Mapping[str, str], created: list[str]
) -> str:
    """The name of the secret with the mail server's address; another generation where the address is another."""
    by_name = {secret.name: secret for secret in present}
    own = generations(SMTP_URL, by_name)
    if own and (not url or _is_of(url, by_name[own[-1]].labels.get(DIGEST_LABEL, ""))):
        return own[-1]
    for name in own[:-1]:  # the last one stays, for a rollback
        try:
            engine.remove_secret(name)
        except EngineError:
            continue  # a deployment that was interrupted left it in use; the next change removes it
    name = following(SMTP_URL, by_name)
    value = url or NO_SMTP
    engine.create_secret(name, value.encode(), {**labels, DIGEST_LABEL: _digest(value, secrets.token_bytes(16))})
    created.append(name)
    return name


def _digest(value: str, salt: bytes) -> str:
    """Slow on purpose: the address holds a password, and labels are read more easily than secrets."""
    return f"{salt.hex()}:{hashlib.scrypt(value.encode(), salt=salt, n=2**14, r=8, p=1).hex()}"


def _is_of(value: str, digest: str) -> bool:
    salt = digest.partition(":")[0]
    return bool(salt) and hmac.compare_digest(_digest(value, bytes.fromhex(salt)), digest)


def database_of(secrets_: Iterable[Secret]) -> str:
    """Where the database is: `bundled`, or `host:port/name`."""
    by_name = {secret.name: secret for secret in secrets_}
    current = newest(DATABASE_URL, by_name)
    return by_name[current].labels.get(DATABASE_LABEL, BUNDLED) if current is not None else BUNDLED


def _database(
    engine: Engine, labels: Mapping[str, str], existing: Collection[str], database: str, created: list[str]
) -> dict[str, str]:
    """The secret that says where the database is, another generation of it where that was told."""
    name = newest(DATABASE_URL, existing)
    if name is None or database:
        lines = dict(line.split("=", 1) for line in database.splitlines() if "=" in line)
        at = f"{lines['host']}:{lines['port']}/{lines['dbname']}" if lines else BUNDLED
        name = following(DATABASE_URL, existing)
        engine.create_secret(name, (database or BUNDLED).encode(), {**labels, DATABASE_LABEL: at})
        created.append(name)
    bundled = database_of(engine.secrets()) == BUNDLED
    return {_variable(DATABASE_URL): name, "FLOTILLA_POSTGRES_REPLICAS": "1" if bundled else "0"}


def _variable(base: str) -> str:
    return f"{base.upper()}_SECRET"


def self_signed(domains: Domains) -> bytes:
    """Key and self-signed certificate for all names, one PEM."""
    names = ",".join(f"DNS:{name}" for name in domains.names())
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        words = [
            *NEW_KEY, "-keyout", str(key), "-out", str(certificate), "-days", str(_CERTIFICATE_DAYS),
            "-subj", f"/CN={domains.domain[:64]}", "-addext", f"subjectAltName={names}",
            "-addext", "extendedKeyUsage=serverAuth",
        ]  # fmt: skip
        openssl(words, f"a certificate for {domains.domain}")
        return key.read_bytes() + certificate.read_bytes()
