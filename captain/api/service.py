"""Captain's own API at `/api/v1`: apps, deployments, users and tokens, for whoever has a token."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI

from captain.accounts.users import Users
from captain.api import (
    app_routes,
    build_routes,
    deployment_routes,
    problems,
    run_routes,
    secret_routes,
    source_routes,
    status_routes,
    template_routes,
    user_routes,
    watch_routes,
)
from captain.api.open_streams import MOST_OPEN, MOST_UPLOADS, MOST_WITH_THREAD, OpenStreams
from captain.api.status_routes import Status
from captain.apps.app_work import AppWork
from captain.audit import Audit
from captain.git.origins import Origins
from captain.source_work import SourceWork
from captain.template_work import TemplateWork

PREFIX = "/api/v1"
MOST_JSON_BYTES = 2**19
"""FastAPI parses a body before it asks for a token, and what is parsed can be 24 times as large."""


def create(
    work: AppWork,
    sources: SourceWork,
    users: Users,
    audit: Audit,
    origins: Origins,
    templates: TemplateWork,
    domain: str,
    status: Callable[[], Status],
    prometheus_url: str = "",
) -> FastAPI:
    """The API, to be mounted at `PREFIX`; its OpenAPI document is at `/openapi.json` below."""
    api = FastAPI(
        title="captain",
        version="1",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        max_body_size=MOST_JSON_BYTES,  # but for routes that are `COUNTED`
    )
    api.state.work, api.state.users, api.state.audit, api.state.domain = work, users, audit, domain
    api.state.sources, api.state.status = sources, status
    api.state.templates = templates
    api.state.streams, api.state.threads = OpenStreams(MOST_OPEN), OpenStreams(MOST_WITH_THREAD)
    api.state.uploads = OpenStreams(MOST_UPLOADS)
    api.state.origins = origins
    api.state.prometheus_url = prometheus_url
    work.on_change("patch", app_routes.patched)
    problems.handle(api)
    for routes in (
        app_routes,
        build_routes,
        deployment_routes,
        run_routes,
        secret_routes,
        source_routes,
        status_routes,
        template_routes,
        user_routes,
        watch_routes,
    ):
        api.include_router(routes.router)
    return api
