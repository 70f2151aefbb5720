#!/bin/bash
# healthcheck PORT [PATH]: exit 0 if http://127.0.0.1:PORT/PATH (default /healthz) answers 200.
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "${2:-/healthz}" >&3
read -r -t 4 status <&3
[[ $status == HTTP/1.?\ 200* ]]
