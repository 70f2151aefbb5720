#!/bin/sh
# Compiles pyproject.toml into requirements.lock (everything, for tests) and requirements/<program>.lock
# (a subset with the same versions, one per image). Needs `uv`. Run it after changing a dependency.
set -eu
cd "$(dirname "$0")/.."
# In a copy without the project's own dependencies, which are those of `captain` on a laptop and of no image.
root=$(pwd) copy=$(mktemp -d)
trap 'rm -r "$copy"' EXIT
cp -r requirements requirements.lock "$copy"
sed '/^dependencies = \[$/,/^\]$/d' pyproject.toml >"$copy/pyproject.toml"
cd "$copy"
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
cp -r requirements requirements.lock "$root"
