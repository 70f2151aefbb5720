"""Durations, sizes and fractions of a CPU as stack files write them. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)(?:i?b)?", re.IGNORECASE)
_BYTES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50}


def duration_nanoseconds(text: str) -> int:
    """`1m30s`, `500ms`, `0`; `ValueError` otherwise."""
    if text == "0":
        return 0
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"'{text}' is not a duration: write 10s, 500ms or 1m30s")
    return int(sum(Decimal(number) * _NANOSECONDS[unit] for number, unit in parts))


def size_bytes(text: str) -> int:
    """`256M`, `1.5G`, `20MB`, `1000`: powers of 1024, as Docker counts them; `ValueError` otherwise."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is not a size: write 256M or 1G")
    return int(Decimal(match[1]) * _BYTES[match[2].lower()])


def nano_cpus(text: str) -> int:
    """`0.5` to 500000000; `ValueError` for what is not a number of CPUs or too precise."""
    try:
        value = Decimal(text) * 10**9
    except InvalidOperation:
        raise ValueError(f"'{text}' is not a number of CPUs: write 0.5") from None
    if value < 0 or value != value.to_integral_value():
        raise ValueError(f"'{text}' is not a number of CPUs: write 0.5")
    return int(value)
