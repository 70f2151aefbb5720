"""The bench of what the bundle costs reads kernels of either cgroup version, and counts a shared layer once."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def measures(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """tests/bench/footprint_measures.py, which is in no package and imports its neighbour."""
    monkeypatch.syspath_prepend(str(BENCH))
    spec = importlib.util.spec_from_file_location("footprint_measures", BENCH / "footprint_measures.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "footprint_measures", module)
    spec.loader.exec_module(module)
    yield module


@pytest.mark.parametrize(
    ("cgroup", "path"),
    [
        ("9:cpu,cpuacct:/docker/a\n5:memory:/docker/b\n0::/docker/c\n", "/sys/fs/cgroup/cpuacct/docker/a/usage"),
        ("0::/system.slice/docker-a.scope\n", "/sys/fs/cgroup/system.slice/docker-a.scope/cpu.stat"),
    ],
)
def test_the_cgroup_of_a_figure_is_found_in_both_versions(measures: ModuleType, cgroup: str, path: str) -> None:
    """By controller in version 1, by the unified hierarchy in version 2."""
    assert measures.cgroup_file(cgroup, "cpuacct", "usage", "cpu.stat") == path


def test_cpu_time_of_both_versions(measures: ModuleType) -> None:
    """Nanoseconds in version 1, microseconds in version 2; what tells neither is an error, not zero."""
    assert measures.used_seconds("2500000000\n") == 2.5
    assert measures.used_seconds("usage_usec 2500000\nuser_usec 1\n") == 2.5
    with pytest.raises(measures.MeasureError):
        measures.used_seconds("")


def test_a_container_that_came_or_went_is_in_no_difference(measures: ModuleType) -> None:
    """Only what was there at both readings is compared."""
    assert measures.percents({"a": 1.0, "gone": 5.0}, {"a": 2.0, "new": 9.0}, 10) == {"a": 10.0}


def test_layers_are_named_with_all_below_them(measures: ModuleType) -> None:
    """As the engine names them: the first by its content, each further one by the one below and its content."""
    chain = measures.chain_ids(["sha256:aa", "sha256:bb"])
    assert chain[0] == "sha256:aa"
    assert chain[1] == "sha256:b68ad689d6d1ec110ea1c13617437ad6f3766d4b3b309f6a603a222e07a0164f"
    assert measures.chain_ids(["sha256:bb", "sha256:aa"])[1] != chain[1]


def test_a_layer_of_two_images_counts_once(measures: ModuleType) -> None:
    """Each image's size has it; the sum of all has it once."""
    inspected = {"docker image inspect one": ["sha256:aa"], "docker image inspect two": ["sha256:aa", "sha256:bb"]}

    def shell(line: str) -> str:
        if line.startswith("docker info"):
            return "/var/lib/docker overlay2\n"
        if line.startswith(". ./swarm/images.env"):
            return "one" if "APP" in line else "two"
        if line in inspected:
            layers = inspected[line]
            return measures.json.dumps([{"Size": 5_000_000 * len(layers), "RootFS": {"Layers": layers}}])
        return "5000000\x1e" * line.count("cat ")

    figures, _ = measures.image_mb(shell)
    assert figures["app"] == 5.0
    assert figures["postgres"] == 10.0
    assert figures["all"] == 10.0
