#!/bin/sh
# PID 1 of an e2e node: makes /sys and the cgroup controllers writable for the node's own engine, then waits.
# Docker gives a container its controllers as read-only bind mounts; an engine in it needs them mounted afresh.
set -eu

mount -o remount,rw /sys
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then # cgroup v2
  mount -o remount,rw /sys/fs/cgroup
else
  mount -o remount,rw /sys/fs/cgroup
  for dir in /sys/fs/cgroup/*; do
    mountpoint -q "$dir" || continue
    # "... - cgroup cgroup rw,cpu,cpuacct" names the controllers of that hierarchy
    controllers=$(grep " $dir " /proc/self/mountinfo | sed -n '$s/.* - cgroup [^ ]* rw,//p')
    [ -n "$controllers" ] || continue
    umount "$dir"
    mount -t cgroup -o "$controllers" cgroup "$dir"
  done
fi

trap 'exit 0' TERM INT
touch /run/node-ready
while :; do
  sleep 3600 &
  wait $!
done
