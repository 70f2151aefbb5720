"""Statements that are sent as they are: their text, parameters beside it or in it."""

from __future__ import annotations

from psycopg.adapt import Transformer
from sqlalchemy import bindparam, select, text

from app import acting
from app.models.base import DEFAULT_ORGANISATION
from app.models.post import Post
from app.scene import Writing
from app.statements import Statement


def test_parameters_are_numbered_once_each() -> None:
    """A name that comes twice is one parameter; a percent sign is one, and a colon in a cast is none of ours."""
    statement = Statement(text("SELECT :a, CAST(:b AS uuid), '%d'::text WHERE :a = 1"))
    assert statement.numbered == "SELECT $1, CAST($2 AS uuid), '%d'::text WHERE $1 = 1"
    assert statement.names == ("a", "b")


def test_a_query_of_the_models_is_taken_as_well() -> None:
    """With the casts that SQLAlchemy gives it."""
    statement = Statement(select(Post.id).where(Post.site_id == bindparam("site_id")).limit(bindparam("limit")))
    assert " ".join(statement.numbered.split()) == "SELECT post.id FROM post WHERE post.site_id = $1::UUID LIMIT $2"


def test_what_is_written_into_a_read_is_quoted() -> None:
    """Quotes, backslashes, what looks like a parameter or like the end of a comment stay what they are: text."""
    statement = Statement(text("SELECT :a, :b, :c"))
    hostile = "o'clock \\' %(b)s :c $1 */; DROP TABLE post; --"
    written = statement.written(Transformer(), {"a": hostile, "b": -1, "c": None})
    assert written == "SELECT  E'o''clock \\\\'' %(b)s :c $1 */; DROP TABLE post; --',  -1, NULL"


def test_a_transaction_begins_once_with_what_it_acts_for() -> None:
    """Before its first statement and before no other, BEGIN and the settings are due."""
    acts = acting.organisation(DEFAULT_ORGANISATION)
    writing = Writing(acts)
    assert writing.due() == ("BEGIN", acts.statement)
    assert writing.due() == ()
