"""Any table as a view of starlette-admin: what it asks for goes through the platform's database and Core statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import psycopg
from sqlalchemy import ColumnElement, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette_admin.actions import link_row_action
from starlette_admin.exceptions import FormValidationError
from starlette_admin.fields import BaseField
from starlette_admin.filters import FilterGroup
from starlette_admin.types import ListParams, RequestAction
from starlette_admin.views import BaseModelView

from app.db import Database
from app.errors import PlatformError
from app.models.rights import commands, operator_commands
from app.surfaces.admin.studio import hanging, paging, rows, saving, searching
from app.surfaces.admin.studio.asking import acting_of, cause_of, session_of
from app.surfaces.admin.studio.columns import Kind, facts, primary_key, relations
from app.surfaces.admin.studio.complaints import WHOLE_ROW, complaint
from app.surfaces.admin.studio.fields import ColumnField, RelationColumn, briefly, field_of, label, option
from app.surfaces.admin.studio.filters import condition_of
from app.surfaces.admin.studio.forms import read_form
from app.surfaces.admin.studio.rows import Count, Row

T = TypeVar("T")

# Addresses hold offsets only for the short lists to choose from; nobody leafs further there.
_FURTHEST = 1_000


class TableView(BaseModelView):
    """One table, whichever it is."""

    pk_attr = "_key"
    page_size = 25
    page_size_options = (25, 50, 100, 200)
    exporters = ()
    importers = ()
    actions = ()
    row_actions = ("view", "edit", "delete", "see_as")
    list_template = "studio/list.html"
    detail_template = "studio/detail.html"
    create_template = "studio/create.html"
    edit_template = "studio/edit.html"
    search_highlight = False

    def __init__(self, table: Table, database: Database) -> None:
        self.table = table
        self.facts = facts(table)
        self.relations = relations(table)
        self._database = database
        self.key = table.name
        self.menu_label = label(table.name)
        self.display_name = self.menu_label.lower()
        self.fields = [field_of(table, each, self.relations.get(name)) for name, each in self.facts.items()]
        for field in self.fields:
            column = self.facts[field.name]
            made = column.generated or field.name in {"created_at", "updated_at"} or column.secret
            field.exclude_from_create = made or (column.primary and column.default is not None and field.name == "id")
            field.exclude_from_edit = made or column.primary or field.name == "organisation_id"
        self.filters = {field.name: list(field.filters or ()) for field in self.fields}
        self.sortable_fields = [name for name, each in self.facts.items() if each.sortable]
        self.searchable_fields = list(self.facts)
        self.fields_default_sort = [(name, len(primary_key(table)) == 1) for name in primary_key(table)]
        super().__init__()

    # ---- who may what --------------------------------------------------------------------------------------------

    def is_accessible(self, request: Request) -> bool:
        """A tenant sees the tables that its own requests read."""
        return not session_of(request).organisation_id or "SELECT" in commands(self.table.name)

    def may(self, request: Request, command: str) -> bool:
        """Whether the database lets rows be written so by whom the session acts for; audits are written by Studio."""
        allowed = commands if session_of(request).organisation_id else operator_commands
        return self.table.name not in saving.AUDITS and command in allowed(self.table.name)

    def writable(self, request: Request, command: str) -> bool:
        """The same, with writing switched on."""
        return session_of(request).writing(datetime.now(UTC)) and self.may(request, command)

    def needs_secret(self) -> bool:
        """Whether a row cannot be without a secret: then only the platform makes one."""
        return any(each.secret and not each.nullable and each.default is None for each in self.facts.values())

    def can_create(self, request: Request) -> bool:
        """Rows can be added."""
        return self.writable(request, "INSERT") and not self.needs_secret()

    def can_edit(self, request: Request) -> bool:
        """Rows can be changed."""
        return self.writable(request, "UPDATE")

    def can_delete(self, request: Request) -> bool:
        """Rows can be deleted; a tenant does not delete itself here."""
        tenant = session_of(request).organisation_id and self.table.name == "organisation"
        return self.writable(request, "DELETE") and not tenant

    def can_import(self, request: Request) -> bool:
        """Never: rows come one by one, with a reason."""
        return False

    def can_export(self, request: Request) -> bool:
        """Never."""
        return False

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        """Only an organisation can be seen as."""
        if name == "see_as":
            return self.table.name == "organisation" and not session_of(request).organisation_id
        return await super().is_row_action_allowed(request, name)

    # ---- reading -------------------------------------------------------------------------------------------------

    async def find_all(
        self,
        request: Request,
        skip: int = 0,
        limit: int = 100,
        q: str | None = None,
        sorts: Sequence[tuple[str, str]] | None = None,
        filters: FilterGroup | None = None,
    ) -> Sequence[Row]:
        """A page of a list, with how many there are beside it; or what a list to choose from offers."""
        asked = [(name, way == "desc") for name, way in sorts or () if name in self.facts]
        order = paging.complete(self.table, asked)
        condition = condition_of(filters, self.filters)
        listed = request.state.action is RequestAction.LIST
        after, before = (request.query_params.get(name) if listed else None for name in ("after", "before"))
        try:
            place = before or after
            beyond = paging.beyond(self.table, order, place, backwards=bool(before)) if place else None
        except (ValueError, AssertionError):
            raise HTTPException(400, "This page is of another order of the rows; begin with the first page.") from None

        async def page(connection: AsyncConnection) -> tuple[list[Row], Count, str | None]:
            searched, told = await searching.condition(connection, self.table, q)
            matching = _both(condition, searched)
            found = await rows.page(
                connection,
                self.table,
                condition=_both(matching, beyond),
                order=paging.order_by(self.table, order, backwards=bool(before)),
                limit=limit + 1,
                offset=0 if listed else min(skip, _FURTHEST),
            )
            if listed:
                await rows.relate(connection, found[:limit])
            return found, await rows.count(connection, self.table, matching), told

        found, number, told = await self.read(request, page)
        more = len(found) > limit
        found = found[:limit]
        if before:
            found.reverse()
        request.state.studio_count = number
        request.state.studio_told = told
        request.state.studio_next = paging.place(found[-1], order) if found and (more or before) else None
        request.state.studio_previous = paging.place(found[0], order) if found and (more if before else after) else None
        return found

    async def count(self, request: Request, q: str | None = None, filters: FilterGroup | None = None) -> int:
        """What `find_all` counted for this request."""
        number: Count = request.state.studio_count
        return number.rows

    async def find_by_pk(self, request: Request, pk: Any) -> Row | None:
        """One row; on its page with what leads to it."""

        async def find(connection: AsyncConnection) -> Row | None:
            row = await rows.one(connection, self.table, str(pk))
            if row is not None:
                await rows.relate(connection, [row])
                if request.state.action is RequestAction.DETAIL:
                    row.hanging = await hanging.leading_to(connection, row)
            return row

        return await self.read(request, find)

    async def find_by_pks(self, request: Request, pks: list[Any]) -> Sequence[Row]:
        """Some rows, for their names."""
        return await self.read(request, rows.some, self.table, [str(pk) for pk in pks[:100]])

    async def read(self, request: Request, work: Callable[..., Awaitable[T]], *args: Any) -> T:
        """A unit of work that only reads. What PostgreSQL does not like about values is a 400, not a mistake here."""
        try:
            return await self._database.read(acting_of(request, writing=False), work, *args)
        except PlatformError as error:
            _say_timeout(error)
            raise
        except (DBAPIError, psycopg.Error) as error:
            driver = error.orig if isinstance(error, DBAPIError) else error
            if isinstance(driver, psycopg.errors.DataError):
                raise HTTPException(400, f"The database does not take this: {driver.diag.message_primary}.") from None
            raise

    # ---- writing -------------------------------------------------------------------------------------------------

    async def validate_fields(self, request: Request, data: dict[str, Any], exclude: Any = ()) -> None:
        """Nothing yet: what was typed is read in the transaction, beside the row that it was typed over."""

    async def create(self, request: Request, data: dict[str, Any]) -> Row:
        """Adds a row."""

        async def work(connection: AsyncConnection) -> Row:
            values = read_form(self.facts, self.relations, data, None)
            values = await self._follow(connection, values, filling=True)
            return await saving.add(connection, self.table, values, cause_of(request))

        return await self._write(request, work)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Row:
        """Changes a row, unless somebody else did since the form was made: then both versions are told."""
        seen = str((await request.form()).get("_version", ""))
        request.state.studio_version = seen

        async def work(connection: AsyncConnection) -> Row:
            async def wanted(row: Row) -> Mapping[str, Any]:
                await rows.relate(connection, [row])
                values = read_form(self.facts, self.relations, data, row)
                return await self._follow(connection, values, filling=False)

            return await saving.change(connection, self.table, str(pk), seen, wanted, cause_of(request))

        try:
            return await self._write(request, work)
        except saving.Changed as changed:
            request.state.studio_version = saving.version(changed.row)
            raise FormValidationError(await self._differences(request, data, changed.row)) from None

    async def remove(self, request: Request, pk: str, seen: str) -> Row:
        """Deletes a row."""
        return await self._write(request, saving.remove, self.table, pk, seen, cause_of(request))

    async def delete(self, request: Request, pks: list[Any]) -> int | None:
        """Rows are deleted one by one, on a page that tells what goes with them."""
        raise HTTPException(405)

    async def consequences(self, request: Request, pk: str) -> Row | None:
        """A row with what its deletion takes along."""

        async def find(connection: AsyncConnection) -> Row | None:
            row = await rows.one(connection, self.table, pk)
            if row is not None:
                row.hanging = await hanging.deleted_with(connection, row)
            return row

        return await self.read(request, find)

    async def _follow(self, connection: AsyncConnection, values: dict[str, Any], *, filling: bool) -> dict[str, Any]:
        """Keys of chosen rows made what the columns hold; with `filling`, the columns that follow from them too."""
        chosen = {name: each for name, each in self.relations.items() if isinstance(values.get(name), str)}
        followed: dict[str, Any] = {}
        for name, relation in chosen.items():
            target = self.table.metadata.tables[relation.target]
            row = await rows.one(connection, target, values[name])
            if row is None:
                raise FormValidationError({name: f"There is no such {label(relation.target).lower()}."})
            for own, theirs in zip(relation.columns, relation.referred, strict=True):
                if own == name:
                    values[name] = row.values[theirs]
                elif filling and values.get(own) is None:
                    followed[own] = row.values[theirs]
        return {**followed, **values}

    async def _write(self, request: Request, work: Callable[..., Awaitable[T]], *args: Any) -> T:
        writing = session_of(request).writing(datetime.now(UTC))
        try:
            return await self._database.write(acting_of(request, writing=writing), work, *args)
        except PlatformError as error:
            _say_timeout(error)
            raise
        except saving.Gone:
            message = "This row is not there any more; somebody has deleted it, or it may not be written here."
            raise FormValidationError({WHOLE_ROW: message}) from None
        except (DBAPIError, psycopg.Error) as error:
            self._complain(error)

    def _complain(self, error: DBAPIError | psycopg.Error) -> NoReturn:
        driver = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(driver, psycopg.Error) or driver.sqlstate is None:
            raise error
        said = complaint(
            self.table.metadata,
            self.table,
            sqlstate=driver.sqlstate,
            constraint=driver.diag.constraint_name,
            column=driver.diag.column_name,
            message=driver.diag.message_primary or "",
            of_table=driver.diag.table_name,
        )
        raise FormValidationError({field: sentence for field, sentence in said.items()}) from None  # noqa: C416

    async def _differences(self, request: Request, data: Mapping[str, Any], now: Row) -> dict[str | int, Any]:
        """What somebody else wrote, at each field that differs from what was typed."""
        said: dict[str | int, Any] = {
            WHOLE_ROW: "Somebody else has changed this row since you opened it. What is there now stands at the fields "
            "that differ; save again to write yours over it."
        }
        for field in self.get_fields_list(request):
            there = await self.serialize_field_value(await field.parse_obj(request, now), field, request)
            if field.name in data and (data[field.name] or "") != (there or ""):
                text = ", ".join(there) if isinstance(there, list) else there
                said[field.name] = f"Now there: {str(text or '(empty)')[:300]}"
        return said

    # ---- how it looks --------------------------------------------------------------------------------------------

    def _parse_list_params(self, request: Request, query_params: Any = None) -> ListParams:
        params = super()._parse_list_params(request, query_params)
        if params.visible_cols is None and request.query_params.get("cols") is None:
            params.visible_cols = briefly(self.table, tenant=bool(session_of(request).organisation_id))
        return params

    def can_access_field(self, request: Request, field: BaseField, action: RequestAction | None = None) -> bool:
        """In lists to choose from, names are enough."""
        action = action or request.state.action
        return action is not RequestAction.RELATION_LOOKUP and super().can_access_field(request, field, action)

    def prefill(self, name: str) -> Any:
        """What a form for a new row begins with."""
        each = self.facts[name]
        return [] if each.kind is Kind.WORDS else each.prefill

    async def serialize_field_value(self, value: Any, field: BaseField, request: Request) -> Any:
        """As the field does; in a form for a new row, the default that the database would put."""
        if request.state.action is RequestAction.CREATE and value is None and isinstance(field, ColumnField):
            return self.prefill(field.name)
        if value is None and isinstance(field, RelationColumn):
            return None
        return await super().serialize_field_value(value, field, request)

    async def repr(self, obj: Any, request: Request) -> str:
        """What people call a row."""
        name: str = obj.name
        return name

    async def select2_result(self, obj: Any, request: Request) -> str:
        """A row in a list to choose from."""
        return option(obj)

    async def select2_selection(self, obj: Any, request: Request) -> str:
        """The row that was chosen."""
        return option(obj)

    async def get_pk_value(self, request: Request, obj: Any) -> Any:
        """Which row it is."""
        return obj.key

    @link_row_action(
        name="delete",
        text="Delete",
        icon_class="default_actions.delete",
        action_btn_class="action.row_item_delete",
    )
    def row_action_3_delete(self, request: Request, pk: Any) -> str:
        """To the page that tells what goes with the row."""
        return str(request.url_for("studio:delete", key=self.key).include_query_params(pk=str(pk)))

    @link_row_action(name="see_as", text="See as this tenant", icon_class="fa-solid fa-eye")
    def row_action_4_see_as(self, request: Request, pk: Any) -> str:
        """To the page that asks whether to see what this organisation sees."""
        return str(request.url_for("studio:see-as").include_query_params(organisation=str(pk)))


def _both(one: ColumnElement[bool] | None, other: ColumnElement[bool] | None) -> ColumnElement[bool] | None:
    return other if one is None else one if other is None else one & other


def _say_timeout(error: PlatformError) -> None:
    cause = getattr(error.__cause__, "orig", error.__cause__)
    if isinstance(cause, psycopg.errors.QueryCanceled):
        message = "The database took too long for this and was stopped; narrow it down with a filter, or sort by an id."
        raise HTTPException(503, message) from None
