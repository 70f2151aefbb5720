#!/bin/sh
# Writes PgBouncer's configuration into memory and runs PgBouncer, with its log as lines of JSON.
#   FLOTILLA_DB_CONNECTIONS  cap of the server connections (the same number limits the role in PostgreSQL)
set -eu

here=/srv/pgbouncer
run=/run/pgbouncer

fail() {
    echo "pgbouncer: $*" >&2
    exit 1
}

cap=${FLOTILLA_DB_CONNECTIONS:-20}
case $cap in
    *[!0-9]* | ??????*) fail "FLOTILLA_DB_CONNECTIONS is \"$cap\"; set it to a whole number of at least 2." ;;
esac
[ "$cap" -ge 2 ] || fail "FLOTILLA_DB_CONNECTIONS is $cap; set it to a whole number of at least 2."

# The service pgbouncer-passwords, which starts at the same time, puts it there; a rotation puts another one there.
passwords=/var/lib/passwords/userlist.txt
tries=0
until [ -r $passwords ]; do
    tries=$((tries + 1))
    [ $tries -le 200 ] || fail "there is no $passwords after 20 s; does pgbouncer-passwords run on this node?"
    sleep 0.1
done

# 1000 clients need as many descriptors, and engines differ in what they give. Where the limit cannot be raised,
# PgBouncer says so itself.
# shellcheck disable=SC3045  # Debian's sh, dash, has it
case $(ulimit -n) in
    ? | ?? | ??? | 1???) ulimit -n 2048 || : ;;
esac

# PgBouncer's resolver (c-ares since 1.31) keeps an answer for the ten minutes that Docker's DNS allows, whatever
# dns_max_ttl says, and a new task of postgres has a new address. So the address is looked up here, once a second, and
# PgBouncer is told when it has changed; server connections to the old one end with their transactions.
# Docker's DNS passes a name it does not know (postgres is away) on to outer servers: their silence may not take long.
address_of_postgres() { RES_OPTIONS="timeout:1 attempts:1" getent ahostsv4 postgres | sed -n '1s/ .*//p'; }

# pgbouncer-passwords says where the database is, if it is not the bundle's. That one goes by its name: its certificate is
# for it, and its own DNS says how long an answer holds.
database=/var/lib/passwords/database
given() { sed -n "s/^$1=//p" $database 2> /dev/null || :; }

point_at() {                # ADDRESS of the bundle's
    if [ -r $database ]; then
        where="host=$(given host) port=$(given port) dbname=$(given dbname)"
        tls="server_tls_sslmode = $(given sslmode)"
        if [ -s /var/lib/passwords/ca.pem ]; then tls="$tls\\nserver_tls_ca_file = /var/lib/passwords/ca.pem"; fi
    else
        where="host=$1 port=5432 dbname=flotilla" tls=''
    fi
    sed "s/@CONNECTIONS@/$cap/; s/@DATABASE@/$where/; s|@TLS@|$tls|" $here/pgbouncer.ini > $run/pgbouncer.ini.new
    mv $run/pgbouncer.ini.new $run/pgbouncer.ini
}

age_of_passwords() { stat -c '%i %Z' $passwords 2> /dev/null || :; }

follow() {                  # ADDRESS AGE
    known=$1 age=$2
    while sleep 1; do
        newest=$(age_of_passwords)
        if [ -n "$newest" ] && [ "$newest" != "$age" ]; then
            printf '{"level":"log","logger":"pgbouncer","message":"passwords were rotated"}\n' >&2
            point_at "${known:-postgres}"
            kill -HUP "$server"
            age=$newest
        fi
        [ ! -r $database ] || continue
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

age=$(age_of_passwords)
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
follow "$address" "$age" &
told=1
while [ -n "$told" ]; do     # a signal ends the wait, not yet PgBouncer
    told='' status=0
    wait $server || status=$?
done
wait $writer || :
exit "$status"
