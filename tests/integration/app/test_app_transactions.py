"""Acknowledged means committed: what fails late is an error, and what failed half-way is not there."""

from __future__ import annotations

from typing import Any

from tests.docker_cli import Container, Resources, eventually
from tests.integration.app.conftest import Platform, finished
from tests.integration.app.http_client import Client

_CARELESS = """
import asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from app.acting import organisation
from app.db import Database
from app.models.base import DEFAULT_ORGANISATION
from app.settings import load

async def careless(connection):
    await connection.execute(text("INSERT INTO site (slug, title) VALUES ('careless', 'A site')"))
    try:
        await connection.execute(text("INSERT INTO site (slug, title) VALUES ('careless', 'Again')"))
    except IntegrityError:
        pass

async def main():
    database = Database(load(), application="test")
    acting = organisation(DEFAULT_ORGANISATION)
    try:
        await database.write(acting, careless)
    except RuntimeError as error:
        print(error)
    async def count(connection):
        return (await connection.execute(text("SELECT count(*) FROM site WHERE slug = 'careless'"))).scalar_one()
    print("rows", await database.read(acting, count), "at work", database.use().checked_out)
    await database.close()

asyncio.run(main())
"""


def test_what_cannot_be_committed_is_not_acknowledged(platform: Platform, app: Client, site: Any) -> None:
    """A constraint that is only checked by COMMIT: the answer is an error, not a 201, and the post is not there."""
    path = f"/api/v1/sites/{site['id']}/posts"
    with platform.owner() as owner:
        owner.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'refused by the commit'; END $$"
        )
        owner.execute(
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON post DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW WHEN (NEW.title = 'refuse') EXECUTE FUNCTION refuse()"
        )
        try:
            refused = app.post(path, {"title": "refuse", "body": ""})
            saved = app.post(path, {"title": "take", "body": ""})
        finally:
            owner.execute("DROP FUNCTION refuse CASCADE")
    assert (refused.status, refused.json["code"]) == (500, "internal")
    assert saved.status == 201
    assert [post["title"] for post in app.get(path).json["items"]] == ["take"]


def test_a_swallowed_error_is_no_success(platform: Platform, resources: Resources) -> None:
    """PostgreSQL takes the COMMIT of a transaction in which a statement failed as a ROLLBACK and reports no error."""
    ran = platform.run(resources, ["python", "-c", _CARELESS])
    assert finished(ran) == 0, ran.logs()
    assert "nothing was saved" in ran.logs()
    assert "rows 0 at work 0" in ran.logs()


def test_what_was_to_be_saved_is_in_no_log(platform: Platform, shared_app: tuple[Container, Client], site: Any) -> None:
    """Of a statement that fails or that a check refuses, neither the app nor PostgreSQL repeats the values."""
    container, app = shared_app
    path = f"/api/v1/sites/{site['id']}/posts"
    with platform.owner() as owner:
        owner.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'refused by a trigger'; END $$"
        )
        owner.execute("CREATE TRIGGER refuse BEFORE INSERT ON post FOR EACH ROW EXECUTE FUNCTION refuse()")
        try:
            refused = app.post(path, {"title": "a", "body": "confidential-by-trigger"})
        finally:
            owner.execute("DROP FUNCTION refuse CASCADE")
        owner.execute("ALTER TABLE post ADD CONSTRAINT refuse CHECK (body NOT LIKE 'confidential%')")
        try:
            checked = app.post(path, {"title": "a", "body": "confidential-by-check"})
        finally:
            owner.execute("ALTER TABLE post DROP CONSTRAINT refuse")
    assert (refused.status, checked.status) == (500, 500)
    for server in (container, platform.postgres):
        eventually(lambda log=server: refused.headers["x-request-id"] in log.logs())
        assert "confidential" not in server.logs()
