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
# The exporter ends when PgBouncer is away as it starts, and Swarm would take that for a failed rollout.
trap 'exit 0' INT TERM
until /srv/pgbouncer/healthcheck.sh pgbouncer 2> /dev/null; do sleep 1; done
exec prometheus-pgbouncer-exporter --log.level=warn --log.format=json --pgBouncer.pid-file= --pgBouncer.connectionString="$connection"
