"""What Prometheus' answers are read as, in general and as numbers alone."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoscaler.prometheus import PrometheusError, Series, by_kind, parse_answer
from autoscaler.vectors import numbers

KINDS = st.sampled_from(["a", "b", "cap"])
LABELS = st.fixed_dictionaries({"kind": KINDS}, optional={"service": st.text(max_size=8)}) | st.fixed_dictionaries(
    {"kind": KINDS, "task": st.text("0123456789az", max_size=25)}
)
VALUES = st.floats().map(lambda value: f"{value:+}".title() if math.isinf(value) else f"{value}".replace("nan", "NaN"))


def vector(result: object, **more: object) -> str:
    """As Prometheus writes it."""
    body = {"status": "success", "data": {"resultType": "vector", "result": result}, **more}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


@given(st.lists(st.tuples(LABELS, VALUES), max_size=8))
def test_numbers_are_what_the_general_parser_finds(found: list[tuple[dict[str, str], str]]) -> None:
    """Or nothing at all, where a label has to be escaped."""
    series = [{"metric": dict(sorted(labels.items())), "value": [1.25e9, value]} for labels, value in found]
    series.sort(key=lambda one: str(one["metric"]["kind"]))  # type: ignore[index]
    answer = vector(series)
    texts = [text for labels, _ in found for text in labels.values()]
    if any(json.dumps(text, ensure_ascii=False) != f'"{text}"' for text in texts):
        assert numbers(answer) is None
    else:
        assert repr(numbers(answer)) == repr(by_kind(parse_answer(json.loads(answer))))


A, B = ({"metric": {"kind": kind}, "value": [1, "2"]} for kind in "ab")


@pytest.mark.parametrize(
    "answer",
    [
        '{"status":"error","errorType":"bad_data","error":"no"}',
        '{"status":"success","data":{"resultType":"matrix","result":[]}}',
        vector([{"metric": {"kind": "a", "slot": "1"}, "value": [1, "2"]}]),
        vector([{"metric": {}, "value": [1, "2"]}]),
        vector([A, {"metric": {"kind": "a"}, "value": [1, "x"]}]),
        vector([A, {"metric": {"kind": "a"}, "values": [[1, "2"]]}, B]),
        vector([A, B, A]),
        vector([A, B])[:-30],
    ],
)
def test_what_is_no_number_makes_the_whole_answer_none(answer: str) -> None:
    """Nothing is left out quietly."""
    assert numbers(answer) is None


def test_what_prometheus_remarks_is_no_number() -> None:
    """It may say something of the query behind the result, in any words."""
    remark = 'PromQL info: metric might not be a counter: "{\\"metric\\":{"'
    assert numbers(vector([A, B], infos=[remark])) == {"a": {"": 2.0}, "b": {"": 2.0}}


def test_answers_of_prometheus() -> None:
    """Vectors, matrices and numbers, NaN as it is written."""
    matrix = {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [{"metric": {"a": "b"}, "values": [[1, "2"], [2, "NaN"]]}],
        },
    }
    [series] = parse_answer(matrix)
    assert series.labels == {"a": "b"}
    assert series.samples[0] == (1.0, 2.0)
    assert math.isnan(series.samples[1][1])
    assert parse_answer(json.loads(vector([{"metric": {}, "value": [3, "4"]}]))) == [Series({}, ((3.0, 4.0),))]
    scalar = {"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}}
    assert parse_answer(scalar) == [Series({}, ((1.0, 2.0),))]


@pytest.mark.parametrize(
    "body",
    [
        {"status": "error", "error": "no"},
        {"status": "success", "data": {"resultType": "string", "result": [1, "2"]}},
        {"status": "success"},
        [],
        {
            "status": "success",
            "data": {"resultType": "vector", "result": [{"metric": {}, "value": [3, "x"]}]},
        },
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": []}]}},
    ],
)
def test_an_answer_that_is_none_is_an_error(body: object) -> None:
    """Never an empty list, which would read as `no series`."""
    with pytest.raises(PrometheusError):
        parse_answer(body)
