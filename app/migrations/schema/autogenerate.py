"""`python -m app schema migrate --autogenerate`: writes the next migration from what models and database differ in.

It is tried before it is written, in a transaction that is taken back: upwards it has to make the database exactly what
the models say, policies and grants included, and downwards what it was.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    URL,
    CheckConstraint,
    Column,
    Connection,
    MetaData,
    NullPool,
    Table,
    TextClause,
    create_engine,
)

from app.migrations import upgrading
from app.migrations.schema import expansion
from app.migrations.schema.catalogue import read
from app.migrations.schema.drift import Catalogue, drifts
from app.migrations.schema.expected import expected
from app.models import schema_compatibility
from app.models.everything import Base
from app.models.rights import table_statements
from app.models.schema_compatibility import SchemaCompatibility

VERSIONS = Path(upgrading.__file__).parent / "versions"
REVISION_FILE = Path(schema_compatibility.__file__)
_CHECK = re.compile(r"CHECK \((.*)\)( NOT VALID)?")
_LINE_LENGTH = 120
_TIMEOUT = f"SET LOCAL lock_timeout = '{upgrading.LOCK_TIMEOUT}'"


class Refused(Exception):
    """Why no migration was written; a line each."""


@dataclass(frozen=True)
class Migration:
    """`file` is its name in `versions`."""

    revision: str
    file: str
    code: str


def write(url: URL, what: str, *, why_contracting: str = "") -> Path | None:
    """Writes the migration and the revision that the code expects; None if there is nothing to do. Raises Refused."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        try:
            migration = generate(connection, what, why_contracting=why_contracting)
        finally:
            connection.rollback()
    if migration is None:
        return None
    path = VERSIONS / migration.file
    present = f'REVISION = "{upgrading.head()}"'
    expects = REVISION_FILE.read_text(encoding="utf-8")
    if present not in expects:
        raise Refused(f"{REVISION_FILE.name} does not say {present}: mend that first.")
    try:
        path.write_text(migration.code, encoding="utf-8")
        REVISION_FILE.write_text(expects.replace(present, f'REVISION = "{migration.revision}"'), encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} cannot be written ({error.strerror}): this works on a clone's files.") from error
    return path


def generate(connection: Connection, what: str, *, why_contracting: str = "") -> Migration | None:
    """The migration as code, tried; to be rolled back. None where models and database agree. Raises Refused."""
    words = re.sub(r"[^a-z0-9]+", "_", what.lower()).strip("_")[:40].rstrip("_")
    if not words or "\n" in what or '"""' in what or "\\" in what:
        raise Refused("Say in a few words what changes: they become the migration's name and first line.")
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    present, head = context.get_current_revision(), upgrading.head()
    if present != head:
        raise Refused(f"The database is at {present or 'nothing'} and the code at {head}: run schema migrate first.")
    script = produce_migrations(context, Base.metadata)
    before = read(connection, "public")
    with connection.begin_nested() as looking:
        should_be = expected(connection)
        looking.rollback()
    if not drifts(before, should_be):
        return None
    operations = list(expansion.flattened(script.upgrade_ops))
    checks = _checks(before, should_be, operations)
    objections = _objections(operations, checks)
    _require_one_kind(objections, len(operations) + sum(check.is_ is not None for check in checks), why_contracting)
    revision = f"{int(head) + 1:04}"
    compatible = connection.execute(SchemaCompatibility.__table__.select()).scalars().all()
    code = _code(
        what=what.strip().rstrip("."),
        why=why_contracting,
        revision=revision,
        before=head,
        runs=[] if objections else sorted({*compatible, head}),
        ran=sorted({*compatible} - {head}),
        up=[
            *(line for check in checks if not check.is_ for line in check.up),
            *_rendered(script.upgrade_ops),
            *(line for check in checks if check.is_ for line in check.up),
            *_rights(operations),
        ],
        down=[
            *(line for check in checks if check.is_ for line in check.down),
            *_rendered(script.downgrade_ops),
            *(line for check in checks if not check.is_ for line in check.down),
        ],
    )
    _try(connection, context, code, before, should_be)
    return Migration(revision, f"{revision}_{words}.py", code)


@dataclass(frozen=True)
class _Check:
    """A check, which Alembic does not look at: what it was and what it is to be, None where there is none.

    `new`: it is about a column that is new with it.
    """

    name: str
    table: str
    was: str | None
    is_: str | None
    new: bool

    @property
    def up(self) -> list[str]:
        return [*self._dropped(self.was), *self._added(self.is_)]

    @property
    def down(self) -> list[str]:
        return [*self._dropped(self.is_), *self._added(self.was)]

    def _added(self, sql: str | None) -> list[str]:
        return [f"op.create_check_constraint(op.f({self.name!r}), {self.table!r}, {sql!r})"] if sql else []

    def _dropped(self, sql: str | None) -> list[str]:
        return [f"op.drop_constraint(op.f({self.name!r}), {self.table!r}, type_='check')"] if sql else []


def _checks(before: Catalogue, should_be: Catalogue, operations: Iterable[ops.MigrateOperation]) -> list[_Check]:
    """Checks that differ on tables that are there and stay; new tables bring their own."""
    added = expansion.new_columns(operations)
    found = []
    for thing in sorted(before.keys() | should_be.keys()):
        kind, _, rest = thing.partition(" ")
        name, _, table = rest.partition(" on ")
        was, is_ = (_CHECK.fullmatch(catalogue.get(thing, "")) for catalogue in (before, should_be))
        stays = f"table {table}" in before and f"table {table}" in should_be
        if kind != "constraint" or not stays or before.get(thing) == should_be.get(thing) or not (was or is_):
            continue
        columns = {column for of, column in added if of == table}
        sql = (_as_said(table, name) or is_[1]) if is_ else None
        new = was is None and any(re.search(rf"\b{column}\b", sql or "") for column in columns)
        found.append(_Check(name, table, was[1] if was else None, sql, new))
    return found


def _as_said(table: str, name: str) -> str | None:
    """A check as the model has it, which is shorter than what PostgreSQL makes of it."""
    for constraint in Base.metadata.tables[table].constraints:
        if (
            isinstance(constraint, CheckConstraint)
            and constraint.name == name
            and isinstance(constraint.sqltext, TextClause)
        ):
            return constraint.sqltext.text
    return None


def _objections(operations: Sequence[ops.MigrateOperation], checks: Iterable[_Check]) -> list[str]:
    added = expansion.new_columns(operations)
    found = [expansion.objection(operation, added) for operation in operations]
    tightening = [
        f"{check.name} on {check.table} refuses rows that may be written so far"
        for check in checks
        if check.is_ and not check.new
    ]
    return [line for line in found if line] + tightening


def _require_one_kind(objections: Sequence[str], changes: int, why_contracting: str) -> None:
    if objections and not why_contracting:
        raise Refused(
            "\n".join(
                [
                    "The code that runs now would not survive this:",
                    *(f"- {line}" for line in objections),
                    "Expand first: add what is new, so that both releases run. What is to go or to be stricter comes in"
                    " a later release, when no code needs it, by a migration of its own: --contract 'why nobody"
                    " needs it'.",
                ]
            )
        )
    if why_contracting and not objections:
        raise Refused("Nothing here takes anything away: leave --contract out.")
    if why_contracting and len(objections) < changes:
        raise Refused("This adds something too: write the migration that expands first, without --contract.")


def _rights(operations: Iterable[ops.MigrateOperation]) -> list[str]:
    """Grants, triggers and policies of new tables, as `app/models/rights.py` has them."""
    lines = []
    for operation in operations:
        if isinstance(operation, ops.CreateTableOp):
            table = Base.metadata.tables[operation.table_name]
            alone = MetaData()
            Table(table.name, alone, *(Column(column.name, column.type) for column in table.columns))
            lines += [f"op.execute({_parts(statement)})" for statement in table_statements(alone)]
    return lines


def _parts(statement: str) -> str:
    """A statement as pieces that fit into a line."""
    first, *others = textwrap.wrap(statement, _LINE_LENGTH - 20, break_long_words=False, break_on_hyphens=False)
    return " ".join([repr(first), *(repr(f" {part}") for part in others)])


def _rendered(operations: ops.UpgradeOps | ops.DowngradeOps | None) -> list[str]:
    if operations is None or operations.is_empty():
        return []
    code = render_python_code(operations, alembic_module_prefix="op.", sqlalchemy_module_prefix="sa.")
    # Alembic indents all but its first line, a comment.
    code = code.replace("(astext_type=Text())", "()")
    lines = [line for line in code.splitlines() if not line.lstrip().startswith("#")]
    return textwrap.dedent("\n".join(lines)).splitlines()


def _code(
    *,
    what: str,
    why: str,
    revision: str,
    before: str,
    runs: Sequence[str],
    ran: Sequence[str],
    up: Sequence[str],
    down: Sequence[str],
) -> str:
    body = "\n".join([*up, *down])
    explained = f"\n\n{why.strip()}\n" if why else ""
    dialect = "from sqlalchemy.dialects import postgresql\n" if "postgresql." in body else ""
    code = (
        f'"""{what[0].upper()}{what[1:]}.{explained}"""\n\nfrom __future__ import annotations\n\n'
        f"import sqlalchemy as sa\nfrom alembic import op\n{dialect}\n"
        "from app.migrations.compatibility import runs_code_of\n\n"
        f"revision = {revision!r}\ndown_revision = {before!r}\nbranch_labels = None\ndepends_on = None\n\n\n"
        f"def upgrade() -> None:\n{_indented(up)}    runs_code_of({', '.join(map(repr, runs))})\n\n\n"
        f"def downgrade() -> None:\n{_indented(down)}    runs_code_of({', '.join(map(repr, ran))})\n"
    )
    options = ["--isolated", "--line-length", str(_LINE_LENGTH), "--stdin-filename", f"{revision}.py"]
    for arguments in (["check", "--fix", "--exit-zero", "--select", "F401"], ["format"]):
        command = [sys.executable, "-m", "ruff", *arguments, "--quiet", *options, "-"]
        done = subprocess.run(command, input=code, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:
            raise Refused(f"The migration cannot be formatted; in a clone, pip install ruff. {done.stderr.strip()}")
        code = done.stdout
    return code


def _indented(lines: Sequence[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def _try(connection: Connection, context: MigrationContext, code: str, before: Catalogue, should_be: Catalogue) -> None:
    module = ModuleType("migration")
    exec(compile(code, "migration", "exec"), module.__dict__)  # noqa: S102 - what was just made of our models
    connection.exec_driver_sql(_TIMEOUT)
    connection.exec_driver_sql("SET LOCAL search_path = public")
    with Operations.context(context):
        module.upgrade()
        left = drifts(read(connection, "public"), should_be)
        module.downgrade()
        behind = drifts(read(connection, "public"), before)
    if left:
        raise Refused("\n".join(["These have to be written by hand (schema diff prints a beginning):", *left]))
    if behind:
        raise Refused("\n".join(["The way back would not lead to what was there:", *behind]))
