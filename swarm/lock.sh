#!/bin/sh
# Compiles pyproject.toml into requirements.lock (everything, for tests) and requirements/<program>.lock
# (a subset with the same versions, one per image). Needs `uv`. Run it after changing a dependency.
set -eu
cd "$(dirname "$0")/.."
compile() { # output, extra, further arguments
    out=$1 extra=$2
    shift 2
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-emit-package flotilla --custom-compile-command "swarm/lock.sh" \
        --extra "$extra" "$@" --output-file "$out" pyproject.toml
}
compile requirements.lock test "$@"
for program in app autoscaler captain edge meter; do
    compile "requirements/$program.lock" "$program" --constraint requirements.lock
done
