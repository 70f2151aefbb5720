# One file, a target per image. Builds with the classic builder as well as with BuildKit.
# BASE comes from swarm/base-image.sh: pulled, or made with debootstrap where no registry answers.
ARG BASE=debian:trixie-slim

# ---- shared: Python and the container health check ---------------------------------------------
FROM ${BASE} AS python
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/*
# The check is bash alone: an interpreter started every few seconds per replica costs more than the replica.
COPY swarm/healthcheck.sh /usr/local/bin/healthcheck
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv

FROM python AS builder
# A base made by debootstrap carries the host's CA bundle, which pip needs behind a proxy; the package ca-certificates,
# which comes with python3-venv, would overwrite it. A pulled base has none, and pip uses its own.
RUN if [ -f /etc/ssl/certs/ca-certificates.crt ]; then cp /etc/ssl/certs/ca-certificates.crt /etc/ssl/host.crt; fi \
 && apt-get update \
 && apt-get install -y --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/* \
 && python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/venv \
 && printf '#!/bin/sh\n\
if [ -f /etc/ssl/host.crt ]; then export PIP_CERT=/etc/ssl/host.crt; fi\n\
exec /opt/pip/bin/pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check \\\n\
    --quiet --only-binary :all: --require-hashes -r "$1"\n' > /usr/local/bin/install-locked \
 && chmod +x /usr/local/bin/install-locked

FROM builder AS app-venv
COPY requirements/app.lock /tmp/
RUN install-locked /tmp/app.lock

FROM builder AS captain-venv
COPY requirements/captain.lock /tmp/
RUN install-locked /tmp/captain.lock

FROM builder AS autoscaler-venv
COPY requirements/autoscaler.lock /tmp/
RUN install-locked /tmp/autoscaler.lock

FROM builder AS meter-venv
COPY requirements/meter.lock /tmp/
RUN install-locked /tmp/meter.lock

FROM builder AS edge-venv
COPY requirements/edge.lock /tmp/
RUN install-locked /tmp/edge.lock

# ---- app and worker ------------------------------------------------------------------------------
FROM python AS app
COPY --from=app-venv /opt/venv /opt/venv
COPY app /srv/app
RUN python3 -m compileall -q /srv && useradd --system --uid 10001 --no-create-home flotilla
USER 10001
CMD ["python", "-m", "app"]

# ---- autoscaler ----------------------------------------------------------------------------------
FROM python AS autoscaler
COPY --from=autoscaler-venv /opt/venv /opt/venv
COPY swarm/__init__.py swarm/engine*.py /srv/swarm/
COPY autoscaler /srv/autoscaler
RUN python3 -m compileall -q /srv
CMD ["python", "-m", "autoscaler"]

# ---- meter ---------------------------------------------------------------------------------------
FROM python AS meter
COPY --from=meter-venv /opt/venv /opt/venv
COPY swarm/__init__.py swarm/engine*.py /srv/swarm/
COPY swarm/meter /srv/swarm/meter
RUN python3 -m compileall -q /srv
CMD ["python", "-m", "swarm.meter"]

# ---- captain (also what up.sh and spike.sh run) ----------------------------------------------------
FROM python AS captain
RUN apt-get update \
 && apt-get install -y --no-install-recommends openssl iproute2 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=captain-venv /opt/venv /opt/venv
COPY swarm/__init__.py swarm/engine*.py /srv/swarm/
COPY swarm/spike /srv/swarm/spike
COPY captain /srv/captain
RUN python3 -m compileall -q /srv \
 && printf '#!/bin/sh\ncd /srv && exec python -m captain "$@"\n' > /usr/local/bin/captain \
 && chmod +x /usr/local/bin/captain
CMD ["captain", "serve"]

# ---- edge ----------------------------------------------------------------------------------------
FROM python AS edge
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx libnginx-mod-http-lua lua-resty-core lua-cjson openssl \
 && rm -rf /var/lib/apt/lists/* /etc/nginx/sites-enabled/default
COPY --from=edge-venv /opt/venv /opt/venv
COPY nginx /srv/nginx
RUN python3 -m compileall -q /srv
USER www-data
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/srv/nginx/entrypoint.sh"]

# ---- postgres (and its exporter) -------------------------------------------------------------------
# The user's number is fixed: a volume outlives the image, and Debian would give the next free one. A tmpfs takes the
# mode of the folder that it covers, not its owner.
FROM ${BASE} AS postgres
RUN groupadd --system --gid 902 postgres \
 && useradd --system --uid 902 --gid postgres --home-dir /var/lib/postgresql --shell /bin/sh postgres \
 && mkdir -p /etc/postgresql-common \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get update \
 && apt-get install -y --no-install-recommends postgresql-17 prometheus-postgres-exporter \
 && rm -rf /var/lib/apt/lists/* \
 && chmod 1777 /run/postgresql
COPY swarm/postgres /srv/postgres
USER postgres
STOPSIGNAL SIGINT
ENTRYPOINT ["/srv/postgres/entrypoint.sh"]

# ---- pgbouncer (and its exporter) ------------------------------------------------------------------
FROM ${BASE} AS pgbouncer
RUN groupadd --system --gid 902 postgres \
 && useradd --system --uid 902 --gid postgres --home-dir /var/lib/postgresql --shell /bin/sh postgres \
 && apt-get update \
 && apt-get install -y --no-install-recommends pgbouncer prometheus-pgbouncer-exporter \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -m 1777 /run/pgbouncer
COPY swarm/pgbouncer /srv/pgbouncer
USER postgres
# SIGTERM would wait for all clients to leave.
STOPSIGNAL SIGINT
ENTRYPOINT ["/srv/pgbouncer/entrypoint.sh"]

# ---- prometheus ------------------------------------------------------------------------------------
FROM ${BASE} AS prometheus
RUN groupadd --system --gid 903 prometheus \
 && useradd --system --uid 903 --gid prometheus --home-dir /var/lib/prometheus --shell /bin/sh prometheus \
 && apt-get update \
 && apt-get install -y --no-install-recommends prometheus \
 && rm -rf /var/lib/apt/lists/* \
 && chown -R prometheus:prometheus /var/lib/prometheus
COPY swarm/healthcheck.sh /usr/local/bin/healthcheck
COPY swarm/prometheus /srv/prometheus
USER prometheus
ENTRYPOINT ["/srv/prometheus/entrypoint.sh"]
