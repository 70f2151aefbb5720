#!/bin/sh
# Hands PgBouncer on the same node the passwords, through a folder in memory that both have, and sleeps. It is what a
# rotation replaces, so that PgBouncer, of which only one may run, stays, and its clients with it.
set -eu

# "user" "password" as userlist.txt wants it: a quotation mark inside is written twice.
user_line() {               # USER SECRET
    if [ ! -s "/run/secrets/$2" ] || [ ! -r "/run/secrets/$2" ]; then
        echo "pgbouncer-passwords: the secret $2 is missing, empty or not readable; create it with \"captain secrets\"." >&2
        exit 1
    fi
    password=$(sed 's/"/""/g' "/run/secrets/$2")
    printf '"%s" "%s"\n' "$1" "$password"
}

umask 077
# Where the database is, if it is not the bundle's: address and authority, not the owner's password.
url=/run/secrets/database_url
handed=/var/lib/passwords
if [ -r $url ] && grep -q '^host=' $url; then
    grep -E '^(host|port|dbname|sslmode)=' $url > $handed/database.new
    sed -n 's/^ca=//p' $url | base64 -d > $handed/ca.pem
    mv $handed/database.new $handed/database
else
    rm -f $handed/database
fi
{
    user_line flotilla_app db_app_password
    user_line flotilla_stats pgbouncer_stats_password
} > /var/lib/passwords/userlist.txt.new
mv /var/lib/passwords/userlist.txt.new /var/lib/passwords/userlist.txt      # whole or not at all
touch /tmp/handed-over      # for the health check
exec sleep infinity
