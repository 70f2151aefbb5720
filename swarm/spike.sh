#!/bin/sh
# Sends a spike of real requests through the edge and shows how the stack follows. On a manager; needs only docker.
#
#   ./swarm/spike.sh [options]
#
#   --rate N          requests/s of the spike (auto: as large a step as this machine can show, after some seconds of full
#                     load with the autoscaler off for the service)
#   --before-rate N   requests/s before and after it (10)
#   --seconds N       length of the spike (60)
#   --before N        seconds before the step (10)
#   --after N         at most so many seconds after it, until scaled back (420)
#   --settle N        at most so many seconds to wait for the minimum of replicas (300)
#   --post-share N    share of POSTs, the rest are GETs (0.3)
#   --sources N       source addresses (50)
#   --no-floor        do not measure the floor: one manual scale call to the same replicas under the same load
#   --json FILE       write the figures there
#   --raw FILE        write a JSON line per request there (default: in results/); tests/bench/recompute reads it
#   --plot FILE.svg   write the plot there (default: in results/)
#   --domain NAME     the stack's domain, if not the one it was deployed with
#   --service NAME    the service to watch, and to scale for the floor (flotilla_app)
#   --cap N           cap of database connections, if PgBouncer's exporter does not tell
#
# The load is open: requests go out on a fixed schedule whatever the answers are. Latency counts from the intended
# time; a request has failed without a whole 2xx answer within 10 s of it. Nothing is repeated. It goes nowhere but to
# the edge of this node, from a temporary service `flotilla_spike` beside it, which is removed at the end. A site
# `spike-…` with the posts stays in the database.
set -eu

stack=flotilla
spike=${stack}_spike
service=${stack}_app
domain='' json='' raw='' plot=''
container='' client='' enabled='' created='' key=''

usage() { sed -n '2,/^set -eu$/{/^#/s/^# \{0,1\}//p}' "$0"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

absolute() { # a path as seen from anywhere
    case $1 in
    /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$PWD" "$1" ;;
    esac
}

label() { # service, label: its value, empty without it
    docker service inspect -f "{{with index .Spec.Labels \"$2\"}}{{.}}{{end}}" "$1" 2>/dev/null || true
}

environment() { # service, variable: its value in the specification
    docker service inspect -f '{{range .Spec.TaskTemplate.ContainerSpec.Env}}{{println .}}{{end}}' "$1" 2>/dev/null |
        sed -n "s/^$2=//p"
}

container_of() { # service's name: its running container on this node
    docker ps -q --filter "label=com.docker.swarm.service.name=$1" --filter status=running | head -n 1
}

container_of_id() { # service's id: of two with one name, the one before may still be stopping
    docker ps -q --filter "label=com.docker.swarm.service.id=$1" --filter status=running | head -n 1
}

# The floor is measured with the autoscaler off for the service; an interrupted run must not leave it off.
restore() { # service, what its label was
    [ "$2" != false ] && [ "$(label "$1" flotilla.autoscale.enabled)" = false ] || return 0
    for _ in 1 2 3 4 5; do # another writer may come first
        if [ -n "$2" ]; then
            docker service update --detach --quiet --label-add "flotilla.autoscale.enabled=$2" "$1" >/dev/null && return 0
        else
            docker service update --detach --quiet --label-rm flotilla.autoscale.enabled "$1" >/dev/null && return 0
        fi
        sleep 1
    done
    printf 'Could not switch autoscaling of %s on again: docker service update --label-add flotilla.autoscale.enabled=%s %s\n' \
        "$1" "$2" "$1" >&2
}

# shellcheck disable=SC2317,SC2329  # called by the trap
cleanup() {
    trap - EXIT
    trap '' INT TERM HUP
    if [ -n "$container" ]; then
        # A run that goes on is asked to end and put things back; then it goes with its container in any case.
        # shellcheck disable=SC2016  # expanded in the container
        docker exec "$container" sh -c 'pid=$(cat /tmp/spike.pid 2>/dev/null) && kill -INT "$pid" 2>/dev/null || exit 0
            for _ in 1 2 3 4 5 6 7 8 9 10; do [ -e "/proc/$pid" ] || exit 0; sleep 1; done' >/dev/null 2>&1 || true
    fi
    if [ -n "$client" ]; then kill "$client" 2>/dev/null || true; fi
    if [ -n "$created" ]; then
        docker service rm "$spike" >/dev/null 2>&1 || true
        restore "$service" "$enabled"
    fi
    if [ -n "$key" ]; then # of replicas that are asked to stop, another one may be there; else it expires tomorrow
        docker exec "$(container_of "${stack}_app")" python -m app key revoke "$key" >/dev/null 2>&1 || true
    fi
}

# What concerns files and the service's name is taken out here; the rest goes on as it is.
count=$#
while [ "$count" -gt 0 ]; do
    argument=$1
    shift
    count=$((count - 1))
    case $argument in
    -h | --help)
        usage
        exit 0
        ;;
    --json=* | --raw=* | --plot=* | --domain=* | --service=*)
        name=${argument%%=*} value=${argument#*=}
        ;;
    --json | --raw | --plot | --domain | --service)
        [ "$count" -gt 0 ] || fail "$argument needs a value; see $0 --help."
        name=$argument value=$1
        shift
        count=$((count - 1))
        ;;
    *)
        set -- "$@" "$argument"
        continue
        ;;
    esac
    case $name in
    --json) json=$(absolute "$value") ;;
    --raw) raw=$(absolute "$value") ;;
    --plot) plot=$(absolute "$value") ;;
    --domain) domain=$value ;;
    --service) service=$value ;;
    esac
done

command -v docker >/dev/null 2>&1 || fail "There is no docker here: run this on a manager of the Swarm."
[ "$(docker info -f '{{.Swarm.ControlAvailable}}' 2>/dev/null)" = true ] ||
    fail "This is not a manager of a Swarm: run this on one, after ./swarm/up.sh."
image=$(docker service inspect -f '{{.Spec.TaskTemplate.ContainerSpec.Image}}' "${stack}_captain" 2>/dev/null) ||
    fail "The stack is not there: bring it up first with ./swarm/up.sh."
node=$(docker info -f '{{.Swarm.NodeID}}')
edge_container=$(container_of "${stack}_edge")
[ -n "$edge_container" ] || fail "No edge runs on this node: see docker service ps ${stack}_edge."
edge=$(docker inspect -f "{{with index .NetworkSettings.Networks \"${stack}_front\"}}{{.IPAddress}}{{end}}" "$edge_container")
[ -n "$edge" ] || fail "The edge on this node is not in the network ${stack}_front: run ./swarm/up.sh again."
[ -n "$domain" ] || domain=$(environment "${stack}_captain" FLOTILLA_DOMAIN)
cap=$(environment "${stack}_pgbouncer" FLOTILLA_DB_CONNECTIONS)

if docker service inspect "$spike" >/dev/null 2>&1; then
    left=$(container_of "$spike")
    # shellcheck disable=SC2016  # expanded in the container
    if [ -n "$left" ] && docker exec "$left" sh -c '[ -e "/proc/$(cat /tmp/spike.pid)" ]' >/dev/null 2>&1; then
        fail "A spike is running already: wait for its end, or stop it with docker service rm $spike."
    fi
    printf 'Removing what an interrupted run left.\n'
    was=$(label "$spike" flotilla.spike.enabled) of=$(label "$spike" flotilla.spike.service)
    docker service rm "$spike" >/dev/null
    restore "$of" "$was"
    for _ in 1 2 3 4 5 6 7 8 9 10; do [ -n "$(container_of "$spike")" ] || break; sleep 1; done
fi
enabled=$(label "$service" flotilla.autoscale.enabled)

results=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)/results
stamp=$(date +%Y%m%d-%H%M%S)
[ -n "$raw" ] || raw=$results/spike-$stamp.jsonl
[ -n "$plot" ] || plot=$results/spike-$stamp.svg
for file in "$json" "$raw" "$plot"; do
    [ -z "$file" ] || mkdir -p -- "$(dirname -- "$file")"
done

# What it writes with: a key of its own, which ends with it.
if [ -z "${FLOTILLA_API_KEY:-}" ]; then
    replica=$(container_of "${stack}_app")
    [ -n "$replica" ] ||
        fail "No replica of the app runs on this node, so no API key can be made here: make one where one does (docs/api.md, Keys), and export it as FLOTILLA_API_KEY."
    made=$(docker exec "$replica" python -m app key create --name spike.sh --scope manage --days 1 2>&1) ||
        fail "No API key could be made: $made"
    key=$(printf '%s\n' "$made" | sed -n 's/^The key \([0-9a-f-]*\) .*/\1/p')
    FLOTILLA_API_KEY=$(printf '%s\n' "$made" | grep '^fl_')
fi
export FLOTILLA_API_KEY

trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
created=yes
# It ends by itself after an hour, whatever becomes of this script.
id=$(docker service create --detach --quiet --no-resolve-image --name "$spike" \
    --label "flotilla.spike.service=$service" --label "flotilla.spike.enabled=$enabled" \
    --constraint "node.id==$node" --endpoint-mode dnsrr --network "${stack}_front" --network "${stack}_ops" \
    --cap-add NET_ADMIN \
    --mount type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock \
    --restart-condition none --init --stop-grace-period 2s "$image" sleep 3600) ||
    fail "The temporary service could not be made (above)."
waited=0
while container=$(container_of_id "$id") && [ -z "$container" ]; do
    waited=$((waited + 1))
    if [ "$waited" -gt 120 ]; then
        docker service ps --no-trunc --format '{{.CurrentState}} {{.Error}}' "$spike" >&2
        fail "The temporary service did not start (above)."
    fi
    sleep 0.5
done
# On a machine whose cores are all busy, a generator with an equal share of them would measure its own waiting.
docker update --cpu-shares 65536 "$container" >/dev/null

set -- --edge "$edge" --service "$service" --domain "${domain:-localhost}" --raw /tmp/spike.jsonl --plot /tmp/spike.svg \
    --json /tmp/spike.json ${cap:+--cap "$cap"} "$@"
# In the background, so that a signal to this script is acted upon at once.
# shellcheck disable=SC2016  # expanded in the container
docker exec -e FLOTILLA_API_KEY -w /srv "$container" sh -c 'echo $$ >/tmp/spike.pid; exec python -m swarm.spike "$@"' spike "$@" &
client=$!
status=0
wait "$client" || status=$?
client=
[ "$status" -ne 137 ] || printf 'The generator was killed: is memory short, or was %s removed?\n' "$spike" >&2
if [ "$status" -eq 0 ]; then
    docker cp "$container:/tmp/spike.jsonl" "$raw" >/dev/null
    docker cp "$container:/tmp/spike.svg" "$plot" >/dev/null
    [ -z "$json" ] || docker cp "$container:/tmp/spike.json" "$json" >/dev/null
    printf '\nPlot: %s\nSamples: %s\n' "$plot" "$raw"
    [ -z "$json" ] || printf 'Figures: %s\n' "$json"
fi
exit "$status"
