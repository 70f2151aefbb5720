#!/bin/sh
# PostgreSQL's metrics on :9187. Scraped every second: only what is cheap to ask for.
set -eu
secret=/run/secrets/db_metrics_password
[ -s $secret ] || {
    echo 'postgres-exporter: the secret db_metrics_password is missing or empty; create it with "captain secrets".' >&2
    exit 1
}
# Where the database is, if it is not the bundle's.
url=/run/secrets/database_url
given() { sed -n "s/^$1=//p" $url; }
where='postgres:5432/flotilla?sslmode=disable'
if [ -r $url ] && [ -n "$(given host)" ]; then
    where="$(given host):$(given port)/$(given dbname)?sslmode=$(given sslmode)"
    given ca | base64 -d > /tmp/ca.pem
    if [ -s /tmp/ca.pem ]; then where="$where&sslrootcert=/tmp/ca.pem"; fi
fi
export DATA_SOURCE_URI="$where&connect_timeout=3&application_name=exporter"
export DATA_SOURCE_USER=flotilla_metrics
export DATA_SOURCE_PASS_FILE=$secret     # a file, so that the password is in no argument and no environment
export GOMAXPROCS=1 GOMEMLIMIT=40MiB
exec prometheus-postgres-exporter --log.level=warn --log.format=json --config.file=/srv/postgres/exporter.yml --disable-settings-metrics \
    --no-collector.database --no-collector.locks --no-collector.replication --no-collector.replication_slot \
    --no-collector.roles --no-collector.stat_bgwriter --no-collector.stat_user_tables \
    --no-collector.statio_user_tables --no-collector.wal
