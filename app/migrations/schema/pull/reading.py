"""Reading from PostgreSQL's catalogue what is pulled."""

from __future__ import annotations

from sqlalchemy import Connection, text

from app.migrations.schema.pull.relation import Column, Element, Pulled, Relation, Sequence_

_COLUMNS = """
    SELECT nspname, relname, relkind IN ('v', 'm'), attname,
        coalesce(item.typname, base.typname), item.oid IS NOT NULL,
        ARRAY(SELECT CAST(enumlabel AS text) FROM pg_enum
            WHERE enumtypid = coalesce(item.oid, base.oid) ORDER BY enumsortorder),
        NOT (attnotnull OR declared.typnotnull), atthasdef OR attidentity <> '' OR declared.typdefault IS NOT NULL,
        attgenerated <> '' OR attidentity = 'a'
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_type declared ON declared.oid = atttypid
    JOIN pg_type base ON base.oid = CASE WHEN declared.typtype = 'd' THEN declared.typbasetype ELSE declared.oid END
    LEFT JOIN pg_type item ON item.oid = base.typelem AND base.typcategory = 'A'
    WHERE nspname = ANY (:schemas) AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
        AND attnum > 0 AND NOT attisdropped AND relname <> 'alembic_version'
    ORDER BY nspname, relname, attnum
"""
_SEQUENCES = """
    SELECT schemaname, sequencename, start_value, increment_by, cycle FROM pg_sequences
    WHERE schemaname = ANY (:schemas) AND NOT EXISTS (
        SELECT FROM pg_depend WHERE deptype = 'i' AND classid = CAST('pg_class' AS regclass)
            AND objid = CAST(format('%I.%I', schemaname, sequencename) AS regclass))
    ORDER BY 1, 2
"""
_CONSTRAINTS = """
    SELECT nspname, relname, conname, contype, condeferred FROM pg_constraint
    JOIN pg_class ON pg_class.oid = conrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = ANY (:schemas) AND (contype = 'x' OR contype IN ('u', 'p') AND condeferrable)
"""
_INDEXES = """
    SELECT nspname, theirs.relname, own.relname, CASE WHEN NOT differs THEN attname END,
        pg_get_indexdef(indexrelid, place, false)
        || coalesce(' COLLATE ' || CAST(CAST(collation_ AS regcollation) AS text), '') || coalesce(' ' || opcname, '')
        || CASE options WHEN 1 THEN ' DESC NULLS LAST' WHEN 2 THEN ' NULLS FIRST' WHEN 3 THEN ' DESC' ELSE '' END
    FROM pg_index
    JOIN pg_class own ON own.oid = indexrelid JOIN pg_class theirs ON theirs.oid = indrelid
    JOIN pg_namespace ON pg_namespace.oid = theirs.relnamespace
    CROSS JOIN generate_series(1, indnkeyatts) AS place
    LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[place - 1]
    LEFT JOIN pg_opclass ON pg_opclass.oid = indclass[place - 1] AND NOT opcdefault
    CROSS JOIN LATERAL (SELECT indoption[place - 1] AS options, CASE WHEN attname IS NOT NULL
        AND indcollation[place - 1] NOT IN (0, attcollation) THEN indcollation[place - 1] END AS collation_) AS how
    CROSS JOIN LATERAL (SELECT attname IS NULL OR options <> 0 OR opcname IS NOT NULL OR collation_ IS NOT NULL
        AS differs) AS whether
    WHERE nspname = ANY (:schemas)
    ORDER BY 1, 2, 3, place
"""
_PARTITIONS = """
    SELECT nspname, relname, pg_get_partkeydef(pg_class.oid) FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = ANY (:schemas) AND (relkind = 'p' OR relispartition)
"""
_DOMAIN_SIZES = """
    SELECT nspname, typname, substring(format_type(typbasetype, typtypmod) FROM '\\((.*)\\)') FROM pg_type
    JOIN pg_namespace ON pg_namespace.oid = typnamespace
    WHERE nspname = ANY (:schemas) AND typtype = 'd' AND format_type(typbasetype, typtypmod) LIKE '%(%)'
"""
_LEFT_OUT = {
    "policy|policies": "SELECT count(*) FROM pg_policies WHERE schemaname = ANY (:schemas)",
    "function|functions": """
        SELECT count(*) FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE nspname = ANY (:schemas)
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')""",
    "trigger|triggers": """
        SELECT count(*) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = ANY (:schemas) AND NOT tgisinternal""",
}


def schemas_that_are_missing(connection: Connection, schemas: list[str]) -> list[str]:
    """Those of the names that are no schema of the database, or none that this role may use."""
    query = text(
        "SELECT nspname FROM pg_namespace WHERE nspname = ANY (:schemas) AND has_schema_privilege(oid, 'USAGE')"
    )
    there = set(connection.execute(query, {"schemas": schemas}).scalars())
    return [schema for schema in schemas if schema not in there]


def read(connection: Connection, schemas: list[str]) -> Pulled:
    """What is in the schemas, in the order of the names."""

    def rows(query: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in connection.execute(text(query), {"schemas": schemas})]

    columns: dict[tuple[str, str, bool], list[Column]] = {}
    for schema, name, is_view, column, type_, is_array, words, may_be_null, has_default, is_generated in rows(_COLUMNS):
        columns.setdefault((str(schema), str(name), bool(is_view)), []).append(
            Column(
                name=str(column),
                type=str(type_),
                is_array=bool(is_array),
                words=tuple(words) if isinstance(words, list) else (),
                may_be_null=bool(may_be_null) or bool(is_view),
                has_default=bool(has_default),
                is_generated=bool(is_generated),
            )
        )
    constraints = [((str(row[0]), str(row[1]), str(row[2])), row[3], row[4]) for row in rows(_CONSTRAINTS)]
    indexed: dict[tuple[str, str, str], list[Element]] = {}
    for schema, table, index, column, sql in rows(_INDEXES):
        key = (str(schema), str(table), str(index))
        indexed.setdefault(key, []).append(Element(str(column or ""), str(sql)))
    partitions = [((str(row[0]), str(row[1])), row[2]) for row in rows(_PARTITIONS)]
    counts = {kind: rows(query)[0][0] for kind, query in _LEFT_OUT.items()}
    excluding = frozenset(key for key, kind, _ in constraints if kind == "x")
    counts["exclusion constraint|exclusion constraints"] = len(excluding)
    return Pulled(
        database=str(connection.execute(text("SELECT current_database()")).scalar_one()),
        server=str(connection.execute(text("SHOW server_version")).scalar_one()).split(".")[0],
        relations=[Relation(*key, columns=tuple(found)) for key, found in columns.items()],
        sequences=[
            Sequence_(str(schema), str(name), int(str(start)), int(str(increment)), bool(cycles))
            for schema, name, start, increment, cycles in rows(_SEQUENCES)
        ],
        indexed=indexed,
        deferrable={key: bool(at_first) for key, kind, at_first in constraints if kind != "x"},
        excluding=excluding,
        partitioned={table: str(columns) for table, columns in partitions if columns is not None},
        partitions=frozenset(table for table, columns in partitions if columns is None),
        domain_sizes={(str(row[0]), str(row[1])): str(row[2]) for row in rows(_DOMAIN_SIZES)},
        left_out={kind: int(str(count)) for kind, count in counts.items() if count},
    )
