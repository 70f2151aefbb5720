"""What a site's address may look like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sites.slug import RESERVED, fault


@pytest.mark.parametrize("slug", ["a", "7", "a-site", "x" * 63, "a--b"])
def test_dns_labels_are_slugs(slug: str) -> None:
    """1 to 63 lower-case letters, digits and hyphens."""
    assert fault(slug) is None


@pytest.mark.parametrize("slug", ["", "A", "a_b", "-a", "a-", "x" * 64, "a.b", "ü", "a\n", "xn--abc", "ab--c", "app"])
def test_everything_else_is_refused_with_a_sentence(slug: str) -> None:
    """Also what DNS reserves, and the platform's own names."""
    sentence = fault(slug)
    assert sentence is not None
    assert sentence.endswith(".")


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=70))
def test_an_accepted_slug_is_a_usable_dns_label(slug: str) -> None:
    """No accepted slug breaks DNS' rules for a label."""
    if fault(slug) is None:
        assert len(slug) <= 63
        assert not slug.startswith("-")
        assert not slug.endswith("-")
        assert slug not in RESERVED
