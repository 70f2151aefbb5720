#!/bin/sh
# Runs the tests, and first installs what they need. See CONTRIBUTING.md.
#   ./tests/run.sh [lint|unit|integration|e2e|simulation] [pytest arguments]
# Without a level: all of them, cheapest first. Exit code 0 only if every level passed; nothing is ever skipped
# because something is missing.
# shellcheck disable=SC2317,SC2329  # functions that a trap or a variable names look unreachable to it
set -eu
cd "$(dirname "$0")/.."

levels="lint unit integration e2e simulation"
case ${1:-} in
lint | unit | integration | e2e | simulation)
    levels=$1
    shift
    ;;
-h | --help)
    sed -n '2,5s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac

say() { printf '\n==> %s\n' "$*"; }
fail() {
    printf 'run.sh: %s\n' "$*" >&2
    exit 1
}

# ---- what the tests need ----------------------------------------------------------------------------
apt_updated=
need() { # command, Debian package…: installs the packages if the command is missing
    command=$1
    shift
    if command -v "$command" >/dev/null 2>&1; then return 0; fi
    command -v apt-get >/dev/null 2>&1 || fail "'$command' is missing and this is not Debian: install it, then run this again"
    say "installing $*"
    log=$(mktemp)
    if [ -z "$apt_updated" ]; then
        apt-get update -qq >"$log" 2>&1 || { tail -n 5 "$log"; fail "apt-get update failed (above): run this as root, with network"; }
        apt_updated=1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$log" 2>&1 ||
        { tail -n 5 "$log"; fail "could not install $* (above)"; }
    rm -f "$log"
}

is_new_enough() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() { # prints the command of a Python >= 3.11 that can make virtual environments
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

virtualenv() { # makes .venv exactly what requirements.lock says; does nothing if it is that already
    stamp=.venv/requirements.sha256
    if [ -x .venv/bin/python ] && [ -r "$stamp" ] && sha256sum --status -c "$stamp" 2>/dev/null; then return 0; fi
    if ! python=$(find_python); then
        need python3-with-venv python3 python3-venv
        python=$(find_python) || fail "no Python 3.11 or newer: install python3 and python3-venv, then run this again"
    fi
    say "installing requirements.lock into .venv"
    rm -rf .venv
    "$python" -m venv .venv
    # A folder of wheels that some machine offers must not decide what is installed.
    log=$(mktemp)
    env -u PIP_FIND_LINKS .venv/bin/pip install --quiet --disable-pip-version-check --no-input \
        --require-hashes -r requirements.lock >"$log" 2>&1 ||
        { tail -n 20 "$log"; fail "requirements.lock could not be installed (above): is the network up?"; }
    rm -f "$log"
    sha256sum requirements.lock >"$stamp"
}

node_modules() { # folder: makes its node_modules exactly what its package-lock.json says; nothing if it is that already
    stamp=$1/node_modules/lock.sha256
    if [ -r "$stamp" ] && sha256sum --status -c "$stamp" 2>/dev/null; then return 0; fi
    need node nodejs npm
    need npm npm
    say "installing $1/package-lock.json"
    log=$(mktemp)
    npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund >"$log" 2>&1 ||
        { tail -n 20 "$log"; fail "$1/package-lock.json could not be installed (above): is the network up?"; }
    rm -f "$log"
    sha256sum "$1/package-lock.json" >"$stamp"
}

browser() { # Chromium, and what drives it
    need chromium chromium fonts-dejavu-core
    node_modules tests/browser
}

docker_pid='' images_pid='' beside_pid='' scratch='' session=$(date +%s)-$$
export FLOTILLA_TEST_SESSION="$session"

clean_up() { # also after an interruption: whatever a killed test left, and a daemon that was started here
    trap - EXIT INT TERM
    for id in $images_pid $beside_pid; do
        kill "$id" 2>/dev/null || true
        wait "$id" || true
    done
    if [ -n "$scratch" ]; then
        label=label=flotilla.test.session=$session
        for id in $(docker ps -aq --filter "$label" 2>/dev/null || true); do docker rm -f -v "$id" >/dev/null || true; done
        for id in $(docker network ls -q --filter "$label" 2>/dev/null || true); do docker network rm "$id" >/dev/null || true; done
        for id in $(docker volume ls -q --filter "$label" 2>/dev/null || true); do docker volume rm "$id" >/dev/null || true; done
    fi
    if [ -n "$docker_pid" ]; then
        kill "$docker_pid" 2>/dev/null || true
        wait "$docker_pid" 2>/dev/null || true
    fi
    if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

engine_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

engine() { # an engine answers
    scratch=$(mktemp -d)
    # A client of another origin may come first in the PATH; scripts and tests use the engine's own.
    if [ -x /usr/bin/docker ]; then
        ln -s /usr/bin/docker "$scratch/docker"
        PATH=$scratch:$PATH
    fi
    if ! engine_answers; then
        need dockerd docker.io
        # Since Debian 13 the client is a package of its own.
        need docker docker-cli
        engine_answers || start_engine
    fi
    need debootstrap debootstrap
    need tar tar
}

# Images are made beside the levels that need none, since half of that is waiting for the network and the disk.
make_images() { # levels…
    ./swarm/base-image.sh || return 1
    case $* in *integration*) ./swarm/images.sh ;; esac
}

images() { # waits for them, and tells what making them said
    [ -n "$images_pid" ] || return 0
    made=0
    wait "$images_pid" || made=$?
    images_pid=''
    cat "$scratch/images.log"
    return "$made"
}

start_engine() {
    if [ -d /run/systemd/system ]; then
        systemctl start docker || fail "the Docker service does not start: see 'journalctl -u docker'"
    else
        say "starting dockerd for these tests"
        dockerd >"$scratch/dockerd.log" 2>&1 </dev/null &
        docker_pid=$!
    fi
    tries=0
    until engine_answers; do
        tries=$((tries + 1))
        if [ "$tries" -gt 60 ]; then
            tail -n 20 "$scratch/dockerd.log" 2>/dev/null || true
            fail "no Docker engine answers within a minute"
        fi
        sleep 1
    done
}

# ---- the levels ---------------------------------------------------------------------------------------
pytest() { .venv/bin/python -m pytest "$@"; }

run_lint() {
    need shellcheck shellcheck
    status=0
    check() { # name, command…
        printf '%s\n' "$1"
        shift
        "$@" || status=1
    }
    check "ruff check" .venv/bin/ruff check --quiet .
    check "ruff format" .venv/bin/ruff format --quiet --check .
    check "mypy" .venv/bin/mypy
    check "import-linter" .venv/bin/lint-imports
    check "tsc" sdk/typescript/node_modules/.bin/tsc --project sdk/typescript --noEmit
    check "tsc (pages)" sdk/typescript/node_modules/.bin/tsc --project app/web --noEmit
    check "shellcheck" find . \( -name .git -o -name .venv -o -name node_modules \) -prune -o \
        -type f \( -name '*.sh' -o -path ./.ci/run -o -path './captain/git/hooks/*' \) -exec shellcheck {} +
    return "$status"
}

run_unit() { pytest tests/unit --numprocesses 2 "$@"; }

run_integration() {
    images || return 1
    # shellcheck source=/dev/null
    . ./swarm/images.env
    # Side by side, file by file: these tests mostly wait for servers to start and to end.
    pytest tests/integration --numprocesses 4 --dist loadfile --no-loadscope-reorder "$@"
}

run_e2e() {
    images || return 1
    case $levels in *simulation*)
        export FLOTILLA_TEST_IS_UP="$scratch/is-up"
        simulation_beside >"$scratch/simulation.log" 2>&1 &
        beside_pid=$!
        ;;
    esac
    tested=0
    pytest tests/e2e --durations 12 "$@" || tested=$?
    touch "$scratch/is-up" # also if it never was
    return "$tested"
}

# They need processors alone: of the tests on the Swarm half is waiting, but not of bringing it up.
simulation_beside() {
    until [ -e "$FLOTILLA_TEST_IS_UP" ]; do sleep 1; done
    exec nice -n 19 .venv/bin/python -m pytest tests/simulation --numprocesses 2
}

run_simulation() {
    if [ -z "$beside_pid" ]; then
        pytest tests/simulation --numprocesses 2 "$@"
        return
    fi
    simulated=0
    wait "$beside_pid" || simulated=$?
    beside_pid=''
    cat "$scratch/simulation.log"
    return "$simulated"
}

# First what takes longest: the images are made while the rest is installed.
case $levels in
*integration* | *e2e*)
    engine
    make_images "$levels" >"$scratch/images.log" 2>&1 &
    images_pid=$!
    ;;
esac
virtualenv
case $levels in
*lint* | *unit* | *integration*) node_modules sdk/typescript ;;
esac
case $levels in
*unit*)
    need openssl openssl
    need ssh-keygen openssh-client # reads a deploy key
    ;;
esac
case $levels in
*integration*)
    need git git # pushes to captain
    node_modules tests/integration/app/pull
    node_modules tests/e2e/caprover
    browser
    ;;
esac
case $levels in
*e2e*)
    need git git # CapRover's command line deploys branches
    node_modules tests/e2e/caprover
    ;;
esac

summary='' failed=0
for level in $levels; do
    say "$level"
    began=$(date +%s)
    outcome=passed
    "run_$level" "$@" || outcome="FAILED (exit code $?)"
    [ "$outcome" = passed ] || failed=1
    summary="$summary$(printf '%-12s %5d s  %s' "$level" "$(($(date +%s) - began))" "$outcome")
"
done
say "summary"
printf '%s' "$summary"
exit "$failed"
