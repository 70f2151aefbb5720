#!/bin/sh
# Healthy when the real server (not the private one of the reconciliation) takes connections. The binary itself:
# the command in the PATH is a Perl script.
exec /usr/lib/postgresql/17/bin/pg_isready -q -t 3 -h /run/postgresql
