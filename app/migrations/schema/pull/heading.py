"""What a pulled file says of itself in its first lines. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from app.migrations.schema.pull.relation import Pulled

MADE_BY = "Written by `python -m app schema pull`"
"""In the first line of every pulled file: a file with it may be overwritten."""


def heading(pulled: Pulled, schemas: Sequence[str], source: Sequence[str], out: str, *, typescript: bool) -> list[str]:
    """Lines without a comment's signs. `source` are the arguments that say which database, without a password."""
    named = "schema" if len(schemas) == 1 else "schemas"
    options = [part for schema in schemas if schemas != ["public"] for part in ("--schema", schema)]
    command = ["python", "-m", "app", "schema", "pull", *source, *options, *(["--typescript"] if typescript else [])]
    left_out = [f"{count} {kind.split('|')[count != 1]}" for kind, count in pulled.left_out.items()]
    lines = [
        f"{MADE_BY} from the database {pulled.database}, {named} {', '.join(schemas)}.",
        "",
        f"PostgreSQL {pulled.server}. Change nothing here; write it again, after a change of the database, with",
        "",
        f"    {shlex.join([*command, '--out', out])}",
    ]
    if left_out and not typescript:
        lines += ["", f"Not said here: {', '.join(left_out)}."]
    # Neither a comment nor a docstring ends early.
    return [line.replace("*/", "* /").replace('"""', "'''").replace("\\", "/") for line in lines]
