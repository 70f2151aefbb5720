# shellcheck shell=sh
# What swarm/up.sh asks before it does anything: read by it, changes nothing.

is_domain() {
    case $1 in *[!a-z0-9.-]*) return 1 ;; esac # line ends too
    case ${1##*.} in *[!0-9]*) ;; *) return 1 ;; esac # an address is no name
    [ "${#1}" -le 240 ] &&
        printf '%s' "$1" | grep -Eqx '([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
}
is_port() { printf '%s' "$1" | grep -Eqx '[0-9]{1,5}' && [ "$1" -ge 1 ] && [ "$1" -le 65535 ]; }
is_address() { printf '%s' "$1" | grep -Eqx '[0-9a-zA-Z.:%_-]+'; }

listening_socket() { # port → the inode of a listening TCP socket, from the kernel's own table; nothing if there is none
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port="$(printf '%04X' "$1")" '$4 == "0A" { n = split($2, a, ":"); if (a[n] == port) { print $10; exit } }'
}

port_owner() { # port → who has it, in words; nothing if it is free
    # A service that publishes it through the ingress need not listen on this node, and is in the way all the same.
    # shellcheck disable=SC2046  # a list of ids
    service=$(docker service inspect --format '{{.Spec.Name}}{{range .Endpoint.Ports}} {{.PublishedPort}}{{end}}' \
        $(docker service ls -q 2>/dev/null) 2>/dev/null |
        awk -v port="$1" '{ for (i = 2; i <= NF; i++) if ($i == port) { print $1; exit } }')
    if [ -n "$service" ]; then
        echo "service $service of this Swarm (docker service rm $service)"
        return
    fi
    inode=$(listening_socket "$1")
    [ -n "$inode" ] || return 0
    container=$(docker ps --filter "publish=$1" --format '{{.Names}}' 2>/dev/null | head -n 1)
    if [ -n "$container" ]; then
        echo "container $container (docker stop $container)"
        return
    fi
    socket=$(find /proc -maxdepth 3 -path '/proc/[0-9]*/fd/*' -lname "socket:\\[$inode\\]" 2>/dev/null | head -n 1)
    pid=${socket#/proc/}
    pid=${pid%%/*}
    if [ -n "$pid" ] && [ -r "/proc/$pid/comm" ]; then
        echo "$(cat "/proc/$pid/comm") (pid $pid)"
        return
    fi
    echo "another program (see: ss -ltnp 'sport = :$1')"
}

free_space() { # folder → free MB of its file system; nothing if it is not to be seen from here
    df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }'
}

how_to_install() { # → how this system gets a Docker Engine
    # shellcheck disable=SC2046,SC2116  # two words at most
    for word in $(sed -n 's/^ID=//p; s/^ID_LIKE=//p' /etc/os-release 2>/dev/null | tr -d '"'"'"); do
        case $word in
        ubuntu) echo "apt-get install docker.io" ;;
        fedora) echo "dnf install moby-engine && systemctl enable --now docker" ;;
        alpine) echo "apk add docker && rc-update add docker && service docker start" ;;
        arch) echo "pacman -S docker && systemctl enable --now docker" ;;
        suse | opensuse*) echo "zypper install docker && systemctl enable --now docker" ;;
        *) continue ;;
        esac
        return
    done
    echo "as docs.docker.com/engine/install says for this system"
}
