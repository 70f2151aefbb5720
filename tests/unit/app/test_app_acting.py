"""For whom a unit of work acts, as SQL that nobody's words get into."""

from __future__ import annotations

import pytest

from app import acting
from app.models.base import DEFAULT_ORGANISATION
from app.models.site import SLUG_PATTERN


def test_an_organisation_is_set_for_one_transaction() -> None:
    """The third argument, true, is what ends it with the transaction: without it the next client would act so too."""
    statement = acting.organisation(DEFAULT_ORGANISATION).statement
    assert statement == f"SELECT set_config('flotilla.organisation_id', '{DEFAULT_ORGANISATION}', true)"


@pytest.mark.parametrize(
    "hostile", ["", "1", DEFAULT_ORGANISATION.upper() + "\n", f"{DEFAULT_ORGANISATION}'", f"{DEFAULT_ORGANISATION}\n"]
)
def test_what_is_no_id_is_refused(hostile: str) -> None:
    """It would become part of a statement."""
    with pytest.raises(ValueError, match="UUID"):
        acting.organisation(hostile)


@pytest.mark.parametrize("hostile", ["", "a'b", "A", "a.b", "-a", "x" * 64, "a\n", "ü", "a_b", "a', true); --"])
def test_a_host_that_no_site_can_have_has_no_reader(hostile: str) -> None:
    """Slugs come from the Host header; these never reach the database."""
    assert acting.reader(hostile) is None


def test_a_reader_acts_for_the_slug_of_a_site_in_a_role_of_its_own() -> None:
    """What a site may be called, a reader may ask for."""
    reader = acting.reader("a-site")
    assert reader is not None
    assert reader.statement == (
        "SELECT set_config('flotilla.site_slug', 'a-site', true), set_config('role', 'flotilla_reader', true)"
    )
    assert acting._SLUG.pattern == SLUG_PATTERN.removeprefix("^").removesuffix("$")


def test_whoever_acts_says_it_for_one_transaction_alone() -> None:
    """Not one setting outlives its transaction."""
    reader = acting.reader("a")
    assert reader is not None
    a_site = acting.organisation(DEFAULT_ORGANISATION, site_id=DEFAULT_ORGANISATION, published_only=True)
    assert a_site.statement.count("set_config(") == 3
    others = (acting.organisation(DEFAULT_ORGANISATION), acting.worker(), acting.doorkeeper(bytes(32)))
    for statement in (reader.statement, a_site.statement, *(other.statement for other in others)):
        assert statement.count("set_config(") == statement.count(", true)")


@pytest.mark.parametrize("hostile", [b"", b"' OR true --", bytes(31), bytes(33)])
def test_a_doorkeeper_asks_for_one_hash(hostile: bytes) -> None:
    """Of 32 bytes, which get into the statement as digits."""
    with pytest.raises(ValueError, match="32 bytes"):
        acting.doorkeeper(hostile)
    assert f"'{'ab' * 32}'" in acting.doorkeeper(b"\xab" * 32).statement
