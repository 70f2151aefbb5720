from __future__ import annotations

import pytest

from autoscaler.config import (
    DEFAULTS,
    PREFIX,
    Metric,
    Policy,
    PolicyError,
    check_limits,
    is_enabled,
    parse_policy,
)
from tests.unit.autoscaler.shipped import labels


def parse(**ours: str) -> Policy:
    return parse_policy({PREFIX + key: text for key, text in ours.items()})


def test_the_shipped_labels_parse() -> None:
    """What stack.yml says of the app is a policy, with the targets that stand there."""
    policy = parse_policy(labels("app"))
    assert is_enabled(labels("app"))
    assert (policy.minimum, policy.maximum, policy.initial) == (2, 12, 2)
    assert policy.targets == {Metric.CONCURRENCY: 3.0, Metric.CPU: 0.7, Metric.MEMORY: 0.8}


def test_the_shipped_windows_are_the_defaults() -> None:
    """Leaving the windows and the objective out means what stack.yml writes out."""
    shipped, bare = parse_policy(labels("app")), parse(cpu="0.7")
    assert bare.stable_seconds == shipped.stable_seconds == DEFAULTS.stable_seconds
    assert bare.stabilization_seconds == shipped.stabilization_seconds == DEFAULTS.stabilization_seconds
    assert bare.objective_ms == shipped.objective_ms == DEFAULTS.objective_ms


def test_only_a_set_label_makes_a_metric_expected() -> None:
    """A metric without a label is not waited for."""
    assert parse(rps="20").targets == {Metric.RPS: 20.0}


def test_labels_of_others_are_ignored() -> None:
    """Only our prefix is ours."""
    assert parse_policy({"com.docker.stack.namespace": "x", PREFIX + "cpu": "0.5"}).targets == {Metric.CPU: 0.5}


@pytest.mark.parametrize(
    ("ours", "says"),
    [
        ({"cpu": "70"}, "a fraction of the limit from 0 to 1"),
        ({"memory": "1.5"}, "a fraction of the limit from 0 to 1"),
        ({"cpu": "70%"}, "plain number without a unit"),
        ({"cpu": "nan"}, "plain number without a unit"),
        ({"cpu": "inf"}, "plain number without a unit"),
        ({"concurrency": "0"}, "a target must be above 0"),
        ({"rps": "-1"}, "a target must be above 0"),
        ({"cpu": "0.7", "min": "5", "max": "3"}, "min must not be above max"),
        ({"cpu": "0.7", "min": "0"}, "whole number from 1 up"),
        ({"cpu": "0.7", "max": "2.5"}, "whole number from 1 up"),
        ({"cpu": "0.7", "stable_seconds": "60s"}, "without a unit"),
        ({"cpu": "0.7", "stable_seconds": "60", "stabilization_seconds": "30"}, "must not be the shorter"),
        ({"cpu": "0.7", "objective_ms": "0"}, "above 0"),
        ({"cpu": "0.7", "hold_seconds": "-1"}, "a number from 0 up"),
        ({"cpu": "0.7", "hold_seconds": "5m"}, "without a unit"),
        ({"cpu": "0.7", "paused_until": "soon"}, "write Unix time in whole seconds"),
        ({"cpu": "0.7", "paused_until": ""}, "write Unix time in whole seconds"),
        ({"cpu": "0.7", "paused_until": "nan"}, "write Unix time in whole seconds"),
        ({"cpu": "0.7", "paused_until": "-1"}, "write Unix time in whole seconds"),
        ({"cpu": "0.7", "paused_until": "1700000000000"}, "write Unix time in whole seconds"),
        ({"cpus": "0.7"}, "not a label Flotilla knows"),
    ],
)
def test_a_wrong_label_is_one_clear_sentence(ours: dict[str, str], says: str) -> None:
    """The operator reads which label it is and what to write instead."""
    with pytest.raises(PolicyError) as caught:
        parse(**ours)
    message = str(caught.value)
    assert says in message
    assert PREFIX in message
    assert message.endswith(".")
    assert "\n" not in message


def test_hold_and_pause_are_seconds() -> None:
    """Five minutes and none unless told; a past time is no mistake."""
    assert (parse(cpu="0.7").hold_seconds, parse(cpu="0.7").paused_until) == (300, 0)
    told = parse(cpu="0.7", hold_seconds="0", paused_until="1700000000")
    assert (told.hold_seconds, told.paused_until) == (0, 1_700_000_000)


@pytest.mark.parametrize(("word", "meaning"), [("true", True), ("True ", True), ("false", False), (None, False)])
def test_enabled(word: str | None, meaning: bool) -> None:
    """Absent is false."""
    assert is_enabled({} if word is None else {PREFIX + "enabled": word}) is meaning


def test_enabled_takes_no_other_word() -> None:
    """`yes` is not silently no."""
    with pytest.raises(PolicyError, match='"true" or "false"'):
        is_enabled({PREFIX + "enabled": "yes"})


@pytest.mark.parametrize(("label", "limit"), [("cpu", "limits.cpus"), ("memory", "limits.memory")])
def test_a_fraction_needs_a_limit(label: str, limit: str) -> None:
    """Without a limit there is nothing to be a fraction of, and the message names what to set."""
    with pytest.raises(PolicyError, match=limit):
        check_limits(parse(**{label: "0.7"}), 0, 0)
    check_limits(parse(**{label: "0.7"}), 0.5, 1e6)
    check_limits(parse(rps="5"), 0, 0)


def test_a_first_count_outside_the_bounds_is_moved_into_them() -> None:
    """`initial` is what a deploy starts with: changing min or max alone is no mistake."""
    given = {f"flotilla.autoscale.{key}": value for key, value in {"enabled": "true", "cpu": "0.7"}.items()}
    bounds = {"flotilla.autoscale.min": "3", "flotilla.autoscale.max": "4"}
    assert parse_policy({**given, **bounds, "flotilla.autoscale.initial": "2"}).initial == 3
    assert parse_policy({**given, **bounds, "flotilla.autoscale.initial": "9"}).initial == 4
