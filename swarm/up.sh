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
  --smtp-url URL          mail server, smtps://user:password@host:465; "none" takes it away again
                                                        (FLOTILLA_SMTP_URL; kept as a Swarm secret)
  --advertise-addr ADDR   this node's address for other nodes of the Swarm
                                                        (FLOTILLA_ADVERTISE_ADDR, that of the default route)
  --database-url URL      a PostgreSQL of yours instead of the bundle's, postgresql://user:password@host:5432/name;
                          "bundled" goes back           (FLOTILLA_DATABASE_URL; kept as a secret of the Swarm)
  --database-ca FILE      the authority by which its certificate is verified
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

usage_error() {
    printf 'up.sh: %s; see --help\n' "$*" >&2
    exit 2
}
# shellcheck source=swarm/checks.sh
. ./swarm/checks.sh

# Free MB where Docker keeps its files: for building the images, and for running what is built.
space_to_build=4000 space_to_run=1000
# Where the edge passes on to the registry, for this node alone. It stands in the images' names, so it cannot be another.
registry_port=5000

settings=/etc/flotilla/settings.env
database_ca='' connections_given=${FLOTILLA_DB_CONNECTIONS:-}
yes=${FLOTILLA_YES:-}
while [ $# -gt 0 ]; do
    option=$1 value=''
    case $option in
    --*=*)
        value=${option#*=}
        option=${option%%=*}
        ;;
    --domain | --http-port | --https-port | --advertise-addr | --smtp-url | --database-url | --database-ca)
        value=${2:-}
        if [ $# -ge 2 ]; then shift; fi
        ;;
    esac
    shift
    case $option in
    --domain | --http-port | --https-port | --advertise-addr | --smtp-url | --database-url | --database-ca)
        [ -n "$value" ] || usage_error "$option needs a value"
        ;;
    esac
    case $option in
    --domain) FLOTILLA_DOMAIN=$value ;;
    --http-port) FLOTILLA_HTTP_PORT=$value ;;
    --https-port) FLOTILLA_HTTPS_PORT=$value ;;
    --advertise-addr) FLOTILLA_ADVERTISE_ADDR=$value ;;
    --smtp-url) export FLOTILLA_SMTP_URL="$value" ;;
    --database-url) FLOTILLA_DATABASE_URL=$value ;;
    --database-ca) database_ca=$value ;;
    --yes) yes=1 ;;
    -h | --help)
        usage
        exit 0
        ;;
    *) usage_error "unknown option $option" ;;
    esac
done

[ "$(id -u)" = 0 ] || fail "this has to run as root: sudo $0"

# ---- settings: options and environment win over what an earlier run was told ----------------------
known=" $(cat stack.yml swarm/*.sh | grep -o 'FLOTILLA_[A-Z0-9_]*' | sort -u | tr '\n' ' ')"
is_setting() { case $known in *" $1 "*) ;; *) return 1 ;; esac }
# A misspelt one would do nothing, and nobody would know. The tests' own variables are no settings.
for name in $(env | sed -n 's/^\(FLOTILLA_[A-Za-z0-9_]*\)=.*/\1/p' | grep -v '^FLOTILLA_\(TEST\|E2E\)_'); do
    is_setting "$name" || fail "$name is not a setting: docs/operations.md#settings has them all"
done
# shellcheck source=/dev/null
if [ -r "$settings" ]; then . "$settings"; fi
export FLOTILLA_DOMAIN="${FLOTILLA_DOMAIN:-localhost}"
export FLOTILLA_HTTP_PORT="${FLOTILLA_HTTP_PORT:-80}" FLOTILLA_HTTPS_PORT="${FLOTILLA_HTTPS_PORT:-443}"
address=${FLOTILLA_ADVERTISE_ADDR:-}

for domain in "$FLOTILLA_DOMAIN" "${FLOTILLA_BLOG_DOMAIN:-$FLOTILLA_DOMAIN}"; do
    is_domain "$domain" || fail "'$domain' is not a domain: lower-case letters, digits, hyphens and dots, such as example.com"
done
for port in "$FLOTILLA_HTTP_PORT" "$FLOTILLA_HTTPS_PORT"; do
    is_port "$port" || fail "'$port' is not a port: give a number from 1 to 65535"
done
[ "$FLOTILLA_HTTP_PORT" != "$FLOTILLA_HTTPS_PORT" ] || fail "HTTP and HTTPS cannot share port $FLOTILLA_HTTP_PORT: give two"
case " $FLOTILLA_HTTP_PORT $FLOTILLA_HTTPS_PORT " in
*" $registry_port "*) fail "port $registry_port is the registry's, which every image is named by: give another one" ;;
esac
case ${FLOTILLA_SMTP_URL:-none} in
none | smtp://?* | smtps://?*) ;;
*) fail "the mail server's address is none: give smtp://host:587 or smtps://user:password@host:465, or 'none'" ;;
esac
[ -z "$address" ] || is_address "$address" || fail "'$address' is not an address: give this node's, such as 192.0.2.10"

database_url=${FLOTILLA_DATABASE_URL:-}
unset FLOTILLA_DATABASE_URL     # a password is in it: nothing that is started from here inherits it
[ -z "$database_ca" ] || [ -r "$database_ca" ] || fail "--database-ca: there is no file $database_ca"
[ -z "$database_ca" ] || [ -n "$database_url" ] || fail "--database-ca goes with --database-url"

# One run at a time. What it starts must not hold the lock: a build goes on for a while when this is killed.
if command -v flock >/dev/null 2>&1; then
    exec 9>>/run/flotilla-up.lock
    flock -n 9 || fail "another up.sh (pid $(cat /run/flotilla-up.lock)) is at work: wait until it is done"
    echo $$ >/run/flotilla-up.lock
fi

confirm() { # asks on a terminal only; without one, having been started is the answer
    if [ -n "$yes" ] || [ ! -t 0 ]; then return 0; fi
    printf '%s [Y/n] ' "$1"
    read -r answer
    case $answer in n* | N*) fail "stopped, nothing was changed" ;; esac
}

has_space() { # MB, folder: fails with a sentence if there is less
    free=$(free_space "$2")
    [ "${free:-$1}" -ge "$1" ] ||
        fail "the disk is nearly full: $2 has $free MB free, $1 MB are needed; make room (docker system df shows what Docker holds)"
}

# ---- the engine -----------------------------------------------------------------------------------
engine_answers() { docker info >/dev/null 2>&1; }

install_engine() {
    distribution=$(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null || true)
    [ "$distribution" = debian ] ||
        fail "there is no Docker Engine and this is not Debian: install 20.10 or newer ($(how_to_install)), then run this again"
    has_space "$space_to_build" /var/lib
    confirm "Docker Engine is not installed. Install it from Debian?"
    say "installing Docker Engine from Debian"
    log=/tmp/flotilla-apt.log
    # A run that was killed may have left packages half configured, or still be installing them.
    waiting='-o DPkg::Lock::Timeout=300'
    dpkg --configure -a >"$log" 2>&1 9>&- || true
    # shellcheck disable=SC2086  # two words
    apt-get update -qq $waiting >"$log" 2>&1 9>&- || true # what counts is what can be installed then
    packages=docker.io
    # Since Debian 13 the client is a package of its own.
    if apt-cache show docker-cli >/dev/null 2>&1; then packages="docker.io docker-cli"; fi
    # shellcheck disable=SC2086  # two words each
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $waiting $packages >>"$log" 2>&1 9>&- || {
        tail -n 5 "$log" >&2
        fail "Docker Engine could not be installed (the last lines of $log are above): is the network up?"
    }
}

start_engine() {
    say "starting dockerd"
    if [ -d /run/systemd/system ]; then
        systemctl enable --now docker >/dev/null 2>&1 || true
    else
        # No init system: the daemon outlives this script and its terminal.
        nohup setsid dockerd >>/var/log/dockerd.log 2>&1 </dev/null 9>&- &
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
[ "$(major "$engine")" -ge 20 ] 2>/dev/null ||
    fail "Docker Engine $engine is too old: upgrade it to 20.10 or newer ($(how_to_install)), then run this again"
say "Docker Engine $engine (client $client)"

# ---- what this machine has to offer: looked at before anything is made ----------------------------
swarm=$(docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}')
case $swarm in
"active true" | inactive*) ;;
"active false")
    managers=$(docker info --format '{{range .Swarm.RemoteManagers}} {{.Addr}}{{end}}' 2>/dev/null || true)
    fail "this node is a worker of a Swarm: run this on one of its managers (${managers# }), or let the node leave it first (docker swarm leave)"
    ;;
locked*) fail "the Swarm of this node is locked: docker swarm unlock, then run this again" ;;
*) fail "the Swarm of this node is in state '${swarm%% *}': let the node leave it (docker swarm leave --force), then run this again" ;;
esac

ours=$(docker service inspect flotilla_edge --format '{{range .Spec.EndpointSpec.Ports}}{{.PublishedPort}} {{end}}' 2>/dev/null || true)
for port in "$FLOTILLA_HTTP_PORT" "$FLOTILLA_HTTPS_PORT"; do
    case " $ours " in *" $port "*) continue ;; esac
    owner=$(port_owner "$port")
    [ -z "$owner" ] ||
        fail "port $port is taken by $owner: stop that, or choose other ports with --http-port and --https-port"
done
case " $ours " in
*" $registry_port "*) ;;
*)
    owner=$(port_owner "$registry_port")
    [ -z "$owner" ] || fail "port $registry_port, which the registry of images needs, is taken by $owner: stop that"
    ;;
esac

missing=$(./swarm/images.sh --missing)
has_space "$(if [ -n "$missing" ]; then echo "$space_to_build"; else echo "$space_to_run"; fi)" \
    "$(docker info --format '{{.DockerRootDir}}')"

./swarm/base-image.sh 9>&- || exit 1

# ---- the Swarm ------------------------------------------------------------------------------------
if [ "${swarm%% *}" = inactive ]; then
    if [ -n "$address" ]; then
        reason=$(docker swarm init --advertise-addr "$address" 2>&1 >/dev/null) ||
            fail "cannot make a Swarm with address $address. Docker says: $reason"
    else
        reason=$(docker swarm init 2>&1 >/dev/null) ||
            fail "cannot make a Swarm: give this node's address with --advertise-addr. Docker says: $reason"
    fi
    say "made a Swarm of this node"
fi

# ---- images and settings --------------------------------------------------------------------------
./swarm/images.sh 9>&- || exit 1

# ---- the database, if it is another than so far: looked at before anything knows of it -------------------
variables=$(mktemp) database=$(mktemp)
trap 'rm -f "$variables" "$database" "$settings.new"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
database_options=''
case $database_url in
'') ;;
bundled)
    echo bundled >"$database"
    database_options="--database-file /database"
    export FLOTILLA_POSTGRES_REPLICAS=1
    # The other one's budget is not this one's.
    if [ -z "$connections_given" ]; then export FLOTILLA_DB_CONNECTIONS=20; fi
    ;;
*)
    say "looking at the database"
    # shellcheck source=/dev/null
    FLOTILLA_APP_IMAGE=$(. ./swarm/images.env && echo "$FLOTILLA_APP_IMAGE")
    set -- "$FLOTILLA_APP_IMAGE" python -m app.migrations look
    [ -z "$database_ca" ] || set -- -v "$(realpath "$database_ca"):/tmp/ca.pem:ro" "$@" /tmp/ca.pem
    printf '%s\n' "$database_url" | docker run --rm -i --network host --cap-drop ALL "$@" >"$database" 9>&- ||
        fail "the database of --database-url cannot be used (above); nothing was changed"
    # What is left there is the app's, unless somebody says otherwise.
    if [ -z "$connections_given" ]; then
        FLOTILLA_DB_CONNECTIONS=$(sed -n 's/^connections=//p' "$database")
        export FLOTILLA_DB_CONNECTIONS
    fi
    sed -i '/^connections=/d' "$database"
    database_options="--database-file /database"
    export FLOTILLA_POSTGRES_REPLICAS=0
    say "the app has $FLOTILLA_DB_CONNECTIONS connections there; the bundle's own postgres rests, and its volume stays"
    ;;
esac

# shellcheck disable=SC2016  # the dollar signs are for the shell that reads the file
keep() { printf 'export %s="${%s:-%s}"\n' "$1" "$1" "$(printf '%s' "$2" | sed 's/[\\"$`}]/\\&/g')"; }
mkdir -p "$(dirname "$settings")"
{
    echo "# What swarm/up.sh was told. The environment and its options win over this."
    env | LC_ALL=C sort | while IFS='=' read -r name value; do
        is_setting "$name" || continue # of an earlier version
        case $name in
        FLOTILLA_*_IMAGE | FLOTILLA_DATABASE_URL* | FLOTILLA_*TOKEN* | FLOTILLA_*PASSWORD* | FLOTILLA_SMTP_URL* | FLOTILLA_YES | FLOTILLA_ROUTES_CONFIG) ;;
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
env | grep '^FLOTILLA_' >"$variables"
# Other nodes get images from the registry: new ones have to be there before the services want them. Where there is no
# registry yet, captain pushes them as soon as there is.
nodes=$(docker info --format '{{.Swarm.Nodes}}')
if [ "${nodes:-1}" -gt 1 ]; then
    captain=$(docker ps -q --filter label=com.docker.swarm.service.name=flotilla_captain --filter status=running | head -n 1)
    # shellcheck disable=SC2046  # a list of images
    if [ -z "$captain" ] || ! docker exec "$captain" captain push $(sed -n 's/^export FLOTILLA_[A-Z]*_IMAGE=//p' swarm/images.env) 9>&-; then
        say "the other $((nodes - 1)) nodes cannot get new images yet: captain, which pushes them, runs elsewhere or not at all, or said why"
    fi
fi
terminal=
if [ -t 1 ]; then terminal=-t; fi
# A run that was killed may have left its captain at work.
docker rm -f flotilla-up >/dev/null 2>&1 || true
# shellcheck disable=SC2086  # lists of words
docker run --rm --name flotilla-up $terminal --network host --read-only --tmpfs /tmp \
    -v /var/run/docker.sock:/var/run/docker.sock -v "$(pwd):/repo:ro" -v "$database:/database:ro" \
    --env-file "$variables" \
    "$FLOTILLA_CAPTAIN_IMAGE" captain up --stack flotilla $files $database_options 9>&- || {
    status=$?
    if ! cmp -s "$settings.new" "$settings"; then
        echo "up.sh: the settings of this run were not kept; a run without them goes back to those of the last good one" >&2
    fi
    exit "$status"
}
first=
[ -e "$settings" ] || first=1
mv "$settings.new" "$settings"

# ---- the first administrator: told once, by the run that brought the stack up for the first time ----
if [ -n "$first" ]; then
    replica=$(docker ps -q --filter label=com.docker.swarm.service.name=flotilla_app --filter status=running | head -n 1)
    if link=$([ -n "$replica" ] && docker exec "$replica" python -m app accounts first-administrator 2>/dev/null); then
        printf 'The first administrator of the platform signs up here (works once, for 7 days):\n  %s\n' "$link"
        printf 'Programs use the API with keys; one that may do everything is made and printed by\n  %s\n' \
            "docker exec $replica python -m app key create --name NAME --scope manage"
    else
        say "no link for the first administrator could be made: docs/operations.md#accounts has the command for it"
    fi
fi
