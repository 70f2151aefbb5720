"""Load from the test's own process: starts ``load.py`` and reads its account."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.e2e.verdict import Request

SCRIPT = Path(__file__).with_name("load.py")


@dataclass(frozen=True)
class Outcome:
    """The account of a load that has ended."""

    done: int
    statuses: dict[str, int]
    failed: list[dict[str, Any]]
    acknowledged: list[str]
    unknown: list[str]
    p95_ms: float | None

    @property
    def failed_gets(self) -> list[dict[str, Any]]:
        return [failure for failure in self.failed if failure["method"] == "GET"]


class Load:
    """``with Load(arguments) as load:`` … ``outcome = load.stop()``. Ends with the block in any case."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._done = self._failed = 0
        self._requests: list[Request] = []
        self._account: dict[str, Any] | None = None
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "account" in told:
                self._account = told["account"]
            elif "request" in told:
                self._requests.append(Request(**told["request"]))
            else:
                self._done, self._failed = told["done"], told["failed"]

    def _listen(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)

    @property
    def done(self) -> int:
        """Requests that ended so far, a second old at most."""
        return self._done

    @property
    def requests(self) -> list[Request]:
        """What became of each request so far, in the order of their ends; of a load that tells each."""
        return list(self._requests)

    @property
    def good(self) -> int:
        """Those of them that were answered with 2xx."""
        return self._done - self._failed

    def stop(self) -> Outcome:
        """Lets requests in flight end, and tells what became of them all."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(timeout=30)
        finally:
            self._process.kill()
        for reader in self._readers:
            reader.join(timeout=10)
        if self._account is None:
            raise AssertionError(f"The load generator broke: {''.join(self._errors)[-2000:]}")
        return Outcome(**self._account)

    def __enter__(self) -> Load:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(timeout=10)
