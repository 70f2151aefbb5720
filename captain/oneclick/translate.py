"""A template and the values of its variables to the apps that it asks for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from captain.apps.app_file import parse_restart
from captain.apps.app_spec import NO_HEALTHCHECK, AppSpec, Http, Restart, name_mistake
from captain.errors import CaptainError
from captain.image_name import is_image_name
from captain.oneclick.compose_keys import EXTRA, left_out
from captain.oneclick.mounts import mounts, reaches_socket
from captain.oneclick.order import in_order
from captain.oneclick.ports import ports
from captain.oneclick.service_texts import ServiceTexts
from captain.oneclick.substitution import Substitution
from captain.oneclick.template import Template, Unsupported
from captain.oneclick.yaml_text import Tree
from captain.stack import Healthcheck, Port

T = TypeVar("T")

HTTP_PORT = 80
_HEALTHCHECK = frozenset({"test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"})
# Compose leaves a container alone that is unhealthy; a Swarm ends it, in the midst of a database's first start as well.
_START_PERIOD = AppSpec("", "").deadline_seconds * 10**9


@dataclass(frozen=True, slots=True)
class OneClickApp:
    """One app of a template. With `dockerfile_lines`, `spec.image` is empty until they are built.

    `needs` are the apps of the template that come before it.
    """

    spec: AppSpec
    dockerfile_lines: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneClick:
    """What a template becomes: its apps in the order in which they start, and what it asks for in vain."""

    apps: tuple[OneClickApp, ...]
    start: str
    end: str
    unsupported: tuple[Unsupported, ...]


def app_names(template: Template, values: Substitution) -> tuple[str, ...]:
    """The names of the apps that a template becomes, in the order in which they are written."""
    return tuple(values.text(name) for name in template.services)


def translate(template: Template, values: Substitution, allowed_socket_apps: Collection[str] = ()) -> OneClick:
    """The apps of a template, with the values that `variables.resolve` made.

    `allowed_socket_apps` names those that may have the Docker socket. `CaptainError` names the place of what cannot be,
    a circle in `depends_on`, and each app that wants the socket and may not have it.
    """
    unsupported = list(template.unsupported)
    apps: dict[str, OneClickApp] = {}
    paths: dict[str, str] = {}
    for written, fields in template.services.items():
        service = ServiceTexts(dict(fields), f"services.{written}", values)
        app = _app(service, values.text(written), values, unsupported)
        if app.spec.name in apps:
            raise CaptainError(f"{service.path} and {paths[app.spec.name]} both become the app {app.spec.name}.")
        apps[app.spec.name] = app
        paths[app.spec.name] = service.path
    apps = {name: _with_known_needs(app, paths, unsupported) for name, app in apps.items()}
    _check_sockets(apps.values(), allowed_socket_apps)
    ordered = [apps[name] for name in in_order({name: app.needs for name, app in apps.items()})]
    unsupported.extend(_unknown_variables(template, values))
    return OneClick(
        apps=tuple(_without_taken_ports(ordered, paths, unsupported)),
        start=values.text(template.start),
        end=values.text(template.end),
        unsupported=tuple(dict.fromkeys(unsupported)),
    )


def _app(service: ServiceTexts, name: str, values: Substitution, unsupported: list[Unsupported]) -> OneClickApp:
    mistake = name_mistake(name)
    if mistake:
        raise CaptainError(f"{service.path} becomes the app '{name}', whose name {mistake}.")
    unsupported.extend(left_out(service.path, service.fields))
    extra = service.inner("caproverExtra")
    unsupported.extend(left_out(extra.path, extra.fields, EXTRA))
    image, lines = _image(service, extra, unsupported)

    def readable(key: str, read: Callable[[], T], absent: T) -> T:
        """What CapRover never reads, its authors never tried: a mistake in it does not keep the app away."""
        try:
            return read()
        except CaptainError as error:
            unsupported.append(Unsupported(f"{service.path}.{key}", f"is left out: {error}"))
            return absent

    spec = AppSpec(
        name=name,
        image=image,
        command=service.command("command"),
        entrypoint=service.command("entrypoint"),
        environment=service.mapping("environment", unsupported),
        ports=ports(service.items("ports"), f"{service.path}.ports", values, unsupported),
        mounts=mounts(service.items("volumes"), f"{service.path}.volumes", values, unsupported),
        http=_http(extra),
        healthcheck=readable("healthcheck", lambda: _healthcheck(service, unsupported), None),
        labels=readable("labels", lambda: service.mapping("labels", unsupported), {}),
        user=service.text("user"),
        working_dir=service.text("working_dir"),
        hostname=service.text("hostname"),
        init=readable("init", lambda: service.boolean("init"), None),
        read_only=readable("read_only", lambda: service.boolean("read_only") or False, False),
        cap_add=tuple(name.upper().removeprefix("CAP_") for name in service.texts("cap_add")),
        stop_signal=service.text("stop_signal"),
        restart=_restart(service, unsupported),
        stop_grace_period=readable("stop_grace_period", lambda: service.duration("stop_grace_period"), None),
    )
    return OneClickApp(spec, lines, _needs(service, values, unsupported))


def _image(service: ServiceTexts, extra: ServiceTexts, unsupported: list[Unsupported]) -> tuple[str, tuple[str, ...]]:
    """The image, or the lines of the Dockerfile that makes it."""
    image = service.text("image").strip()
    lines = extra.texts("dockerfileLines")
    if image:
        if not is_image_name(image):
            service.fail("image", f"is '{image}', which is no name of an image: look at the variables in it")
        if lines:
            unsupported.append(Unsupported(f"{extra.path}.dockerfileLines", "is left out: the image is there already"))
        return image, ()
    if not lines:
        service.fail("image", "is needed, or caproverExtra.dockerfileLines")
    for at, (line, written) in enumerate(zip(lines, extra.items("dockerfileLines"), strict=True)):
        if line.count("\n") + line.count("\r") > str(written or "").count("\n") + str(written or "").count("\r"):
            extra.fail(
                f"dockerfileLines.{at}", "gets a value of several lines, which a Dockerfile would take for its own"
            )
    return "", lines


def _http(extra: ServiceTexts) -> Http | None:
    port = extra.integer("containerHttpPort")
    if port is not None and not 0 < port < 65536:
        extra.fail("containerHttpPort", f"is {port}: it has to be a port from 1 to 65535")
    extra.boolean("websocketSupport")  # the edge passes websockets of every app
    return None if extra.boolean("notExposeAsWebApp") else Http(port or HTTP_PORT)


def _restart(service: ServiceTexts, unsupported: list[Unsupported]) -> Restart:
    policy = service.text("restart").strip()
    found = parse_restart(policy)
    if found is None:
        why = f"is left out: '{policy}' is none of always, unless-stopped, on-failure, on-failure:N and no"
        unsupported.append(Unsupported(f"{service.path}.restart", why))
    return found or Restart()


def _healthcheck(service: ServiceTexts, unsupported: list[Unsupported]) -> Healthcheck | None:
    check = service.inner("healthcheck")
    if not check.fields:
        return None
    unsupported.extend(left_out(check.path, check.fields, _HEALTHCHECK))
    if check.boolean("disable"):
        return NO_HEALTHCHECK
    test = check.escaped("test")
    if isinstance(test, str):
        test = ("CMD-SHELL", test)
    if test and test[0] not in ("CMD", "CMD-SHELL", "NONE"):
        check.fail("test", "has to be a line for a shell, or a list that begins with CMD, CMD-SHELL or NONE")
    if test[:1] == ("NONE",):
        return NO_HEALTHCHECK
    start_period = check.duration("start_period")
    return Healthcheck(
        test=test or None,
        interval=check.duration("interval"),
        timeout=check.duration("timeout"),
        start_period=_START_PERIOD if start_period is None else start_period,
        start_interval=check.duration("start_interval"),
        retries=check.integer("retries"),
    )


def _needs(service: ServiceTexts, values: Substitution, unsupported: list[Unsupported]) -> tuple[str, ...]:
    value = service.fields.get("depends_on")
    if not isinstance(value, dict):
        return tuple(dict.fromkeys(service.texts("depends_on")))
    for name, conditions in value.items():
        condition = conditions.get("condition") if isinstance(conditions, dict) else None
        if condition == "service_completed_successfully":
            why = "is left out: captain waits until an app is ready, not until it has ended"
            unsupported.append(Unsupported(f"{service.path}.depends_on.{name}.condition", why))
    return tuple(dict.fromkeys(values.text(name) for name in value))


def _with_known_needs(app: OneClickApp, paths: Mapping[str, str], unsupported: list[Unsupported]) -> OneClickApp:
    for name in app.needs:
        if name not in paths:
            why = f"names '{name}', which is no service of the template: it is left out"
            unsupported.append(Unsupported(f"{paths[app.spec.name]}.depends_on", why))
    return replace(app, needs=tuple(name for name in app.needs if name in paths))


def _check_sockets(apps: Collection[OneClickApp], allowed: Collection[str]) -> None:
    refused = [
        app.spec.name
        for app in apps
        if app.spec.name not in allowed and any(reaches_socket(mount) for mount in app.spec.mounts)
    ]
    if refused:
        raise CaptainError(
            f"{', '.join(refused)} would get the Docker socket, and so be root on the node: an administrator has to "
            "allow that, by name."
        )


def _without_taken_ports(
    apps: list[OneClickApp], paths: Mapping[str, str], unsupported: list[Unsupported]
) -> Iterator[OneClickApp]:
    """The apps, without the ports of the node that one before has."""
    taken: dict[tuple[int, str], str] = {}
    for app in apps:
        kept: list[Port] = []
        for port in app.spec.ports:
            owner = taken.get((port.published, port.protocol))
            if owner is None:
                taken[port.published, port.protocol] = app.spec.name
                kept.append(port)
            else:
                why = f"is left out: {owner} has port {port.published}/{port.protocol} of the node"
                unsupported.append(Unsupported(f"{paths[app.spec.name]}.ports", why))
        yield replace(app, spec=replace(app.spec, ports=tuple(kept)))


def _unknown_variables(template: Template, values: Substitution) -> Iterator[Unsupported]:
    """What looks like a variable and is none: it stays as it is written."""
    for path, text in _texts(template.services, "services"):
        for name in values.unknown(text):
            yield Unsupported(path, f"names {name}, which is no variable of the template: it stays as it is written")


def _texts(value: Tree | Mapping[str, Tree] | Mapping[str, Mapping[str, Tree]], path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"{path}.{key}", key
            yield from _texts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{at}")
