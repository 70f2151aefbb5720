#!/bin/sh
# Brings Flotilla up on this machine, or puts right what differs from stack.yml. Safe to run again.
set -eu
cd "$(dirname "$0")/.."

usage() {
    cat <<'EOF'
Usage: swarm/up.sh [options]

Installs Docker Engine if there is none, makes a Swarm, builds the images, and deploys stack.yml as
stack "flotilla". Run again, it writes nothing that already matches, and keeps data, secrets and
replica counts.

  --domain NAME           domain of the platform        (FLOTILLA_DOMAIN, localhost)
  --http-port PORT        port for HTTP                 (FLOTILLA_HTTP_PORT, 80)
  --https-port PORT       port for HTTPS                (FLOTILLA_HTTPS_PORT, 443)
  --advertise-addr ADDR   this node's address for other nodes of the Swarm
                                                        (FLOTILLA_ADVERTISE_ADDR, that of the default route)
  --yes                   do not ask                    (FLOTILLA_YES=1)
  -h, --help              this text

What is given once is kept in /etc/flotilla/settings.env; every other setting (docs/operations.md)
is an environment variable and is kept there too.
EOF
}

say() { printf '==> %s\n' "$*"; }
fail() {
    printf 'up.sh: %s\n' "$*" >&2
    exit 1
}

settings=/etc/flotilla/settings.env
yes=${FLOTILLA_YES:-}
while [ $# -gt 0 ]; do
    option=$1
    case $option in
    --*=*)
        value=${option#*=}
        option=${option%%=*}
        shift
        ;;
    --domain | --http-port | --https-port | --advertise-addr)
        [ $# -ge 2 ] || fail "$option needs a value; see --help"
        value=$2
        shift 2
        ;;
    *) shift ;;
    esac
    case $option in
    --domain) FLOTILLA_DOMAIN=$value ;;
    --http-port) FLOTILLA_HTTP_PORT=$value ;;
    --https-port) FLOTILLA_HTTPS_PORT=$value ;;
    --advertise-addr) FLOTILLA_ADVERTISE_ADDR=$value ;;
    --yes) yes=1 ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        printf 'up.sh: unknown option %s; see --help\n' "$option" >&2
        exit 2
        ;;
    esac
done

[ "$(id -u)" = 0 ] || fail "this has to run as root: sudo $0"

# ---- settings: options and environment win over what an earlier run was told ----------------------
# shellcheck source=/dev/null
if [ -r "$settings" ]; then . "$settings"; fi
export FLOTILLA_DOMAIN="${FLOTILLA_DOMAIN:-localhost}"
export FLOTILLA_HTTP_PORT="${FLOTILLA_HTTP_PORT:-80}" FLOTILLA_HTTPS_PORT="${FLOTILLA_HTTPS_PORT:-443}"

is_domain() { printf '%s' "$1" | grep -Eqx '([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'; }
is_port() { printf '%s' "$1" | grep -Eqx '[0-9]{1,5}' && [ "$1" -ge 1 ] && [ "$1" -le 65535 ]; }
is_domain "$FLOTILLA_DOMAIN" || fail "'$FLOTILLA_DOMAIN' is not a domain: lower-case letters, digits, hyphens and dots, such as example.com"
for port in "$FLOTILLA_HTTP_PORT" "$FLOTILLA_HTTPS_PORT"; do
    is_port "$port" || fail "'$port' is not a port: give a number from 1 to 65535"
done
[ "$FLOTILLA_HTTP_PORT" != "$FLOTILLA_HTTPS_PORT" ] || fail "HTTP and HTTPS cannot share port $FLOTILLA_HTTP_PORT: give two"

confirm() { # asks on a terminal only; without one, having been started is the answer
    if [ -n "$yes" ] || [ ! -t 0 ]; then return 0; fi
    printf '%s [Y/n] ' "$1"
    read -r answer
    case $answer in n* | N*) fail "stopped, nothing was changed" ;; esac
}

# ---- the engine -----------------------------------------------------------------------------------
engine_answers() { docker info >/dev/null 2>&1; }

install_engine() {
    distribution=$(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null || true)
    [ "$distribution" = debian ] ||
        fail "there is no Docker Engine and this is not Debian: install Docker Engine 20.10 or newer, then run this again"
    confirm "Docker Engine is not installed. Install it from Debian?"
    say "installing Docker Engine from Debian"
    apt-get update -qq >/dev/null || fail "apt-get update failed: is the network up?"
    packages=docker.io
    # Since Debian 13 the client is a package of its own.
    if apt-cache show docker-cli >/dev/null 2>&1; then packages="docker.io docker-cli"; fi
    # shellcheck disable=SC2086  # two words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/tmp/flotilla-apt.log 2>&1 || {
        tail -n 5 /tmp/flotilla-apt.log >&2
        fail "Docker Engine could not be installed (the last lines of /tmp/flotilla-apt.log are above)"
    }
}

start_engine() {
    say "starting dockerd"
    if [ -d /run/systemd/system ]; then
        systemctl enable --now docker >/dev/null 2>&1 || true
    else
        # No init system: the daemon outlives this script and its terminal.
        nohup setsid dockerd >>/var/log/dockerd.log 2>&1 </dev/null &
    fi
    waited=0
    until engine_answers; do
        waited=$((waited + 1))
        [ "$waited" -lt 60 ] || fail "dockerd does not answer after 60 s: see /var/log/dockerd.log or 'journalctl -u docker'"
        sleep 1
    done
}

# A lone client in the PATH is no engine: what counts is a daemon that answers, or one that can be started.
if ! engine_answers; then
    if ! command -v dockerd >/dev/null 2>&1; then install_engine; fi
    command -v docker >/dev/null 2>&1 || install_engine
    start_engine
fi
engine=$(docker version --format '{{.Server.Version}}')
client=$(docker version --format '{{.Client.Version}}')
major() { printf '%s' "${1%%.*}"; }
[ "$(major "$engine")" -ge 20 ] || fail "Docker Engine $engine is too old: 20.10 or newer is needed"
say "Docker Engine $engine (client $client)"

# ---- ports ----------------------------------------------------------------------------------------
listens() { # is something listening on TCP port $1? No tool but the kernel's own table is needed.
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port="$(printf '%04X' "$1")" '$4 == "0A" { n = split($2, a, ":"); if (a[n] == port) found = 1 } END { exit !found }'
}
ours=$(docker service inspect flotilla_edge --format '{{range .Spec.EndpointSpec.Ports}}{{.PublishedPort}} {{end}}' 2>/dev/null || true)
for port in "$FLOTILLA_HTTP_PORT" "$FLOTILLA_HTTPS_PORT"; do
    case " $ours " in *" $port "*) continue ;; esac
    if listens "$port"; then
        fail "port $port is taken by another program (see: ss -ltnp 'sport = :$port'); stop it or choose others with --http-port and --https-port"
    fi
done

# ---- the Swarm ------------------------------------------------------------------------------------
swarm=$(docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}')
case $swarm in
"active true") ;;
"active false") fail "this node is a worker of a Swarm: run this on one of its managers" ;;
inactive*)
    address=${FLOTILLA_ADVERTISE_ADDR:-}
    if [ -n "$address" ]; then
        docker swarm init --advertise-addr "$address" >/dev/null || fail "cannot make a Swarm with address $address (the reason is above)"
    else
        reason=$(docker swarm init 2>&1 >/dev/null) ||
            fail "cannot make a Swarm: give this node's address with --advertise-addr. Docker says: $reason"
    fi
    say "made a Swarm of this node"
    ;;
*) fail "the Swarm of this node is '$swarm': unlock it or leave it (docker swarm leave), then run this again" ;;
esac

# ---- images and settings --------------------------------------------------------------------------
./swarm/base-image.sh || exit 1
./swarm/images.sh || exit 1

# shellcheck disable=SC2016  # the dollar signs are for the shell that reads the file
keep() { printf 'export %s="${%s:-%s}"\n' "$1" "$1" "$(printf '%s' "$2" | sed 's/[\\"$`}]/\\&/g')"; }
mkdir -p "$(dirname "$settings")"
{
    echo "# What swarm/up.sh was told. The environment and its options win over this."
    env | LC_ALL=C sort | while IFS='=' read -r name value; do
        case $name in
        FLOTILLA_*_IMAGE | FLOTILLA_*TOKEN* | FLOTILLA_*PASSWORD* | FLOTILLA_YES | FLOTILLA_ROUTES_CONFIG) ;;
        FLOTILLA_CERTIFICATE_SECRET)
            # The operator's own is kept; captain's follows from the domains.
            case $value in flotilla_edge_certificate*) ;; *) keep "$name" "$value" ;; esac
            ;;
        FLOTILLA_*) keep "$name" "$value" ;;
        esac
    done
} >"$settings.new"
chmod 600 "$settings.new"
# shellcheck source=/dev/null
. ./swarm/images.env

# ---- deploy ---------------------------------------------------------------------------------------
files="-c /repo/stack.yml"
if [ "$(major "$engine")" -ge 25 ] && [ "$(major "$client")" -ge 25 ]; then
    files="$files -c /repo/swarm/stack.engine-25.yml"
else
    say "Docker $engine knows no start_interval: a new replica takes a few seconds longer to be ready than with 25 or newer"
fi
variables=$(mktemp)
trap 'rm -f "$variables" "$settings.new"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
env | grep '^FLOTILLA_' >"$variables"
terminal=
if [ -t 1 ]; then terminal=-t; fi
# shellcheck disable=SC2086  # lists of words
docker run --rm $terminal --network host --read-only --tmpfs /tmp \
    -v /var/run/docker.sock:/var/run/docker.sock -v "$(pwd):/repo:ro" --env-file "$variables" \
    "$FLOTILLA_CAPTAIN_IMAGE" captain deploy --stack flotilla $files || {
    status=$?
    if ! cmp -s "$settings.new" "$settings"; then
        echo "up.sh: the settings of this run were not kept; a run without them goes back to those of the last good one" >&2
    fi
    exit "$status"
}
mv "$settings.new" "$settings"
