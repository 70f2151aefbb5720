"""What the database itself refuses, keeps and makes, whoever writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from tests.integration.app.conftest import Platform, clear
from tests.integration.app.tenants import ATTACKER, Connection, undone
from tests.integration.database_servers import scalar

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def seeded(platform: Platform) -> Iterator[Platform]:
    """An organisation with a row in every table."""
    platform.superuser(*ATTACKER.statements())
    yield platform
    clear(platform)


@pytest.fixture
def connection(seeded: Platform) -> Iterator[Connection]:
    """Acts for that organisation; nothing that a test writes stays."""
    with seeded.acting_for(ATTACKER.organisation) as made, undone(made):
        # Other tests' sites are of the same organisation.
        made.execute("DELETE FROM site WHERE id <> %s", (ATTACKER.site,))
        yield made


POST = f"INSERT INTO post (site_id, title, body, slug, {{}}) VALUES ('{ATTACKER.site}', 'T', 'B', 's', {{}})"


@pytest.mark.parametrize(
    ("statement", "refused_by"),
    [
        ("UPDATE post SET status = 'hidden'", "ck_post_status"),
        (POST.format("status", "'published'"), "ck_post_published_at"),
        (POST.format("status", "'scheduled'"), "ck_post_published_at"),
        (POST.format("canonical_url", "'javascript:x'"), "ck_post_canonical_url"),
        (POST.format("language", "'English'"), "ck_post_language"),
        ("UPDATE post SET slug = 'Two Words'", "ck_post_slug"),
        ("UPDATE post SET title = ''", "ck_post_title"),
        ("INSERT INTO post (site_id, title, body, slug) SELECT site_id, title, body, slug FROM post",
         "uq_post_site_id_language_slug"),
        ("INSERT INTO site (slug, title) SELECT slug, title FROM site", "uq_site_slug"),
        ("UPDATE site SET base_path = 'blog'", "ck_site_base_path"),
        ("UPDATE site SET base_path = '/blog/'", "ck_site_base_path"),
        ("UPDATE site SET time_zone = ''", "ck_site_time_zone"),
        ("UPDATE site SET post_count = -1", "ck_site_post_count"),
        ("UPDATE site_domain SET host = 'https://example.org'", "ck_site_domain_host"),
        ("UPDATE site_domain SET is_primary = true; INSERT INTO site_domain (site_id, host, is_primary)"
         " SELECT site_id, 'b.example.org', true FROM site_domain", "uq_site_domain_is_primary"),
        ("UPDATE member SET role = 'king'", "ck_member_role"),
        ("INSERT INTO member (account_id, role) SELECT account_id, role FROM member",
         "uq_member_organisation_id_account_id"),
        ("UPDATE media SET content_sha256 = 'short'", "ck_media_content_sha256"),
        ("UPDATE media SET object_key = 'both'", "ck_media_content"),
        ("UPDATE media SET width_pixels = 1", "ck_media_both_pixels"),
        ("UPDATE media SET content = NULL, object_key = 'x', size_bytes = 0", "ck_media_size_bytes"),
        ("UPDATE redirect SET to_url = from_path", "ck_redirect_circle"),
        ("UPDATE redirect SET status_code = 410", "ck_redirect_gone"),
        ("UPDATE redirect SET status_code = 200", "ck_redirect_status_code"),
        ("UPDATE navigation_item SET parent_id = id", "ck_navigation_item_parent_id"),
        ("UPDATE api_key SET scopes = ARRAY['everything']", "ck_api_key_scopes"),
        ("UPDATE api_key SET scopes = '{}'", "ck_api_key_scopes"),
        ("UPDATE webhook SET url = 'ftp://example.org'", "ck_webhook_url"),
        ("UPDATE webhook SET signing_key = 'short'", "ck_webhook_signing_key"),
        ("UPDATE webhook_delivery SET next_attempt_at = NULL", "ck_webhook_delivery_next_attempt_at"),
        ("UPDATE job SET status = 'running'", "ck_job_leased_until"),
        ("UPDATE job SET attempts = 6", "ck_job_attempts_limit"),
        ("UPDATE job SET only_once = 'x'; INSERT INTO job (kind, only_once) SELECT kind, 'x' FROM job",
         "uq_job_only_once"),
        ("UPDATE subscriber SET status = 'active'", "ck_subscriber_confirmed_at"),
        ("INSERT INTO subscriber (site_id, email, token_sha256) SELECT site_id, upper(email), token_sha256"
         " FROM subscriber", "uq_subscriber_email"),
        ("UPDATE page_view_day SET visitors = 1", "ck_page_view_day_visitors_among_views"),
        ("INSERT INTO artefact (site_id, path, content_type, content_sha256, content)"
         " SELECT site_id, path, content_type, content_sha256, content FROM artefact",
         "uq_artefact_site_id_path_content_sha256"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(connection: Connection, statement: str, refused_by: str) -> None:
    """By the database, with a constraint that says what is wrong."""
    with pytest.raises(psycopg.errors.IntegrityError) as refused:
        connection.execute(statement)
    assert refused.value.diag.constraint_name == refused_by


def test_what_differs_enough_is_taken(connection: Connection) -> None:
    """The same address in another language, two drafts of a kind, a job again once the first is done."""
    for statement in (
        "INSERT INTO post (site_id, title, body, slug, language) SELECT site_id, title, body, slug, 'de' FROM post",
        "UPDATE job SET only_once = 'x', status = 'done', finished_at = now()",
        "INSERT INTO job (kind, only_once) SELECT kind, only_once FROM job",
        "UPDATE site_domain SET is_primary = true",
    ):
        assert connection.execute(statement).rowcount == 1


def test_authors_change_places(connection: Connection) -> None:
    """Positions are compared at the end of the transaction, and no two are the same then."""
    second = ATTACKER.id(50)
    connection.execute("SELECT set_config('flotilla.account_id', %s, true)", (second,))
    connection.execute("INSERT INTO account (id, email) VALUES (%s, 'second@example.org')", (second,))
    connection.execute("INSERT INTO member (account_id, role) VALUES (%s, 'writer')", (second,))
    connection.execute(
        "INSERT INTO post_author (site_id, post_id, account_id, position)"
        " SELECT site_id, post_id, %s, 1 FROM post_author",
        (second,),
    )
    connection.execute("UPDATE post_author SET position = 1 - position")
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    connection.execute("SET CONSTRAINTS ALL DEFERRED")
    connection.execute("UPDATE post_author SET position = 0")
    with pytest.raises(psycopg.errors.UniqueViolation, match="uq_post_author_post_id_position"):
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_ids_are_in_the_order_of_their_making(connection: Connection) -> None:
    """UUIDs of version 7, a thousand of one statement too; no two are the same."""
    made = [str(made) for (made,) in connection.execute("SELECT uuid7() FROM generate_series(1, 1000)")]
    assert all(UUID7.fullmatch(one) for one in made)
    assert len(set(made)) == 1000
    # The clock has microseconds; what is made in the same one is in any order.
    assert [one[:18] for one in made] == sorted(one[:18] for one in made)
    now_ms = scalar(connection, "SELECT extract(epoch FROM clock_timestamp()) * 1000")
    assert abs(int(made[-1].replace("-", "")[:12], 16) - now_ms) < 60_000


def test_a_change_is_dated_and_counting_is_none(connection: Connection) -> None:
    """Whoever changes a row need not think of it; writing the same again, and the worker's count, are no change."""
    changed = "SELECT updated_at > created_at FROM site"
    for statement, dated in (
        ("UPDATE site SET post_count = 9", False),
        ("UPDATE site SET title = 'Other'", True),
    ):
        connection.execute(statement)
        assert scalar(connection, changed) is dated
    connection.execute("UPDATE tag SET name = name")
    assert scalar(connection, "SELECT updated_at > created_at FROM tag") is False


def test_what_is_written_once_cannot_be_changed(connection: Connection) -> None:
    """By the app: revisions, publications, the audit's events, its own limits."""
    for statement in (
        *(f"UPDATE {table} SET created_at = now()" for table in ("revision", "publication", "audit_event", "artefact")),
        *(f"DELETE FROM {table}" for table in ("revision", "publication", "audit_event", "plan", "organisation_limit")),
        *(
            "UPDATE organisation_limit SET most = 1000",
            "UPDATE plan_limit SET most = 1000",
            "DELETE FROM alembic_version",
        ),
    ):
        connection.execute("SAVEPOINT before")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
        connection.execute("ROLLBACK TO before")


def test_what_belongs_to_a_site_goes_with_it(connection: Connection) -> None:
    """And a post goes without its cover, whose place is empty then."""
    connection.execute("DELETE FROM media")
    assert scalar(connection, "SELECT count(*) FROM post WHERE cover_media_id IS NULL") == 1
    connection.execute("DELETE FROM site")
    for table in ("post", "post_author", "post_tag", "revision", "publication", "subscriber", "webhook_delivery"):
        assert scalar(connection, f"SELECT count(*) FROM {table}") == 0, table
