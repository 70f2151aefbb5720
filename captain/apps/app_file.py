"""captain.yml to `AppSpec`s: several apps in one file, every mistake named with its path. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from captain import autoscale_labels
from captain.apps.app_spec import (
    NO_HEALTHCHECK,
    OF_THE_IMAGE,
    AppSpec,
    Autoscale,
    BasicAuth,
    Http,
    Restart,
    name_mistake,
)
from captain.errors import CaptainError
from captain.jobs.job_file import parse_jobs
from captain.parse_pieces import parse_healthcheck, parse_mount, parse_port, parse_references, parse_resources
from captain.section import Section
from captain.stack import Healthcheck, Placement, Port

_KEYS = (
    "image", "command", "entrypoint", "environment", "secrets", "ports", "volumes", "networks", "http", "healthcheck",
    "resources", "replicas", "autoscale", "placement", "labels", "user", "working_dir", "hostname", "init",
    "read_only", "cap_add", "stop_signal", "stop_grace_period", "restart", "jobs",
    "deadline",
)  # fmt: skip
_ELSEWHERE = {
    "build": "is not done by captain yet: build the image and name it in image",
    "container_name": "is not needed: other apps find this one by its own name",
    "depends_on": "is not needed: apps are made in the order of the file, and what fails is started again",
    "deploy": "is not needed: write replicas, autoscale, resources and placement one level up",
    "privileged": "is not known to a Swarm: no app is privileged",
    "expose": "is not needed: other apps reach every port; the edge's goes into http.port",
}
_WEBSOCKETS = {"websockets": "is not needed: the edge passes websockets for every app"}
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})+|localhost")
_SHORT_PORT = re.compile(r"(\d+):(\d+)(?:/(tcp|udp|sctp))?")
_USER = re.compile(r"[^:\x00-\x1f\x7f]{1,64}")
# As the edge has them (nginx/agent/routes.py), which takes all routes or none.
_PASSWORD_HASH = re.compile(r"\$[56]\$(rounds=(?:[1-9]\d{3}|10000)\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{43,86}")
_SECOND = 10**9
_MOST_IN_FLIGHT = 100_000
_MOST_ATTEMPTS = 2**31
_RESTARTS = {
    "any": Restart("any"),
    "always": Restart("any"),
    "unless-stopped": Restart("any"),
    "none": Restart("none"),
    "no": Restart("none"),
}


def parse_apps(text: str, file: str) -> tuple[AppSpec, ...]:
    """The apps of a captain.yml in its order. `CaptainError` has a line for each app that cannot be."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        told = str(error).replace("<unicode string>", file)
        raise CaptainError(f"{file} is not valid YAML: {told}") from error
    if not isinstance(document, Mapping) or not document.get("apps"):
        raise CaptainError(f"{file} has no apps: write apps:, below it a name, and below that image: at least.")
    whole = Section(document, file)
    whole.allow("apps")
    apps = Section(document["apps"], "apps")
    found, wrong = list[AppSpec](), list[str]()
    for name in apps:
        try:
            found.append(parse_app(name, apps.raw(name)))
        except CaptainError as error:
            wrong.append(str(error))
    if wrong:
        raise CaptainError("\n".join([*wrong, f"Nothing was changed: correct {file}."]))
    return tuple(found)


def parse_app(name: str, value: object) -> AppSpec:
    """One app from what is below its name. Raises `CaptainError` for the first mistake."""
    mistake = name_mistake(name)
    if mistake:
        raise CaptainError(f"apps.{name} {mistake}.")
    app = Section(value, f"apps.{name}")
    app.allow(*_KEYS, reasons=_ELSEWHERE)
    image = app.text("image")
    if not image or re.search(r"\s", image):
        app.fail("image", "is needed: name the image, such as registry.example.com/shop:7")
    resources = app.section("resources")
    resources.allow("limits", "reservations")
    autoscale = parse_autoscale(app.raw("autoscale"), f"{app.path}.autoscale")
    replicas = app.integer("replicas")
    if replicas is not None and autoscale is not None:
        app.fail("replicas", "cannot be said beside autoscale, which decides how many there are: take one away")
    if replicas is not None and replicas < 0:
        app.fail("replicas", f"is {replicas}: give a whole number from 0")
    return AppSpec(
        name=name,
        image=image,
        command=app.command("command"),
        entrypoint=app.command("entrypoint"),
        environment=app.mapping("environment"),
        secrets=parse_references(app, "secrets"),
        ports=tuple(_port(app, entry) for entry in app.items("ports")),
        mounts=tuple(parse_mount(entry, f"{app.path}.volumes") for entry in app.items("volumes")),
        networks=app.texts("networks"),
        http=parse_http(app.raw("http"), f"{app.path}.http"),
        healthcheck=_healthcheck(app),
        limits=parse_resources(resources.optional_section("limits")),
        reservations=parse_resources(resources.optional_section("reservations")),
        replicas=replicas,
        autoscale=autoscale,
        placement=_placement(app.section("placement")),
        labels=app.mapping("labels"),
        user=app.text("user"),
        working_dir=app.text("working_dir"),
        hostname=app.text("hostname"),
        init=app.boolean("init"),
        read_only=app.boolean("read_only") or False,
        cap_add=app.texts("cap_add"),
        stop_signal=app.text("stop_signal"),
        stop_grace_period=app.duration("stop_grace_period"),
        restart=_restart(app, autoscale),
        jobs=parse_jobs(app),
        deadline_seconds=_deadline(app),
    )


def _port(app: Section, entry: object) -> Port:
    if isinstance(entry, Mapping):
        return parse_port(Section(entry, f"{app.path}.ports"), mode="host")
    match = _SHORT_PORT.fullmatch(str(entry))
    if match is None or not all(0 < int(number) < 65536 for number in match.group(1, 2)):
        app.fail("ports", f"has '{entry}': write PUBLISHED:TARGET, such as 2525:25 or 53:53/udp")
    return Port(target=int(match[2]), published=int(match[1]), protocol=match[3] or "tcp", mode="host")


def parse_http(value: object, path: str) -> Http | None:
    """What the edge sends to an app; None for nothing. Raises `CaptainError` with `path`."""
    if value is None:
        return None
    http = Section(value, path)
    http.allow("port", "hosts", "redirects", "readiness", "basic_auth", "max_in_flight", reasons=_WEBSOCKETS)
    port = http.integer("port")
    if port is None or not 0 < port < 65536:
        http.fail("port", "is needed: the port that the app listens on in its container, from 1 to 65535")
    redirects = http.mapping("redirects")
    for host in (*http.texts("hosts"), *redirects, *redirects.values()):
        if not _HOST.fullmatch(host):
            http.fail("hosts", f"or redirects has '{host}': give a host name in lower case, such as shop.example.com")
    readiness = http.text("readiness")
    if readiness and not re.fullmatch(r"/[!-~]*", readiness):
        http.fail("readiness", f"is '{readiness}': give a path, such as /healthz")
    most = http.integer("max_in_flight")
    if most is not None and not 1 <= most <= _MOST_IN_FLIGHT:
        http.fail("max_in_flight", f"is {most}: give a whole number from 1 to {_MOST_IN_FLIGHT}")
    return Http(
        port=port,
        hosts=http.texts("hosts"),
        redirects=redirects,
        readiness=readiness,
        basic_auth=parse_basic_auth(http.raw("basic_auth"), f"{path}.basic_auth"),
        max_in_flight=Http(port).max_in_flight if most is None else most,
    )


def parse_basic_auth(value: object, path: str) -> BasicAuth | None:
    """Who may come in; None for everybody. Raises `CaptainError` with `path`."""
    if value is None:
        return None
    auth = Section(value, path)
    auth.allow("user", "password_hash", reasons={"password": "is not written down: give its password_hash"})
    found = BasicAuth(auth.text("user"), auth.text("password_hash"))
    if not _USER.fullmatch(found.user):
        auth.fail("user", "is needed: at most 64 characters, without a colon")
    if not _PASSWORD_HASH.fullmatch(found.password_hash):
        auth.fail("password_hash", "is needed: what openssl passwd -6 says (SHA-512 or SHA-256, at most 10000 rounds)")
    return found


def _healthcheck(app: Section) -> Healthcheck | None:
    word = app.raw("healthcheck")
    if isinstance(word, str):
        by_word = {"image": OF_THE_IMAGE, "none": NO_HEALTHCHECK}
        if word not in by_word:
            app.fail("healthcheck", f"is '{word}': write image (its own), none, or a mapping with test")
        return by_word[word]
    found = parse_healthcheck(app.optional_section("healthcheck"))
    if found is not None and found.test is None:
        app.fail("healthcheck.test", "is needed: a command that ends with 0 while the app is well")
    return found


def parse_autoscale(value: object, path: str) -> Autoscale | None:
    """An app's bounds; None for no autoscaler. Raises `CaptainError` with `path`."""
    if value is None:
        return None
    autoscale = Section(value, path)
    settings = {name: _plain(autoscale, name) for name in autoscale}
    labels = {f"{autoscale_labels.PREFIX}{name}": text for name, text in settings.items()}
    for name in ("min", "max"):
        if name not in settings:
            autoscale.fail(name, "is needed: the autoscaler stays between min and max")
    mistakes = autoscale_labels.mistakes(labels)
    if mistakes:
        raise CaptainError(f"{autoscale.path}: {' '.join(mistakes)}")
    own = {name: text for name, text in settings.items() if name not in ("min", "max")}
    if "enabled" in own or "paused_until" in own:
        autoscale.fail("enabled", "is captain's own: leave the whole of autoscale out where nothing is to be scaled")
    return Autoscale(int(settings["min"]), int(settings["max"]), own)


def _plain(section: Section, name: str) -> str:
    """As a label has it: YAML's true is the word."""
    value = section.raw(name)
    return str(value).lower() if isinstance(value, bool) else section.text(name)


def _placement(placement: Section) -> Placement:
    placement.allow("constraints", "spread", "max_replicas_per_node")
    return Placement(
        placement.texts("constraints"), placement.texts("spread"), placement.integer("max_replicas_per_node")
    )


def _restart(app: Section, autoscale: Autoscale | None) -> Restart:
    word = app.raw("restart")
    # YAML reads compose's `no` as false.
    found = parse_restart("no" if word is False else app.text("restart"))
    if found is None:
        app.fail("restart", f"is '{word}': write any, on-failure, on-failure:3 (that often at most) or none")
    if found.condition == "none" and autoscale is not None:
        app.fail("restart", "is none beside autoscale, which would start what has ended: take one away")
    return found


def parse_restart(text: str) -> Restart | None:
    """captain.yml's word, or compose's; None for what is neither. An empty one is `any`."""
    word, _, attempts = text.partition(":")
    if word == "on-failure":
        if attempts and not (attempts.isdecimal() and 0 < int(attempts) < _MOST_ATTEMPTS):
            return None
        return Restart("on-failure", int(attempts) if attempts else None)
    return None if attempts else {"": Restart(), **_RESTARTS}.get(word)


def _deadline(app: Section) -> int:
    nanoseconds = app.duration("deadline")
    if nanoseconds is None:
        return AppSpec("", "").deadline_seconds
    seconds, rest = divmod(nanoseconds, _SECOND)
    if seconds < 1 or rest:
        app.fail("deadline", f"is '{app.text('deadline')}': give whole seconds, such as 90s or 5m")
    return seconds
