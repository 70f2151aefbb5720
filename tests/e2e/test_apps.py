"""An operator's app from its first release to its removal, with `./swarm/captain.sh` on the real Swarm."""

from __future__ import annotations

import gzip
import json

import httpx
import pytest
import yaml

from tests.docker_cli import DockerError, eventually
from tests.e2e.node import ROOT, Node
from tests.e2e.second_node import second_node
from tests.e2e.shop import HOST, Shop
from tests.e2e.stack import HERE


def test_an_app_is_deployed_when_that_is_true(shop: Shop) -> None:
    """Under load no request fails, whatever is deployed; what is not good says why, and touches no old replica."""
    code, first = shop.apply(shop.file("1"))
    assert (code, first["release"], first["live"], shop.serves()) == (0, 1, True, (200, "1"))

    # Nothing to do is nothing done, and a route restarts nothing.
    version, before = shop.stack.inspect("shop")[0]["Version"]["Index"], shop.tasks()
    assert shop.apply(shop.file("1"))[1]["step"] == "unchanged"
    assert shop.stack.inspect("shop")[0]["Version"]["Index"] == version
    routed = shop.file("1", http={"port": 8000, "hosts": ["shop.example.com"]})
    code, second = shop.apply(routed)
    assert (code, second["step"], shop.serves("shop.example.com")) == (0, "reconfigure", (200, "1"))
    assert shop.tasks() == before

    with shop.load() as load:
        eventually(lambda: load.good > 10, 30)
        code, third = shop.apply(shop.file("3"))
        assert (code, third["step"], third["release"]) == (0, "roll_out", 3), third
        assert [shop.serves() for _ in range(8)] == [(200, "3")] * 8
        good = shop.tasks()
        for broken, why, log in (
            (shop.file("4", environment={"MODE": "crash"}), "non-zero exit (3)", "the shelf is empty"),
            (shop.file("5", image="nowhere.invalid/shop:5"), "No such image", ""),
            (shop.file("6", environment={"MODE": "silent"}, deadline="6s"), "when port 8000 is listened on", ""),
        ):
            code, failed = shop.apply(broken)
            assert (code, failed["live"]) == (1, False), failed
            assert why in failed["why"] and "It is back on release 3." in failed["why"], failed
            assert log in "\n".join(failed["log"]), failed
            assert shop.serves() == (200, "3") and shop.tasks() == good, "no old replica was touched"
        assert shop.captain("scale", "shop", "2")[0] == 0
        assert good < shop.tasks() and len(shop.tasks()) == 2
        outcome = load.stop()
    assert outcome.failed == []

    states = {found["release"]: found["state"] for found in shop.captain("releases", "shop")[1]["releases"]}
    assert states == {1: "earlier", 2: "earlier", 3: "running", 4: "failed", 5: "failed", 6: "failed"}
    code, back = shop.captain("rollback", "shop", "1")
    assert (code, back["apps"][0]["release"], shop.serves()) == (0, 7, (200, "1"))
    assert len(shop.tasks()) == 2, "the count is carried"

    assert shop.captain("remove", "shop")[0] == 0
    eventually(lambda: shop.serves()[0] == 404, 20)
    configs = shop.stack.node.docker("config", "ls", "--format", "{{.Name}}")
    assert "app.shop" not in configs


def test_what_an_operator_does_with_an_app_that_runs(shop: Shop) -> None:
    """Its log, commands in it and beside it, its environment, secrets, bounds and password, as they were asked for."""
    assert shop.captain("plan", file=shop.file("1"))[1]["steps"][0]["step"] == "create"
    assert shop.apply(shop.file("1"))[0] == 0
    [row] = [found for found in shop.captain("apps")[1]["apps"] if found["app"] == "shop"]
    assert (row["release"], row["wanted"], row["ready"], row["hosts"]) == (1, 1, 1, [HOST])
    [planned] = shop.captain("plan", file=shop.file("1", replicas=2))[1]["steps"]
    assert (planned["step"], planned["restarts_tasks"]) == ("scale", False)

    code, said = shop.says("exec", "shop", "--", "sh", "-c", "echo out $RELEASE; cat; exit 5", stdin="from here")
    assert (code, said) == (5, "out 1\nfrom here")
    code, said = shop.says("run", "shop", "--", "sh", "-c", "sleep 1; echo once $RELEASE; exit 7")
    assert (code, said) == (7, "once 1\n")
    assert shop.stack.node.engine("/services", {"label": ["flotilla.run"]}) == []

    before = shop.tasks()
    assert shop.says("auth", "shop", "ann", stdin="secret\n")[0] == 0
    assert (shop.serves()[0], shop.serves(auth=("ann", "secret"))) == (401, (200, "1"))
    assert "secret" not in json.dumps(shop.stack.inspect("shop")[0]["Spec"]["Labels"])
    assert shop.says("auth", "shop", "off")[0] == 0 and shop.serves() == (200, "1")
    assert shop.says("autoscale", "shop", "min=1", "max=2", "concurrency=50")[0] == 0
    assert shop.stack.inspect("shop")[0]["Spec"]["Labels"]["flotilla.autoscale.max"] == "2"
    assert shop.tasks() == before, "none of that restarts a replica"

    assert shop.says("secret", "set", "shop-key", "--app", "shop", stdin="one")[0] == 0
    assert shop.says("exec", "shop", "--", "cat", "/run/secrets/shop-key") == (0, "one")
    assert shop.says("secret", "set", "shop-key", stdin="two")[0] == 0
    assert shop.says("exec", "shop", "--", "cat", "/run/secrets/shop-key") == (0, "two")
    code, changed = shop.captain("env", "set", "shop", "RELEASE=env")
    assert (code, changed["apps"][0]["step"], shop.serves()) == (0, "roll_out", (200, "env"))
    # The engine still has the logs of the tasks that were replaced.
    said = shop.says("logs", "shop", "--grep", "serves release")[1]
    assert {line.partition(" | ")[2] for line in said.splitlines()} == {"serves release 1", "serves release env"}
    seen = shop.stack.node.repository("timeout 5 ./swarm/captain.sh logs shop -f || true")
    assert "serves release env" in seen
    processes = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"
    running = shop.stack.node.docker("exec", shop.stack.container("flotilla_captain"), "sh", "-c", processes)
    assert "captain" in running and "logs shop" not in running, "nobody goes on looking"
    happened = shop.says("events", "shop", "--since", "10m")[1]
    assert "release 1 was begun" in happened and "(env set RELEASE)" in happened and "became ready on" in happened
    assert shop.captain("remove", "shop")[0] == 0
    eventually(lambda: shop.says("secret", "rm", "shop-key")[0] == 0, 30)
    assert "shop-key" not in shop.stack.node.docker("secret", "ls", "--format", "{{.Name}}")


def test_the_swarm_takes_every_template(shop: Shop) -> None:
    """Each service of CapRover's templates is created without a replica and removed; what is refused is said."""
    bad = "captainVersion: 4\nservices: {$$cap_appname: {image: a, healthcheck: {test: x, interval: 1ns}}}\n"
    shop.stack.node.exec("tee", "/tmp/bad.yml", stdin=f"{bad}caproverOneClickApp: {{}}\n")
    before = shop.stack.node.docker("service", "ls", "-q")
    code, rows = shop.captain("template", "check", "--on-swarm", "tests/data/one-click/apps", "/tmp/bad.yml")
    assert code == 1
    wrong = {row["template"]: row["refused"] or row["error"] for row in rows if row["refused"] or not row["planned"]}
    assert list(wrong) == ["bad.yml"] and "nterval" in str(wrong["bad.yml"]), wrong
    assert len(rows) == 1 + len(list((ROOT / "tests" / "data" / "one-click" / "apps").iterdir()))
    assert set(shop.stack.node.docker("service", "ls", "-q").split()) == set(before.split())


def test_a_template_is_deployed(shop: Shop) -> None:
    """From a file of the operator's machine: values checked, secrets made up, in order, under CapRover's names."""
    service = {
        "image": shop.stack.captain_image(),
        "command": ["sh", "-c", 'exec python -c "$SERVER"'],
        "environment": {
            "RELEASE": "$$cap_words",
            "SECRET": "$$cap_secret",
            "SERVER": (HERE / "app_server.py").read_text(),
        },
    }
    built = {"notExposeAsWebApp": "true", "dockerfileLines": [f"FROM {service['image']}", "ENV FROM_LINES=yes"]}
    web = {"depends_on": ["$$cap_appname-db"], "caproverExtra": {"containerHttpPort": "8000"}}
    variables = [
        {"id": "$$cap_words", "label": "Words", "validRegex": "/[a-z]{3,}/"},
        {"id": "$$cap_secret", "label": "Secret", "defaultValue": "$$cap_gen_random_hex(16)"},
    ]
    template = {
        "captainVersion": 4,
        "services": {
            "$$cap_appname": service | web,
            "$$cap_appname-db": {key: service[key] for key in ("command", "environment")} | {"caproverExtra": built},
        },
        "caproverOneClickApp": {"variables": variables, "instructions": {"end": "$$cap_appname.$$cap_root_domain"}},
    }
    shop.stack.node.exec("tee", "/tmp/two.yml", stdin=yaml.safe_dump(template))
    command = ("template", "deploy", "/tmp/two.yml", "--app", "shop", "--yes")
    assert shop.says(*command)[0] == 1 and not shop.is_made(), "a value is missing"
    try:
        code, answer = shop.captain(*command, "--var", 'words=say "hi": $$cap_appname')
        assert code == 0, answer
        assert [app["app"] for app in answer["apps"]] == ["shop-db", "shop"]
        assert answer["instructions"] == HOST
        assert shop.serves() == (200, 'say "hi": $$cap_appname')
        inside = 'echo "$SECRET"; getent hosts srv-captain--shop-db >/dev/null'
        code, secret = shop.says("exec", "shop", "--", "sh", "-c", inside)
        assert code == 0 and len(secret.strip()) == 16
        database = shop.stack.inspect("shop-db")[0]["Spec"]["TaskTemplate"]["ContainerSpec"]
        assert database["Image"] != service["image"], "it was built"
        code, again = shop.captain(*command)
        assert (code, [app["step"] for app in again["apps"]]) == (0, ["unchanged", "unchanged"])
    finally:
        shop.captain("remove", "shop-db")
    assert shop.captain("remove", "shop")[0] == 0
    assert "shop" not in shop.stack.node.docker("config", "ls", "--format", "{{.Name}}")


def test_a_source_becomes_a_release_that_is_live(shop: Shop) -> None:
    """Built, rolled out under load without a failed request; a build that fails touches nothing and leaves nothing."""
    node, folder = shop.stack.node, "/tmp/shop"
    code, first = shop.captain("deploy", "shop", "--port", "8000", "--tar", "-", file=shop.source("1"))
    assert (code, first["release"], first["live"], shop.serves()) == (0, 1, True, (200, "1")), first
    assert shop.captain("scale", "shop", "2")[0] == 0

    with shop.load() as load:
        eventually(lambda: load.good > 10, 30)
        node.exec("mkdir", "-p", folder)
        node.copy(gzip.decompress(shop.source("2")), folder)
        code, second = shop.captain("deploy", "shop", "--source", folder)
        assert (code, second["step"], second["release"]) == (0, "roll_out", 2), second
        assert [shop.serves() for _ in range(8)] == [(200, "2")] * 8
        good = shop.tasks()
        assert len(good) == 2, "the count is carried"
        for source, why in (
            (shop.source("3", step="RUN echo the shelf is empty; exit 3"), "non-zero code: 3"),
            (shop.source("3", **{"../x": ""}), "'../x', which leads out of it"),
            (shop.source("3")[:-20], "cannot be unpacked"),
        ):
            code, failed = shop.deploy(source)
            assert (code, failed["live"], failed["step"]) == (1, False, "build"), failed
            assert why in failed["why"], failed
        code, crashed = shop.deploy(shop.source("3", step="ENV MODE=crash"))
        assert (code, crashed["live"]) == (1, False) and "It is back on release 2." in crashed["why"], crashed
        assert shop.serves() == (200, "2") and shop.tasks() == good, "no old replica was touched"
        outcome = load.stop()
    assert outcome.failed == []

    captain = shop.stack.container("flotilla_captain")
    left = node.docker(
        "exec", captain, "sh", "-c", "ls /var/tmp; ls -l /proc/[0-9]*/fd 2>/dev/null | grep deleted || :"
    )
    assert all(name.startswith("flotilla-") for name in left.split()), left
    assert shop.captain("rollback", "shop", "1")[0] == 0
    assert shop.serves() == (200, "1"), "its image is kept"


ASK_REGISTRY = "exec 3<>/dev/tcp/{}/5000; printf 'GET /v2/ HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n' >&3; head -n 1 <&3"


def test_a_second_node_gets_what_it_runs_from_the_registry(shop: Shop) -> None:
    """Images of the bundle and of an app built here, through its own edge, which serves nobody else.

    Its replica is entered there as on captain's node, and what that needed is gone.
    """
    stack, first = shop.stack, shop.stack.node

    def asked(node: Node, address: str) -> str:
        return node.exec("bash", "-c", ASK_REGISTRY.format(address))

    with second_node(stack) as second:
        everywhere = {"flotilla_edge", "flotilla_certificate", "flotilla_meter", "flotilla_pgbouncer-passwords"}
        eventually(lambda: all(len(stack.ready(name)) == 2 for name in everywhere), 240, pause=1)
        held = second.docker("image", "ls", "--format", "{{.Repository}}")
        assert {f"127.0.0.1:5000/flotilla/{name}" for name in ("meter", "pgbouncer")} <= set(held.split())
        assert " 401 " in asked(second, "127.0.0.1"), "its own is passed on, and asked for the password"
        assert " 403 " in asked(second, first.ip) and " 403 " in asked(first, second.ip)
        assert httpx.get(f"http://{second.ip}:5000/v2/", timeout=10, trust_env=False).status_code == 403

        code, built = shop.captain("deploy", "shop", "--port", "8000", "--tar", "-", file=shop.source("1"))
        assert (code, built["live"]) == (0, True), built
        image = stack.image("shop")
        assert image.startswith("127.0.0.1:5000/apps/shop@sha256:")
        assert len(second.docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name=shop").split()) == 1
        inside = "echo out $RELEASE; cat; echo bad >&2; exit 5"
        assert shop.says("exec", "shop", "--", "sh", "-c", inside, stdin="from here") == (5, "out 1\nfrom here")
        assert shop.stack.node.engine("/services", {"label": ["flotilla.exec"]}) == []
        assert first.docker("secret", "ls", "-q", "--filter", "label=flotilla.exec") == ""
        # By tag: an engine asks no registry for a digest that it has.
        with pytest.raises(DockerError, match="basic auth"):
            second.docker("pull", stack.image("flotilla_registry"))
    stack.wait_healthy()


# In a network of its own: an engine without a bridge removes docker0, which is the node's.
FULL_DISK = """
mkdir -p /small && mount -t tmpfs -o size=48m tmpfs /small
unshare --net dockerd --data-root /small --exec-root /run/small --pidfile /run/small.pid \\
    --host unix:///run/small.sock --bridge none --iptables=false --storage-driver vfs >/tmp/small.log 2>&1 &
engine=$!
trap 'kill $engine; wait $engine; umount /small' EXIT
tries=0
until docker -H unix:///run/small.sock info >/dev/null 2>&1; do
    tries=$((tries + 1)); [ $tries -lt 150 ] || { tail -n 20 /tmp/small.log >&2; exit 1; }; sleep 0.2
done
docker run --rm -i --network none -v /run/small.sock:/var/run/docker.sock "$1" sh -c 'cd /srv && exec python -'
docker -H unix:///run/small.sock images -aq | wc -l
"""
BUILD = r"""
import io, pathlib, tarfile
from functools import partial
from captain.builds.builds import Builds
from captain.builds.context import Source
from swarm.engine import Engine
made = io.BytesIO()
with tarfile.open(fileobj=made, mode="w") as archive:
    dockerfile = b"FROM scratch\nCOPY one /\nCOPY two /\n"
    for name, content in (("Dockerfile", dockerfile), ("one", b"1"), ("two", bytes(30 << 20))):
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
builds = Builds(partial(Engine.from_socket, "/var/run/docker.sock"), pathlib.Path("/tmp"))
build = builds.wait(builds.submit("shop", Source(made), lambda image, say: "").id)
print(build.state.value, build.why)
"""


def test_a_full_disk_ends_a_build_and_is_given_back(shop: Shop) -> None:
    """An engine with 48 MB of disk: the reason is said, and no layer of what could not be finished stays."""
    said = shop.stack.node.exec("sh", "-c", FULL_DISK, "sh", shop.stack.captain_image(), stdin=BUILD)
    outcome, _, layers = said.rpartition("\n")
    assert outcome.startswith("failed The build failed, for the engine's disk is full"), said
    assert layers == "0", said
