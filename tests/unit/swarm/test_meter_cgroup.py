"""The meter reads the kernel's accounts: recorded trees of v1, written ones of v2 (tests/data/cgroup)."""

import shutil
from pathlib import Path

import pytest

from swarm.meter import cgroup
from swarm.meter.cgroup import Usage

TREES = Path(__file__).parents[2] / "data" / "cgroup"
POSTGRES = "08aaae4d0a2389e7f8f08c105e0338e3f385ca4e60d396c37292b11fa2ab6cdc"
PGBOUNCER = "9da6928cdc026b4dd461ecf58ee2686569de3ca53657948b7814c5b2e1528270"
OUTER = "a1" * 32
INNER = "b2" * 32


def usage(root: Path, container: str) -> Usage | None:
    return cgroup.read(cgroup.find(root, [container])[container])


def test_version_is_told_by_the_tree() -> None:
    """The same meter runs on cgroup v1 and v2 without being told which."""
    assert cgroup.version_of(TREES / "v1") == 1
    assert cgroup.version_of(TREES / "v2") == 2


def test_v1_usage_of_a_recorded_container() -> None:
    """On v1: cpuacct.usage in nanoseconds, memory usage less total_inactive_file."""
    assert usage(TREES / "v1", POSTGRES) == Usage(12.064263333, 52_387_840 - 17_383_424)


def test_v2_usage_of_a_container_under_systemd() -> None:
    """On v2: usage_usec in microseconds, memory.current less inactive_file, in docker-ID.scope."""
    assert usage(TREES / "v2", OUTER) == Usage(90.250125, 73_400_320 - 9_437_184)


def test_container_inside_a_node_that_is_a_container() -> None:
    """An engine inside a container has its containers below that container's own group."""
    assert usage(TREES / "v2", INNER) == Usage(1.5, 0)
    found = cgroup.find(TREES / "v2", [INNER, OUTER])
    assert found.keys() == {INNER, OUTER}


def test_working_set_is_never_negative() -> None:
    """Usage and inactive pages are not of one instant: they may differ the wrong way, the metric may not."""
    assert cgroup.working_set_bytes(10, 25) == 0
    assert cgroup.working_set_bytes(25, 10) == 15


@pytest.mark.parametrize("parent", ["docker", "a/parent/of/ones/own", "docker/" + "c3" * 32 + "/docker"])
def test_v1_container_is_found_in_every_layout(tmp_path: Path, parent: str) -> None:
    """Whatever the cgroup parent, a container is found by its id."""
    for controller in ("cpuacct", "memory"):
        shutil.copytree(TREES / "v1" / controller / "docker" / PGBOUNCER, tmp_path / controller / parent / PGBOUNCER)
    assert usage(tmp_path, PGBOUNCER) == usage(TREES / "v1", PGBOUNCER)


def test_unknown_container_is_missing() -> None:
    """A container without accounts is left out, not zero."""
    assert cgroup.find(TREES / "v1", ["d4" * 32]) == {}


def test_container_that_vanished_reads_as_none(tmp_path: Path) -> None:
    """A container that ends between finding and reading gives no value."""
    tree = tmp_path / "v2"
    shutil.copytree(TREES / "v2", tree)
    accounts = cgroup.find(tree, [OUTER])[OUTER]
    shutil.rmtree(accounts.memory)
    assert cgroup.read(accounts) is None


def test_containers_beside_the_known_ones_are_seen() -> None:
    """A folder list shows that containers came or went, without asking the engine."""
    known = cgroup.find(TREES / "v1", [POSTGRES]).values()
    assert cgroup.ids_beside(known) == {POSTGRES, PGBOUNCER}


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (OUTER, OUTER),
        (f"docker-{OUTER}.scope", OUTER),
        ("system.slice", None),
        (OUTER[:63], None),
        (f"buildkit-{OUTER}", None),
    ],
)
def test_container_id_of_a_folder(folder: str, expected: str | None) -> None:
    """Only Docker's own folder names count as containers."""
    assert cgroup.container_id(folder) == expected


def test_field_matches_whole_names_only() -> None:
    """`inactive_file` is not the end of `total_inactive_file`, and a missing field is an error, not zero."""
    text = "total_inactive_file 1\ninactive_file 2\nlast 3"
    assert cgroup.field(text, "inactive_file") == 2
    assert cgroup.field(text, "total_inactive_file") == 1
    assert cgroup.field(text, "last") == 3
    with pytest.raises(ValueError, match="no active_file"):
        cgroup.field(text, "active_file")
