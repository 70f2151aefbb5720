#!/bin/sh
# PgBouncer's metrics on :9127, scraped every second.
set -eu
secret=/run/secrets/pgbouncer_stats_password
[ -s $secret ] || {
    echo 'pgbouncer-exporter: the secret pgbouncer_stats_password is missing or empty; create it with "captain secrets".' >&2
    exit 1
}
# The password goes through a file in memory, so that it is in no argument and no environment.
export PGPASSFILE=/tmp/pgpass
(umask 077; printf '*:*:*:*:%s\n' "$(sed 's/[\\:]/\\&/g' $secret)" > $PGPASSFILE)
export GOMAXPROCS=1 GOMEMLIMIT=40MiB
connection='host=pgbouncer port=6432 user=flotilla_stats dbname=pgbouncer sslmode=disable connect_timeout=3'
# The exporter ends when PgBouncer is away as it starts, also when PgBouncer is replaced in that very moment; Swarm would
# take that for a failed rollout. So it is started again, and Prometheus' `up` tells that it is away.
exporter=
stop() {
    [ -z "$exporter" ] || kill -TERM "$exporter" 2> /dev/null || true
    exit 0
}
trap stop INT TERM
while :; do
    until /srv/pgbouncer/healthcheck.sh pgbouncer 2> /dev/null; do sleep 1; done
    prometheus-pgbouncer-exporter --log.level=warn --log.format=json --pgBouncer.pid-file= --pgBouncer.connectionString="$connection" &
    exporter=$!
    wait "$exporter" || echo "pgbouncer-exporter: ended with exit code $?; it is started again once PgBouncer answers." >&2
    exporter=
    sleep 1
done
