"""An image of a private registry on a real Swarm: the way that docs/caprover.md tells, since captain keeps no login."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from captain.apps.app_file import parse_app
from captain.apps.app_rollout import Outcome, Place, roll_out
from captain.credentials import Domains
from swarm.engine import Engine
from swarm.engine_login import Login
from tests.docker_cli import eventually
from tests.e2e.node import BASE, Node
from tests.integration.captain.swarm_node import saved, socket_of, swarm_node

PRIVATE = "127.0.0.1:5001"
PASSWORD = "open sesame"
FILE = "/run/secrets/registry_password"
SERVE = f"mkdir -p /run/secrets && printf %s '{PASSWORD}' >{FILE} && exec /srv/registry/entrypoint.sh"
ANSWERS = f"docker login -u flotilla --password-stdin {PRIVATE} >/dev/null 2>&1 && echo yes || :"


def private_registry(node: Node, image: str) -> None:
    """One in the node, which asks for a password and has `shop:1`, `shop:2` and `shop:3`, which the node has not."""
    node.exec("docker", "load", "-q", stdin=saved(image))
    node.exec("docker", "run", "-d", "--user", "0", "-p", f"{PRIVATE}:5000", image, "sh", "-c", SERVE)
    eventually(lambda: node.exec("sh", "-c", ANSWERS, stdin=PASSWORD), 60)
    for number in "123":
        name = f"{PRIVATE}/shop:{number}"
        container = node.exec("docker", "create", BASE).strip()
        node.exec("docker", "commit", "--change", f"ENV RELEASE={number}", container, name)
        node.exec("docker", "rm", container)
        node.exec("docker", "push", "-q", name)
        node.exec("docker", "rmi", name)


def test_a_login_that_an_apps_service_was_given_stays(image: Callable[[str], str], tmp_path: Path) -> None:
    """Without one a private image cannot be pulled, and the release before serves on; with it, later ones are live."""
    with swarm_node(tmp_path) as node:
        private_registry(node, image("registry"))
        engine = Engine.from_socket(socket_of(node))
        engine.login = Login("127.0.0.1:5000", "flotilla", "another registry's")  # captain's own, as in a stack
        place = Place(engine, "flotilla", Domains.of(""), print, list)

        def apply(name: str) -> Outcome:
            document = {"image": name, "command": ["sleep", "3600"], "deadline": "30s"}
            return roll_out(place, parse_app("shop", document))

        assert apply(BASE).why == ""
        refused = apply(f"{PRIVATE}/shop:1")
        assert "It is back on release 1" in refused.why, refused
        node.exec("docker", "service", "update", "--with-registry-auth", "--image", f"{PRIVATE}/shop:2", "shop")
        last = apply(f"{PRIVATE}/shop:3")
        assert (last.why, last.release) == ("", 3), last
        [task] = [task for task in engine.tasks("shop") if task.ready]
        assert task.image.startswith(f"{PRIVATE}/shop:3")
        engine.close()
