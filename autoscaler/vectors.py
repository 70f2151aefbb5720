"""What Prometheus answers to an instant query, as numbers by kind and name. Pure.

A tick reads twenty thousand series of two labels at most. A general parser makes six objects of each, which are looked
at once; one pass of a pattern over the text makes one. Where a series is not exactly as the pattern says there is no
result at all, and the answer is for the general parser.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

Kinds: TypeAlias = Mapping[str, Mapping[str, float]]
"""kind → service, task or, of a number of the whole bundle, nothing → value. A kind that has no series is empty."""

HEAD = '{"status":"success","data":{"resultType":"vector","result":['
EACH = '{"metric":{'
"""How every series begins. Within a JSON string each quote is escaped, so it cannot be part of a label."""
_KIND = re.compile(r'\{"metric":\{"kind":"([^"\\]*)"')
_SERIES = re.compile(
    r'\{"metric":\{"kind":"[^"\\]*"(?:,"(?:service|task)":"([^"\\]*)")?\},'
    r'"value":\[[\d.e+]+,"([+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)"\]\}'
)


def numbers(answer: str) -> Kinds | None:
    """The numbers of an answer whose series come kind after kind, as they do where one expression asks for them with
    `or`; None for one that has other labels, escapes in them, or another form."""
    if not answer.startswith(HEAD):
        return None
    found: dict[str, dict[str, float]] = defaultdict(dict)
    begin = len(HEAD)
    while answer[begin : begin + 1] == "{":
        first = _KIND.match(answer, begin)
        if first is None:
            return None
        end = answer.find("]}", answer.rfind(first[0])) + 2
        series: list[tuple[str, str]] = _SERIES.findall(answer, begin, end)
        if not len(series) == answer.count(EACH, begin, end) == answer.count(first[0], begin, end):
            return None
        names, values = zip(*series, strict=True)
        found[first[1]] = dict(zip(names, map(float, values), strict=True))
        begin = end + 1 if answer[end : end + 1] == "," else end
    return found if answer[begin : begin + 1] == "]" else None
