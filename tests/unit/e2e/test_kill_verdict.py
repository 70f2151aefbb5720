"""The verdict over a part's death: what has an excuse, what has none, and what the database must hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.e2e.kills import PARTS, ROUND
from tests.e2e.verdict import Death, Excuse, Request, by_death, seen, written_wrongly

GET = Request("GET", None, due=10.0, ended=10.1, status=200)
POST = Request("POST", "a", due=10.0, ended=10.1, status=201)
CLEAR = {"status": 503, "code": "database_unavailable", "retry_after": "1"}
UNKNOWN = {"status": 503, "code": "outcome_unknown"}
BROKEN = {"status": 502, "code": "outcome_unknown"}
SILENT = {"status": None, "error": "ConnectionResetError: reset"}


def death(*excuses: Excuse, back: float = 15.0, part: str = "pgbouncer") -> Death:
    """A part that was killed at second 10."""
    return Death(part, frozenset(excuses), killed_from=10.0, killed_to=10.1, back=back)


def test_a_death_that_nobody_noticed_is_right() -> None:
    """Good answers need no excuse, and nothing was disturbed."""
    account = seen(death(), [GET, POST])
    assert (account.failed, account.disturbed_seconds, account.wrong) == (0, 0.0, ())
    assert account.statuses == {"200": 1, "201": 1}


@pytest.mark.parametrize("failed", [CLEAR, UNKNOWN, BROKEN, SILENT, {"status": 500}, {"status": 502}, {"status": 404}])
def test_without_an_excuse_every_failure_is_wrong(failed: dict[str, object]) -> None:
    """Every 503 counts as a failure unless the part makes it unavoidable."""
    account = seen(death(), [replace(POST, **failed)])
    assert len(account.wrong) == account.failed == 1


@pytest.mark.parametrize(
    ("excuse", "failed"),
    [
        (Excuse.REFUSED, CLEAR),
        (Excuse.COMMITTING, UNKNOWN),
        (Excuse.SENT, BROKEN),
        (Excuse.CUT, SILENT),
        (Excuse.UNREACHABLE, SILENT),
        (Excuse.ANYTHING, {"status": 502}),
    ],
)
def test_an_excuse_covers_its_own_failure_in_its_own_time(excuse: Excuse, failed: dict[str, object]) -> None:
    """The failure at the kill is excused; the same one before the kill, after the return, or of another kind is not."""
    at_kill = replace(POST, **failed)
    assert death(excuse).excuse(at_kill) is excuse
    assert death(excuse).excuse(replace(at_kill, due=8.0, ended=9.0)) is None
    assert death(excuse).excuse(replace(at_kill, due=15.5, ended=16.0)) is None
    if excuse is not Excuse.ANYTHING:
        assert death(excuse).excuse(replace(POST, status=500)) is None


@pytest.mark.parametrize("excuse", [Excuse.COMMITTING, Excuse.SENT, Excuse.CUT])
def test_what_began_after_the_kill_was_not_under_way(excuse: Excuse) -> None:
    """Excuses of what was under way do not last until the return."""
    later = {Excuse.COMMITTING: UNKNOWN, Excuse.SENT: BROKEN, Excuse.CUT: SILENT}[excuse]
    assert death(excuse).excuse(replace(POST, due=12.0, ended=12.1, **later)) is None


def test_a_503_without_retry_after_is_not_clear() -> None:
    """A client has to be told when to come again, and 0 is no time."""
    for retry_after in ("", "0", "soon"):
        assert death(Excuse.REFUSED).excuse(replace(GET, **CLEAR | {"retry_after": retry_after})) is None


def test_a_get_is_never_of_unknown_outcome() -> None:
    """Reading again is harmless, so no GET may be answered so."""
    assert death(Excuse.COMMITTING, Excuse.SENT).excuse(replace(GET, **UNKNOWN)) is None


def test_waiting_counts_as_disturbance() -> None:
    """Time in a queue is latency, from when the request was due."""
    account = seen(death(), [replace(GET, due=11.0, ended=14.5)])
    assert (account.slowest_seconds, account.disturbed_seconds) == (3.5, 4.5)


def test_requests_belong_to_the_last_kill_before_their_end() -> None:
    """What ended before the first kill is judged with it, and has no excuse."""
    first, second = death(), replace(death(), killed_from=20.0, killed_to=20.1, back=22.0)
    early, late = replace(GET, due=9.0, ended=9.1), replace(GET, due=19.9, ended=20.3)
    assert by_death([second, first], [early, GET, late]) == [(first, [early, GET]), (second, [late])]


@pytest.mark.parametrize(
    ("answered", "rows", "wrong"),
    [
        ({"status": 201}, ["a"], ""),
        ({"status": 201}, [], "acknowledged and not there"),
        ({"status": 201}, ["a", "a"], "there more than once"),
        (CLEAR, [], ""),
        (CLEAR, ["a"], "refused and there all the same"),
        ({"status": 409}, ["a"], "refused and there all the same"),
        (UNKNOWN, [], ""),
        (UNKNOWN, ["a"], ""),
        (UNKNOWN, ["a", "a"], "there more than once"),
        (SILENT, ["a"], ""),
        (BROKEN, ["a"], ""),
        ({"status": 201}, ["a", "b"], "there and never sent"),
    ],
)
def test_the_database_holds_what_clients_were_told(answered: dict[str, object], rows: list[str], wrong: str) -> None:
    """Acknowledged is there, refused is not, unknown may be; nothing twice, nothing of nobody."""
    sentences = written_wrongly([replace(POST, **answered)], rows)
    assert [wrong] * bool(wrong) == [wrong for sentence in sentences if wrong in sentence]
    assert len(sentences) == bool(wrong)


def test_a_round_kills_every_part() -> None:
    """The loop that CI runs leaves out only the gentler end of the engine."""
    assert {name for group in ROUND for name in group} == set(PARTS) - {"engine-stopped"}
