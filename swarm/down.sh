#!/bin/sh
# Takes the stack down. Data, secrets and images stay, so that swarm/up.sh brings the same platform back.
set -eu
cd "$(dirname "$0")/.."

usage() {
    cat <<'EOF'
Usage: swarm/down.sh [--volumes] [--yes]

Removes the services and networks of stack "flotilla". Keeps data, secrets and settings.

  --volumes   removes them too, for good: every site and post, the metrics, the API token. Asks first.
  --yes       do not ask (FLOTILLA_YES=1); needed where there is no terminal to ask on
EOF
}
fail() {
    printf 'down.sh: %s\n' "$*" >&2
    exit 1
}

volumes='' yes=${FLOTILLA_YES:-}
for option in "$@"; do
    case $option in
    --volumes) volumes=1 ;;
    --yes) yes=1 ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        printf 'down.sh: unknown option %s; see --help\n' "$option" >&2
        exit 2
        ;;
    esac
done

[ "$(id -u)" = 0 ] || fail "this has to run as root: sudo $0"
docker info >/dev/null 2>&1 || fail "Docker Engine does not answer: is it running?"
if [ -n "$volumes" ] && [ -z "$yes" ]; then
    [ -t 0 ] || fail "--volumes destroys every site and post; without a terminal to ask on, say --yes as well"
    printf 'This destroys every site and post, the metrics and the secrets, for good. Type "destroy" to go on: '
    read -r answer
    [ "$answer" = destroy ] || fail "stopped, nothing was changed"
fi

# The captain that is deployed, or else the one of this tree.
image=$(docker service inspect flotilla_captain --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' 2>/dev/null || true)
if [ -z "$image" ]; then
    ./swarm/base-image.sh
    ./swarm/images.sh captain
    # shellcheck source=/dev/null
    . ./swarm/images.env
    image=$FLOTILLA_CAPTAIN_IMAGE
fi
# An up.sh that was killed may have left its captain at work, which would bring back what goes here.
docker rm -f flotilla-up >/dev/null 2>&1 || true
docker run --rm --network none -v /var/run/docker.sock:/var/run/docker.sock "$image" \
    captain down --stack flotilla ${volumes:+--volumes}
if [ -n "$volumes" ]; then rm -f /etc/flotilla/settings.env; fi
