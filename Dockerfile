# One file, a target per image. Builds with the classic builder as well as with BuildKit.
# BASE comes from swarm/base-image.sh: pulled, or made with debootstrap where no registry answers.
ARG BASE=debian:trixie-slim

# Every program runs under setpriv, so that no process of it can gain rights, whatever starts the container (a stack
# file for Engine 20.10 cannot say no-new-privileges); and no file of an image could give any (a-s, also by
# install-packages).
FROM ${BASE} AS system
COPY swarm/install-packages.sh /usr/local/sbin/install-packages
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} +
ENTRYPOINT ["setpriv", "--no-new-privs", "--"]

# ==== programs: swarm/images.sh builds side by side what stands between lines like this one ==========================
FROM system AS python
RUN install-packages python3
# The check is bash alone: an interpreter started every few seconds per replica costs more than the replica.
COPY swarm/healthcheck.sh /usr/local/bin/healthcheck
# Pydantic need not search every package for plugins of which there are none.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYDANTIC_DISABLE_PLUGINS=__all__
WORKDIR /srv

# ==== network: captain and edge share a layer; nginx depends on iproute2 as well ====================================
FROM python AS python-openssl
RUN install-packages iproute2 openssl

FROM python-openssl AS nginx
RUN install-packages nginx libnginx-mod-http-lua lua-resty-core lua-cjson \
 && rm /etc/nginx/sites-enabled/default

# ==== venvs: what the programs need from PyPI, all in one go: pip starts and downloads once =========================
FROM python AS venvs
# A base made by debootstrap carries the host's CA bundle, which pip needs behind a proxy; the package ca-certificates,
# which comes with pip, would overwrite it.
RUN authorities=/etc/ssl/certs/ca-certificates.crt \
 && if [ -f $authorities ]; then cp $authorities /tmp/authorities; fi \
 && install-packages binutils python3-pip-whl \
 && if [ -f /tmp/authorities ]; then mv /tmp/authorities $authorities; fi \
 && python3 -m zipfile -e /usr/share/python-wheels/pip-*.whl /opt/pip
COPY requirements /opt/requirements
# The wheels' extensions are stripped of what only a debugger reads, a third of the app's size; psycopg's were patched
# after linking and stay as they are.
RUN export PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_CACHE_DIR=/tmp/pip PYTHONDONTWRITEBYTECODE= \
 && mkdir /opt/venvs \
 && for program in app autoscaler captain edge meter; do \
        python3 -m venv --without-pip /opt/venv \
     && PYTHONPATH=/opt/pip /opt/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
            --only-binary :all: --require-hashes -r /opt/requirements/$program.lock \
     && find /opt/venv -name '*.so' ! -path '*/psycopg_binary*' -exec strip --strip-debug {} + \
     && python3 -m compileall -q -j 0 /opt/venv/lib \
     && mv /opt/venv /opt/venvs/$program || exit 1; \
    done \
 && rm -rf /tmp/pip

# ---- app and worker ------------------------------------------------------------------------------
FROM python AS app
COPY --from=venvs /opt/venvs/app /opt/venv
COPY app /srv/app
RUN python3 -m compileall -q /srv && useradd --system --uid 10001 --no-create-home flotilla
USER 10001
CMD ["python", "-m", "app"]

# ---- autoscaler, and the gate between it and the engine's socket ---------------------------------
FROM python AS autoscaler
COPY --from=venvs /opt/venvs/autoscaler /opt/venv
COPY swarm/__init__.py swarm/engine*.py /srv/swarm/
COPY swarm/socket_gate /srv/swarm/socket_gate
COPY autoscaler /srv/autoscaler
RUN python3 -m compileall -q /srv
CMD ["python", "-m", "autoscaler"]

# ---- meter ---------------------------------------------------------------------------------------
FROM python AS meter
COPY --from=venvs /opt/venvs/meter /opt/venv
COPY swarm/__init__.py swarm/engine*.py /srv/swarm/
COPY swarm/meter /srv/swarm/meter
COPY swarm/exec_gate /srv/swarm/exec_gate
RUN python3 -m compileall -q /srv
CMD ["python", "-m", "swarm.meter"]

# ---- captain (also what up.sh and spike.sh run) --------------------------------------------------
# git takes pushes, and fetches what webhooks tell of. An empty package stands in for what it depends on and captain does
# not use: swarm/git/DEBIAN/control says what. Left out are programs of its that nobody starts here, of 2 MB each.
FROM python-openssl AS captain
COPY swarm/git /tmp/flotilla-git
RUN dpkg-deb --root-owner-group --build /tmp/flotilla-git /tmp/flotilla-git.deb \
 && dpkg --install /tmp/flotilla-git.deb \
 && rm -r /tmp/flotilla-git* \
 && for unused in git-daemon git-http-fetch git-http-push git-imap-send git-sh-i18n--envsubst git-shell scalar; do \
        echo "path-exclude=/usr/lib/git-core/$unused" && echo "path-exclude=/usr/bin/$unused" || exit 1; \
    done > /etc/dpkg/dpkg.cfg.d/flotilla-git \
 && install-packages git openssh-client
COPY --from=venvs /opt/venvs/captain /opt/venv
COPY swarm/__init__.py swarm/engine*.py /srv/swarm/
COPY swarm/spike /srv/swarm/spike
COPY captain /srv/captain
RUN python3 -m compileall -q /srv \
 && printf '#!/bin/sh\ncd /srv && exec python -m captain "$@"\n' > /usr/local/bin/captain \
 && chmod +x /usr/local/bin/captain
CMD ["captain", "serve"]

# ---- edge ----------------------------------------------------------------------------------------
FROM nginx AS edge
COPY --from=venvs /opt/venvs/edge /opt/venv
COPY nginx /srv/nginx
RUN python3 -m compileall -q /srv && install --directory --mode 0700 --owner www-data --group www-data /var/lib/edge
USER www-data
STOPSIGNAL SIGQUIT
CMD ["/srv/nginx/entrypoint.sh"]

# ==== servers ======================================================================================================
# The user's number is fixed: a volume outlives the image, and Debian would give the next free one. An empty package
# stands in for what Debian's packages depend on and nobody uses here: swarm/database/DEBIAN/control says what.
FROM system AS database
COPY swarm/database /tmp/flotilla-database
RUN groupadd --system --gid 902 postgres \
 && useradd --system --uid 902 --gid postgres --home-dir /var/lib/postgresql --shell /bin/sh postgres \
 && dpkg-deb --root-owner-group --build /tmp/flotilla-database /tmp/flotilla-database.deb \
 && dpkg --install /tmp/flotilla-database.deb \
 && rm -r /tmp/flotilla-database*

# ---- postgres (and its exporter); a tmpfs takes the mode of the folder that it covers, not its owner --------------
FROM database AS postgres
RUN install-packages postgresql-17 prometheus-postgres-exporter \
 && install --directory --owner postgres --group postgres /var/lib/postgresql \
 && mkdir --mode 1777 /run/postgresql
COPY swarm/postgres /srv/postgres
ENV PATH=/usr/lib/postgresql/17/bin:$PATH
USER postgres
STOPSIGNAL SIGINT
CMD ["/srv/postgres/entrypoint.sh"]

# ---- pgbouncer (and its exporter) ------------------------------------------------------------------
FROM database AS pgbouncer
RUN install-packages pgbouncer prometheus-pgbouncer-exporter \
 && mkdir --mode 1777 /run/pgbouncer \
 && install --directory --mode 0700 --owner postgres --group postgres /var/lib/passwords
COPY swarm/pgbouncer /srv/pgbouncer
USER postgres
# SIGTERM would wait for all clients to leave.
STOPSIGNAL SIGINT
CMD ["/srv/pgbouncer/entrypoint.sh"]

# ---- prometheus ------------------------------------------------------------------------------------
# Its pages come from /usr/share/javascript; what Node.js would read is the same once more.
FROM system AS prometheus
RUN groupadd --system --gid 903 prometheus \
 && useradd --system --uid 903 --gid prometheus --home-dir /var/lib/prometheus --shell /bin/sh prometheus \
 && echo 'path-exclude=/usr/share/nodejs/*' > /etc/dpkg/dpkg.cfg.d/flotilla-prometheus \
 && install-packages prometheus \
 && chown -R prometheus:prometheus /var/lib/prometheus
COPY swarm/healthcheck.sh /usr/local/bin/healthcheck
COPY swarm/prometheus /srv/prometheus
USER prometheus
CMD ["/srv/prometheus/entrypoint.sh"]

# ---- registry --------------------------------------------------------------------------------------
FROM system AS registry
RUN groupadd --system --gid 904 registry \
 && useradd --system --uid 904 --gid registry --home-dir /var/lib/registry --shell /bin/sh registry \
 && install-packages docker-registry \
 && install --directory --mode 0700 --owner registry --group registry /var/lib/registry
COPY swarm/healthcheck.sh /usr/local/bin/healthcheck
COPY swarm/registry /srv/registry
USER registry
CMD ["/srv/registry/entrypoint.sh"]
