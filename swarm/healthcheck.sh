#!/bin/bash
# healthcheck PORT [PATH]: exit 0 if http://127.0.0.1:PORT/PATH (default /healthz) answers 200.
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "${2:-/healthz}" >&3
# All of the answer is read: a server that is cut off in the middle would log an error each time.
mapfile -t answer <&3
[[ ${answer[0]} == HTTP/1.?\ 200* ]]
