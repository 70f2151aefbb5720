"""Stack files to a stack: merging, reading, refusing."""

from pathlib import Path

import pytest

from captain.compose import Source, load
from captain.errors import CaptainError
from captain.parse import parse
from captain.stack import Stack
from captain.units import duration_nanoseconds, nano_cpus, size_bytes

ROOT = Path(__file__).parents[3]


def read(*texts: str, **variables: str) -> Stack:
    sources = [Source(f"{number}.yml", text) for number, text in enumerate(texts, 1)]
    return parse(load(sources, variables), "s")


def service(body: str) -> str:
    return f'version: "3.9"\nservices:\n  a:\n    image: i:1\n{body}'


def test_the_shipped_stack_files_are_understood() -> None:
    """stack.yml with every variable at its default, and with the second file for newer engines over it."""
    sources = [Source(name, (ROOT / name).read_text()) for name in ("stack.yml", "swarm/stack.engine-25.yml")]
    stack = parse(load(sources, {}), "flotilla")
    assert {"edge", "app", "worker", "postgres", "pgbouncer", "captain"} <= set(stack.services)
    check = stack.services["app"].healthcheck
    assert check is not None
    assert check.test is not None
    assert check.start_interval == 500_000_000


def test_anchors_and_merge_keys_are_resolved() -> None:
    """`x-` sections give anchors and are no services; `<<` merges under what is said."""
    text = """
x-common: &common {A: "1", B: "2"}
services:
  a: {image: "i:1", environment: {<<: *common, B: "3"}}
"""
    assert read(text).services["a"].environment == {"A": "1", "B": "3"}


def test_a_later_file_goes_over_an_earlier_one() -> None:
    """Maps merge, scalars and commands are replaced, mounts and ports by target, other lists are joined."""
    base = service(
        "    command: [x, y]\n"
        "    environment: {A: '1', B: '2'}\n"
        "    cap_add: [A]\n"
        "    ports: [{target: 80, published: 80}]\n"
        "    volumes: ['/a:/x']\n"
        "    healthcheck: {test: [CMD, x], interval: 5s}\n"
    )
    over = service(
        "    command: [z]\n"
        "    environment: ['B=3', 'C=4']\n"
        "    cap_add: [B]\n"
        "    ports: [{target: 80, published: 8080}]\n"
        "    volumes: ['/b:/x', '/c:/y']\n"
        "    healthcheck: {interval: 30s}\n"
    )
    merged = read(base, over).services["a"]
    assert merged.command == ("z",)
    assert merged.environment == {"A": "1", "B": "3", "C": "4"}
    assert merged.cap_add == ("A", "B")
    assert [port.published for port in merged.ports] == [8080]
    assert [(mount.source, mount.target) for mount in merged.mounts] == [("/b", "/x"), ("/c", "/y")]
    assert merged.healthcheck is not None
    assert merged.healthcheck.test == ("CMD", "x")
    assert merged.healthcheck.interval == 30 * 10**9


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (service("    imagine: x\n"), r"services\.a\.imagine is a key"),
        (service("    tmpfs: [/tmp]\n"), r"services\.a\.tmpfs is ignored by `docker stack deploy`"),
        (service("    deploy: {replica: 2}\n"), r"services\.a\.deploy\.replica is a key"),
        (service("    deploy: {replicas: two}\n"), r"services\.a\.deploy\.replicas is 'two'"),
        (service("    deploy: {mode: globul}\n"), r"deploy\.mode is 'globul'"),
        (service("    networks: [nowhere]\n"), "uses 'nowhere', which is not defined under networks"),
        (service("    volumes: ['nowhere:/x']\n"), "not defined under volumes"),
        (service("    secrets: [nowhere]\n"), "not defined under secrets"),
        (service("    stop_grace_period: soon\n"), "'soon' is not a duration"),
        (service("    ports: ['80:80']\n"), r"services\.a\.ports has to be a mapping"),
        (service("    ports: [{target: 80, published: 0}]\n"), "published has to be a port"),
        (service("    environment: [BARE]\n"), "BARE without a value"),
        ("services: {a: {}}", r"services\.a\.image is needed"),
        ("services: [", "1.yml is not valid YAML"),
        ("serivces: {}", "1.yml: unknown section 'serivces'"),
        ('version: "2.4"\nservices: {}', 'version "2.4"'),
        ("services: {a: {image: '${NOT_SET}'}}", "1.yml: NOT_SET is not set"),
        ("secrets: {a: {file: ./x}}", r"secrets\.a\.file is a key"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, named: str) -> None:
    """Unknown keys, wrong values and missing definitions never pass silently."""
    with pytest.raises(CaptainError, match=named):
        read(text)


def test_units_are_dockers() -> None:
    """Sizes are powers of 1024, durations Go's, CPUs exact."""
    assert [size_bytes(text) for text in ("256M", "1.5G", "20MB", "1000", "1kib")] == [
        2**28, 3 * 2**29, 20 * 2**20, 1000, 1024,
    ]  # fmt: skip
    assert duration_nanoseconds("1m30s") == 90 * 10**9
    assert duration_nanoseconds("1.5s") == 1_500_000_000
    assert nano_cpus("0.05") == 50_000_000
    for convert, text in (
        (size_bytes, "big"),
        (duration_nanoseconds, "10"),
        (nano_cpus, "half"),
        (nano_cpus, "-1"),
    ):
        with pytest.raises(ValueError, match=text):
            convert(text)
