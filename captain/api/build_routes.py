"""Sources: received, built, rolled out; and what builds said."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from captain.accounts.book import Scope
from captain.api.models import BuildLogOut, BuildOut, DeploymentOut
from captain.api.needs import COUNTED, AuditIn, SourcesIn, UploadsIn, Who, WorkIn, accepted, note, require
from captain.api.problems import Problem
from captain.apps.app import NoApp
from captain.apps.app_document import Document
from captain.apps.app_spec import name_mistake
from captain.apps.app_work import AppWork
from captain.builds.context import Source
from captain.builds.kept_builds import row, row_with_log
from captain.builds.tarball import MOST_UPLOAD_BYTES, nameless, on_disk
from captain.caprover.definition import FILE
from captain.cli.given import no_build
from captain.errors import CaptainError

_WRITTEN_AT_ONCE_BYTES = 1024**2
_USUAL_PORT = 80
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("application/x-tar", "application/gzip")
        },
    }
}

router = APIRouter(tags=["Builds"])


@router.post("/apps/{app}/builds", status_code=202, openapi_extra=_BODY, max_body_size=COUNTED)
async def build_app(
    app: str,
    request: Request,
    response: Response,
    who: Who,
    work: WorkIn,
    sources: SourcesIn,
    uploads: UploadsIn,
    audit: AuditIn,
    definition: Annotated[str, Query(max_length=500, description="Where the source has it.")] = FILE,
    port: Annotated[int | None, Query(ge=1, le=65535, description="Where a new app listens (80).")] = None,
    git_hash: Annotated[str, Query(pattern="^([0-9a-f]{40})?$")] = "",
) -> DeploymentOut:
    """Build a source, a tar (plain or with gzip) of at most 1 GiB, and make it the app's new release.

    The deployment's events are the build's log. The newest of several sources that wait for an app is built.
    """
    require(who, Scope.DEPLOY, app)
    # What cannot be is said before a source is received.
    new = await to_thread.run_sync(_new_app, work, app, port)
    await to_thread.run_sync(note, request, audit, who)
    give_back = uploads.take()
    try:
        tar = await _received(request)
    finally:
        give_back()
    source = Source(tar, definition_path=definition)
    submit = partial(sources.submit, new=new)
    deployment = await to_thread.run_sync(submit, app, source, who, git_hash)
    return accepted(deployment, response)


@router.get("/apps/{app}/builds")
def list_builds(app: str, who: Who, sources: SourcesIn) -> list[BuildOut]:
    """The app's last builds, newest first, also those of captains before this one."""
    require(who, Scope.READ, app)
    return [BuildOut.model_validate(row(build)) for build in sources.builds.kept.of(app)]


@router.get("/apps/{app}/builds/{build}")
def get_build(app: str, build: int, who: Who, sources: SourcesIn) -> BuildLogOut:
    """One of them, with what it said."""
    require(who, Scope.READ, app)
    found = sources.builds.kept.get(app, build)
    if found is None:
        raise Problem(404, "no_build", no_build(app, build))
    return BuildLogOut.model_validate(row_with_log(found))


def _new_app(work: AppWork, name: str, port: int | None) -> Document:
    """What the app is if there is none when its image is made. `CaptainError` where it cannot be."""
    try:
        http = work.app(name).document.get("http")
    except NoApp:
        mistake = name_mistake(name)
        if mistake:
            raise CaptainError(f"The name {name} {mistake}.") from None
    else:
        if port is not None and http != {"port": port}:
            raise CaptainError(f"The port is for a new app: {name} keeps its own until it is given another.")
    return {"http": {"port": _USUAL_PORT if port is None else port}}


async def _received(request: Request) -> BinaryIO:
    """The body as an open file at its beginning, without a name: it is gone with whoever holds it."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_UPLOAD_BYTES:
        raise _too_large()
    folder = Path(tempfile.gettempdir())
    file = nameless(folder)

    def write(piece: bytes) -> None:
        with on_disk(folder):
            file.write(piece)

    try:
        waiting, received = bytearray(), 0
        async for chunk in request.stream():
            waiting += chunk
            received += len(chunk)
            if received > MOST_UPLOAD_BYTES:
                raise _too_large()
            if len(waiting) >= _WRITTEN_AT_ONCE_BYTES:
                await to_thread.run_sync(write, bytes(waiting))
                waiting.clear()
        await to_thread.run_sync(write, bytes(waiting))
        if not received:
            raise CaptainError("There is no source: send a tar as the body.")
        file.seek(0)
    except BaseException:  # whoever sends it may go at any time; the file is nobody's then
        file.close()
        raise
    return file


def _too_large() -> Problem:
    return Problem(413, "too_large", f"The source is too large: {MOST_UPLOAD_BYTES // 1024**2} MiB are the most.")
