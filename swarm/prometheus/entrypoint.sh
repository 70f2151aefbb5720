#!/bin/sh
# Becomes Prometheus.
#   FLOTILLA_PROMETHEUS_RETENTION_SIZE  what its volume may hold, such as 2GB; the oldest samples go first
set -eu

size=${FLOTILLA_PROMETHEUS_RETENTION_SIZE:-2GB}
number=${size%[KMGT]B}
case $number in
    "$size" | '' | *[!0-9]*)
        echo "prometheus: FLOTILLA_PROMETHEUS_RETENTION_SIZE is \"$size\"; set it to a whole number with KB, MB, GB or TB, such as 2GB." >&2
        exit 1
        ;;
esac

# Blocks of half an hour instead of two hours: at one scrape a second the rest of the head is memory, and minutes of
# replay after a kill. After an orderly stop the snapshot makes the next start immediate.
exec prometheus \
    --config.file=/srv/prometheus/prometheus.yml \
    --storage.tsdb.path=/var/lib/prometheus/tsdb \
    --storage.tsdb.retention.size="$size" \
    --storage.tsdb.min-block-duration=30m \
    --enable-feature=memory-snapshot-on-shutdown,auto-gomemlimit \
    --web.listen-address=0.0.0.0:9090 \
    --log.level=warn --log.format=json
