#!/bin/sh
# Writes PgBouncer's configuration from the secrets into memory and becomes PgBouncer.
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
sed "s/@CONNECTIONS@/$cap/" $here/pgbouncer.ini > $run/pgbouncer.ini

# 1000 clients need as many descriptors, and engines differ in what they give. Where the limit cannot be raised,
# PgBouncer says so itself.
# shellcheck disable=SC3045  # Debian's sh, dash, has it
case $(ulimit -n) in
    ? | ?? | ??? | 1???) ulimit -n 2048 || : ;;
esac
exec pgbouncer $run/pgbouncer.ini
