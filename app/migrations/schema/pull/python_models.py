"""Typed SQLAlchemy models, by sqlacodegen; where that would lose something, said in another way.

Imported only where models are pulled: no image has sqlacodegen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlacodegen.generators import DeclarativeGenerator
from sqlacodegen.models import ColumnAttribute, Model, ModelClass, RelationshipAttribute
from sqlacodegen.utils import get_column_names, get_constraint_sort_key, render_callable
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Constraint,
    DefaultClause,
    Enum,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, DOMAIN, INTERVAL, JSON, JSONB, MONEY
from sqlalchemy.exc import CompileError
from sqlalchemy.types import NullType, TypeEngine

from app.migrations.schema.pull.relation import Pulled

# What stands in a class hides what is below it: no column may take the name of a type.
_TAKEN = frozenset(
    {"Any", "Literal", "Mapped", "Optional", "bool", "bytes", "datetime", "decimal", "dict", "float", "int", "list"}
    | {"object", "registry", "str", "tuple", "uuid", "views"}
)
_PYTHON_TYPES: dict[type[TypeEngine[Any]], str] = {BYTEA: "bytes", MONEY: "str", INTERVAL: "datetime.timedelta"}


def render(connection: Connection, schemas: Sequence[str], pulled: Pulled) -> str:
    """A module without its heading. The search path has to be `public` alone."""
    # With another convention than SQLAlchemy's own, every name is written down.
    metadata = MetaData(naming_convention={"ix": ""})
    for schema in schemas:
        metadata.reflect(connection, schema=None if schema == "public" else schema, views=True)
    return _Models(metadata, connection, pulled).generate()


class _Models(DeclarativeGenerator):
    def __init__(self, metadata: MetaData, connection: Connection, pulled: Pulled) -> None:
        super().__init__(metadata, connection, ["nojoined"])
        self._pulled = pulled
        self._views = {(relation.schema, relation.name) for relation in pulled.relations if relation.is_view}

    def should_ignore_table(self, table: Table) -> bool:
        return super().should_ignore_table(table) or _key(table) in self._pulled.partitions

    def render_module_variables(self, models: list[Model]) -> str:
        lines = [super().render_module_variables(models)]
        if any(_key(model.table) in self._views for model in models):
            # Of their own, so that nobody makes tables of them.
            self.add_literal_import("sqlalchemy", "MetaData")
            lines.append("views = MetaData()")
        for sequence in self._pulled.sequences:
            self.add_literal_import("sqlalchemy", "Sequence")
            options = {
                "start": sequence.start if sequence.start != 1 else None,
                "increment": sequence.increment if sequence.increment != 1 else None,
                "cycle": True if sequence.cycles else None,
                "schema": repr(sequence.schema) if sequence.schema != "public" else None,
            }
            given = {name: value for name, value in options.items() if value is not None}
            lines.append(
                render_callable("Sequence", repr(sequence.name), kwargs={**given, "metadata": self.base.metadata_ref})
            )
        return "\n".join(lines)

    def fix_column_types(self, table: Table) -> None:
        """Generic types where they are the same; defaults as they are."""
        for index in list(table.indexes):
            if (*_key(table), index.name) in self._pulled.excluding:
                table.indexes.remove(index)
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint | PrimaryKeyConstraint):
                initially = self._pulled.deferrable.get((*_key(table), str(constraint.name)))
                if initially is not None:
                    constraint.deferrable, constraint.initially = True, "DEFERRED" if initially else None
        for column in table.columns:
            try:
                column.type = self.get_adapted_type(column.type)
            except CompileError:
                continue
            default = column.server_default
            if isinstance(default, DefaultClause) and isinstance(default.arg, TextClause):
                of_domain = isinstance(column.type, DOMAIN) and column.type.default == default.arg.text
                column.server_default = None if of_domain else DefaultClause(text(_escaped(default.arg.text)))
            elif isinstance(default, Identity):
                _without_defaults(default)

    def generate_column_attr_name(
        self, column_attr: ColumnAttribute, global_names: set[str], local_names: set[str]
    ) -> None:
        # Two lines before a name would make Python change it.
        wanted = re.sub(r"^_+", "", column_attr.column.name) or "column"
        column_attr.name = self.find_free_name(wanted, global_names | _TAKEN, local_names)

    def generate_relationships(
        self,
        source: ModelClass,
        models_by_table_name: dict[str, Model],
        association_tables: list[Model],
    ) -> list[RelationshipAttribute]:
        """Those that SQLAlchemy can tell apart: none for a key of several columns to the own table."""
        made = super().generate_relationships(source, models_by_table_name, association_tables)
        own = [
            key
            for key in source.table.foreign_key_constraints
            if key.referred_table is source.table and len(key.elements) > 1
        ]
        source.relationships[:] = [
            relationship for relationship in source.relationships if relationship.constraint not in own
        ]
        return [relationship for relationship in made if relationship.constraint not in own]

    def render_relationship_arguments(self, relationship: RelationshipAttribute) -> Mapping[str, Any]:
        """For reading alone: keys that share columns would be written twice."""
        return {**super().render_relationship_arguments(relationship), "viewonly": True}

    def render_class(self, model: ModelClass) -> str:
        """The columns in the database's order."""
        sections = [self.render_class_variables(model), *self._attributes(model)]
        return "\n\n".join(
            [self.render_class_declaration(model)]
            + ["\n".join(f"    {line}" if line else line for line in part.splitlines()) for part in sections if part]
        )

    def _attributes(self, model: ModelClass) -> list[str]:
        return [
            "\n".join(self.render_column_attribute(column) for column in model.columns),
            "\n".join(self.render_relationship(relationship) for relationship in model.relationships),
        ]

    def render_table(self, table: Table) -> str:
        metadata = "views" if _key(table) in self._views else self.base.metadata_ref
        columns = [self.render_column(column, show_name=True, is_table=True) for column in table.columns]
        options = {name: repr(value) for name, value in self._options(table).items()}
        return render_callable(
            "Table", repr(table.name), metadata, *columns, *self._constraints_and_indexes(table), kwargs=options
        )

    def render_table_args(self, table: Table) -> str:
        args, options = self._constraints_and_indexes(table), self._options(table)
        return f"({', '.join([*args, *([repr(options)] if options else [])])},)" if args or options else ""

    def _constraints_and_indexes(self, table: Table) -> list[str]:
        constraints = sorted(table.constraints, key=get_constraint_sort_key)
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        written = [self.render_constraint(one) for one in constraints if not _is_empty(one)]
        return [*written, *(self.render_index(index) for index in indexes)]

    def _options(self, table: Table) -> dict[str, str]:
        partitioned_by = self._pulled.partitioned.get(_key(table))
        options = {"schema": table.schema, "comment": table.comment, "postgresql_partition_by": partitioned_by}
        return {name: value for name, value in options.items() if value}

    def render_column_type(self, column: Column[Any]) -> str:
        return self._type(column.type) or super().render_column_type(column)

    def _type(self, type_: TypeEngine[Any]) -> str:
        """Types that have a name in the database, and arrays, also of these."""
        if isinstance(type_, ARRAY):
            return f"ARRAY({self._type(type_.item_type) or super().render_column_type(Column('', type_.item_type))})"
        if isinstance(type_, Enum):
            self.add_literal_import("sqlalchemy", "Enum")
            kwargs = {"name": repr(type_.name)} | ({"schema": repr(type_.schema)} if type_.schema else {})
            return render_callable("Enum", *map(repr, type_.enums), kwargs=kwargs)
        if isinstance(type_, DOMAIN):
            return self._domain(type_)
        return ""

    def _domain(self, type_: DOMAIN) -> str:
        kwargs: dict[str, object] = {}
        check = type_.check.text if isinstance(type_.check, TextClause) else None
        if check:
            self.add_literal_import("sqlalchemy", "text")
            kwargs["check"] = f"text({_escaped(check)!r})"
        if type_.default is not None:
            self.add_literal_import("sqlalchemy", "text")
            kwargs["default"] = f"text({_escaped(str(type_.default))!r})"
        given = {"constraint_name": type_.constraint_name, "not_null": type_.not_null or None, "schema": type_.schema}
        kwargs |= {name: repr(value) for name, value in given.items() if value is not None}
        base = type_.data_type
        if isinstance(base, String):
            base.collation = None
        written = self._type(base) or super().render_column_type(Column("", base))
        size = self._pulled.domain_sizes.get((type_.schema or "public", str(type_.name)))
        if size and not written.endswith(")"):
            written += f"({size})"
        return render_callable("DOMAIN", repr(type_.name), written, kwargs=kwargs)

    def render_column_python_type(self, column: Column[Any]) -> str:
        type_ = self._python_type(column.type)
        return f"{type_} | None" if column.nullable else type_

    def _python_type(self, type_: TypeEngine[Any]) -> str:
        if isinstance(type_, DOMAIN):
            return self._python_type(type_.data_type)
        if isinstance(type_, ARRAY):
            return f"list[{self._python_type(type_.item_type)}]"
        if isinstance(type_, Enum):
            self.add_literal_import("typing", "Literal")
            return f"Literal[{', '.join(map(repr, type_.enums))}]"
        made = next((name for kind, name in _PYTHON_TYPES.items() if isinstance(type_, kind)), "")
        if not made and not isinstance(type_, JSON | JSONB | NullType):
            try:
                python_type = type_.python_type
            # SQLAlchemy's word for a type of the server that has none in Python: `Any` below.
            except NotImplementedError:
                python_type = object
            builtin = python_type.__module__ == "builtins"
            made = python_type.__name__ if builtin else f"{python_type.__module__}.{python_type.__name__}"
        if made in ("", "object", "dict", "list"):
            self.add_literal_import("typing", "Any")
            return "Any"
        if "." in made:
            self.add_module_import(made.rpartition(".")[0])
        return made

    def render_index(self, index: Index) -> str:
        args = []
        for element in self._pulled.indexed.get((*_key(index.table), str(index.name)), ()):  # type: ignore[arg-type]
            if element.column:
                args.append(repr(element.column))
            else:
                self.add_literal_import("sqlalchemy", "text")
                args.append(f"text({_escaped(element.sql)!r})")
        kwargs: dict[str, object] = {"unique": True} if index.unique else {}
        for name, value in sorted(index.dialect_kwargs.items()):
            if name == "postgresql_ops" or not value:
                continue
            if name == "postgresql_where":
                self.add_literal_import("sqlalchemy", "text")
                kwargs[name] = f"text({_escaped(value)!r})"
            else:
                kwargs[name] = repr(value)
        self.add_literal_import("sqlalchemy", "Index")
        return render_callable("Index", repr(index.name), *args, kwargs=kwargs)

    def render_constraint(self, constraint: Constraint | ForeignKey) -> str:
        if isinstance(constraint, CheckConstraint):
            sql = constraint.sqltext
            written = sql.text if isinstance(sql, TextClause) else str(sql)
            return render_callable("CheckConstraint", repr(_escaped(written)), kwargs={"name": repr(constraint.name)})
        if isinstance(constraint, UniqueConstraint | PrimaryKeyConstraint):
            kwargs: dict[str, object] = {"name": repr(constraint.name)}
            if constraint.deferrable:
                kwargs["deferrable"] = True
            if constraint.initially:
                kwargs["initially"] = repr(constraint.initially)
            options = {name: value for name, value in constraint.dialect_kwargs.items() if value}
            kwargs |= {name: repr(value) for name, value in sorted(options.items())}
            return render_callable(type(constraint).__name__, *map(repr, get_column_names(constraint)), kwargs=kwargs)
        return super().render_constraint(constraint)


def _key(table: Table) -> tuple[str, str]:
    return table.schema or "public", table.name


def _without_defaults(identity: Identity) -> None:
    for name, usual in {"start": 1, "increment": 1, "minvalue": 1, "cache": 1, "cycle": False}.items():
        if getattr(identity, name) == usual:
            setattr(identity, name, None)
    if identity.maxvalue in (2**15 - 1, 2**31 - 1, 2**63 - 1):
        identity.maxvalue = None


def _is_empty(constraint: Constraint) -> bool:
    """The primary key that SQLAlchemy gives a table without one."""
    return isinstance(constraint, PrimaryKeyConstraint) and not constraint.columns


def _escaped(sql: str) -> str:
    """SQL for `text()`, which takes a word after a colon for a parameter's name unless a backslash is before it."""
    sql = re.sub(r"\\(?=:\w*(?![:\w]))", r"\\\\", sql)
    return re.sub(r"(?<![:\w\\]):(?=\w+(?![:\w]))", r"\\:", sql)
