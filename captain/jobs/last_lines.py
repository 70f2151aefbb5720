"""The last lines of jobs' runs, in bounded files of captain's machine: lost with it, and nothing breaks."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

MOST_LINES = 20
"""Of a run."""
_LONGEST_LINE = 500
_FOLDER = "flotilla-jobs"


class LastLines:
    """A file for each job, with a few lines of each of its last runs."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when something is kept."""
        self._folder = folder / _FOLDER

    def read(self, app: str, job: str) -> Mapping[str, Sequence[str]]:
        """By the run's id; none of runs that another machine saw."""
        try:
            found = json.loads(self._file(app, job).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # a file that was cut off tells nothing
            return {}
        return {str(run): [str(line) for line in lines] for run, lines in found.items()}

    def keep(self, app: str, job: str, run: str, lines: Sequence[str], runs: Collection[str]) -> None:
        """Those of one run more; of others only while they are among `runs`."""
        kept = {own: found for own, found in self.read(app, job).items() if own in runs}
        kept[run] = [line[:_LONGEST_LINE] for line in lines[-MOST_LINES:]]
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._file(app, job)
        new = file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(kept), encoding="utf-8")
        new.replace(file)

    def forget(self, apps: Collection[str]) -> None:
        """The files of apps that there are not any more."""
        if self._folder.is_dir():
            for file in self._folder.iterdir():
                if file.name.partition(".")[0] not in apps:
                    file.unlink(missing_ok=True)

    def _file(self, app: str, job: str) -> Path:
        return self._folder / f"{app}.{job}.json"
