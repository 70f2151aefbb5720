#!/bin/sh
# Hands the certificate to the edge on the same node, through a folder in memory that both have, and sleeps. It is what
# a rotation replaces, so that the edge, whose port only one task can have, stays.
set -eu

secret=/run/secrets/edge_certificate
shared=/var/lib/certificate

fail() {
    echo "certificate: $1" >&2
    exit 1
}

[ -r $secret ] || fail "the secret edge_certificate is missing or not readable by the user $(id -u); give it to uid 33."
of_key=$(openssl pkey -in $secret -pubout 2>/dev/null) || fail "the secret holds no private key; it needs key and certificate chain in one PEM file."
of_certificate=$(openssl x509 -in $secret -noout -pubkey 2>/dev/null) || fail "the secret holds no certificate; it needs key and certificate chain in one PEM file."
[ "$of_key" = "$of_certificate" ] || fail "the first certificate in the secret is not that of its key; the server's own comes first."
umask 077
cp -f $secret $shared/edge.pem.new
mv $shared/edge.pem.new $shared/edge.pem    # whole or not at all
exec sleep infinity
