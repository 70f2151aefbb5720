"""The replica list, given what DNS and the probes said."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from nginx.agent.push import document
from nginx.agent.replicas import (
    EMPTY_AFTER,
    STARTING_FOR,
    STRIKES,
    UNCONFIRMED_AFTER,
    Missing,
    Outcome,
    Replica,
    ReplicaList,
    due,
    is_starting,
    listed,
    probed,
)
from nginx.agent.routes import Names, parse

NAMES = Names("d", "b", "s")
POLL, READY_PROBE = timedelta(milliseconds=250), timedelta(milliseconds=500)


def ready(*addresses: str, at: float = 100) -> ReplicaList:
    return ReplicaList(
        tuple(Replica(address, at, ready=True, answered=True, probed_at=at) for address in addresses),
        listed_at=at,
        looked=True,
    )


def addresses(replica_list: ReplicaList) -> list[str]:
    return [replica.address for replica in replica_list.replicas]


def test_addresses_are_ordered_once_each_and_keep_what_is_known() -> None:
    """The same answer in another order is the same list; a known replica stays ready."""
    after = listed(ready("10.0.0.9"), ("10.0.0.10", "10.0.0.9", "10.0.0.10"), 101, probed=True)
    assert addresses(after) == ["10.0.0.9", "10.0.0.10"]
    assert [replica.ready for replica in after.replicas] == [True, False]
    assert listed(after, ("10.0.0.9", "10.0.0.10"), 101, probed=True) == after


def test_what_dns_no_longer_names_is_gone_at_once() -> None:
    """A draining task leaves DNS first: nothing more is sent to it."""
    assert addresses(listed(ready("10.0.0.1", "10.0.0.2"), ("10.0.0.2",), 100.25, probed=True)) == ["10.0.0.2"]


def test_without_a_readiness_path_what_is_listed_is_ready() -> None:
    """A service that has no such path is used as soon as DNS names it."""
    assert listed(ReplicaList(), ("10.0.0.1",), 1, probed=False).replicas[0].ready
    assert not listed(ReplicaList(), ("10.0.0.1",), 1, probed=True).replicas[0].ready


def test_no_answer_is_not_an_empty_answer() -> None:
    """While DNS fails the last list stays, however long, as long as the replicas answer."""
    before = ready("10.0.0.1")
    for seconds in (1, 10, 3600):
        assert listed(before, Missing.UNKNOWN, 100 + seconds, probed=True) == before


def test_while_dns_fails_a_replica_that_is_gone_is_taken_off_in_the_end() -> None:
    """Neither named nor reachable for long enough."""
    before = ready("10.0.0.1", "10.0.0.2")
    for _ in range(STRIKES):
        before = probed(before, "10.0.0.1", Outcome.UNREACHABLE, 101)
    late = 100 + UNCONFIRMED_AFTER.total_seconds()
    assert addresses(listed(before, Missing.UNKNOWN, late - 0.1, probed=True)) == ["10.0.0.1", "10.0.0.2"]
    assert addresses(listed(before, Missing.UNKNOWN, late, probed=True)) == ["10.0.0.2"]


def test_a_name_that_does_not_exist_empties_the_list_after_a_grace() -> None:
    """A moment without the name is no reason; a few seconds are."""
    before = ready("10.0.0.1")
    end = 100 + EMPTY_AFTER.total_seconds()
    assert listed(before, Missing.NONE, end - 0.1, probed=True) == before
    assert addresses(listed(before, Missing.NONE, end, probed=True)) == []
    assert addresses(listed(ReplicaList(), Missing.NONE, 0.1, probed=True)) == []


def test_a_clear_no_counts_at_once() -> None:
    """A draining replica says 503: the next request goes elsewhere."""
    after = probed(ready("10.0.0.1", "10.0.0.2"), "10.0.0.1", Outcome.NOT_READY, 101)
    assert [replica.ready for replica in after.replicas] == [False, True]


@pytest.mark.parametrize("outcome", [Outcome.LATE, Outcome.UNREACHABLE])
def test_silence_counts_only_when_repeated_in_a_row(outcome: Outcome) -> None:
    """A busy replica may be late once; an answer clears its record."""
    after = ready("10.0.0.1")
    for _ in range(STRIKES - 1):
        after = probed(after, "10.0.0.1", outcome, 101)
    assert after.replicas[0].ready
    cleared = probed(after, "10.0.0.1", Outcome.READY, 102)
    assert cleared.replicas[0].ready and cleared.replicas[0].strikes == 0
    assert not probed(after, "10.0.0.1", outcome, 102).replicas[0].ready


def test_a_replica_that_is_not_ready_does_not_become_so_by_silence() -> None:
    """Only its own word makes it ready."""
    fresh = ReplicaList((Replica("10.0.0.1", 0),), 100)
    assert not probed(fresh, "10.0.0.1", Outcome.LATE, 101).replicas[0].ready
    assert probed(fresh, "10.0.0.1", Outcome.READY, 101).replicas[0].ready


def test_a_probe_of_a_replica_that_has_left_changes_nothing() -> None:
    """Its answer comes after DNS has dropped it."""
    before = ready("10.0.0.1")
    assert probed(before, "10.0.0.7", Outcome.READY, 101) == before


def test_a_new_replica_is_probed_at_once_and_a_ready_one_less_often() -> None:
    """Reaction time where it matters, little cost where it does not."""
    assert due(Replica("10.0.0.1", 0), 0, POLL, READY_PROBE)
    waiting, fine = Replica("10.0.0.1", 0, probed_at=10), Replica("10.0.0.1", 0, ready=True, probed_at=10)
    assert due(waiting, 10.25, POLL, READY_PROBE)
    assert not due(fine, 10.25, POLL, READY_PROBE)
    assert due(fine, 10.5, POLL, READY_PROBE)


def test_a_new_replica_is_starting_until_it_answers_or_has_had_its_time() -> None:
    """Before it listens nothing is sent to it; one that never answers counts in the end."""
    fresh = listed(ReplicaList(), ("10.0.0.1",), 100, probed=True)
    refused = probed(fresh, "10.0.0.1", Outcome.UNREACHABLE, 100.5)
    end = 100 + STARTING_FOR.total_seconds()
    assert is_starting(refused.replicas[0], end - 0.1)
    assert not is_starting(refused.replicas[0], end)
    warming = probed(fresh, "10.0.0.1", Outcome.NOT_READY, 100.5)
    assert not is_starting(warming.replicas[0], 100.5)
    assert not is_starting(ready("10.0.0.1").replicas[0], 100)


def test_the_pushed_document_says_everything_and_is_stable() -> None:
    """nginx compares texts: probes that change nothing must not look like a change."""
    routes = parse("- {host: a, service: one, port: 80}\n- {host: b, service: two, port: 81}", NAMES)
    before = {"one": ready("10.0.0.1"), "two": listed(ReplicaList(), Missing.NONE, 100, probed=True)}
    body = document("d", routes, before, 101)
    after = before | {"one": probed(before["one"], "10.0.0.1", Outcome.READY, 999)}
    assert body == document("d", routes, after, 999)
    told = json.loads(body)
    assert told["domain"] == "d"
    assert told["routes"][0] == {"host": "a", "service": "one", "port": 80}
    assert told["services"][0]["replicas"] == [{"address": "10.0.0.1", "ready": True, "starting": False}]
    assert told["services"][1]["replicas"] == []
    assert {"max_in_flight", "queue_length", "queue_seconds"} < told["services"][0].keys()


def test_what_dns_has_said_nothing_about_is_null_not_empty() -> None:
    """A new agent that gets no answer does not take the last list from nginx."""
    routes = parse("- {host: a, service: one, port: 80}", NAMES)
    lists = {"one": listed(ReplicaList(), Missing.UNKNOWN, 100, probed=True)}
    assert json.loads(document("d", routes, lists, 101))["services"][0]["replicas"] is None
