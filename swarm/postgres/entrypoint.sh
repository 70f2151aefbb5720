#!/bin/sh
# Makes the cluster on the first start, brings roles and grants to what Flotilla needs at every start on a private
# socket, then becomes the server. Runs as the user postgres on a read-only root.
#   FLOTILLA_DB_CONNECTIONS      cap of the app role's connections (the same number caps PgBouncer)
#   FLOTILLA_DB_MAX_CONNECTIONS  PostgreSQL's max_connections, which has to hold the cap, the direct ones and a reserve
set -eu

here=/srv/postgres
bin=/usr/lib/postgresql/17/bin
cluster=/var/lib/postgresql/17
data=$cluster/main
private=/tmp/private        # socket folder of the server that nobody else can reach
server=

# Direct connections, each a role's CONNECTION LIMIT in roles.sql; reserves, set in postgresql.conf.
owner_connections=2
metrics_connections=3
captain_connections=1
reserve=8                   # superuser_reserved_connections 3 + reserved_connections 5

fail() {
    echo "postgres: $*" >&2
    exit 1
}

whole_number() {            # NAME VALUE LEAST
    case $2 in
        '' | *[!0-9]* | ??????*) fail "$1 is \"$2\"; set it to a whole number of at least $3." ;;
    esac
    [ "$2" -ge "$3" ] || fail "$1 is $2; set it to a whole number of at least $3."
}

check_budget() {
    cap=${FLOTILLA_DB_CONNECTIONS:-20}
    max=${FLOTILLA_DB_MAX_CONNECTIONS:-50}
    whole_number FLOTILLA_DB_CONNECTIONS "$cap" 2
    whole_number FLOTILLA_DB_MAX_CONNECTIONS "$max" 2
    direct=$((owner_connections + metrics_connections + captain_connections))
    total=$((cap + direct + reserve))
    [ "$total" -le "$max" ] || fail "FLOTILLA_DB_CONNECTIONS=$cap is over the budget:" \
        "$cap for the app + $direct direct + $reserve in reserve = $total, and max_connections is $max;" \
        "lower it to $((max - direct - reserve)) or raise FLOTILLA_DB_MAX_CONNECTIONS to $total."
}

check_secrets() {
    if [ ! -s /run/secrets/db_first_password ] || [ ! -r /run/secrets/db_first_password ]; then
        fail "the secret db_first_password is missing, empty or not readable; create it with \"captain secrets\"."
    fi
}

# Two servers on one volume destroy it, and PostgreSQL's own lock does not see into another container. The file
# stays open in every process of the server, so the lock ends when the last of them does.
lock_volume() {
    mkdir -p "$cluster"
    exec 9> "$cluster/lock"
    flock -w 10 9 || fail "another server is using this volume; run one replica of postgres only."
    rm -f "$data/postmaster.pid"      # a killed server's: its process numbers mean nothing here
}

make_cluster() {
    if [ -e "$data/PG_VERSION" ]; then
        read -r version < "$data/PG_VERSION"
        [ "$version" = 17 ] || fail "the volume holds PostgreSQL $version and this image is 17; upgrade it with pg_upgrade."
        return
    fi
    [ ! -e "$data" ] || fail "$data is there but is no cluster; move it away or restore it."
    # Complete or not there at all: an interrupted first start leaves only a folder that the next one throws away.
    rm -rf "$cluster/unfinished"
    "$bin/initdb" --pgdata="$cluster/unfinished" --username=postgres --data-checksums --encoding=UTF8 \
        --locale=C.UTF-8 --locale-provider=builtin --builtin-locale=C.UTF-8 \
        --auth-local=peer --auth-host=scram-sha-256 > /dev/null
    mv "$cluster/unfinished" "$data"
}

stop_private() {
    [ -z "$server" ] || { kill -INT "$server" && wait "$server"; } || :
    exit 130
}

reconcile() {
    mkdir -p "$private"
    trap stop_private INT TERM
    "$bin/postgres" -D "$data" -c config_file=$here/postgresql.conf -c max_connections="$max" \
        -c listen_addresses='' -c unix_socket_directories=$private -c log_min_messages=fatal \
        -c logging_collector=off -c log_destination=stderr &
    server=$!
    until grep -qs '^ready' "$data/postmaster.pid"; do
        kill -0 "$server" 2> /dev/null || fail "the server did not start; its messages are above."
        sleep 0.1           # after a crash, recovery may take its time
    done
    "$bin/psql" -X -q -h $private -v ON_ERROR_STOP=1 -v app_connections="$cap" \
        -v owner_connections=$owner_connections -v metrics_connections=$metrics_connections \
        -v captain_connections=$captain_connections \
        -f $here/roles.sql postgres > /dev/null || fail "roles and grants could not be reconciled; see the message above."
    # TERM waits for sessions to end: INT may meet psql's, which is still ending, and log it as a FATAL error.
    kill -TERM "$server"
    wait "$server"
    server=
    trap - INT TERM
}

# The collector opens its files by name. Once it runs, descriptor 2 of process 1 leads to itself, so 8 is kept.
link_logs() {
    exec 8>&2
    mkdir -p /tmp/log
    ln -sf /proc/1/fd/8 /tmp/log/postgresql.json
    ln -sf /proc/1/fd/8 /tmp/log/postgresql.log
}

check_budget
check_secrets
lock_volume
make_cluster
reconcile
link_logs
exec "$bin/postgres" -D "$data" -c config_file=$here/postgresql.conf -c max_connections="$max"
