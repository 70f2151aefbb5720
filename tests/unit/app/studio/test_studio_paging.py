"""Pages by key: the conditions that PostgreSQL gets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.dialects import postgresql

from app.models.everything import Base
from app.surfaces.admin.studio.paging import beyond, complete, order_by, place
from app.surfaces.admin.studio.rows import Row

POST = Base.metadata.tables["post"]
ID = "0190a5c0-0000-7000-8000-000000000000"


def sql(clause: object) -> str:
    return str(clause.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[attr-defined]


def test_an_order_is_made_one_of_all_rows() -> None:
    """Rows alike in what was asked for follow their keys, in the same direction."""
    assert list(complete(POST, [("title", True)])) == [("title", True), ("id", True)]
    assert list(complete(POST, [])) == [("id", False)]
    assert list(complete(Base.metadata.tables["post_tag"], [("tag_id", False)])) == [
        ("tag_id", False),
        ("post_id", False),
    ]


def test_a_place_says_where_a_page_ends_and_the_next_begins() -> None:
    """Nulls are last, and first from the largest on, as PostgreSQL orders them."""
    order = complete(POST, [("published_at", False)])
    at = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
    values = {column.name: None for column in POST.columns} | {"published_at": at, "id": ID}
    clause = sql(beyond(POST, order, place(Row(POST, values), order)))
    assert "post.published_at > '2026-11-28 09:30:00+00:00'" in clause
    assert "post.published_at IS NULL" in clause
    assert "IS NOT DISTINCT FROM" in clause
    after_null = sql(beyond(POST, order, place(Row(POST, values | {"published_at": None}), order)))
    assert "published_at >" not in after_null
    assert "post.id > " in after_null


def test_a_page_before_goes_the_other_way() -> None:
    """And is turned round afterwards."""
    order = complete(POST, [])
    assert sql(beyond(POST, order, f'["{ID}"]', backwards=True)).count("<") == 1
    assert [sql(each) for each in order_by(POST, order, backwards=True)] == ["post.id DESC"]


@pytest.mark.parametrize("at", ["", "x", "{}", "[]", '["x"]', f'["{ID}", 1]', "[[]]", "1" * 5000])
def test_what_is_no_place_is_refused(at: str) -> None:
    """Addresses come from anywhere."""
    with pytest.raises(ValueError):
        beyond(POST, complete(POST, []), at)
