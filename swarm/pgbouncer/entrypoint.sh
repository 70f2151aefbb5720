#!/bin/sh
# Writes PgBouncer's configuration from the secrets into memory and runs PgBouncer, with its log as lines of JSON.
#   FLOTILLA_DB_CONNECTIONS  cap of the server connections (the same number limits the role in PostgreSQL)
set -eu

here=/srv/pgbouncer
run=/run/pgbouncer

fail() {
    echo "pgbouncer: $*" >&2
    exit 1
}

# "user" "password" as userlist.txt wants it: a quotation mark inside is written twice.
user_line() {               # USER SECRET
    if [ ! -s "/run/secrets/$2" ] || [ ! -r "/run/secrets/$2" ]; then
        fail "the secret $2 is missing, empty or not readable; create it with \"captain secrets\"."
    fi
    password=$(sed 's/"/""/g' "/run/secrets/$2")
    printf '"%s" "%s"\n' "$1" "$password"
}

cap=${FLOTILLA_DB_CONNECTIONS:-20}
case $cap in
    *[!0-9]* | ??????*) fail "FLOTILLA_DB_CONNECTIONS is \"$cap\"; set it to a whole number of at least 2." ;;
esac
[ "$cap" -ge 2 ] || fail "FLOTILLA_DB_CONNECTIONS is $cap; set it to a whole number of at least 2."

umask 077
{
    user_line flotilla_app db_app_password
    user_line flotilla_stats pgbouncer_stats_password
} > $run/userlist.txt

# 1000 clients need as many descriptors, and engines differ in what they give. Where the limit cannot be raised,
# PgBouncer says so itself.
# shellcheck disable=SC3045  # Debian's sh, dash, has it
case $(ulimit -n) in
    ? | ?? | ??? | 1???) ulimit -n 2048 || : ;;
esac

# PgBouncer's resolver (c-ares since 1.31) keeps an answer for the ten minutes that Docker's DNS allows, whatever
# dns_max_ttl says, and a new task of postgres has a new address. So the address is looked up here, once a second, and
# PgBouncer is told when it has changed; server connections to the old one end with their transactions.
address_of_postgres() { getent ahostsv4 postgres | sed -n '1s/ .*//p'; }

point_at() {                # ADDRESS
    sed "s/@CONNECTIONS@/$cap/; s/host=postgres /host=$1 /" $here/pgbouncer.ini > $run/pgbouncer.ini.new
    mv $run/pgbouncer.ini.new $run/pgbouncer.ini
}

follow() {                  # ADDRESS
    known=$1
    while sleep 1; do
        now=$(address_of_postgres)
        # No address is no news: a database that is away comes back at the old one or at a new one.
        if [ -n "$now" ] && [ "$now" != "$known" ]; then
            printf '{"level":"log","logger":"pgbouncer","message":"postgres is at %s now"}\n' "$now" >&2
            point_at "$now"
            kill -HUP "$server"
            known=$now
        fi
    done
}

address=$(address_of_postgres)
point_at "${address:-postgres}"

# This shell stays: were PgBouncer process 1, the container would end with its last words still in the pipe.
rm -f $run/log
mkfifo $run/log
LC_ALL=C sed -u -E -f $here/log.sed < $run/log >&2 &
writer=$!
pgbouncer $run/pgbouncer.ini 2> $run/log &
server=$!
trap 'told=1; kill -INT $server' INT
trap 'told=1; kill -TERM $server' TERM
follow "$address" &
told=1
while [ -n "$told" ]; do     # a signal ends the wait, not yet PgBouncer
    told='' status=0
    wait $server || status=$?
done
wait $writer || :
exit "$status"
