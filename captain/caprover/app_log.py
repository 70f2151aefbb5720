"""An app's log as CapRover tells it: in the frames of Docker's own API. Pure.

A frame is a byte for the stream, three of nothing, the length in four bytes, and the line with its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from captain.caprover.envelope import Refusal, Status

MOST_LINES = 500
_STREAMS = {"stdout": 1, "stderr": 2}


def framed(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Rows of a log (`app_logs.as_json`), one frame each."""
    return b"".join(_frame(_STREAMS[str(row["stream"])], f"{row['time']} {row['line']}\n".encode()) for row in rows)


def encoded(log: bytes, encoding: str) -> str:
    """As the client asked for it. `Refusal` for what is none of `hex`, `ascii` and `utf8`; `ascii` without any."""
    if encoding == "hex":
        return log.hex()
    if encoding in ("", "ascii", "utf8"):
        return log.decode(errors="replace")
    raise Refusal(Status.ILLEGAL_PARAMETER, f"encoding is {encoding}: hex, ascii or utf8.")


def _frame(stream: int, line: bytes) -> bytes:
    return bytes((stream, 0, 0, 0)) + len(line).to_bytes(4, "big") + line
