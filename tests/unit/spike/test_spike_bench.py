"""The bench reads what kernels of either cgroup version write."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture(scope="module")
def measures() -> ModuleType:
    """tests/bench/spike_measures.py, which is in no package."""
    spec = importlib.util.spec_from_file_location("spike_measures", BENCH / "spike_measures.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["spike_measures"] = module
    spec.loader.exec_module(module)
    return module


def test_memory_of_cgroup_v1(measures: ModuleType) -> None:
    """rss and shmem of the whole tree, page cache left out."""
    stat = "cache 900\nrss 1\nshmem 2\ntotal_cache 900\ntotal_rss 100\ntotal_shmem 20\n"
    assert measures.unreclaimable_bytes(stat) == 120


def test_memory_of_cgroup_v2(measures: ModuleType) -> None:
    """anon and shmem, page cache left out."""
    assert measures.unreclaimable_bytes("anon 100\nfile 900\nshmem 20\n") == 120


def test_unknown_memory_is_no_zero(measures: ModuleType) -> None:
    """A file that tells nothing is an error."""
    with pytest.raises(measures.MeasureError):
        measures.unreclaimable_bytes("cache 1\n")


@pytest.mark.parametrize(
    ("cgroup", "path"),
    [
        ("9:cpu,cpuacct:/docker/a\n5:memory:/docker/a\n0::/docker/a\n", "/c/memory/docker/a/memory.stat"),
        ("0::/system.slice/docker-a.scope\n", "/c/system.slice/docker-a.scope/memory.stat"),
    ],
)
def test_the_memory_cgroup_is_found_in_both_versions(measures: ModuleType, cgroup: str, path: str) -> None:
    """By controller in version 1, by the unified hierarchy in version 2."""
    assert measures.memory_stat_file(cgroup, Path("/c")) == Path(path)


def test_cpu_time_counts_children_that_were_waited_for(measures: ModuleType) -> None:
    """A health check is a child of the engine's shim; a name with spaces and brackets misleads nobody."""
    stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 100 20 3 7 20 0 1 0 5 6 7"
    assert measures.cpu_seconds(stat, 100) == pytest.approx(1.30)
