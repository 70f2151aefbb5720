"""A document in the Swarm's replicated store that changes: each state is a config, and the highest number counts.

A config cannot change, so a name taken is a write that came first: of two that read the same state one is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from captain.errors import CaptainError
from swarm.engine import Config, Engine, EngineError, NotFound

_ATTEMPTS = 20
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Kept:
    """`name` begins the configs' names; `label` is theirs, with `key` as its value; `labels` are more of them."""

    name: str
    label: str
    key: str
    labels: Mapping[str, str]

    def read(self, engine: Engine) -> bytes:
        """Its content; nothing where there is none."""
        found = self.newest(engine)
        return b"" if found is None else found.data

    def newest(self, engine: Engine) -> Config | None:
        """The config that has its content; None where there is none."""
        found = self._all(engine)
        return found[-1] if found else None

    def change(self, engine: Engine, change: Callable[[bytes], bytes]) -> bytes:
        """Write what `change` makes of the content, and return it.

        `change` is asked again where somebody else wrote in between; what it raises ends it. Where nothing
        is new nothing is written.
        """
        for _ in range(_ATTEMPTS):
            found = self._all(engine)
            number, before = (_number(found[-1]), found[-1].data) if found else (0, b"")
            after = change(before)
            if after == before or self._write(engine, number + 1, after):
                return after
        raise CaptainError(f"Others keep writing {self.name}: try again in a moment.")

    def remove(self, engine: Engine) -> None:
        """Take it away; no error where there is none."""
        for config in self._all(engine):
            with suppress(NotFound):
                engine.remove_config(config.id)

    def _write(self, engine: Engine, number: int, data: bytes) -> bool:
        """Whether nobody was faster."""
        labels = {**self.labels, self.label: self.key}
        try:
            made = engine.create_config(f"{self.name}.{number}", data, labels)
        except EngineError as error:
            if error.status != _CONFLICT:
                raise
            return False
        # A name is free again once a later state took its place: who read that long ago is late, too.
        found = self._all(engine)
        if any(_number(config) > number for config in found):
            engine.remove_config(made)
            return False
        for config in found:
            if _number(config) < number:
                with suppress(NotFound):
                    engine.remove_config(config.id)
        return True

    def _all(self, engine: Engine) -> Sequence[Config]:
        found = engine.configs(f"{self.label}={self.key}")
        return sorted((config for config in found if config.name.startswith(f"{self.name}.")), key=_number)


def _number(config: Config) -> int:
    last = config.name.rpartition(".")[2]
    return int(last) if last.isdecimal() else 0
