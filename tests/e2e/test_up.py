"""`swarm/up.sh` and `swarm/down.sh` on a fresh machine, and `docker stack deploy` by hand."""

from __future__ import annotations

import httpx

from tests.docker_cli import eventually
from tests.e2e.conftest import Before
from tests.e2e.node import Node, Run
from tests.e2e.stack import APP, Stack

SERVERS = {"postgres", "pgbouncer", "prometheus", "registry"}
SERVICES = SERVERS | {"edge", "app", "worker", "meter", "autoscaler", "captain"}
SURFACES = ("localhost", "app.localhost", "admin.localhost", "captain.localhost", "nobody.blogs.localhost")


def test_the_machine_begins_with_no_docker_and_no_image(before: Before) -> None:
    """What follows is shown from nothing: no client, no daemon, no runtime, no data of one."""
    assert before.commands == ""
    assert before.engine_files == ""


def test_one_command_brings_up_every_service(first_up: Run, stack: Stack) -> None:
    """After up.sh has ended, every service runs as many tasks as it wants, without waiting any further."""
    assert {f"flotilla_{name}" for name in SERVICES} <= set(stack.names())
    counts = stack.node.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}").splitlines()
    for line in counts:
        ready, _, wanted = line.split(" ")[1].partition("/")
        assert ready == wanted != "0", line


def test_it_prints_where_to_go_and_how_to_make_a_key(first_up: Run, stack: Stack) -> None:
    """The operator sees the URLs and, in the first run only, the command for an API key; no secret is printed."""
    command = "python -m app key create --name NAME --scope manage"
    assert first_up.output.count(command) == 1
    assert "fl_" not in first_up.output
    assert stack.node.docker("exec", stack.container(APP), "cat", "/run/secrets/api_token").strip() == "none"
    assert stack.api("GET", "/sites", token="none").status_code == 401
    for host in ("localhost", "app.localhost", "captain.localhost"):
        assert f"http://{host}" in first_up.output


def test_requests_go_through_edge_and_database(stack: Stack) -> None:
    """What is posted with a key is there to read; without it, and with another, the answer is 401."""
    site = stack.new_site()
    posted = stack.api("POST", f"/sites/{site}/posts", body={"title": "First", "body": "Text."})
    assert posted.status_code == 201, posted.text
    assert stack.titles(site) == ["First"]
    for token in ("", "wrong"):
        refused = stack.api("GET", "/sites", token=token)
        assert refused.status_code == 401
        assert refused.json()["code"]
    schema = stack.edge.get("/api/v1/openapi.json", headers={"Host": "app.localhost"})
    assert schema.status_code == 200
    assert "/api/v1/sites" in schema.json()["paths"]


def test_every_surface_answers_with_a_page_of_its_own(stack: Stack) -> None:
    """No host is answered by another's surface, and what is internal is not found from outside."""
    pages = {host: stack.edge.get("/", headers={"Host": host}) for host in SURFACES}
    assert all(page.status_code < 500 for page in pages.values()), pages
    assert len({page.text for page in pages.values()}) == len(SURFACES)
    for path in ("/metrics", "/healthz", "/readyz"):
        for host in SURFACES:
            assert stack.edge.get(path, headers={"Host": host}).status_code == 404, (host, path)


def test_https_is_served_with_a_certificate_of_its_own(stack: Stack) -> None:
    """HTTPS answers on its port from the first minute, with a self-signed certificate."""
    with httpx.Client(base_url=f"https://{stack.node.ip}", verify=False, timeout=20) as client:
        assert client.get("/", headers={"Host": "app.localhost"}).status_code == 200


def test_a_second_run_writes_nothing(stack: Stack) -> None:
    """Where everything matches, up.sh changes no service and tells no link and no command for a key again."""
    if stack.replicas() != 2:  # at the minimum the autoscaler has nothing to write either
        stack.update(APP, "--replicas", "2")
    run = stack.node.up(log="up-second.log")
    assert run.exit_code == 0, run.output
    before = stack.versions()
    again = stack.node.up(log="up-third.log")
    assert again.exit_code == 0, again.output
    assert stack.versions() == before
    assert "key create" not in again.output and "/welcome#" not in again.output


def test_a_deployment_by_hand_over_ours_restarts_nothing(stack: Stack) -> None:
    """`docker stack deploy` of the same two files writes every service, and replaces no task."""
    stack.wait_ready()
    stack.update(APP, "--replicas", "2", "--label-add", "flotilla.autoscale.enabled=false")
    stack.wait_ready(APP, 2)
    before = {name: sorted(task["ID"] for task in stack.tasks(name)) for name in stack.names()}
    stack.node.repository(
        '. ./swarm/images.env && sed \'s/^version: "3.9"/version: "3.12"/\' stack.yml |'
        " docker stack deploy --detach=true --resolve-image never -c - -c swarm/stack.engine-25.yml flotilla"
    )
    stack.wait_healthy()
    assert {name: sorted(task["ID"] for task in stack.tasks(name)) for name in before} == before


def test_down_keeps_data_and_a_deployment_by_hand_brings_it_back(stack: Stack) -> None:
    """down.sh keeps data and secrets; `docker stack deploy` restores the platform; up.sh then agrees."""
    node, token = stack.node, stack.token
    site = stack.new_site()
    assert stack.api("POST", f"/sites/{site}/posts", body={"title": "Kept", "body": "…"}).status_code == 201
    secrets = node.docker("secret", "ls", "-q").split()
    stack.close_probe()

    run = node.down()
    assert run.exit_code == 0, run.output
    assert stack.names() == []
    assert not node.docker("network", "ls", "-q", "--filter", "name=flotilla_")
    assert sorted(node.docker("secret", "ls", "-q").split()) == sorted(secrets)

    node.repository(
        ". ./swarm/images.env && docker stack deploy --detach=true --resolve-image never -c stack.yml flotilla"
    )
    stack.wait_healthy(300)
    assert stack.api("GET", "/sites", token=token).status_code == 200
    assert stack.titles(site) == ["Kept"]

    # Docker's command line and captain make the same specifications of the same file.
    versions = stack.versions()
    node.repository(
        ". ./swarm/images.env && docker run --rm --network host -v /var/run/docker.sock:/var/run/docker.sock"
        ' -v "$PWD:/repo:ro" $(env | sed -n "s/^\\(FLOTILLA_[A-Z_]*\\)=.*/-e \\1/p")'
        ' "$FLOTILLA_CAPTAIN_IMAGE" captain up --stack flotilla -c /repo/stack.yml'
    )
    assert stack.versions() == versions


def test_down_with_volumes_leaves_nothing(stack: Stack) -> None:
    """`down.sh --volumes` refuses without terminal and --yes; with it, services, data and secrets go."""
    node: Node = stack.node
    stack.close_probe()
    refused = node.down("--volumes", log="down-refused.log")
    assert refused.exit_code != 0
    assert stack.names()
    run = node.down("--volumes", "--yes", log="down-volumes.log")
    assert run.exit_code == 0, run.output
    assert stack.names() == []
    for kind in ("volume", "secret", "config", "network"):
        names = node.docker(kind, "ls", "--format", "{{.Name}}").split()
        assert not [name for name in names if name.startswith(("flotilla", "captain."))], kind
    assert eventually(lambda: node.docker("ps", "-q", "--filter", "name=flotilla_") == "", seconds=60)
    stack.forget_token()
