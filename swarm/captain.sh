#!/bin/sh
# captain.sh COMMAND…: runs a captain command (status, doctor, secrets, …; --help lists them) on this Swarm, inside the
# deployed captain where there is one, otherwise in a container of its image from this tree.
set -eu
here=$(pwd)
cd "$(dirname "$0")/.."

case ${1:-} in
-h | --help | '')
    cat <<'EOF'
Usage: ./swarm/captain.sh COMMAND

  status            what runs, where, and the autoscaler's last decisions
  explain SERVICE   why a service has the replicas that it has, such as flotilla_app
  doctor            what is wrong, and which command mends it
  rotate SECRET…    replaces secrets everywhere, without a failed request; without one, how old each is
  secrets           creates the Swarm secrets that are missing

  deploy APP …      builds a source (--tar FILE, --source DIR) or takes one (--image NAME), and makes it live
  builds APP        its last builds and how they ended; builds APP N shows what one said
  apply -f FILE     makes apps as a captain.yml says (docs/apps.md); plan -f FILE says before what that would do
  apps              what apps there are
  releases APP      an app's releases; rollback APP [RELEASE] goes back to one
  scale APP N       sets its number of replicas; autoscale APP min=N max=N leaves it to the autoscaler
  remove APP        takes it away
  logs APP          what all its replicas write; -f goes on. events APP says what happened
  metrics APP       requests per second, p95, errors, CPU and memory
  jobs APP          its jobs, and how they went; job run APP NAME runs one now
  exec APP COMMAND  runs a command in a replica; run APP COMMAND in a task of its own
  env, secret       list, set and take away what apps are given
  auth APP USER     asks for a user and a password before it
  template deploy   deploys a one-click template (docs/one-click.md); template check says what it would become
  user ACTION       captain's users and their tokens: list, add, remove, password, token, revoke
  completion        eval "$(./swarm/captain.sh completion)" makes bash complete all of this

./swarm/captain.sh COMMAND --help says more. up.sh and down.sh deploy and remove the stack.
EOF
    exit 0
    ;;
esac
if ! docker info >/dev/null 2>&1; then
    echo "captain.sh: Docker Engine does not answer: run ./swarm/up.sh first" >&2
    exit 1
fi
terminal=
if [ -t 0 ] && [ -t 1 ]; then terminal=-t; fi
container=$(docker ps -q --filter label=com.docker.swarm.service.name=flotilla_captain --filter status=running | head -n 1)
# Whose own task the rotation replaces cannot be the one that does it.
case "$1 $* " in "rotate "*' db_captain_password '*) container='' ;; esac

# What only this machine knows, for `doctor`: the container sees neither its sockets nor its addresses.
host_facts() {
    echo '--- tcp'
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null || :
    echo '--- udp'
    cat /proc/net/udp /proc/net/udp6 2>/dev/null || :
    echo '--- addresses'
    hostname -I 2>/dev/null || :
    echo '--- proxies'
    cat /proc/[0-9]*/comm 2>/dev/null | grep -cx docker-proxy || :
    echo '--- clock'
    date +%s
}
has_ended() {
    [ "$(docker inspect -f '{{.State.Running}}' "$container" 2>/dev/null)" != true ]
}
# The engine's own words about a command that it could not begin are the first line; they go elsewhere, to 4.
sieve() {
    line='' newline='\n'
    IFS= read -r line || newline=''
    case $line in
    'Error response from daemon: '* | 'OCI runtime exec failed: '*) printf '%s\n' "$line" >&4 ;;
    *) printf "%s$newline" "$line" >&2 ;;
    esac
    cat >&2
}
# In captain's container: docker exec's arguments. Ends the script; where captain has ended, a sentence says so.
inside() {
    told=$({
        { code=0 && docker exec "$@" 3>&- 4>&- || code=$? && echo "exit: $code" >&4; } 2>&1 >&3 3>&- | sieve
    } 4>&1) 3>&1
    status=$(printf '%s\n' "$told" | sed -n 's/^exit: //p') words=$(printf '%s\n' "$told" | sed '/^exit: /d')
    if [ -n "$words" ]; then
        has_ended || sleep 1 # the engine may not have noticed yet
        if has_ended; then
            echo "captain.sh: captain has just ended, and another one starts: run this again in some seconds; if it" \
                "does not come: docker service ps --no-trunc flotilla_captain" >&2
        else
            printf '%s\n' "$words" >&2
        fi
    elif [ "$status" = 137 ] && has_ended; then
        echo "captain.sh: captain was ended meanwhile; what it began goes on or is taken back: ./swarm/captain.sh apps" >&2
    fi
    exit "${status:-130}"
}
if [ -n "$container" ] && [ "$1" = doctor ]; then
    shift
    host_facts | inside -i "$container" captain doctor --host "$@"
    exit
fi
# The file of plan and apply is this machine's: it goes in by standard input, and by the name that it has here.
called=''
give_file() {
    file=captain.yml previous=''
    for word in "$@"; do
        case $word in -h | --help) return ;; esac
        case $previous in -f | --file) file=$word ;; esac
        case $word in --file=*) file=${word#--file=} ;; esac
        previous=$word
    done
    [ "$file" != - ] || return 0
    called=$file
    case $file in /*) ;; *) file=$here/$file ;; esac
    [ -r "$file" ] || {
        echo "captain.sh: $file cannot be read: name the file with -f FILE" >&2
        exit 1
    }
    exec <"$file"
}
source=''
given() { # a path as it was given, from the folder that it was given in
    case $1 in /*) echo "$1" ;; *) echo "$here/$1" ;; esac
}
case $1 in
plan | apply)
    give_file "$@"
    terminal=-i
    set -- "$@" --file=- ${called:+"--called=$called"} # the last one counts
    ;;
deploy)
    terminal=-i
    left=$# origin=''
    while [ "$left" -gt 0 ]; do
        word=$1 left=$((left - 1))
        shift
        case $word in
        --tar | --source)
            [ "$left" -gt 0 ] || break
            word=$word=$1 left=$((left - 1))
            shift
            ;;
        esac
        case $word in
        --tar=* | --source=*) # as captain gets them, they would be the same
            if [ -n "$origin" ] && [ "$origin" != "${word%%=*}" ]; then
                echo "captain.sh: --tar and --source are two sources: name one of them" >&2
                exit 2
            fi
            origin=${word%%=*}
            ;;
        esac
        case $word in
        --tar=- | --source=) ;;
        --tar=*)
            file=$(given "${word#--tar=}")
            if [ ! -f "$file" ] || [ ! -r "$file" ]; then
                echo "captain.sh: $file cannot be read: name a tar of the source with --tar FILE" >&2
                exit 1
            fi
            exec <"$file"
            word=--tar=-
            ;;
        --source=*)
            source=$(given "${word#--source=}")
            [ -d "$source" ] || {
                echo "captain.sh: $source is no folder: name the one with the source with --source DIR" >&2
                exit 1
            }
            word=--tar=-
            ;;
        esac
        set -- "$@" "$word"
    done
    ;;
user) if [ ! -t 0 ]; then terminal=-i; fi ;; # a password comes on standard input
exec | secret | auth | template)
    terminal=-i
    if [ -t 0 ] && [ -t 1 ]; then terminal=-it; fi
    ;;
esac
run() { # the command, with the source where there is one
    status=0
    if [ -n "$source" ]; then
        # One that cannot be read to its end is cut off, and captain says so.
        tar -C "$source" --exclude=./.git -cf - . | "$@" || status=$?
    else
        "$@" || status=$?
    fi
    exit "$status"
}
# Templates are this machine's, too: the container gets copies of the files and folders that are named.
if [ -n "$container" ] && [ "$1" = template ]; then
    copies=/tmp/templates.$$ action=${2:-} previous='' number=0
    for word in "$@"; do
        shift
        number=$((number + 1)) path=$word is_named=''
        case $path in /*) ;; *) path=$here/$path ;; esac
        case $previous in
        --from) if [ -e "$path" ]; then is_named=yes; fi ;;
        --app | --var | --allow-docker-socket | --stack | --domain | --blog-domain) ;;
        *) if [ -f "$path" ] || { [ -d "$path" ] && [ "$action" != deploy ]; }; then is_named=yes; fi ;;
        esac
        previous=$word
        if [ -n "$is_named" ] && [ "$number" -gt 2 ]; then
            name=$(basename "$path") word=$copies/$number/$(basename "$path")
            # shellcheck disable=SC2016  # the container's shell expands it
            tar -C "$(dirname "$path")" -chf - "$name" | inside -i "$container" \
                sh -c 'mkdir -p "$0" && tar -C "$0" --no-same-owner -xf -' "$copies/$number"
        fi
        set -- "$@" "$word"
    done
    ended=0
    # shellcheck disable=SC2086  # one word
    (inside $terminal "$container" captain "$@") || ended=$?
    docker exec "$container" rm -rf "$copies" 2>/dev/null || :
    exit "$ended"
fi
# Whoever goes away leaves the replica: captain's command would stay in it, since the engine lets one go on whose client
# has gone.
if [ "$1" = exec ] && [ -n "$container" ]; then
    call=captain.sh.$$
    leave() {
        # shellcheck disable=SC2016,SC2317  # the container's shell expands it; the trap calls it
        docker exec "$container" sh -c '
            for process in /proc/[0-9]*; do
                if tr "\0" "\n" <"$process/environ" | grep -qxF "CALL=$0"; then kill "${process#/proc/}"; fi
            done' "$call" >/dev/null 2>&1 || :
    }
    trap 'leave; exit 130' HUP INT TERM
    # shellcheck disable=SC2086  # one word
    inside $terminal -e "CALL=$call" "$container" captain "$@"
fi
# Whoever stops looking ends what looks: the engine lets a command go on whose client has gone.
case "$1 $* " in
"logs "*' -f '* | "logs "*' --follow '* | "events "*' -f '* | "events "*' --follow '*)
    if [ -n "$container" ]; then
        mark=/tmp/follow.$$
        end() {
            # shellcheck disable=SC2016,SC2317  # the container's shell expands it; the trap calls it
            docker exec "$container" sh -c 'kill "$(cat "$0")"; rm "$0"' "$mark" >/dev/null 2>&1 || :
        }
        trap end EXIT
        trap 'exit 130' INT TERM
        # shellcheck disable=SC2086,SC2016  # empty or one word; the container's shell
        inside $terminal "$container" sh -c 'echo $$ >"$0"; exec captain "$@"' "$mark" "$@"
    fi
    ;;
esac
# shellcheck disable=SC2086  # empty or one word
if [ -n "$container" ]; then
    run inside $terminal "$container" captain "$@"
fi
if [ ! -r swarm/images.env ]; then
    echo "captain.sh: there is no captain yet: run ./swarm/up.sh, or ./swarm/images.sh to build its image" >&2
    exit 1
fi
# shellcheck source=/dev/null
. ./swarm/images.env
if ! docker image inspect "$FLOTILLA_CAPTAIN_IMAGE" >/dev/null 2>&1; then
    echo "captain.sh: captain's image is not built yet: wait for ./swarm/up.sh, or run it" >&2
    exit 1
fi
if [ "$1" = explain ] && [ $# -gt 1 ] && [ "$2" != --help ]; then
    echo "captain.sh: captain does not run, and it alone reaches the autoscaler: bring the stack up with ./swarm/up.sh" >&2
    exit 1
fi
network=
if docker network inspect flotilla_front >/dev/null 2>&1; then # the edge and Prometheus are there
    network='--network flotilla_front -e FLOTILLA_PROMETHEUS_URL=http://prometheus:9090'
fi
# shellcheck disable=SC2086
run docker run --rm $terminal $network -v /var/run/docker.sock:/var/run/docker.sock \
    -e "FLOTILLA_DOMAIN=${FLOTILLA_DOMAIN:-localhost}" -e "FLOTILLA_BLOG_DOMAIN=${FLOTILLA_BLOG_DOMAIN:-}" \
    "$FLOTILLA_CAPTAIN_IMAGE" captain "$@"
