#!/bin/sh
# Makes sure that the engine has the base image of the Dockerfile. Pulls it; where no registry answers, makes
# the same thing with debootstrap from Debian's archive, with the host's CA bundle inside, so that a build can
# reach package registries through whatever proxy this host trusts.
set -eu

image=debian:trixie-slim

fail() {
    echo "base-image.sh: $*" >&2
    exit 1
}

if docker image inspect "$image" >/dev/null 2>&1; then
    exit 0
fi
if docker pull --quiet "$image" >/dev/null 2>&1; then
    echo "base image: pulled $image"
    exit 0
fi
echo "base image: no image registry answers, building $image from Debian's archive"
if ! command -v debootstrap >/dev/null 2>&1; then
    command -v apt-get >/dev/null 2>&1 ||
        fail "debootstrap is missing: install it, or load an image named $image with 'docker load'"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap; } >/dev/null ||
        fail "cannot install debootstrap: is the network up? Otherwise load an image named $image with 'docker load'"
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
trap 'exit 130' INT TERM
# Nothing waits for the disk: a build that breaks off starts anew.
export DPKG_FORCE=unsafe-io
debootstrap --variant=minbase trixie "$root/fs" >"$root/log" 2>&1 || {
    tail -n 5 "$root/log" >&2
    fail "debootstrap failed (its last lines are above): is Debian's archive reachable?"
}
# What the registry's image has too: no documentation, and no waiting for the disk.
mkdir -p "$root/fs/etc/dpkg/dpkg.cfg.d"
{
    printf 'path-exclude /usr/share/%s/*\n' doc man locale info
    echo force-unsafe-io
} >"$root/fs/etc/dpkg/dpkg.cfg.d/image"
# The archive's security suite lies beside the main one.
sed -n 's|^deb \(.*\)/debian/\{0,1\} trixie main.*|deb \1/debian-security trixie-security main|p' \
    "$root/fs/etc/apt/sources.list" >"$root/security"
cat "$root/security" >>"$root/fs/etc/apt/sources.list"
{ chroot "$root/fs" apt-get -o Acquire::Languages=none update -qq && chroot "$root/fs" apt-get upgrade -y -qq; } >"$root/log" 2>&1 || {
    tail -n 5 "$root/log" >&2
    fail "Debian's security updates could not be installed (the reason is above): is the archive reachable?"
}
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    mkdir -p "$root/fs/etc/ssl/certs"
    cp /etc/ssl/certs/ca-certificates.crt "$root/fs/etc/ssl/certs/ca-certificates.crt"
fi
# What trixie-slim leaves out too: documentation, translations, package lists.
rm -rf "$root"/fs/usr/share/doc/* "$root"/fs/usr/share/man/* "$root"/fs/usr/share/locale/* "$root"/fs/usr/share/info/* \
    "$root"/fs/var/lib/apt/lists/* "$root"/fs/var/cache/apt/* "$root"/fs/var/log/*.log
tar -C "$root/fs" -c . | docker import --change 'CMD ["bash"]' - "$image" >/dev/null
echo "base image: built $image"
