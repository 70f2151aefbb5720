"""Templates to apps: every key, and every key that is left out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from captain.apps.app_spec import NO_HEALTHCHECK, Http, Restart
from captain.errors import CaptainError
from captain.oneclick.template import parse
from captain.oneclick.translate import OneClick, translate
from captain.oneclick.trial import same_digits
from captain.oneclick.variables import resolve
from captain.stack import Healthcheck, Mount, Port

ABOUT = """
caproverOneClickApp:
  displayName: T
  instructions: {start: "for $$cap_appname", end: "at $$cap_appname.$$cap_root_domain"}
  variables:
    - {id: $$cap_empty}
    - {id: $$cap_lines, defaultValue: "a\\nb"}
    - {id: $$cap_command, defaultValue: "serve --x 'a b'"}
"""


def becomes(services: str, top: str = "", allowed: Sequence[str] = (), **given: str) -> OneClick:
    indented = "\n".join(f"  {line}" for line in services.strip("\n").splitlines())
    made = parse(f"captainVersion: 4\n{top}\nservices:\n{indented}\n{ABOUT}", "t.yml")
    return translate(made, resolve(made, {"appname": "shop", **given}, "example.com", same_digits), allowed)


def one(keys: str, **given: str) -> OneClick:
    """A template of one service with these keys beside its image."""
    return becomes("$$cap_appname:\n  image: nginx:1\n" + "\n".join(f"  {line}" for line in keys.splitlines()), **given)


def left_out(made: OneClick) -> list[str]:
    return [entry.path for entry in made.unsupported]


def test_a_service_becomes_an_app() -> None:
    """Every key that captain reads, in every form of it."""
    made = one(
        """
environment: {A: yes, B: 1.10, "C-$$cap_appname": "$$cap_root_domain", D: , E: "$$HOME"}
command: sh -c "echo '$$cap_lines'"
entrypoint: [/run, $$cap_appname]
hostname: $$cap_appname.$$cap_root_domain
user: "1000:1000"
working_dir: /srv
cap_add: [NET_ADMIN, cap_sys_time]
labels: [a=b=c]
init: true
read_only: 'false'
stop_signal: SIGINT
stop_grace_period: 1m30s
restart: unless-stopped
expose: [80]
documentation: somewhere
caproverExtra: {containerHttpPort: '8080', websocketSupport: 'true', notExposeAsWebApp: 'false'}
"""
    )
    spec = made.apps[0].spec
    assert spec.name == "shop" and spec.image == "nginx:1" and spec.http == Http(8080)
    assert one("environment: [A=b, C: d]").apps[0].spec.environment == {"A": "b", "C": "d"}
    assert spec.environment == {"A": "yes", "B": "1.10", "C-shop": "example.com", "D": "", "E": "$$HOME"}
    assert spec.command == ("sh", "-c", "echo 'a\nb'") and spec.entrypoint == ("/run", "shop")
    assert (spec.hostname, spec.user, spec.working_dir) == ("shop.example.com", "1000:1000", "/srv")
    assert spec.cap_add == ("NET_ADMIN", "SYS_TIME") and spec.labels == {"a": "b=c"}
    assert spec.init is True and spec.read_only is False
    assert spec.stop_signal == "SIGINT" and spec.stop_grace_period == 90 * 10**9
    assert (made.start, made.end) == ("for shop", "at shop.example.com")
    assert left_out(made) == []


def test_a_web_app_unless_it_says_that_it_is_none() -> None:
    """Port 80 where none is said, as in CapRover."""
    assert one("").apps[0].spec.http == Http(80)
    assert one("caproverExtra: {notExposeAsWebApp: 'true', containerHttpPort: '1'}").apps[0].spec.http is None


@pytest.mark.parametrize(
    ("written", "restart"),
    [
        ("always", Restart()),
        ("'no'", Restart("none")),
        ("no", Restart("none")),
        ("on-failure", Restart("on-failure")),
        ("on-failure:5", Restart("on-failure", 5)),
    ],
)
def test_when_it_is_started_again(written: str, restart: Restart) -> None:
    """Every word of compose's becomes captain's, and none is left out."""
    made = one(f"restart: {written}")
    assert made.apps[0].spec.restart == restart and left_out(made) == []


def test_a_line_that_is_nothing_but_a_variable_is_a_command() -> None:
    """Whoever gives it writes a command; elsewhere a value is one argument."""
    assert one("command: $$cap_command").apps[0].spec.command == ("serve", "--x", "a b")
    assert one("command: run $$cap_command").apps[0].spec.command == ("run", "serve --x 'a b'")


def test_dockerfile_lines_are_built_where_there_is_no_image() -> None:
    """With both, the image is taken, as CapRover does, and the lines are named."""
    made = becomes("$$cap_appname:\n  caproverExtra:\n    dockerfileLines: ['FROM a:$$cap_appname', 'RUN b']")
    assert made.apps[0].spec.image == "" and made.apps[0].dockerfile_lines == ("FROM a:shop", "RUN b")
    made = one("caproverExtra: {dockerfileLines: [FROM a]}")
    assert made.apps[0].dockerfile_lines == () and left_out(made) == [
        "services.$$cap_appname.caproverExtra.dockerfileLines"
    ]
    with pytest.raises(CaptainError, match=r"dockerfileLines\.1 gets a value of several lines"):
        becomes("$$cap_appname:\n  caproverExtra:\n    dockerfileLines: ['FROM a', 'ENV X=$$cap_lines']")


def test_ports() -> None:
    """Short, long, ranges; both protocols where none is written, since templates for voice and DNS count on it."""
    made = one(
        """
ports:
  - 53:5353
  - 0.0.0.0:22:2222/tcp
  - 5000-5001:6000-6001/udp
  - {target: 9000, published: 9001, protocol: udp}
  - {target: 9000, published: 9001}
"""
    )
    assert made.apps[0].spec.ports == (
        Port(5353, 53, "tcp", "host"), Port(5353, 53, "udp", "host"), Port(2222, 22, "tcp", "host"),
        Port(6000, 5000, "udp", "host"), Port(6001, 5001, "udp", "host"), Port(9000, 9001, "udp", "host"),
        Port(9000, 9001, "tcp", "host"),
    )  # fmt: skip
    assert left_out(made) == []


def test_ports_that_are_left_out_have_a_reason() -> None:
    """One address of a node, no port of the node, the edge's own ports, another app's port."""
    made = becomes(
        """
$$cap_appname:
  image: a
  ports: ['127.0.0.1:1:1', '[::1]:2:2', '3', '80:80', '443:443/udp',
    {target: 4, published: 4, host_ip: 10.0.0.1, x: 1}, {target: 5}]
$$cap_appname-b:
  image: a
  ports: ['6:6/tcp']
$$cap_appname-c:
  image: a
  ports: ['6:7/tcp', '8:8/tcp']
"""
    )
    assert [app.spec.ports for app in made.apps] == [
        (), (Port(6, 6, "tcp", "host"),), (Port(8, 8, "tcp", "host"),)
    ]  # fmt: skip
    base = "services.$$cap_appname.ports"
    assert left_out(made) == [
        f"{base}.0", f"{base}.1", f"{base}.2", f"{base}.3", f"{base}.4", f"{base}.5.x", f"{base}.5",
        f"{base}.6", "services.$$cap_appname-c.ports",
    ]  # fmt: skip
    assert str(made.unsupported[-1]) == "services.$$cap_appname-c.ports is left out: shop-b has port 6/tcp of the node"


def test_volumes() -> None:
    """A volume is the installation's, whatever it is called; services share what they name alike; folders stay."""
    made = becomes(
        """
$$cap_appname:
  image: a
  volumes:
    - $$cap_appname-data:/data
    - cache:/cache:rw
    - /etc/localtime:/etc/localtime:ro
    - /anonymous
    - {type: volume, source: long, target: /long, read_only: true}
    - {type: tmpfs, target: /tmp}
    - {source: /srv, target: /srv, type: bind}
$$cap_appname-worker:
  image: a
  volumes: [$$cap_appname-data:/d, cache:/c]
""",
        top="volumes: {cache: , $$cap_appname-data: {driver: local}}",
    )
    assert made.apps[0].spec.mounts == (
        Mount("volume", "shop-data", "/data", False), Mount("volume", "shop-cache", "/cache", False),
        Mount("bind", "/etc/localtime", "/etc/localtime", True), Mount("volume", "", "/anonymous", False),
        Mount("volume", "shop-long", "/long", True), Mount("tmpfs", "", "/tmp", False),
        Mount("bind", "/srv", "/srv", False),
    )  # fmt: skip
    assert [mount.source for mount in made.apps[1].spec.mounts] == ["shop-data", "shop-cache"]
    assert left_out(made) == []


def test_volumes_that_captain_cannot_make_as_written() -> None:
    """Options, drivers, and folders beside a template, which has none."""
    made = becomes(
        "$$cap_appname:\n  image: a\n"
        "  volumes: ['./conf/x:/c', '/a:/b:ro,z', {source: v, target: /v, volume: {nocopy: 1}}]",
        top="volumes: {v: {driver: nfs, driver_opts: {}}}",
    )
    assert made.apps[0].spec.mounts[0] == Mount("volume", "shop-conf-x", "/c", False)
    assert made.apps[0].spec.mounts[1] == Mount("bind", "/a", "/b", True)
    base = "services.$$cap_appname.volumes"
    assert left_out(made) == ["volumes.v.driver", "volumes.v.driver_opts", f"{base}.0", f"{base}.1", f"{base}.2.volume"]


@pytest.mark.parametrize(
    "source",
    [
        "/var/run/docker.sock",
        "/run/docker.sock",
        "//var/run//docker.sock",
        "/var/run/../run/docker.sock",
        "/var/run",
        "/run/",
        "/var",
        "/",
        "/run/containerd/containerd.sock",
        "/etc/../run",
    ],
)
def test_the_docker_socket_is_for_apps_that_an_administrator_allowed(source: str) -> None:
    """Also by its other name, by a detour, and by a folder that holds it."""
    services = f"$$cap_appname-x:\n  image: a\n  volumes: ['{source}:/s:ro']"
    with pytest.raises(CaptainError, match=r"shop-x would get the Docker socket.*an administrator"):
        becomes(services, allowed=["shop"])
    assert becomes(services, allowed=["shop-x"]).apps[0].spec.mounts[0].source == source
    with pytest.raises(CaptainError, match="Docker socket"):
        becomes("$$cap_appname:\n  image: a\n  volumes: ['$$cap_empty:/s']", empty=source)


@pytest.mark.parametrize("source", ["/run/dbus", "/var/run/docker.sock.bak", "/etc", "/var/lib/docker.sock"])
def test_other_folders_are_not_the_socket(source: str) -> None:
    """They need nobody's leave."""
    assert one(f"volumes: ['{source}:/s']").apps[0].spec.mounts[0].kind == "bind"


def test_the_order_is_that_of_depends_on() -> None:
    """A list or a mapping; otherwise as written. A name that is none is named and left out."""
    made = becomes(
        """
$$cap_appname:
  image: a
  depends_on:
    $$cap_appname-db: {condition: service_healthy}
    $$cap_appname-init: {condition: service_completed_successfully}
$$cap_appname-other: {image: a}
$$cap_appname-init: {image: a, depends_on: [$$cap_appname-db, redis]}
$$cap_appname-db: {image: a}
"""
    )
    assert [app.spec.name for app in made.apps] == ["shop-db", "shop-init", "shop", "shop-other"]
    assert [app.needs for app in made.apps] == [(), ("shop-db",), ("shop-db", "shop-init"), ()]
    assert left_out(made) == [
        "services.$$cap_appname.depends_on.$$cap_appname-init.condition", "services.$$cap_appname-init.depends_on",
    ]  # fmt: skip


def test_a_circle_is_named() -> None:
    """With all that is in it, and nothing else."""
    with pytest.raises(CaptainError, match=r"circle: shop-b → shop-c → shop-b\."):
        becomes(
            "$$cap_appname: {image: a, depends_on: [$$cap_appname-b]}\n"
            "$$cap_appname-b: {image: a, depends_on: [$$cap_appname-c]}\n"
            "$$cap_appname-c: {image: a, depends_on: [$$cap_appname-b]}"
        )


def test_health_checks() -> None:
    """`$$` is a dollar sign here, as in a compose file: CapRover reads none of it."""
    made = one(
        "healthcheck: {test: 'ping -p$$PASS $$cap_appname', interval: 5s, timeout: 1m, retries: 3, start_period: 0}"
    )
    assert made.apps[0].spec.healthcheck == Healthcheck(
        ("CMD-SHELL", "ping -p$PASS shop"), 5 * 10**9, 60 * 10**9, 0, None, 3
    )
    assert one("healthcheck: {test: [CMD, a, $$b], start_period: 1s}").apps[0].spec.healthcheck == Healthcheck(
        ("CMD", "a", "$b"), None, None, 10**9, None, None
    )
    assert one("healthcheck: {test: [NONE]}").apps[0].spec.healthcheck is NO_HEALTHCHECK
    assert one("healthcheck: {disable: true}").apps[0].spec.healthcheck is NO_HEALTHCHECK
    first_start = one("healthcheck: {test: x}").apps[0].spec
    assert first_start.healthcheck is not None
    assert first_start.healthcheck.start_period == first_start.deadline_seconds * 10**9
    assert one("healthcheck:").apps[0].spec.healthcheck is None


@pytest.mark.parametrize(
    ("key", "path", "why"),
    [
        ("healthcheck: {test: [curl, x]}", "healthcheck", "begins with CMD"),
        ("healthcheck: {test: x, interval: 30}", "healthcheck", "'30' is not a duration"),
        ("healthcheck: [x]", "healthcheck", "has to be a mapping"),
        ("stop_grace_period: soon", "stop_grace_period", "is not a duration"),
        ("init: perhaps", "init", "write true or false"),
        ("labels: {a: [b]}", "labels", "has to be a text"),
    ],
)
def test_a_mistake_in_what_caprover_never_reads_keeps_no_app_away(key: str, path: str, why: str) -> None:
    """Its authors never tried it; it is named with what is wrong, and left out."""
    made = one(key)
    assert left_out(made) == [f"services.$$cap_appname.{path}"] and why in made.unsupported[0].why
    assert made.apps[0].spec == one("").apps[0].spec


def test_everything_else_is_named() -> None:
    """Known to compose or to nobody: nothing is dropped in silence."""
    made = becomes(
        """
$$cap_appname:
  image: a
  container_name: c
  networks: [n]
  logging: {driver: none}
  env_file: .env
  tty: true
  privileged: true
  restart: sometimes
  made_up: 1
  environment: [A=$$cap_nope, B]
  healthcheck: {test: x, made_up: 1}
  caproverExtra: {made_up: 1}
""",
        top="networks: {n: }",
    )
    base = "services.$$cap_appname"
    keys = (
        "container_name", "networks", "logging", "env_file", "tty", "privileged", "restart", "made_up", "environment.0",
        "environment.1", "healthcheck.made_up", "caproverExtra.made_up",
    )  # fmt: skip
    assert sorted(left_out(made)) == sorted(["networks", *(f"{base}.{key}" for key in keys)])
    assert made.apps[0].spec.environment == {"A": "$$cap_nope"}
    assert all(entry.why for entry in made.unsupported)


@pytest.mark.parametrize(
    ("services", "why"),
    [
        ("$$cap_appname: {image: 'mongo:$$cap_empty'}", r"services\.\$\$cap_appname\.image is 'mongo:'"),
        ("$$cap_appname: {image: Not An Image}", "no name of an image"),
        ("$$cap_appname: {}", "image is needed"),
        ("captain: {image: a}", "becomes the app 'captain', whose name is a name of the platform"),
        ("$$cap_appname_x: {image: a}", "whose name has to be"),
        ("$$cap_appname: {image: a}\nshop: {image: b}", "both become the app shop"),
        ("$$cap_appname: {image: a, ports: ['x:80']}", r"ports\.0 is 'x' where a port"),
        ("$$cap_appname: {image: a, ports: ['80:$$cap_empty']}", r"ports\.0 is '' where a port"),
        ("$$cap_appname: {image: a, ports: ['1-3:1-2']}", "gives 3 ports of the node for 2"),
        ("$$cap_appname: {image: a, ports: ['70000:1']}", "from 1 to 65535"),
        ("$$cap_appname: {image: a, ports: ['5:5/icmp']}", "protocol 'icmp'"),
        ("$$cap_appname: {image: a, ports: 80}", "ports has to be a list"),
        ("$$cap_appname: {image: a, volumes: ['$$cap_empty:/x']}", "names the volume ''"),
        ("$$cap_appname: {image: a, volumes: ['a:x']}", "mounted at 'x'"),
        ("$$cap_appname: {image: a, volumes: ['a:/x', 'b:/x']}", "second mount at /x"),
        ("$$cap_appname: {image: a, volumes: ['a:/x:ro:b']}", "has to be source:/path"),
        ("$$cap_appname: {image: a, command: 'a \"b'}", "cannot be split"),
        ("$$cap_appname: {image: a, environment: {A: {B: c}}}", r"environment\.A has to be a text"),
        ("$$cap_appname: {image: a, environment: ['A=1', 'A=2']}", r"environment\.A stands twice"),
        ("$$cap_appname: {image: a, environment: {'A=B': c}}", "has the name 'A=B'"),
        ("$$cap_appname: {image: a, caproverExtra: {containerHttpPort: '0'}}", "from 1 to 65535"),
        ("$$cap_appname: {image: a, caproverExtra: {containerHttpPort: web}}", "whole number"),
        ("$$cap_appname: {image: a, caproverExtra: {notExposeAsWebApp: maybe}}", "write true or false"),
        ("$$cap_appname: [image]", "has to be a mapping"),
    ],
)
def test_mistakes_are_named_with_their_place(services: str, why: str) -> None:
    """One sentence that says where, what is there, and what has to be."""
    with pytest.raises(CaptainError, match=why):
        becomes(services)


@pytest.mark.parametrize(
    "image",
    [
        "a",
        "a/b:1",
        "docker.io/bitnami/x:1.2-r3",
        "localhost:5000/a",
        "reg.example.com:443/a/b_c/d:v@sha256:" + "0" * 64,
        "a@sha256:" + "f" * 64,
        "Registry.Example.com/a:X",
        "ghcr.io/a/b-c__d.e:latest",
    ],
)
def test_names_of_images(image: str) -> None:
    """As Docker has them."""
    assert becomes(f"$$cap_appname: {{image: '{image}'}}").apps[0].spec.image == image
