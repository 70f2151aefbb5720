"""`captain push`: images of the bundle to the registry, before the services want them on other nodes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TypeAlias

from captain.credentials import Domains
from captain.errors import CaptainError
from captain.registry.bundle import push_missing
from swarm.engine import Engine

Write: TypeAlias = Callable[[str], object]
COMMANDS = ("push",)


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    shared: Sequence[Callable[[argparse.ArgumentParser], object]],
) -> None:
    """The command's arguments; `shared` adds those that all have, such as --stack."""
    parser = commands.add_parser(
        "push",
        help="push images of the bundle to the registry, for other nodes",
        description="Push those of these images, which are on this node, that the registry has not. Runs in the "
        "deployed captain, which has the registry's password.",
    )
    for add in shared:
        add(parser)
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="full names, such as 127.0.0.1:5000/flotilla/app:…")


def run(engine: Engine, options: argparse.Namespace, _: Domains, write: Write) -> int:
    """0 once the registry has them all. Raises `CaptainError`."""
    if engine.login is None or not engine.login.url:
        raise CaptainError("There is no registry here: run this in the deployed captain (./swarm/captain.sh push).")
    absent = push_missing(engine, engine.login, options.images, lambda line: write(f"{line}\n"))
    if absent:
        raise CaptainError(f"{', '.join(absent)} are not on this node: name images that docker image ls shows.")
    return 0
