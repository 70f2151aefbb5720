#!/bin/sh
# install-packages PACKAGE…: Debian packages with what they depend on and nothing that was only needed to install
# them. The index is fetched each time, so that a build never takes packages from an old one.
set -eu
export DEBIAN_FRONTEND=noninteractive
# No translations, and no caches of the index, which are larger than most of what is installed.
apt="apt-get -qq -o Acquire::Languages=none -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
$apt update
$apt install --no-install-recommends "$@"
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/log/apt /var/log/*.log
# No file gives rights that whoever runs it does not have.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
