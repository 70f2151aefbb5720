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
    # app/sdk and the sources of app/web stay out of the build's context: .dockerignore.
    find "$@" -type f ! -name '*.pyc' ! -name 'images.env*' ! -path 'app/sdk/*' \
        ! \( -path 'app/web/*' ! -path 'app/web/compiled/*' \) |
        LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-12
}

inputs_of() { # image → the paths that its stage copies
    shared="Dockerfile swarm/healthcheck.sh swarm/install-packages.sh"
    case $1 in
    app) echo "$shared app requirements/app.lock" ;;
    autoscaler) echo "$shared autoscaler swarm/socket_gate swarm/engine*.py requirements/autoscaler.lock" ;;
    meter) echo "$shared swarm/meter* swarm/exec_gate swarm/engine*.py requirements/meter.lock" ;;
    captain) echo "$shared captain swarm/git swarm/spike swarm/engine*.py requirements/captain.lock" ;;
    edge) echo "$shared nginx requirements/edge.lock" ;;
    postgres | pgbouncer) echo "$shared swarm/database swarm/$1" ;;
    prometheus | registry) echo "$shared swarm/$1" ;;
    esac
}

all="app edge postgres pgbouncer prometheus registry meter autoscaler captain"
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
    # Secrets that were rotated: the newest generation, as this Swarm has it when the file is read. A certificate of
    # the operator's own stays.
    cat <<'EOF'
eval "$(docker secret ls --format '{{.Name}}' 2>/dev/null |
    sed -n 's/^flotilla_\(api_token\|db_[a-z]*_password\|pgbouncer_stats_password\|smtp_url\|database_url\|edge_certificate\)\.\([0-9]*\)$/\2 \1/p' |
    sort -n | while read -r number name; do
        case $name:${FLOTILLA_CERTIFICATE_SECRET:-flotilla_edge_certificate} in
        edge_certificate:flotilla_edge_certificate*) name=certificate secret=flotilla_edge_certificate.$number ;;
        edge_certificate:*) continue ;;
        *) secret=flotilla_$name.$number ;;
        esac
        echo "export FLOTILLA_$(echo "$name" | tr '[:lower:]' '[:upper:]')_SECRET=$secret"
    done)"
EOF
} >"$env_file.$$"
mv "$env_file.$$" "$env_file" # one that was killed may still be at it: each has a name of its own

# ---- building: servers, programs and the edge's nginx side by side ------------------------------------
# The classic builder builds every stage that stands before the target, wanted or not: each gets the Dockerfile without
# those that are none of its own.
dockerfile_of() { # image
    case $1 in
    system | postgres | pgbouncer | prometheus | registry) sed '/^# ==== programs/,/^# ==== servers/{/^# ==== servers/!d}' Dockerfile ;;
    app | autoscaler | meter) sed '/^# ==== network/,/^# ==== venvs/d' Dockerfile ;;
    captain) sed '/^FROM python-openssl AS nginx/,/^# ==== venvs/d' Dockerfile ;;
    *) cat Dockerfile ;;
    esac
}

stage() { # name: builds a stage that has no image of its own
    dockerfile_of "$1" | docker build --target "$1" -f - . >"$logs/$1" 2>&1 || {
        tail -n 30 "$logs/$1" >&2
        echo "images.sh: building the layers of '$1' failed; the last lines are above" >&2
        return 1
    }
}

build() { # images…, in this order
    for image in "$@"; do
        # shellcheck disable=SC2046
        tag=$prefix/$image:$(hash_of $(inputs_of "$image"))
        started=$(date +%s)
        dockerfile_of "$image" | docker build --target "$image" --label flotilla.image=1 -t "$tag" -f - . >"$logs/$image" 2>&1 || {
            tail -n 30 "$logs/$image" >&2
            echo "images.sh: building $image failed; its last lines are above" >&2
            return 1
        }
        printf 'image %-11s built in %d s\n' "$image" "$(($(date +%s) - started))"
    done
}

# shellcheck disable=SC2086  # a list of words
[ $# -gt 0 ] || set -- $all
programs='' servers='' edge=''
for image in "$@"; do
    # shellcheck disable=SC2046
    if docker image inspect "$prefix/$image:$(hash_of $(inputs_of "$image"))" >/dev/null 2>&1; then
        continue
    fi
    case $image in
    postgres | pgbouncer | prometheus | registry) servers="$servers $image" ;;
    edge) edge=edge ;;
    *) programs="$programs $image" ;;
    esac
done
[ -n "$programs$servers$edge" ] || exit 0

logs=$(mktemp -d)
beside='' network='' clock=''
trap 'rm -rf "$logs"; [ -z "$beside$network$clock" ] || kill $beside $network $clock 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
# What all begin with is made first, so that they share it.
stage system || exit 1
echo "building images:$programs${edge:+ $edge}$servers"
# A slow machine builds for minutes, and says nothing meanwhile. Without its streams the last sleep keeps nobody waiting.
(
    began=$(date +%s)
    while sleep 20 >/dev/null 2>&1; do echo "still building after $(($(date +%s) - began)) s"; done
) &
clock=$!
outcome=0
# shellcheck disable=SC2086  # a list of words
build $servers &
beside=$!
if [ -n "$programs$edge" ]; then stage python || outcome=1; fi
if [ -n "$edge" ] && [ "$outcome" = 0 ]; then
    stage nginx &
    network=$!
fi
# shellcheck disable=SC2086  # a list of words
[ "$outcome" = 1 ] || build $programs || outcome=1
if [ -n "$network" ]; then
    wait "$network" || outcome=1
    network=''
fi
# shellcheck disable=SC2086  # a list of words
[ "$outcome" = 1 ] || build $edge || outcome=1
wait "$beside" || outcome=1
beside=''
exit "$outcome"
