#!/bin/bash
# healthcheck.sh [HOST]: healthy when PgBouncer answers. It is asked for TLS, as every client begins, and says no (N).
# No psql, no login.
exec 3<>"/dev/tcp/${1:-127.0.0.1}/6432" || exit 1
printf '\0\0\0\010\004\322\026\057' >&3
read -r -t 4 -n 1 answer <&3
[[ $answer == [NS] ]]
