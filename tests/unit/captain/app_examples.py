"""Apps for tests: one that says everything, any at all, and the Swarm around them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from captain.apps.app_file import parse_app
from captain.apps.app_plan import Observed
from captain.apps.app_releases import Release, config_data
from captain.apps.app_service import Surroundings, service_spec
from captain.apps.app_spec import NO_HEALTHCHECK, OF_THE_IMAGE, AppSpec, Autoscale, BasicAuth, Http, Restart
from captain.jobs.job import Job
from captain.stack import FileReference, Healthcheck, Mount, Placement, Port, Resources
from swarm.engine_objects import JSON, Service

EVERYTHING = """
image: registry.example.com/shop:7
command: [serve, --fast]
entrypoint: [/usr/bin/shop]
environment: {LEVEL: info, EMPTY: ""}
secrets: [stripe, {source: tls, target: tls.pem, uid: "33", gid: "33", mode: 256}]
ports: ["2525:25", "53:53/udp", {target: 8443, published: 9443, mode: ingress}]
volumes: ["files:/var/lib/shop", {type: tmpfs, target: /tmp, tmpfs: {size: 64M}}]
networks: [mail]
http:
  port: 8000
  hosts: [shop.example.com]
  redirects: {www.shop.example.com: shop.example.com}
  readiness: /readyz
  basic_auth: {user: shop, password_hash: $6$grain$%s}
  max_in_flight: 4
healthcheck: {test: ["CMD", "ok"], interval: 10s, timeout: 2s, start_period: 30s, start_interval: 500ms, retries: 2}
resources:
  limits: {cpus: "0.5", memory: 128M, pids: 50}
  reservations: {cpus: "0.1", memory: 32M}
autoscale: {min: 2, max: 8, concurrency: 3}
placement: {constraints: [node.role == worker], spread: [node.labels.zone], max_replicas_per_node: 2}
labels: {team: shop}
user: "1000"
working_dir: /srv
hostname: shop
init: true
read_only: true
cap_add: [NET_BIND_SERVICE]
stop_signal: SIGINT
stop_grace_period: 20s
restart: on-failure:3
jobs:
  nightly: {schedule: "30 2 * * 1-5", zone: Europe/Berlin, command: "./backup --all", timeout: 90m, overlap: allow}
  often: {schedule: "*/5 * * * *", command: [./tidy]}
deadline: 5m
""" % ("a" * 86)

SURROUNDINGS = Surroundings(
    network="flotilla_apps",
    networks={"flotilla_apps": "n1", "mail": "n2"},
    secrets={"stripe": "s1", "tls": "s2"},
    has_start_interval=True,
)

_words = st.text("abcdefgh", min_size=1, max_size=5)
_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
_seconds = st.integers(1, 10**4).map(lambda seconds: seconds * 10**9)
_hosts = st.builds("{}.{}.example".format, _words, _words)
_resources = st.none() | st.builds(
    Resources, st.integers(0, 64 * 10**9), st.integers(1, 2**40), st.none() | st.integers(1, 9999)
)
_https = st.builds(
    Http,
    port=st.integers(1, 65535),
    hosts=st.lists(_hosts, max_size=2, unique=True).map(tuple),
    redirects=st.dictionaries(_hosts.map("www.{}".format), _hosts, max_size=2),
    readiness=st.sampled_from(["", "/", "/healthz?deep=1"]),
    basic_auth=st.none() | st.just(BasicAuth("shop", f"$6$grain${'a' * 86}")),
    max_in_flight=st.integers(1, 1000),
)
_checks = st.sampled_from([None, OF_THE_IMAGE, NO_HEALTHCHECK]) | st.builds(
    Healthcheck,
    st.lists(_words, min_size=1, max_size=3).map(tuple),
    *[st.none() | _seconds] * 4,
    st.none() | st.integers(1, 9),
)
_jobs = st.lists(
    st.builds(
        Job,
        name=_words,
        schedule=st.sampled_from(["* * * * *", "0 3 1,15 * MON-FRI"]),
        command=st.lists(_texts, min_size=1, max_size=2).map(tuple),
        zone=st.sampled_from(["UTC", "Europe/Berlin"]),
        timeout_seconds=st.integers(1, 86400),
        overlaps=st.booleans(),
    ),
    max_size=2,
    unique_by=lambda job: job.name,
).map(lambda jobs: tuple(sorted(jobs, key=lambda job: job.name)))
_autoscales = st.none() | st.builds(
    lambda low, more, settings: Autoscale(low, low + more, settings),
    st.integers(0, 5),
    st.integers(0, 5),
    st.dictionaries(st.sampled_from(["concurrency", "rps"]), st.sampled_from(["1", "2.5"]), max_size=2),
)


@st.composite
def specs(draw: st.DrawFn, name: str | None = None) -> AppSpec:
    """Any app that captain.yml could hold and `SURROUNDINGS` could run."""
    autoscale = draw(_autoscales)
    return AppSpec(
        name=name or draw(_words.filter(lambda word: word != "app")),
        image=draw(_words),
        command=draw(st.lists(_texts, max_size=3).map(tuple)),
        entrypoint=draw(st.lists(_texts, max_size=2).map(tuple)),
        environment=draw(st.dictionaries(_words, _texts, max_size=3)),
        secrets=draw(st.sampled_from([(), (FileReference("stripe", "stripe", "0", "0", 0o400),)])),
        ports=draw(st.sampled_from([(), (Port(25, 2525, "tcp", "host"),), (Port(53, 53, "udp", "ingress"),)])),
        mounts=draw(
            st.sampled_from([(), (Mount("volume", "files", "/data", True),), (Mount("tmpfs", "", "/t", False, 9),)])
        ),
        networks=draw(st.sampled_from([(), ("mail",)])),
        http=draw(st.none() | _https),
        healthcheck=draw(_checks),
        limits=draw(_resources),
        reservations=draw(_resources),
        replicas=draw(st.none() | st.integers(0, 9)) if autoscale is None else None,
        autoscale=autoscale,
        placement=draw(st.sampled_from([Placement(), Placement(("node.role == worker",), ("node.labels.zone",), 3)])),
        labels=draw(st.dictionaries(_words, _texts, max_size=2)),
        user=draw(st.sampled_from(["", "1000"])),
        init=draw(st.none() | st.booleans()),
        read_only=draw(st.booleans()),
        restart=draw(
            st.sampled_from([Restart(), Restart("on-failure"), Restart("on-failure", 3)])
            | (st.just(Restart("none")) if autoscale is None else st.nothing())
        ),
        jobs=draw(_jobs),
        stop_grace_period=draw(st.none() | _seconds),
        deadline_seconds=draw(st.integers(1, 9999)),
    )


def app(name: str = "shop", **changed: object) -> AppSpec:
    """A small app; keys as in captain.yml."""
    return parse_app(name, {"image": "shop:1", "http": {"port": 8000}, **changed})


def release(spec: AppSpec, number: int = 1) -> Release:
    """As it is read back from the Swarm."""
    content = json.loads(config_data(spec, ""))
    return Release(spec.name, number, content["app"], datetime(2026, 1, 1, tzinfo=UTC), "", f"c{number}")


def running(spec: AppSpec, number: int = 1, replicas: int = 1, **more: Any) -> Service:
    """The app's service, as captain makes it and the engine keeps it."""
    body: JSON = service_spec(spec, number, replicas, SURROUNDINGS)
    body["Labels"] |= more.pop("labels", {})
    return Service("id", spec.name, 7, body, None, more.pop("update_state", None), "", None, None, **more)


def observed(*apps: AppSpec, services: Mapping[str, Service] | None = None) -> Observed:
    """A Swarm in which these apps run as their first releases."""
    return Observed(
        services=services or {spec.name: running(spec) for spec in apps},
        releases={spec.name: (release(spec),) for spec in apps},
        surroundings=SURROUNDINGS,
        taken_hosts={"localhost": "the platform", "app.localhost": "the platform"},
        domain="localhost",
        blog_domain="blogs.localhost",
    )
