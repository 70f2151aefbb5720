"""Studio as one ASGI application: a view per table of the models, and the few pages around them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from jinja2 import BaseLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader
from sqlalchemy import MetaData, Table
from sqlalchemy import text as sql_text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.base import BaseAdmin
from starlette_admin.exceptions import FormValidationError
from starlette_admin.fields import BaseField
from starlette_admin.flash import flash
from starlette_admin.helpers import safe_redirect_url
from starlette_admin.routing import route
from starlette_admin.types import ListParams, RequestAction
from starlette_admin.views import BaseModelView, CustomView, DropDown

from app.accounts.service import Service
from app.asgi import App
from app.db import Database
from app.errors import PlatformError
from app.models.everything import Base
from app.models.organisation import Organisation
from app.surfaces.admin.acting import operating
from app.surfaces.admin.studio import rows, saving
from app.surfaces.admin.studio.asking import cause_of, session_of
from app.surfaces.admin.studio.fields import label
from app.surfaces.admin.studio.filters import equals
from app.surfaces.admin.studio.guard import NONCE, guarded
from app.surfaces.admin.studio.session import Session, see_as, signing_key, switch_off, switch_on
from app.surfaces.admin.studio.signing_in import SignIn
from app.surfaces.admin.studio.view import TableView

TEMPLATES = Path(__file__).parents[3] / "templates" / "admin" / "studio"


def create(accounts: Service, *, secrets: Sequence[str], metadata: MetaData = Base.metadata) -> App:
    """The application for all tables of the models. Sessions are signed with the first of `secrets`."""
    # Its lines at lower levels hold what was typed.
    logging.getLogger("starlette_admin").setLevel(logging.ERROR)
    sign_in = SignIn(accounts, secrets)
    studio = Studio(accounts.database, sign_in, signing_key(secrets[0]).hex(), metadata)
    outside = Starlette()
    studio.mount_to(outside)
    return guarded(outside)


class _Scripts(PackageLoader):
    """starlette-admin's own templates, whose scripts get the nonce that the browser asks for and no inline handlers."""

    _REPLACED = (
        ("<script>", f"<script nonce=\"{{{{ request.scope['{NONCE}'] }}}}\">"),
        ('onclick="applyColumnVisibility()"', "data-studio-columns"),
        ('onchange="window.location = this.value"', "data-studio-go"),
    )

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool] | None]:
        """The template's text, changed."""
        source, name, current = super().get_source(environment, template)
        for old, new in self._REPLACED:
            source = source.replace(old, new)
        return source, name, current


class Home(CustomView):
    """The first page: every table with about how many rows it has."""

    def __init__(self, views: Sequence[tuple[str, Sequence[TableView]]], database: Database) -> None:
        super().__init__(menu_label="Tables", icon="fa-solid fa-table", path="/", route_name="index")
        self._views = views
        self._database = database

    async def index(self, request: Request) -> Response:
        """The page."""
        session = session_of(request)
        # Estimates are of everybody's rows, which a tenant does not see.
        numbers = {} if session.organisation_id else await self._database.read(_reading(session), _estimates)
        groups = [
            (name, [(view, numbers.get(view.key or "")) for view in views if view.is_accessible(request)])
            for name, views in self._views
        ]
        assert isinstance(self._admin, Studio)
        return self._admin.page(request, "studio/home.html", {"title": "Studio", "groups": groups})

    index._route_path = ""  # type: ignore[attr-defined]  # what starlette-admin's decorator would set, with types
    index._route_methods = ["GET"]  # type: ignore[attr-defined]  # noqa: RUF012
    index._route_name = None  # type: ignore[attr-defined]


def _reading(session: Session) -> Any:
    return operating(session.operator, writing=False)


async def _estimates(connection: AsyncConnection) -> dict[str, int]:
    found = await connection.execute(
        sql_text(
            "SELECT relname, reltuples::bigint FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    )
    return {name: number for name, number in found if number >= 0}


def grouped(metadata: MetaData) -> list[tuple[str, list[str]]]:
    """The tables' names in groups, by what their rows belong to."""
    tables = sorted(metadata.sorted_tables, key=lambda table: table.name)
    of_sites = [table.name for table in tables if "site_id" in table.columns]
    of_organisations = [
        table.name for table in tables if "organisation_id" in table.columns and table.name not in of_sites
    ]
    others = [table.name for table in tables if table.name not in {*of_sites, *of_organisations}]
    return [("Platform", others), ("Organisations", of_organisations), ("Sites", of_sites)]


class Studio(BaseAdmin):
    """starlette-admin with the platform's tables, sign-in and pages."""

    def __init__(self, database: Database, sign_in: SignIn, secret: str, metadata: MetaData) -> None:
        self._database = database
        self._sign_in = sign_in
        views = [
            (name, [TableView(metadata.tables[table], database) for table in tables])
            for name, tables in grouped(metadata)
        ]
        loaders: list[BaseLoader] = [
            PrefixLoader({"studio": FileSystemLoader(TEMPLATES)}),
            _Scripts("starlette_admin", "templates"),
        ]
        super().__init__(
            title="Studio",
            base_url="/studio",
            route_name="studio",
            templates_dir=str(TEMPLATES / "core"),
            additional_loaders=loaders,
            static_dir=str(TEMPLATES / "static"),
            index_view=Home(views, database),
            auth_provider=sign_in,
            secret_key=secret,
            timezone_config=None,
        )
        names: dict[str, Any] = self.templates.env.globals
        names |= {"label": label, "equals": equals, "version": saving.version, "now": lambda: datetime.now(UTC)}
        for name, of_group in views:
            self.add_view(DropDown(name, views=list(of_group), icon=_ICONS[name]))

    def mount_to(self, app: Starlette) -> None:
        """Puts it into an application, and answers errors with pages."""
        super().mount_to(app)
        for kind in (PlatformError, Exception):
            self.app.add_exception_handler(kind, self._render_error)

    def page(self, request: Request, name: str, context: dict[str, Any], status: int = 200) -> Response:
        """A page from a template."""
        return self._template_response(request, name, context, status)

    @staticmethod
    def _list_display_fields(request: Request, view: BaseModelView, list_params: ListParams) -> list[BaseField]:
        """The chosen columns in their own order: what a row is called comes first."""
        fields = {field.name: field for field in view.get_fields_list(request)}
        return [fields[name] for name in list_params.visible_cols or fields if name in fields]

    async def _render_error(self, request: Request, exc: Exception = HTTPException(500)) -> Response:  # noqa: B008
        if isinstance(exc, PlatformError):
            status, message = exc.status, exc.message
        elif isinstance(exc, HTTPException):
            status = exc.status_code
            message = _MESSAGES.get(status, exc.detail) if exc.detail in _STANDARD else exc.detail
        else:
            status, message = 500, "The platform made a mistake; report it with the X-Request-ID of this answer."
        return self.page(request, "studio/error.html", {"status": status, "message": message}, status)

    @route("/writing", methods=["POST"], name="writing")
    async def _switch_writing(self, request: Request) -> Response:
        """Switches writing on with a reason, or off."""
        session = session_of(request)
        form = await request.form()
        back = safe_redirect_url(str(form.get("back") or "/studio/"), request, "/studio/")
        response = RedirectResponse(back, 303)
        if form.get("on") is None:
            return self._sign_in.keep(response, switch_off(session))
        try:
            session = switch_on(session, str(form.get("reason") or ""), datetime.now(UTC))
        except ValueError as error:
            flash(request, str(error), "error")
            return response
        request.state.studio = session
        about = {"as_tenant": session.organisation_id or None, "until": session.writing_until}
        await self._database.write(
            operating(session.operator, writing=True), saving.note, "studio-write-on", cause_of(request), about
        )
        return self._sign_in.keep(response, session)

    @route("/see-as", methods=["GET", "POST"], name="see-as")
    async def _see_as(self, request: Request) -> Response:
        """Shows Studio with the eyes of an organisation, or of the operator again."""
        session = session_of(request)
        given = (await request.form()) if request.method == "POST" else request.query_params
        key = str(given.get("organisation") or "")
        response = RedirectResponse("/studio/", 303)
        if not key and request.method == "POST":
            return self._sign_in.keep(response, see_as(session, "", ""))
        table = cast(Table, Organisation.__table__)
        found = await self._database.read(_reading(session), rows.some, table, [key])
        if not found:
            raise HTTPException(404, "There is no such organisation.")
        if request.method == "GET":
            return self.page(request, "studio/see_as.html", {"title": "See as a tenant", "organisation": found[0]})
        return self._sign_in.keep(response, see_as(session, found[0].key, found[0].name))

    @route("/{key}/delete", methods=["GET", "POST"], name="delete")
    async def _delete(self, request: Request) -> Response:
        """Tells what goes with a row, and deletes it when asked again."""
        request.state.action = RequestAction.DETAIL
        view = self._find_view_by_key(request.path_params["key"])
        assert isinstance(view, TableView)
        if not view.is_accessible(request) or not view.can_delete(request):
            raise HTTPException(403)
        pk = request.query_params.get("pk", "")
        errors: dict[str | int, Any] = {}
        if request.method == "POST":
            try:
                row = await view.remove(request, pk, str((await request.form()).get("_version", "")))
            except saving.Changed:
                errors = {
                    "": "Somebody else has changed this row since you opened it; look at it again, then delete it."
                }
            except FormValidationError as error:
                errors = error.errors
            else:
                flash(request, f"{row.name} was deleted.", "success")
                return RedirectResponse(str(request.url_for("studio:list", key=view.key)), 303)
        found = await view.consequences(request, pk)
        if found is None:
            raise HTTPException(404)
        context = {"title": view.menu_label, "view": view, "row": found, "errors": errors}
        return self.page(request, "studio/delete.html", context, 422 if errors else 200)


_ICONS = {"Platform": "fa-solid fa-server", "Organisations": "fa-solid fa-building", "Sites": "fa-solid fa-newspaper"}
_STANDARD = {"Not Found", "Forbidden", "Method Not Allowed"}
_MESSAGES = {
    403: "This may not be done here: writing is off, or rows of this table are never written by hand.",
    404: "There is no such page or row; it may have been deleted, or belong to somebody whom you do not see now.",
    405: "This page does not take that.",
}
