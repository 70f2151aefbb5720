#!/bin/sh
# Starts the edge: certificate, agent (in a restart loop beside nginx), nginx in this process's place.
set -eu

runtime=/run/flotilla
certificate="${FLOTILLA_CERTIFICATE_FILE:-}"
domain="${FLOTILLA_DOMAIN:-localhost}"
blog_domain="${FLOTILLA_BLOG_DOMAIN:-}"
workers="${FLOTILLA_EDGE_WORKERS:-2}"

fail() {
    echo "edge: $1" >&2
    exit 1
}

case "$workers" in
    auto) ;;
    '' | *[!0-9]* | 0) fail "FLOTILLA_EDGE_WORKERS is '$workers'; give a number of nginx workers (default 2) or auto." ;;
esac
umask 077
# As many connections as the engine allows.
# shellcheck disable=SC3045  # dash and bash both know -n and -H
ulimit -n "$(ulimit -H -n)"
touch "$runtime/.writable" 2>/dev/null \
    || fail "$runtime cannot be written; mount a tmpfs there that the user $(id -u) may write."
rm -f "$runtime/.writable" "$runtime/edge.sock" "$runtime/edge.pem" "$runtime/errors"   # a container that starts again keeps its files

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
