"""The measures of `deploy`: each returns figures by name."""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from captain.apps.app_file import parse_app
from captain.apps.app_plan import plan
from captain.apps.app_releases import config_data, config_labels, config_name
from captain.apps.app_service import service_spec
from captain.apps.observe import observe
from captain.credentials import Domains
from captain.labels import NAMESPACE_LABEL
from captain.oneclick.trial import tried
from captain.template_look import template_files
from captain.templates.acceptance import refusals, surroundings, sweep
from swarm.engine import Engine
from tests.docker_cli import CLIENT, eventually
from tests.e2e.node import BASE, REPOSITORY, Node
from tests.e2e.traffic import Load

ROOT = Path(__file__).resolve().parents[2]
STACK = "flotilla"
NETWORK = f"{STACK}_apps"
APPS = 50
HOST = "bench.localhost"
SERVER = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class App(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b"line RELEASE"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
class Server(ThreadingHTTPServer):
    request_queue_size = 128
import signal, threading, time
server = Server(("0.0.0.0", 80), App)
def drain():
    time.sleep(1.5)
    server.shutdown()
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=drain).start())
server.serve_forever()
"""


def templates(socket: str, folder: Path) -> tuple[dict[str, Any], list[str]]:
    """How many templates the Swarm takes, and a sentence for each thing that it or captain does not."""
    engine = Engine.from_socket(socket)
    sweep(engine)
    around = surroundings(engine, STACK)
    refused, taken = list[str](), 0
    files = template_files([folder])
    for file in files:
        trial = tried(file.read_text(encoding="utf-8"), file.name)
        why = [trial.mistake] if trial.mistake else [*refusals(engine, trial, around)]
        refused += [f"{file.name}: {sentence}" for sentence in why]
        taken += not why
    engine.close()
    return {"templates_planned": taken, "templates_total": len(files)}, refused


def fifty_apps(socket: str, node: Node) -> dict[str, Any]:
    """Apps with a replica each, made as captain makes them, and how long it takes to look at them."""
    node.copy(docker_image(BASE), "/tmp")
    node.docker("load", "-i", "/tmp/image.tar")
    engine, domains = Engine.from_socket(socket), Domains.of("")
    sleeping = {"image": BASE, "command": ["sleep", "infinity"], "stop_grace_period": "1s"}
    apps = [parse_app(f"bench-{number}", {**sleeping, "environment": {"N": str(number)}}) for number in range(APPS)]
    around = observe(engine, STACK, domains).surroundings
    for app in apps:
        engine.create_config(config_name(app.name, 1), config_data(app, ""), config_labels(app.name, 1))
        engine.create_service(service_spec(app, 1, 1, around))
    # `status` is about a stack; here it has one service.
    stack = service_spec(parse_app("stack", sleeping), 1, 1, around)
    engine.create_service({**stack, "Name": f"{STACK}_one", "Labels": {NAMESPACE_LABEL: STACK}})
    eventually(lambda: sum(task.ready for task in engine.tasks()) == APPS + 1, seconds=300, pause=1)

    def status() -> None:
        command = [sys.executable, "-m", "captain", "--socket", socket, "status", "--json"]
        said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        assert len(json.loads(said)["services"]) == APPS + 1

    def look_and_plan() -> None:
        steps = plan(apps, observe(engine, STACK, domains))
        assert {step.kind.name for step in steps} == {"UNCHANGED"}

    figures = {"status_50_apps_ms": milliseconds(status, 5), "plan_ms": milliseconds(look_and_plan, 9)}
    engine.close()
    return figures


def deploys(node: Node, rounds: int) -> dict[str, Any]:
    """From a changed line to live, under load, on a machine with the bundle."""
    captain = node.engine(f"/services/{STACK}_captain")["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    folder = "/tmp/bench-source"
    dockerfile = f'FROM {captain}\nCOPY server.py /\nCMD ["python", "/server.py"]\n'

    def deploy(release: int) -> tuple[float, float]:
        node.exec("mkdir", "-p", folder)
        node.exec("tee", f"{folder}/Dockerfile", stdin=dockerfile)
        node.exec("tee", f"{folder}/server.py", stdin=SERVER.replace("RELEASE", str(release)))
        began = time.monotonic()
        said = node.exec("sh", "-c", f"cd {REPOSITORY} && ./swarm/captain.sh deploy bench --source {folder} --json")
        took = time.monotonic() - began
        answer = json.loads(said)
        assert answer["live"], answer
        return took, took - answer["seconds"]

    try:
        deploy(0)
        with Load(["--connect", node.ip, "--host", HOST, "--get", "/", "--rate", "20"]) as load:
            eventually(lambda: load.good > 10, 30)
            times = [deploy(number) for number in range(1, rounds + 1)]
            outcome = load.stop()
    finally:
        node.exec("sh", "-c", f"cd {REPOSITORY} && ./swarm/captain.sh remove bench")
    return {
        "deploy_p50_seconds": round(statistics.median(took for took, _ in times), 1),
        "build_seconds": round(statistics.median(build for _, build in times), 1),
        "deploy_seconds": [round(took, 1) for took, _ in times],
        "failed_requests": len(outcome.failed),
        "requests": outcome.done,
    }


def docker_image(name: str) -> bytes:
    """A tar with the image as `image.tar`, for a machine that cannot pull."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        saved = subprocess.run([CLIENT, "save", name], check=True, capture_output=True).stdout
        entry = tarfile.TarInfo("image.tar")
        entry.size = len(saved)
        archive.addfile(entry, io.BytesIO(saved))
    return packed.getvalue()


def milliseconds(work: Callable[[], None], times: int) -> float:
    """The median."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(taken), 1)
