"""The REST API, at `app.<domain>/api/v1`."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

# FastAPI's models of the OpenAPI document are built when the document is first asked for, not at every start, of which
# they would take a tenth of the CPU time. Models inherit this if they are defined before it is taken back.
BaseModel.model_config["defer_build"] = True

from fastapi import Depends, FastAPI  # noqa: E402 - after the switch

del BaseModel.model_config["defer_build"]

from app.accounts.service import Service  # noqa: E402 - after the switch
from app.asgi import Scope  # noqa: E402 - after the switch
from app.db import Database  # noqa: E402 - after the switch
from app.keys.caller import bundle  # noqa: E402 - after the switch
from app.keys.ring import KeyRing  # noqa: E402 - after the switch
from app.rates.shared import Rates  # noqa: E402 - after the switch
from app.surfaces.api import (  # noqa: E402 - after the switch
    account,
    api_keys,
    media,
    navigation,
    organisations,
    posts,
    redirects,
    revisions,
    session,
    signing_up,
    sites,
    subscribers,
    tags,
    webhooks,
)
from app.surfaces.api.answers import ERRORS, FORBIDDEN, answer_errors  # noqa: E402 - after the switch
from app.surfaces.api.browser import from_own_page  # noqa: E402 - after the switch
from app.surfaces.api.direct import Direct  # noqa: E402 - after the switch
from app.surfaces.api.document import describe  # noqa: E402 - after the switch
from app.surfaces.api.route import Headers  # noqa: E402 - after the switch
from app.surfaces.api.token import BearerToken  # noqa: E402 - after the switch

PREFIX = "/api/v1"


def is_upload(scope: Scope) -> bool:
    """Whether a request brings a file, which may be larger than what others bring."""
    return scope["method"] == "POST" and media.UPLOAD.fullmatch(scope["path"]) is not None


def create(database: Database, *, tokens: Sequence[str], organisation_id: str, accounts: Service) -> Direct:
    """The surface as an ASGI application.

    Routes about content ask for an API key, one of `tokens`, which act for the organisation, or a session; routes about
    people (`accounts`) for a session, or for nothing where one begins.
    """
    api = FastAPI(
        title="Flotilla",
        version="1",
        summary="Sites with what is on them, and people, of a Flotilla installation.",
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        # Nobody asked for traces; left on, they cost every request and would export to wherever the
        # environment says.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    api.state.database = database
    token = BearerToken(tokens, bundle(organisation_id), KeyRing(database), Rates(database))
    with_content = (sites, posts, revisions, tags, media, redirects, navigation, subscribers, webhooks, api_keys)
    content = [part.router for part in with_content]
    for router in content:
        api.include_router(router, prefix=PREFIX, dependencies=[Depends(token)], responses=ERRORS)
    api.state.accounts = accounts
    own_pages = [Depends(from_own_page)]
    for router in (signing_up.router, session.router, account.router, organisations.router):
        api.include_router(router, prefix=PREFIX, dependencies=own_pages, responses=ERRORS | FORBIDDEN)
    api.add_middleware(Headers)
    answer_errors(api)
    describe(api)
    return Direct(api, PREFIX, content, token)
