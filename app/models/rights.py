"""Who may do what with which rows, derived from the models: grants, row-level security and triggers of every table.

The app's login role acts for one organisation per transaction, for a key of one site for that site alone. Five roles
that cannot log in are taken on for a transaction: `flotilla_reader` for what readers are shown, `flotilla_content` for
keys that read what an organisation has published, `flotilla_worker` for jobs over all organisations (`app/acting.py`),
`flotilla_doorkeeper` for finding out whose a secret is: it sees the row with that secret's hash (also
`app/accounts/acting.py`), `flotilla_operator` for a named operator in Studio (`app/surfaces/admin/acting.py`).
Beside it `flotilla_captain` logs in, which keeps captain's audit and reads it. None of them owns anything or is exempt
from a policy, and FORCE holds for the owner too: what no policy lets through is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import MetaData, Table

from app.models.functions import FUNCTIONS

APP = "flotilla_app"
READER = "flotilla_reader"
WORKER = "flotilla_worker"
DOORKEEPER = "flotilla_doorkeeper"
CONTENT = "flotilla_content"
OPERATOR = "flotilla_operator"
CAPTAIN = "flotilla_captain"

READ_ONLY = frozenset(
    {"plan", "plan_limit", "organisation_limit", "schema_compatibility", "alembic_version", "platform_administrator"}
)
"""What the app's own role writes never."""

MIGRATIONS_ONLY = frozenset({"schema_compatibility", "alembic_version"})
"""What the operator does not write either."""

NEVER_CHANGED = frozenset(
    {"revision", "audit_event", "publication", "idempotency_key", "account_event", "platform_audit_event"}
    | {"captain_audit_event"}
)
"""What is written once; rows go with what they belong to."""

REPLACED = frozenset({"artefact", "sealing_key"})
"""What is made and thrown away, never changed."""

SHARED = frozenset({"plan", "plan_limit", "schema_compatibility", "alembic_version", "sealing_key"})
"""What belongs to no organisation and no person: the same for everybody, without row-level security."""

PERSONAL = frozenset(
    {"credential", "recovery_code", "session", "one_time_token", "account_event", "platform_administrator"}
)
"""What belongs to an account, by `account_id`."""

UNSEEN = frozenset({"mail", "throttle", "platform_audit_event", "captain_audit_event"})
"""What belongs to nobody, and the app's own role reads never."""


PUBLISHED = {
    "site": "",
    "post": " AND status IN ('published', 'unlisted')",
    "post_tag": " AND post_id IN (SELECT post.id FROM post)",
    "post_author": " AND post_id IN (SELECT post.id FROM post)",
    **dict.fromkeys(("tag", "media", "navigation_item", "redirect"), ""),
}
"""What a key that reads content is shown of its organisation: tables, and which of their rows."""

OF_WHAT_IS_THERE = {"webhook_delivery": " AND webhook_id IN (SELECT webhook.id FROM webhook)"}
"""Rows that are a site's or not by what they belong to: a key of one site has those alone of what it sees."""

LIMITED = {
    "site": "'sites'",
    "post": "'posts'",
    "subscriber": "'subscribers'",
    "member": "'members', 'count(*) FILTER (WHERE ended_at IS NULL)'",
    "media": "'media_bytes', 'coalesce(sum(size_bytes), 0)'",
}
"""Tables of which a plan limits how much there is: the limit's word, and what measures it if it is not the rows."""

_MORE_TRIGGERS = {
    # Whoever left, and comes again.
    "member": (
        "CREATE TRIGGER require_below_limit_again BEFORE UPDATE OF ended_at ON member FOR EACH ROW"
        " WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL)"
        f" EXECUTE FUNCTION require_below_limit({LIMITED['member']})",
    ),
    "redirect": (
        "CREATE TRIGGER require_an_end AFTER INSERT OR UPDATE OF from_path, to_url ON redirect FOR EACH ROW"
        " EXECUTE FUNCTION require_an_end()",
    ),
    "post": (
        "CREATE TRIGGER tell_webhooks AFTER INSERT OR DELETE OR UPDATE ON post FOR EACH ROW"
        " EXECUTE FUNCTION tell_webhooks()",
    ),
}


@dataclass(frozen=True)
class Policy:
    """`rows` is the condition for rows that are there and for rows that are written."""

    name: str
    role: str
    command: str
    rows: str

    def statement(self, table: str) -> str:
        """CREATE POLICY."""
        using = "" if self.command == "INSERT" else f" USING ({self.rows})"
        check = f" WITH CHECK ({self.rows})" if self.command in {"ALL", "INSERT", "UPDATE"} else ""
        return f"CREATE POLICY {self.name} ON {table} FOR {self.command} TO {self.role}{using}{check}"


_OF_OTHER_ROLES = {
    "organisation": (
        Policy("worker", WORKER, "SELECT", "true"),
        Policy("doorkeeper", DOORKEEPER, "SELECT", "id IN (SELECT member.organisation_id FROM member)"),
    ),
    "organisation_limit": (Policy("worker", WORKER, "SELECT", "true"),),
    "request_count": (Policy("worker", WORKER, "ALL", "true"),),
    "idempotency_key": (
        Policy("worker", WORKER, "SELECT", "true"),
        Policy("worker_cleans", WORKER, "DELETE", "true"),
    ),
    "api_key": (Policy("doorkeeper", DOORKEEPER, "SELECT", "secret_sha256 = acting_secret_sha256()"),),
    # Addresses, links and sessions say who somebody is before it is known: the row that is named, and no other.
    "account": (Policy("doorkeeper", DOORKEEPER, "SELECT", "lower(email) = acting_email()"),),
    "session": (
        Policy("doorkeeper", DOORKEEPER, "SELECT", "secret_sha256 = acting_secret_sha256()"),
        Policy("worker", WORKER, "ALL", "expires_at < now()"),
    ),
    "one_time_token": (
        Policy("doorkeeper", DOORKEEPER, "ALL", "secret_sha256 = acting_secret_sha256()"),
        Policy("worker", WORKER, "ALL", "expires_at < now()"),
    ),
    "invitation": (Policy("doorkeeper", DOORKEEPER, "SELECT", "secret_sha256 = acting_secret_sha256()"),),
    "throttle": (
        Policy("doorkeeper", DOORKEEPER, "ALL", "key = ANY (acting_throttle_keys())"),
        Policy("worker", WORKER, "ALL", "expires_at < now()"),
    ),
    "member": (Policy("doorkeeper", DOORKEEPER, "SELECT", "account_id = acting_account()"),),
    "platform_administrator": (
        Policy("doorkeeper", DOORKEEPER, "SELECT", "true"),
        Policy("doorkeeper_adds", DOORKEEPER, "INSERT", "account_id = acting_account()"),
    ),
    "mail": (Policy("adds", APP, "INSERT", "true"), Policy("worker", WORKER, "ALL", "true")),
    "captain_audit_event": (
        Policy("captain", CAPTAIN, "SELECT", "true"),
        Policy("captain_adds", CAPTAIN, "INSERT", "true"),
    ),
    "webhook": (Policy("worker", WORKER, "SELECT", "true"),),
    "webhook_delivery": (Policy("worker", WORKER, "ALL", "true"),),
    "site": (
        Policy("reader", READER, "SELECT", "slug = acting_site_slug()"),
        Policy("worker", WORKER, "SELECT", "true"),
        Policy("worker_counts", WORKER, "UPDATE", "true"),
    ),
    "post": (
        Policy(
            *("reader", READER, "SELECT"),
            "status IN ('published', 'unlisted')"
            " AND site_id = (SELECT site.id FROM site WHERE site.slug = acting_site_slug())",
        ),
        Policy("worker", WORKER, "SELECT", "true"),
        Policy("worker_publishes", WORKER, "UPDATE", "true"),
    ),
}

_GRANTS_OF_OTHER_ROLES = {
    "organisation": (
        f"SELECT (id, plan_id) ON organisation TO {WORKER}",
        f"SELECT (id, name) ON organisation TO {DOORKEEPER}",
    ),
    "organisation_limit": (f"SELECT (organisation_id, resource, most) ON organisation_limit TO {WORKER}",),
    "plan_limit": (f"SELECT ON plan_limit TO {WORKER}",),
    "request_count": (f"SELECT, INSERT, UPDATE (requests), DELETE ON request_count TO {WORKER}",),
    "idempotency_key": (f"SELECT (created_at), DELETE ON idempotency_key TO {WORKER}",),
    "api_key": (f"SELECT (id, organisation_id, site_id, scopes, expires_at, revoked_at) ON api_key TO {DOORKEEPER}",),
    "account": (f"SELECT (id, email) ON account TO {DOORKEEPER}",),
    "session": (
        f"SELECT (id, account_id, organisation_id, secret_sha256, expires_at, last_used_at) ON session TO {DOORKEEPER}",
        f"SELECT (expires_at), DELETE ON session TO {WORKER}",
    ),
    "one_time_token": (
        f"SELECT, INSERT, UPDATE (used_at) ON one_time_token TO {DOORKEEPER}",
        f"SELECT (expires_at), DELETE ON one_time_token TO {WORKER}",
    ),
    "invitation": (
        f"SELECT (id, organisation_id, email, role, secret_sha256, expires_at, accepted_at) ON invitation"
        f" TO {DOORKEEPER}",
    ),
    "throttle": (
        f"SELECT, INSERT, UPDATE, DELETE ON throttle TO {DOORKEEPER}",
        f"SELECT (expires_at), DELETE ON throttle TO {WORKER}",
    ),
    "member": (f"SELECT (id, organisation_id, account_id, role, ended_at) ON member TO {DOORKEEPER}",),
    "platform_administrator": (f"SELECT, INSERT ON platform_administrator TO {DOORKEEPER}",),
    "mail": (f"SELECT, UPDATE, DELETE ON mail TO {WORKER}",),
    "captain_audit_event": (f"SELECT, INSERT ON captain_audit_event TO {CAPTAIN}",),
    "webhook": (f"SELECT (id, organisation_id, site_id, url, events, signing_key, paused_at) ON webhook TO {WORKER}",),
    "webhook_delivery": (f"SELECT, INSERT, UPDATE, DELETE ON webhook_delivery TO {WORKER}",),
    "site": (f"SELECT ON site TO {READER}", f"SELECT (id, post_count), UPDATE (post_count) ON site TO {WORKER}"),
    "post": (
        f"SELECT ON post TO {READER}",
        f"SELECT (id, site_id, status, published_at), UPDATE (status) ON post TO {WORKER}",
    ),
}

# Of what lets people in, an operator may take things away (a session, a lost second factor), and make nothing.
_ENDED = frozenset({"credential", "recovery_code", "session", "one_time_token", "throttle"})
# Mail is not even taken away: its text, which would go into the audit, lets people in until it is sent. Nor are keys,
# without which nobody's second factor could be read any more.
_LOOKED_AT = frozenset({"mail", "account_event", "sealing_key", "captain_audit_event"})

_USERS = {
    "uuid7": (APP, DOORKEEPER, OPERATOR, WORKER),
    "acting_organisation": (APP, CONTENT, OPERATOR),
    "acting_account": (APP, DOORKEEPER),
    "acting_email": (DOORKEEPER,),
    "acting_throttle_keys": (DOORKEEPER,),
    "acting_site_slug": (READER,),
    "acting_secret_sha256": (DOORKEEPER,),
    "acting_operator": (APP, OPERATOR),
    "acting_site": (APP, CONTENT),
    "set_updated_at": (),
    "require_below_limit": (),
    "require_an_end": (),
    "tell_webhooks": (),
}

# The worker's counting is no change of the site, nor is using a key one of the key.
_CHANGED = {
    "site": "OLD.post_count = NEW.post_count",
    "api_key": "OLD.last_used_at IS NOT DISTINCT FROM NEW.last_used_at",
}


def policies(table: Table) -> tuple[Policy, ...]:
    """The policies of a table; none for one that is shared."""
    if table.name in SHARED:
        return ()
    # Taking the role on is not enough: whoever does has to say who he is, and is in the audit by that name.
    return (*_of_those_who_serve(table), Policy("operator", OPERATOR, "ALL", "acting_operator() IS NOT NULL"))


def _of_those_who_serve(table: Table) -> tuple[Policy, ...]:
    others = _OF_OTHER_ROLES.get(table.name, ())
    if table.name in UNSEEN:
        return others
    if table.name in PERSONAL:
        return (Policy("own_account", APP, "ALL", "account_id = acting_account()"), *others)
    if table.name == "organisation":
        return (Policy("own", APP, "ALL", "id = acting_organisation()"), *others)
    if table.name == "account":
        return (
            Policy("own", APP, "ALL", "id = acting_account()"),
            # Row-level security of `member` leaves those of the organisation that is acted for.
            Policy("fellow_member", APP, "SELECT", "id IN (SELECT member.account_id FROM member)"),
            *others,
        )
    rows = "organisation_id = acting_organisation()"
    if site := "id" if table.name == "site" else "site_id" if "site_id" in table.columns else "":
        rows += f" AND (acting_site() IS NULL OR {site} = acting_site())"
    rows += OF_WHAT_IS_THERE.get(table.name, "")
    if table.name in PUBLISHED:
        others = (*others, Policy("content", CONTENT, "SELECT", rows + PUBLISHED[table.name]))
    return (Policy("own_organisation", APP, "ALL", rows), *others)


def commands(table: str) -> str:
    """What the app may do with rows of a table; nothing is an empty string."""
    if table in UNSEEN:
        return "INSERT" if table == "mail" else ""
    if table in READ_ONLY:
        return "SELECT"
    if table in NEVER_CHANGED:
        return "SELECT, INSERT"
    return "SELECT, INSERT, DELETE" if table in REPLACED else "SELECT, INSERT, UPDATE, DELETE"


def operator_commands(table: str) -> str:
    """What an operator may do with rows of a table."""
    if table in MIGRATIONS_ONLY or table in _LOOKED_AT:
        return "SELECT"
    if table in _ENDED:
        return "SELECT, DELETE"
    return "SELECT, INSERT, UPDATE, DELETE" if table in READ_ONLY else commands(table) or "SELECT, INSERT"


def function_statements() -> Iterator[str]:
    """Makes the functions, each for its users alone."""
    for name, statement in FUNCTIONS.items():
        yield statement
        yield f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC"
        for role in _USERS[name]:
            yield f"GRANT EXECUTE ON FUNCTION {name}() TO {role}"


def table_statements(metadata: MetaData) -> Iterator[str]:
    """What makes new tables what they should be: triggers, grants, row-level security."""
    for table in metadata.sorted_tables:
        name = table.name
        yield f"REVOKE ALL ON {name} FROM {APP}, {READER}, {WORKER}, {DOORKEEPER}, {CONTENT}, {OPERATOR}, {CAPTAIN}"
        if allowed := commands(name):
            yield f"GRANT {allowed} ON {name} TO {APP}"
        yield f"GRANT {operator_commands(name)} ON {name} TO {OPERATOR}"
        yield from (f"GRANT {grant}" for grant in _GRANTS_OF_OTHER_ROLES.get(name, ()))
        if "updated_at" in table.columns:
            changed = _CHANGED.get(name, "OLD.* IS DISTINCT FROM NEW.*")
            yield (
                f"CREATE TRIGGER set_updated_at BEFORE UPDATE ON {name} FOR EACH ROW WHEN ({changed})"
                " EXECUTE FUNCTION set_updated_at()"
            )
        if name in PUBLISHED:
            yield f"GRANT SELECT ON {name} TO {CONTENT}"
        if name in LIMITED:
            yield (
                f"CREATE TRIGGER require_below_limit BEFORE INSERT ON {name} FOR EACH ROW"
                f" EXECUTE FUNCTION require_below_limit({LIMITED[name]})"
            )
        yield from _MORE_TRIGGERS.get(name, ())
        if own := policies(table):
            yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
            yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
            yield from (policy.statement(name) for policy in own)
