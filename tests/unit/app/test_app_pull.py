"""What is pulled without a database: names and types of TypeScript, and the file's first lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.migrations.schema.pull.heading import MADE_BY, heading
from app.migrations.schema.pull.relation import Column, Pulled, Relation
from app.migrations.schema.pull.source import PullError, source
from app.migrations.schema.pull.typescript import render

ROOT = Path(__file__).resolve().parents[3]


def column(name: str, type_: str = "text", *, is_array: bool = False, words: tuple[str, ...] = ()) -> Column:
    return Column(name, type_, is_array, words, may_be_null=False, has_default=False, is_generated=False)


def test_two_relations_never_have_the_same_name_in_typescript() -> None:
    """`blog_post`, `BlogPost` and `json` are different tables."""
    names = ("blog_post", "BlogPost", "json", "2nd")
    written = render(["x"], [Relation("public", name, False, (column("a"),)) for name in names])
    for name in ("BlogPostRow", "BlogPost1Row", "Json1Row", "_2ndRow"):
        assert written.count(f"export interface {name} ") == 1, written


@pytest.mark.parametrize(
    ("of", "line"),
    [
        (column("a", "int8"), "a: string;"),
        (column("a", "numeric", is_array=True), "a: number[];"),
        (column("a", "mood", words=('so "so"', "ok")), r'a: "so \"so\"" | "ok";'),
        (column("a", "mood", words=("ok",), is_array=True), "a: string;"),
        (column("*/ a", "jsonb"), '"*/ a": Json;'),
        (column("a", "tsvector", is_array=True), "a: string;"),
    ],
)
def test_a_column_in_typescript(of: Column, line: str) -> None:
    """As node-postgres reads it."""
    assert f"  {line}\n" in render(["x"], [Relation("public", "t", False, (of,))])


def test_no_name_ends_the_first_lines_early() -> None:
    """A database may be called anything."""
    lines = heading(Pulled('a"""b*/', "17", []), ["public"], (), "x.py", typescript=False)
    assert lines[0].startswith(MADE_BY)
    assert '"""' not in "".join(lines) and "*/" not in "".join(lines)


def test_a_url_is_never_repeated_with_its_password() -> None:
    """Not where it is right, nor where it is wrong."""
    found = source("postgres://me:hush@host/name", None, None)
    assert found.arguments == ("--url", "postgresql://me@host/name")
    assert "hush" not in repr(found)
    with pytest.raises(PullError) as refused:
        source("me:hush@host", None, None)
    assert "hush" not in str(refused.value)


def test_without_the_generator_the_command_says_what_to_install() -> None:
    """No image has it; everything else of `schema` works without."""
    code = (
        "import sys; sys.modules['sqlacodegen'] = None\n"
        "from app.migrations.schema.__main__ import main\n"
        "sys.exit(main(['pull', '--url', 'postgresql://a/b', '--out', 'x.py']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install '.[app,introspect]'" in done.stderr and done.stderr.count("\n") == 1
