#!/bin/bash
# Serves the registry, and frees what no manifest refers to any more: at the start, once a day, and on SIGUSR1.
#
# Whatever is uploaded while that goes on could be taken for unneeded, since its manifest comes last. So the registry
# is then served by a process that takes no upload; an upload that was under way fails, and is pushed again. Pulls go on,
# but for the moment between two processes.
set -eu
umask 077

day=86400
config=/srv/registry/config.yml read_only=/tmp/read-only.yml

fail() {
    echo "registry: $1" >&2
    exit 1
}
say() { printf '{"time":"%s","level":"%s","logger":"registry","message":"%s"}\n' "$(date -u +%FT%TZ)" "$1" "$2" >&2; }

[ -s /run/secrets/registry_password ] || fail "there is no /run/secrets/registry_password; ./swarm/captain.sh secrets makes it."
[ -w /var/lib/registry ] || fail "/var/lib/registry cannot be written by the user $(id -u)."
# Of 192 random bits the cheapest rounds are enough, and each request asks for them.
# shellcheck disable=SC2016  # perl's own dollars, and those of a hash
perl -e '
    my ($password, $bytes) = (<STDIN>);
    chomp $password;
    open my $random, "<", "/dev/urandom" or die;
    read $random, $bytes, 22;
    my @letters = (".", "/", "A".."Z", "a".."z", "0".."9");
    my $salt = join "", map { $letters[ord($_) % 64] } split //, $bytes;
    print "flotilla:", crypt($password, "\$2y\$04\$$salt"), "\n";
' </run/secrets/registry_password >/tmp/htpasswd
grep -q '^flotilla:.2y.' /tmp/htpasswd || fail "this system's crypt knows no bcrypt."
# Signs where an upload stands: the same after a restart, and no other's.
REGISTRY_HTTP_SECRET=$(sha256sum </run/secrets/registry_password | cut -c1-64)
export REGISTRY_HTTP_SECRET
sed 's/readonly: {enabled: false}/readonly: {enabled: true}/' "$config" >"$read_only"

server='' ended=''
end() {
    ended=yes
    if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null || :; fi
}
trap end TERM INT
trap : USR1 # ends the wait, and so the day

start() { # configuration
    docker-registry serve "$1" &
    server=$!
}
stop() {
    kill -TERM "$server" 2>/dev/null || :
    while kill -0 "$server" 2>/dev/null; do wait "$server" || :; done
    server=''
}
collect() {
    [ -d /var/lib/registry/docker/registry/v2/repositories ] || return 0 # nothing was ever pushed
    start "$read_only"
    if docker-registry garbage-collect "$config" >/tmp/collected 2>&1; then
        say info "$(grep -c '^blob eligible for deletion' /tmp/collected || :) blobs that nothing refers to were removed"
    else
        say error "what nothing refers to could not be removed: $(tail -n 1 /tmp/collected | tr -c '[:alnum:] :/._\n-' '?')"
    fi
    stop
}

while [ -z "$ended" ]; do
    collect
    [ -z "$ended" ] || break
    start "$config"
    sleep "$day" &
    clock=$!
    code=0
    wait -n "$server" "$clock" || code=$?
    kill "$clock" 2>/dev/null || :
    if [ -z "$ended" ] && ! kill -0 "$server" 2>/dev/null; then
        fail "docker-registry ended by itself, with code $code."
    fi
    stop
done
