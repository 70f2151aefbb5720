"""How much builds may take of the machine, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from captain import units
from captain.builds.image_builder import BuildLimits
from captain.errors import CaptainError

_LEAST_MEMORY_BYTES = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """`parallel` builds at a time on this machine, each within `limits`."""

    limits: BuildLimits
    parallel: int


def from_environment(environment: Mapping[str, str] | None = None) -> BuildSettings:
    """`CaptainError` for what cannot be."""
    found = os.environ if environment is None else environment
    try:
        memory = units.size_bytes(found.get("FLOTILLA_BUILD_MEMORY") or "1G")
        cpus = units.nano_cpus(found.get("FLOTILLA_BUILD_CPUS") or "1") / 10**9
        minutes = float(found.get("FLOTILLA_BUILD_MINUTES") or "30")
        parallel = int(found.get("FLOTILLA_BUILDS") or "2")
    except ValueError as error:
        raise CaptainError(f"FLOTILLA_BUILD_MEMORY, _CPUS, _MINUTES or FLOTILLA_BUILDS: {error}.") from error
    if memory < _LEAST_MEMORY_BYTES or cpus < 0.01 or not 0 < minutes < 24 * 60 or parallel < 1:
        raise CaptainError(
            "A build needs 16M of FLOTILLA_BUILD_MEMORY, 0.01 of FLOTILLA_BUILD_CPUS, some FLOTILLA_BUILD_MINUTES "
            "(less than a day) and one of FLOTILLA_BUILDS at least."
        )
    return BuildSettings(BuildLimits(memory, cpus, minutes * 60), parallel)
