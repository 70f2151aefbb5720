"""What the database says against a row, in words and at its field."""

from __future__ import annotations

import pytest

from app.models.everything import Base
from app.surfaces.admin.studio.complaints import WHOLE_ROW, complaint


@pytest.mark.parametrize(
    ("table", "said", "field", "words"),
    [
        ("post", {"sqlstate": "23502", "column": "title"}, "title", "has to be given"),
        ("post", {"sqlstate": "23514", "constraint": "ck_post_title"}, "title", "1 to 200 characters"),
        ("post", {"sqlstate": "23514", "constraint": "ck_post_status"}, "status", "one of draft, scheduled"),
        ("site", {"sqlstate": "23514", "constraint": "ck_site_slug"}, "slug", "right form"),
        ("job", {"sqlstate": "23514", "constraint": "ck_job_leased_until"}, "status", "breaks a rule"),
        ("site", {"sqlstate": "23505", "constraint": "uq_site_slug"}, "slug", "taken"),
        ("account", {"sqlstate": "23505", "constraint": "uq_account_email"}, "email", "taken"),
        ("post", {"sqlstate": "23505", "constraint": "uq_post_site_id_language_slug"}, "slug", "taken"),
        (
            "post",
            {"sqlstate": "23503", "constraint": "fk_post_organisation_id_site_id", "of_table": "post"},
            "site_id",
            "no such site",
        ),
        (
            "plan",
            {"sqlstate": "23503", "constraint": "fk_organisation_plan_id", "of_table": "organisation"},
            WHOLE_ROW,
            "Rows of organisation",
        ),
        ("post", {"sqlstate": "25006"}, WHOLE_ROW, "read-only"),
        ("post", {"sqlstate": "42501", "message": "new row violates"}, WHOLE_ROW, "may not"),
        ("post", {"sqlstate": "22003", "message": "value out of range"}, WHOLE_ROW, "Value out of range"),
        ("post", {"sqlstate": "23514", "constraint": "limit", "message": "no more"}, WHOLE_ROW, "No more (limit)"),
    ],
)
def test_a_complaint_names_the_field(table: str, said: dict[str, str], field: str, words: str) -> None:
    """By the name that the constraint has in the models."""
    found = complaint(Base.metadata, Base.metadata.tables[table], **said)  # type: ignore[arg-type]
    assert list(found) == [field]
    assert words in found[field]
