#!/bin/sh
# Builds every image of the one Dockerfile that is not there yet and writes swarm/images.env, which stack.yml's
# variables come from. A tag is the hash of what goes into the image, so an unchanged tree builds nothing and
# rolls nothing out; no tag ever moves. `images.sh captain …` builds those named alone; `images.sh --missing` names
# those that are not there, and makes nothing.
set -eu
cd "$(dirname "$0")/.."

# On an image that is only local, an engine tries a pull before each start. An address on loopback refuses at
# once; a name would wait for a resolver, and ask a stranger's registry.
prefix=127.0.0.1:5000/flotilla

hash_of() { # paths… → 12 hex digits of their names and contents
    find "$@" -type f ! -name '*.pyc' ! -name 'images.env*' | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-12
}

inputs_of() { # image → the paths that its stage copies
    shared="Dockerfile swarm/healthcheck.sh"
    case $1 in
    app) echo "$shared app requirements/app.lock" ;;
    autoscaler) echo "$shared autoscaler swarm/engine*.py requirements/autoscaler.lock" ;;
    meter) echo "$shared swarm/meter* swarm/engine*.py requirements/meter.lock" ;;
    captain) echo "$shared captain swarm/spike swarm/engine*.py requirements/captain.lock" ;;
    edge) echo "$shared nginx requirements/edge.lock" ;;
    postgres | pgbouncer | prometheus) echo "$shared swarm/$1" ;;
    esac
}

all="app edge postgres pgbouncer prometheus meter autoscaler captain"
if [ "${1:-}" = --missing ]; then
    for image in $all; do
        # shellcheck disable=SC2046
        docker image inspect "$prefix/$image:$(hash_of $(inputs_of "$image"))" >/dev/null 2>&1 || echo "$image"
    done
    exit 0
fi

env_file=swarm/images.env
{
    echo "# Written by swarm/images.sh."
    for image in $all; do
        # shellcheck disable=SC2046  # a list of paths without spaces, one with a wildcard
        tag=$prefix/$image:$(hash_of $(inputs_of "$image"))
        name=FLOTILLA_$(echo "$image" | tr '[:lower:]' '[:upper:]')_IMAGE
        echo "export $name=$tag"
    done
    echo "export FLOTILLA_ROUTES_CONFIG=flotilla_routes_$(hash_of nginx/routes.yml)"
    # What up.sh was told stays said: see docs/operations.md.
    echo 'if [ -r /etc/flotilla/settings.env ]; then . /etc/flotilla/settings.env; fi'
} >"$env_file.$$"
mv "$env_file.$$" "$env_file" # one that was killed may still be at it: each has a name of its own

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM
# shellcheck disable=SC2086  # a list of words
[ $# -gt 0 ] || set -- $all
for image in "$@"; do
    # shellcheck disable=SC2046
    tag=$prefix/$image:$(hash_of $(inputs_of "$image"))
    if docker image inspect "$tag" >/dev/null 2>&1; then
        continue
    fi
    started=$(date +%s)
    printf 'image %-11s building' "$image"
    docker build --target "$image" --label flotilla.image=1 -t "$tag" . >"$log" 2>&1 || {
        echo
        tail -n 30 "$log" >&2
        echo "images.sh: building $image failed; its last lines are above" >&2
        exit 1
    }
    echo "  done, $(($(date +%s) - started)) s"
done
