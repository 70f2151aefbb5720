"""Whether requests get through the edge: what to ask, how to say where the platform is, and the asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from captain.credentials import Domains
from captain.stack import Service

_HTTP_IN_CONTAINER = 8080
_HTTPS_IN_CONTAINER = 8443


@dataclass(frozen=True, slots=True)
class EdgePorts:
    """The ports of the host that the edge answers on."""

    http: int
    https: int | None


@dataclass(frozen=True, slots=True)
class Probe:
    """A request that has to be answered with 200."""

    host: str
    path: str


def edge_ports(edge: Service | None) -> EdgePorts | None:
    """The edge's published ports; None for a stack without an edge that speaks HTTP."""
    published = {port.target: port.published for port in edge.ports} if edge else {}
    if _HTTP_IN_CONTAINER not in published:
        return None
    return EdgePorts(published[_HTTP_IN_CONTAINER], published.get(_HTTPS_IN_CONTAINER))


def probes(domains: Domains) -> list[Probe]:
    """Marketing pages and the API's schema: together they need edge, app and routes."""
    return [Probe(domains.domain, "/"), Probe(f"app.{domains.domain}", "/api/v1/openapi.json")]


def summary(domains: Domains, ports: EdgePorts) -> list[str]:
    """Where everything is, in commands that work where they are printed."""
    suffix = "" if ports.http == 80 else f":{ports.http}"
    lines = ["", "Flotilla is up:"]
    for what, host in (
        ("site", domains.domain),
        ("dashboard and API", f"app.{domains.domain}"),
        ("administration", f"admin.{domains.domain}"),
        ("captain", f"captain.{domains.domain}"),
        ("blogs", f"<slug>.{domains.blog_domain}"),
    ):
        lines.append(f"  {what:<18} http://{host}{suffix}/")
    if ports.https is not None:
        tls_suffix = "" if ports.https == 443 else f":{ports.https}"
        lines.append(f"  {'with TLS':<18} https://{domains.domain}{tls_suffix}/ and so on")
    # Names below localhost resolve in browsers, not in every program, and a new domain perhaps nowhere yet.
    url = f"http://127.0.0.1:{ports.http}/api/v1/openapi.json"
    lines += ["Try from this machine:", f"  curl -H 'Host: app.{domains.domain}' {url}"]
    return lines


def first_refusal(ports: EdgePorts, wanted: Sequence[Probe], timeout_seconds: float = 5.0) -> str:
    """Send each probe to the edge on this machine; why the first one failed, or empty when all got 200."""
    with httpx.Client(timeout=timeout_seconds, trust_env=False) as client:
        for probe in wanted:
            url = f"http://127.0.0.1:{ports.http}{probe.path}"
            try:
                status = client.get(url, headers={"Host": probe.host}).status_code
            except httpx.HTTPError as error:
                return f"the edge on port {ports.http} does not answer for {probe.host}: {error}"
            if status != 200:
                return f"{probe.host}{probe.path} answers {status} through the edge"
    return ""
