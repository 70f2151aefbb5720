"""From facts to findings: what is wrong, in a sentence, and the command that mends it. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from captain.doctor_facts import Facts, LastWords, Unknown
from captain.doctor_scaling import scaling
from captain.finding import Finding, Level, look_at, wrong
from captain.look import rollout_seconds
from captain.rollout import by_service, wanted_tasks
from swarm.engine_objects import JSON, Service, Task

# A replica that was asked for a moment ago is no fault: a spike asks for many.
STARTING = timedelta(seconds=90)
OUT_OF_MEMORY_WITHIN = timedelta(days=1)
RESTARTS, RESTARTS_WITHIN = 3, timedelta(minutes=10)
ROLLOUT_SECONDS = 900.0
CERTIFICATE_WRONG, CERTIFICATE_SOON = timedelta(days=14), timedelta(days=30)
DISK_FREE = 0.1
_MB = 1024 * 1024
CLOCK_SECONDS = 3.0
SWARM_PORTS = (2377, 7946, 4789)
# Alerts that say no more than a finding of doctor's own about the same service or node.
SAID_ALREADY = frozenset({
    "AutoscalePolicyInvalid", "CertificateExpires", "ClockWrong", "DiskNearlyFull", "MigrationsNotDone", "NoPlacement",
    "NodeDown", "RolloutFrozen", "RolloutStuck", "ScrapeDown", "TasksMissing",
})  # fmt: skip


def examine(facts: Facts) -> list[Finding]:
    """All findings, what is wrong first. An alert that says no more than a finding has said already is left out."""
    found = [
        *_services(facts),
        *_nodes(facts),
        *_edges(facts),
        *_disks(facts),
        *_clocks(facts),
        *_secrets(facts),
        *scaling(facts),
        *_doors(facts),
    ]
    named = {finding.about for finding in found if finding.level is Level.WRONG}
    found += _alerts(facts, named)
    return sorted(found, key=lambda finding: finding.level is Level.NOTE)


# ---- services --------------------------------------------------------------------------------------


def _services(facts: Facts) -> Iterator[Finding]:
    if not facts.services:
        yield wrong(facts.stack, f"No service of stack {facts.stack} runs here.", "./swarm/up.sh")
    tasks = by_service(facts.tasks)
    for service in facts.services:
        own = tasks.get(service.id, [])
        yield from _tasks(service, own, facts)
        yield from _rollout(service, own, facts)
        yield from _memory(service, own, facts)


def _tasks(service: Service, tasks: Sequence[Task], facts: Facts) -> Iterator[Finding]:
    wanted, ready = wanted_tasks(service, tasks), sum(task.ready for task in tasks)
    unplaceable = [task for task in tasks if task.unplaceable]
    if unplaceable:
        why = unplaceable[0].error
        yield wrong(
            service.name,
            f"{_count(len(unplaceable), 'task')} of {service.name} {_fits(len(unplaceable))} on no node: "
            f"{placement_in_words(why)}.",
            _placement_mend(why, service.name),
        )
    recent = [task for task in tasks if _failed(task) and _since(task) >= facts.now - RESTARTS_WITHIN]
    missing = wanted - ready - len(unplaceable)
    if missing <= 0:
        if len(recent) >= RESTARTS and not unplaceable:
            yield wrong(
                service.name,
                f"{service.name} is up, but {len(recent)} of its tasks ended in the last ten minutes"
                f"{_why(recent, facts)}.",
                look_at(service.name),
            )
        return
    starting = [task for task in tasks if _is_starting(task, facts.now)]
    state = f"{service.name} has {ready} of {wanted} tasks ready"
    if ready and len(starting) >= missing and not recent:
        yield Finding(Level.NOTE, service.name, f"{state}; the others are starting.", look_at(service.name))
    else:
        failed = recent or [task for task in tasks if _failed(task)]
        yield wrong(service.name, f"{state}{_why(failed, facts)}.", look_at(service.name))


def _why(failed: Sequence[Task], facts: Facts) -> str:
    if not failed:
        return ""
    latest = max(failed, key=_since)
    words = facts.last_words.get(latest.id, LastWords("", ""))
    parts = [f": the latest {error_in_words(latest.error or latest.message)}"]
    if words.health:
        parts.append(f"; its health check said: {_short(words.health)}")
    if words.log:
        parts.append(f"; its last line was: {_short(words.log)}")
    return "".join(parts).rstrip(".")


def error_in_words(error: str) -> str:
    """The engine's error about a task, as the end of "the latest task …"."""
    code = re.fullmatch(r"task: non-zero exit \((\d+)\)(?:: (.*))?", error)
    if "unhealthy container" in error:
        return "failed its health check"
    if code and code[1] == "137":
        return "was killed (137): most likely it used more memory than its limit"
    if code:
        return f"ended with exit code {code[1]}" + (f" ({code[2]})" if code[2] else "")
    if "No such image" in error or "no such image" in error:
        return f"found no image on its node: {error.rpartition(': ')[2]}"
    if "port is already allocated" in error or "address already in use" in error:
        return f"found its port taken: {error}"
    return f"said: {error}" if error else "ended without a reason"


def placement_in_words(error: str) -> str:
    """Swarm's reason why no node will do, without its preamble."""
    reason = re.fullmatch(r"no suitable node \((.*)\)", error)
    return reason[1] if reason else error.rstrip(".")


def _placement_mend(error: str, name: str) -> str:
    if "insufficient resources" in error:
        return (
            "add a node (docker swarm join-token worker), or let it ask for less: "
            f"docker service update --reserve-cpu 0.1 --reserve-memory 64M {name}"
        )
    if "scheduling constraints" in error:
        return (
            f"docker service inspect --format '{{{{.Spec.TaskTemplate.Placement.Constraints}}}}' {name}; docker node ls"
        )
    if "port" in error:
        return f"docker service inspect --format '{{{{.Endpoint.Ports}}}}' {name}; stop what else has the port"
    return f"docker service ps --no-trunc --filter desired-state=running {name}; docker node ls"


def _rollout(service: Service, tasks: Sequence[Task], facts: Facts) -> Iterator[Finding]:
    state, why = service.update_state, service.update_message.rstrip(".")
    detail = f": {why}" if why else ""
    if state in ("paused", "rollback_paused"):
        what = "rollout" if state == "paused" else "rollback"
        yield wrong(
            service.name,
            f"The {what} of {service.name} is paused{detail}. Its count is not changed meanwhile.",
            f"docker service ps --no-trunc {service.name}; docker service rollback {service.name}",
        )
    elif state == "rollback_completed":
        why_not = _why([task for task in tasks if _failed(task)], facts)
        yield wrong(
            service.name,
            f"The last rollout of {service.name} failed and was rolled back: what runs is the version before{why_not}.",
            f"docker service ps --no-trunc {service.name}; mend the new version, then ./swarm/up.sh",
        )
    elif rollout_seconds(service, facts.now) > ROLLOUT_SECONDS:
        minutes = rollout_seconds(service, facts.now) / 60
        yield wrong(
            service.name,
            f"The rollout of {service.name} has been under way for {minutes:.0f} minutes.",
            f"docker service ps --no-trunc {service.name}; docker service rollback {service.name}",
        )


def _memory(service: Service, tasks: Sequence[Task], facts: Facts) -> Iterator[Finding]:
    """What the kernel killed under the limit that is in force now; a higher one since then has mended it."""
    limit = _memory_limit(service.spec["TaskTemplate"])
    short = [
        task
        for task in tasks
        if task.id in facts.out_of_memory
        and _memory_limit(task.spec) == limit
        and (task.ready or _since(task) >= facts.now - OUT_OF_MEMORY_WITHIN)
    ]
    if not short:
        return
    ended = [task for task in short if not task.ready]
    what = f"{service.name} was killed for want of memory" if ended else f"A command in {service.name} was killed"
    last = f", the last time at {max(map(_since, ended)):%H:%M} UTC" if ended else " for want of memory"
    number = limit // _MB
    yield wrong(
        service.name,
        f"{what}{last}: its limit is {number} MB." if limit else f"{what}{last}: its node has no more.",
        f"docker service update --limit-memory {2 * number}M {service.name}; for good: its limits.memory in stack.yml, "
        "then ./swarm/up.sh"
        if limit
        else f"docker service ps {service.name}; give it a limit, or its node more memory",
    )


def _memory_limit(template: JSON) -> int:
    return int(((template.get("Resources") or {}).get("Limits") or {}).get("MemoryBytes") or 0)


# ---- nodes, edges ----------------------------------------------------------------------------------


def _nodes(facts: Facts) -> Iterator[Finding]:
    for node in facts.nodes:
        if node.state != "ready":
            sentence = f"Node {node.hostname} ({node.address}) is {node.state}."
            yield wrong(node.hostname, sentence, f"docker node inspect --pretty {node.hostname}; start its engine")
        elif node.availability != "active":
            sentence = f"Node {node.hostname} takes no new tasks: it is set to {node.availability}."
            mend = f"docker node update --availability active {node.hostname}"
            yield Finding(Level.NOTE, node.hostname, sentence, mend)


def _edges(facts: Facts) -> Iterator[Finding]:
    name = f"{facts.stack}_edge"
    if not facts.edges and any(service.name == name for service in facts.services):
        yield wrong(name, "There is no edge: nothing answers from outside.", look_at(name))
    for edge in facts.edges:
        if edge.problem:
            sentence = f"The edge at {edge.address} does not answer as it should: {edge.problem}."
            yield wrong(name, sentence, f"docker service logs --tail 50 {name}")
    for about, expires in sorted({(e.certificate, e.expires) for e in facts.edges if e.expires is not None}):
        left = expires - facts.now
        if left >= CERTIFICATE_SOON:
            continue
        when = (
            f"ended on {expires:%Y-%m-%d}" if left <= timedelta(0) else f"ends on {expires:%Y-%m-%d}, in {_days(left)}"
        )
        yield Finding(
            Level.WRONG if left < CERTIFICATE_WRONG else Level.NOTE,
            about,
            f"The certificate of {about} {when}.",
            "cat key.pem fullchain.pem | docker secret create NEW_NAME -; "
            "FLOTILLA_CERTIFICATE_SECRET=NEW_NAME ./swarm/up.sh",
        )


def _disks(facts: Facts) -> Iterator[Finding]:
    if isinstance(facts.disks, Unknown):
        return  # Prometheus does not answer: that is a finding already
    for disk in facts.disks:
        if disk.free_bytes < DISK_FREE * disk.size_bytes:
            share = disk.free_bytes / disk.size_bytes
            sentence = f"Docker's disk on {disk.node} has {share:.0%} left ({disk.free_bytes / 1e9:.1f} GB)."
            yield wrong(disk.node, sentence, "docker system df; docker image prune --all")


def _clocks(facts: Facts) -> Iterator[Finding]:
    clocks = {} if isinstance(facts.clocks, Unknown) else facts.clocks
    for node, ahead in sorted(clocks.items()):
        if abs(ahead) > CLOCK_SECONDS:
            sentence = f"The clock of {node} is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}."
            yield wrong(node, sentence, f"on {node}: timedatectl set-ntp true")


# ---- secrets, scaling ------------------------------------------------------------------------------


def _secrets(facts: Facts) -> Iterator[Finding]:
    missing = sorted(_needed_secrets(facts) - facts.secrets)
    if missing:
        sentence = f"{'Secrets are' if len(missing) > 1 else 'A secret is'} missing: {', '.join(missing)}."
        yield wrong("secrets", sentence, "./swarm/captain.sh secrets, then ./swarm/up.sh")


def _needed_secrets(facts: Facts) -> set[str]:
    return {
        reference["SecretName"]
        for service in facts.services
        for reference in (service.spec["TaskTemplate"].get("ContainerSpec") or {}).get("Secrets") or []
    }


# ---- doors -----------------------------------------------------------------------------------------


def _doors(facts: Facts) -> Iterator[Finding]:
    for name, ports in sorted(facts.published.items()):
        if ports and name != f"{facts.stack}_edge":
            shown = ", ".join(str(port) for port, _ in ports)
            sentence = f"{name} publishes {shown} on every address of every node, beside the edge and past ufw."
            mend = " ".join(f"--publish-rm {target}" for _, target in ports)
            yield Finding(Level.NOTE, name, sentence, f"docker service update {mend} {name}")
    if not any(option.startswith("name=no-new-privileges") for option in facts.security):
        yield Finding(
            Level.NOTE,
            "engine",
            "The engine lets programs in containers gain privileges (setuid); this stack's own give that up.",
            'add "no-new-privileges": true to /etc/docker/daemon.json and restart the engine',
        )
    if isinstance(facts.host, Unknown):
        return
    if facts.host.userland_proxies:
        yield Finding(
            Level.NOTE,
            "engine",
            f"Docker's userland proxy runs for {_count(facts.host.userland_proxies, 'port')}: a process each, and "
            "clients that come through it have no address of their own.",
            'add "userland-proxy": false to /etc/docker/daemon.json and restart the engine',
        )
    public = [address for address in facts.host.addresses if _is_public(address)]
    everywhere = sorted(
        {port for address, port in facts.host.listening if port in SWARM_PORTS and _covers(address, public)}
    )
    if everywhere and public:
        yield Finding(
            Level.NOTE,
            "ports",
            f"Swarm's own ports {', '.join(map(str, everywhere))} answer on {', '.join(public)} too, unless a firewall "
            "before this machine closes them.",
            "allow them from the other nodes only: docs/operations.md, Ports",
        )


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


def _covers(address: str, public: Sequence[str]) -> bool:
    return address in ("0.0.0.0", "::") or address in public


# ---- alerts ----------------------------------------------------------------------------------------


def _alerts(facts: Facts, named: set[str]) -> Iterator[Finding]:
    if isinstance(facts.alerts, Unknown):
        name = f"{facts.stack}_prometheus"
        if facts.alerts.why and name not in named:
            yield wrong(name, f"Prometheus does not answer: {facts.alerts.why}.", look_at(name))
        return
    for alert in facts.alerts:
        if alert.about not in named or alert.name not in SAID_ALREADY:
            yield wrong(alert.about or alert.name, f"{alert.name}: {alert.summary}", alert.mend)


# ---- words -----------------------------------------------------------------------------------------


def _failed(task: Task) -> bool:
    return task.state in ("failed", "rejected")


def _since(task: Task) -> datetime:
    return task.state_since or datetime.min.replace(tzinfo=UTC)


def _is_starting(task: Task, now: datetime) -> bool:
    wanted = task.desired_state in ("running", "ready") and not task.ready and not task.error
    return wanted and task.created_at is not None and now - task.created_at < STARTING


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _fits(number: int) -> str:
    return "fits" if number == 1 else "fit"


def _days(left: timedelta) -> str:
    return _count(left.days, "day") if left.days else "less than a day"


def _short(text: str, most: int = 160) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= most else one_line[: most - 1] + "…"
