"""Columns as starlette-admin's fields: how they stand in lists, on pages of one row, and in forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import escape
from sqlalchemy import Table
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette_admin.fields import BaseField, HasOne
from starlette_admin.helpers import html_params, static_url
from starlette_admin.types import RequestAction

from app.surfaces.admin.studio import columns
from app.surfaces.admin.studio.columns import Facts, Kind, Relation
from app.surfaces.admin.studio.filters import filters_of
from app.surfaces.admin.studio.rows import Row
from app.surfaces.admin.studio.values import Typed, shown, written

_IN_LISTS = 120
_FORMS = {
    Kind.LONG_TEXT: "fields/form/textarea.html",
    Kind.WORDS: "fields/form/tags.html",
    Kind.JSON: "studio/json_form.html",
    Kind.TIME: "studio/time_form.html",
    Kind.BYTES: "studio/bytes_form.html",
}
_HELP = {
    Kind.TIME: "A time with its zone, such as 2026-11-28T10:30:00+01:00; Z is UTC.",
    Kind.BYTES: "Two hexadecimal digits for each byte.",
    Kind.WORDS: "Type a word and press Enter.",
}


@dataclass
class ColumnField(BaseField):
    """One column. In forms it carries what was typed, as it was typed; `values.read` says what it means."""

    facts: Facts | None = None
    multiple: bool = False
    select2: bool = False
    class_: str = "form-control"
    input_type: str = "text"
    list_template: str = "studio/value.html"
    null_template: str = "studio/null.html"
    detail_template: str = "studio/whole_value.html"

    @property
    def known(self) -> Facts:
        """The facts, which every field is made with."""
        assert self.facts is not None
        return self.facts

    def input_params(self) -> str:
        """Attributes of the input. What has to be given is said by the database, with everything else."""
        rows = 8 if self.known.kind is Kind.LONG_TEXT and (self.known.most or 0) > 2_000 else None
        plain = self.known.kind in {Kind.TEXT, Kind.UUID, Kind.BYTES, Kind.TIME}
        return html_params(
            {"type": self.input_type, "rows": rows, "autocomplete": "off", "spellcheck": "false" if plain else None}
        )

    def _get_choices(self, request: Request) -> list[tuple[str, str]]:
        words = ("true", "false") if self.known.kind is Kind.BOOLEAN else self.known.choices
        return [(word, word) for word in words]

    async def parse_obj(self, request: Request, obj: Any) -> Any:
        """The value in a row."""
        return obj.values[self.name]

    async def serialize_none_value(self, request: Request) -> Any:
        """Nothing, in the shape that the place needs."""
        return await self.serialize_value(request, None)

    async def serialize_value(self, request: Request, value: Any) -> Any:
        """The value as people read it; in forms, as they write it."""
        action = request.state.action
        if action.is_form():
            return written(self.known, value)
        return shown(self.known, value, cut=None if action is RequestAction.DETAIL else _IN_LISTS)

    async def parse_form_data(self, request: Request, form_data: FormData) -> Typed:
        """What was typed."""
        typed = [each for each in form_data.getlist(self.id) if isinstance(each, str)]
        return typed if self.known.kind is Kind.WORDS else (typed[0] if typed else "")

    async def get_create_default(self, request: Request) -> Any:
        """What an empty form begins with; `serialize_value` is not for it."""
        return None

    def additional_css_links(self, request: Request) -> list[str]:
        """Stylesheets of the form's widget."""
        return self._assets(request, "css", ".min.css")

    def additional_js_links(self, request: Request) -> list[str]:
        """Scripts of the form's widget."""
        return self._assets(request, "js", ".min.js")

    def _assets(self, request: Request, folder: str, ending: str) -> list[str]:
        if not request.state.action.is_form():
            return []
        if self.known.kind is Kind.JSON:
            return [static_url(request, f"{folder}/vendor/jsoneditor{ending}")]
        return [static_url(request, f"{folder}/vendor/select2{ending}")] if self.known.kind is Kind.WORDS else []


@dataclass
class RelationColumn(HasOne):
    """A column that leads to another row: shown by its name, chosen from a list that can be searched."""

    facts: Facts | None = None
    relation: Relation | None = None
    many: bool = False
    null_template: str = "studio/null.html"
    list_template: str = "studio/relation.html"
    detail_template: str = "studio/relation.html"

    async def parse_obj(self, request: Request, obj: Any) -> Any:
        """The row that it leads to, or the bare value where that cannot be seen."""
        return obj.related.get(self.name) or obj.values[self.name]

    async def serialize_value(self, request: Request, value: Any) -> Any:
        """Key and name; in forms the key alone."""
        key = value.key if isinstance(value, Row) else str(value)
        if request.state.action.is_form():
            return key
        # Without a key, a page has nothing to lead to.
        return {"key": key if isinstance(value, Row) else None, "name": value.name if isinstance(value, Row) else key}


def field_of(table: Table, facts: Facts, relation: Relation | None) -> BaseField:
    """The field of a column."""
    help_text = _help(facts, relation)
    field: BaseField
    if relation is not None:
        field = RelationColumn(facts.name, facts=facts, relation=relation, key=relation.target, help_text=help_text)
    else:
        field = ColumnField(facts.name, facts=facts, help_text=help_text)
        field.form_template = _FORMS.get(facts.kind, "fields/form/input.html")
        if facts.choices or facts.kind is Kind.BOOLEAN:
            field.form_template = "fields/form/enum.html"
            field.class_ = "form-control form-select"
            field.multiple = field.select2 = facts.kind is Kind.WORDS
    field.label = label(facts.name)
    field.required = not facts.nullable and facts.default is None and facts.kind not in {Kind.TEXT, Kind.LONG_TEXT}
    field.filters = filters_of(table.c[facts.name], facts)
    return field


def label(name: str) -> str:
    """A column's or table's name as people read it."""
    words = name.removesuffix("_id").replace("_", " ")
    words = " ".join(word.upper() if word in {"api", "id", "seo", "url"} else word for word in words.split())
    return words[:1].upper() + words[1:]


def _help(facts: Facts, relation: Relation | None) -> str | None:
    said = [] if facts.choices else [_HELP[facts.kind]] if facts.kind in _HELP else []
    if facts.most and facts.kind in {Kind.TEXT, Kind.LONG_TEXT}:
        said.append(f"At most {facts.most:,} characters.".replace(",", " "))
    if facts.default and relation is None and not facts.prefill and "'" not in facts.default:
        said.append(f"Left empty: {facts.default}.")
    if relation is not None and len(relation.columns) > 1:
        said.append(f"Brings its {' and '.join(label(name).lower() for name in relation.columns[:-1])} with it.")
    return " ".join(said) or None


def option(row: Row) -> str:
    """A row in a list to choose from, as HTML."""
    return f'<span>{escape(row.name)} <small class="text-secondary">{escape(row.key[-12:])}</small></span>'


def briefly(table: Table, *, tenant: bool) -> list[str]:
    """The columns that a list shows until others are chosen: what tells rows apart, and no bulk."""
    known = columns.facts(table)
    named = columns.name_column(table)
    bulky = {Kind.LONG_TEXT, Kind.JSON, Kind.BYTES}
    left_out = {"updated_at", *(("id",) if named else ()), *(("organisation_id",) if tenant else ())}
    names = [
        name
        for name, each in known.items()
        if each.kind not in bulky and not each.secret and name not in left_out and name != "created_at"
    ]
    if named in names:
        names.remove(named)
        names.insert(0, named)
    return [*names[:7], *(("created_at",) if "created_at" in known else ())]
