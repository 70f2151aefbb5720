#!/bin/sh
# Starts the edge: certificate, agent (in a restart loop beside nginx), nginx in this process's place.
set -eu

runtime=/run/flotilla
certificate="${FLOTILLA_CERTIFICATE_FILE:-}"
domain="${FLOTILLA_DOMAIN:-localhost}"
blog_domain="${FLOTILLA_BLOG_DOMAIN:-}"
workers="${FLOTILLA_EDGE_WORKERS:-2}"
# Limits per client address: lua/limits.lua and lua/connections.lua read them from the environment.
export FLOTILLA_EDGE_RATE="${FLOTILLA_EDGE_RATE:-50}"
export FLOTILLA_EDGE_BURST="${FLOTILLA_EDGE_BURST:-250}"
export FLOTILLA_EDGE_SHARE="${FLOTILLA_EDGE_SHARE:-0.25}"
export FLOTILLA_EDGE_REQUESTS="${FLOTILLA_EDGE_REQUESTS:-256}"
export FLOTILLA_EDGE_CONNECTIONS="${FLOTILLA_EDGE_CONNECTIONS:-512}"
export FLOTILLA_EDGE_BODY_MB="${FLOTILLA_EDGE_BODY_MB:-16}"
unlimited="${FLOTILLA_FRONT_SUBNET:-10.201.0.0/16},${FLOTILLA_EDGE_UNLIMITED:-}"

fail() {
    echo "edge: $1" >&2
    exit 1
}

case "$workers" in
    auto) ;;
    '' | *[!0-9]* | 0) fail "FLOTILLA_EDGE_WORKERS is '$workers'; give a number of nginx workers (default 2) or auto." ;;
esac
whole() { # name, value, lowest, highest, what
    case "$2" in
        '' | *[!0-9]* | ????????*) ;;
        *) if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then return 0; fi ;;
    esac
    fail "$1 is '$2'; give $5, a whole number from $3 to $4."
}
whole FLOTILLA_EDGE_RATE "$FLOTILLA_EDGE_RATE" 1 100000 "requests per second and address"
whole FLOTILLA_EDGE_BURST "$FLOTILLA_EDGE_BURST" 1 1000000 "requests of one address at once"
whole FLOTILLA_EDGE_REQUESTS "$FLOTILLA_EDGE_REQUESTS" 1 100000 "requests of one address under way"
whole FLOTILLA_EDGE_CONNECTIONS "$FLOTILLA_EDGE_CONNECTIONS" 1 16384 "connections per address"
whole FLOTILLA_EDGE_BODY_MB "$FLOTILLA_EDGE_BODY_MB" 1 1024 "megabytes of one request's body"
case "$FLOTILLA_EDGE_SHARE" in
    1 | 1.0 | 0.[0-9] | 0.[0-9][0-9]) ;;
    *) fail "FLOTILLA_EDGE_SHARE is '$FLOTILLA_EDGE_SHARE'; give the part of a service that one address may use, such as 0.25, up to 1." ;;
esac
unlimited="$(python3 -c '
import ipaddress, sys
for text in filter(None, sys.argv[1].replace(",", " ").split()):
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        sys.exit(f"edge: {error}; give FLOTILLA_EDGE_UNLIMITED as subnets such as 192.0.2.0/24,2001:db8::/32.")
    print(network.network_address.packed.hex(), network.prefixlen, sep="/", end=" ")
' "$unlimited")" || exit 1
export FLOTILLA_EDGE_UNLIMITED="$unlimited"
umask 077
# As many connections as the engine allows.
# shellcheck disable=SC3045  # dash and bash both know -n and -H
ulimit -n "$(ulimit -H -n)"
touch "$runtime/.writable" 2>/dev/null \
    || fail "$runtime cannot be written; mount a tmpfs there that the user $(id -u) may write."
# What nginx.conf cannot take from the environment. No IPv6 in the kernel: no such socket can be made.
echo "client_max_body_size ${FLOTILLA_EDGE_BODY_MB}m;" > "$runtime/limits.conf"
case "${FLOTILLA_APPS_SUBNET:-10.205.0.0/16}" in
    *[!0-9./]* | '') fail "FLOTILLA_APPS_SUBNET is '$FLOTILLA_APPS_SUBNET'; give a subnet such as 10.205.0.0/16." ;;
    *) echo "deny ${FLOTILLA_APPS_SUBNET:-10.205.0.0/16};" > "$runtime/inside.conf" ;;
esac
# What comes from the node itself, its engine for one, comes through Docker's proxy, and so from the gateway. Hexadecimal,
# the last byte first.
node="$(while read -r _ destination gateway _; do
    case "$destination $gateway" in
        "00000000 00000000") ;;
        "00000000 "*) echo "$gateway" && break ;;
    esac
done </proc/net/route | sed -E 's/(..)(..)(..)(..)/0x\4 0x\3 0x\2 0x\1/')"
{
    # shellcheck disable=SC2086  # four words
    [ -z "$node" ] || printf 'allow %d.%d.%d.%d;\n' $node
    echo "deny all;"
    echo "resolver 127.0.0.11 valid=1s ipv6=off; resolver_timeout 2s;"
    echo "set \$edge_registry tasks.${FLOTILLA_STACK:-flotilla}_registry:5000;"
} > "$runtime/registry.conf"
if [ -e /proc/net/if_inet6 ]; then
    echo "listen [::]:8080 default_server backlog=4096; listen [::]:8443 ssl default_server backlog=4096;" > "$runtime/listen.conf"
else
    : > "$runtime/listen.conf"
fi
rm -f "$runtime/.writable" "$runtime/edge.sock" "$runtime/edge.pem" "$runtime/errors"   # a container that starts again keeps its files

# The service certificate, which starts at the same time, puts it there.
tries=0
while [ -n "$certificate" ] && [ ! -e "$certificate" ] && [ -d "$(dirname "$certificate")" ] && [ $tries -lt 200 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
if [ -n "$certificate" ] && [ -e "$certificate" ]; then
    [ -r "$certificate" ] || fail "$certificate cannot be read by the user $(id -u); give the secret to uid 33."
    openssl pkey -in "$certificate" -noout 2>/dev/null \
        || fail "$certificate holds no private key; it needs the key and the certificate chain in one PEM file."
    ln -s "$certificate" "$runtime/edge.pem"
else
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 -subj "/CN=$domain" \
        -addext "subjectAltName=DNS:$domain,DNS:*.$domain,DNS:*.${blog_domain:-blogs.$domain}" \
        -keyout "$runtime/edge.key" -out "$runtime/edge.crt" 2>/dev/null \
        || fail "no certificate could be made for '$domain'; check FLOTILLA_DOMAIN."
    cat "$runtime/edge.key" "$runtime/edge.crt" > "$runtime/edge.pem"
    rm "$runtime/edge.key" "$runtime/edge.crt"
    echo "edge: no certificate in '${certificate:-FLOTILLA_CERTIFICATE_FILE}'; made a self-signed one for $domain." >&2
fi

options="daemon off; pid $runtime/nginx.pid; worker_processes $workers;"
if [ "${1:-}" = test ]; then
    exec nginx -t -q -c /srv/nginx/nginx.conf -g "$options"
fi

# nginx' errors become lines of JSON on the way out. What keeps it from starting it says on standard error itself.
mkfifo "$runtime/errors"
(
    while :; do
        LC_ALL=C sed -u -E -f /srv/nginx/errors.sed <"$runtime/errors" >&2 || true
        sleep 1
    done &
)

# Twice in the background: the loop's parent is then the container's init, and nginx has no children it does not know.
(
    while :; do
        RES_OPTIONS="timeout:1 attempts:2" python3 -m nginx.agent || true
        sleep 1
    done &
)
exec nginx -c /srv/nginx/nginx.conf -g "$options"
