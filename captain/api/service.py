"""Captain's own API at `/api/v1`: apps, deployments, users and tokens, for whoever has a token."""

from __future__ import annotations

from fastapi import FastAPI

from captain.accounts.users import Users
from captain.api import app_routes, deployment_routes, problems, user_routes
from captain.apps.app_work import AppWork
from captain.audit import Audit

PREFIX = "/api/v1"


def create(work: AppWork, users: Users, audit: Audit, domain: str) -> FastAPI:
    """The API, to be mounted at `PREFIX`; its OpenAPI document is at `/openapi.json` below."""
    api = FastAPI(
        title="captain",
        version="1",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.work, api.state.users, api.state.audit, api.state.domain = work, users, audit, domain
    problems.handle(api)
    for routes in (app_routes, deployment_routes, user_routes):
        api.include_router(routes.router)
    return api
