"""What runs, where, and why it has the size it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from fastapi import APIRouter, Request

from captain.accounts.book import Scope
from captain.api.models import StatusOut
from captain.api.needs import Who, require
from captain.api.problems import Problem

Status: TypeAlias = Mapping[str, object]
router = APIRouter(tags=["Status"])


@router.get("/status")
def get_status(request: Request, who: Who) -> StatusOut:
    """Every service of the platform and every app, for tokens that are not for some apps only."""
    require(who, Scope.READ)
    if who.apps:
        raise Problem(403, "not_allowed", "Your token is for some apps: /apps tells of those.")
    look: Callable[[], Status] = request.app.state.status
    return StatusOut.model_validate(look())
