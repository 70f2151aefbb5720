"""`schema pull`: another codebase follows a database by models and types that are made from it."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.orm import configure_mappers

from app.migrations.schema.catalogue import read
from app.migrations.schema.drift import Catalogue, drifts
from app.migrations.schema.pull import command
from app.models.base import DEFAULT_ORGANISATION
from app.models.functions import FUNCTIONS
from tests.docker_cli import Container, Resources, eventually
from tests.integration.app.conftest import Platform
from tests.integration.app.http_client import Client
from tests.typescript_sdk import TSC, observed

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
PASSWORD = "word, secret: /@%"
# What models can say; policies, functions, triggers and rights are not among it.
SAID = ("table ", "column ", "constraint ", "index ", "sequence ", "type ")
PLAIN_SERVER = """
printf '%s' "$PASSWORD" >/tmp/password
initdb -D /tmp/data -U boss --pwfile /tmp/password -A scram-sha-256 -E UTF8 --locale C --no-sync >/dev/null
echo 'host all all all scram-sha-256' >>/tmp/data/pg_hba.conf
exec postgres -D /tmp/data -c listen_addresses='*' -c fsync=off
"""


def pull(*arguments: object, url: str = "") -> tuple[int, str]:
    """What the command does, in this process: a start costs more than all else. Its exit code and all that it said."""
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers(dest="command"))
    given = parser.parse_args(["pull", *map(str, arguments)])
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = command.pull(given, {"DATABASE_URL": url})
    return code, said.getvalue()


def started(*arguments: object, url: str) -> tuple[int, str]:
    """The same as somebody runs it in a clone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(
        [sys.executable, "-m", "app", "schema", "pull", *map(str, arguments)],
        cwd=ROOT, env=environment | {"DATABASE_URL": url}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def imported(path: Path) -> ModuleType:
    """A pulled module; SQLAlchemy takes it without a warning."""
    spec = importlib.util.spec_from_file_location(f"pulled_{path.parent.name.replace('-', '_')}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where SQLAlchemy looks up annotations
    spec.loader.exec_module(module)
    configure_mappers()
    return module


def what_models_say(catalogue: Catalogue) -> Catalogue:
    return {name: is_ for name, is_ in catalogue.items() if name.startswith(SAID) and "alembic_version" not in name}


def strictly_typed(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", path.parent / "cache", path],
        cwd=path.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def own_url(platform: Platform) -> str:
    """Our database, as the schema's owner."""
    password = platform.servers.password("flotilla_owner")
    url = URL.create("postgresql", "flotilla_owner", password, platform.postgres.ip, 5432, "flotilla")
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def server(module_resources: Resources, image: Callable[[str], str]) -> Container:
    """A PostgreSQL that knows nothing of us."""
    made = module_resources.run(
        image("postgres"), "--read-only", "--tmpfs", "/tmp", "--tmpfs", "/run/postgresql:mode=1777",
        name="foreign", env={"PASSWORD": PASSWORD}, command=["sh", "-euc", PLAIN_SERVER],
    )  # fmt: skip
    eventually(lambda: _opened(made, "postgres"), 60)
    with _opened(made, "postgres") as connection:
        connection.execute("CREATE DATABASE shop TEMPLATE template0 ENCODING SQL_ASCII")
        connection.execute("CREATE DATABASE again")
        connection.execute("CREATE DATABASE mirror")
    with _opened(made, "shop") as connection:
        connection.execute((HERE / "foreign.sql").read_text())
    return made


def _opened(server: Container, database: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(host=server.ip, dbname=database, user="boss", password=PASSWORD, autocommit=True)


def url_of(server: Container, database: str, password: str = PASSWORD) -> URL:
    return URL.create("postgresql+psycopg", "boss", password, server.ip, 5432, database)


def catalogue_of(url: URL, *schemas: str, make: Sequence[Any] = (), first: Sequence[str] = ()) -> Catalogue:
    """What models can say of a database, after `first` was done and the tables of `make` made, which stay."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"client_encoding": "utf8"})
    with engine.begin() as connection:
        for statement in first:
            connection.execute(text(statement))
        for metadata in make:
            metadata.create_all(connection)
    found: dict[str, str] = {}
    with engine.connect() as connection:
        for schema in schemas:
            found |= {f"{name} ({schema})": is_ for name, is_ in what_models_say(read(connection, schema)).items()}
    return found


@pytest.fixture(scope="module")
def own_models(own_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models pulled from our database."""
    path = tmp_path_factory.mktemp("own") / "models.py"
    assert pull("--out", path, url=own_url) == (0, f"{path}\n")
    return path


def test_our_own_tables_come_back_the_same(
    platform: Platform, own_url: str, own_models: Path, server: Container
) -> None:
    """Tables, columns, keys, checks and indexes of the pulled models, made in an empty database, are those of ours."""
    functions = [statement.replace(":", "\\:") for statement in FUNCTIONS.values()]
    made = catalogue_of(
        url_of(server, "mirror"), "public", make=[imported(own_models).Base.metadata],
        first=["CREATE ROLE flotilla_owner SUPERUSER LOGIN", "SET ROLE flotilla_owner", *functions],
    )  # fmt: skip
    ours = catalogue_of(make_url(own_url).set(drivername="postgresql+psycopg"), "public")
    assert drifts(made, ours) == []
    assert len(ours) > 400


def test_what_is_pulled_says_where_from_and_nothing_secret(own_models: Path, own_url: str, tmp_path: Path) -> None:
    """In its first lines; the same again byte for byte; typed to the last column."""
    written = own_models.read_text()
    assert written.startswith('"""Written by `python -m app schema pull` from the database flotilla, schema public.\n')
    assert f"python -m app schema pull --out {own_models}" in written
    assert re.search(r"Not said here: \d+ policies, \d+ functions, \d+ triggers\.", written)
    assert pull("--check", "--out", own_models, url=own_url)[0] == 0
    strictly_typed(own_models)
    with_url = tmp_path / "models.py"
    assert pull("--url", own_url, "--out", with_url)[0] == 0
    command = with_url.read_text().partition("Not said")[0]
    assert "--url postgresql://flotilla_owner@" in command
    assert "owner's" not in command and "owner%27s" not in command


@pytest.fixture(scope="module")
def read_site(platform: Platform, shared_app: tuple[Container, Client]) -> str:
    """A site with a post, made through the API."""
    app = shared_app[1]
    site = app.post("/api/v1/sites", {"slug": "read-by-others", "title": "Read by others"})
    assert site.status == 201, site.body
    assert app.post(f"/api/v1/sites/{site.json['id']}/posts", {"title": "First", "body": "b"}).status == 201
    return str(site.json["id"])


def spelt(url: URL) -> str:
    """With its password, and spaces as JavaScript wants them."""
    return url.render_as_string(hide_password=False).replace(" ", "%20")


def app_url(platform: Platform, driver: str) -> str:
    """Our database as the app's role, which row-level security binds."""
    password = platform.servers.password("flotilla_app")
    return spelt(URL.create(driver, "flotilla_app", password, platform.postgres.ip, 5432, "flotilla"))


@pytest.mark.usefixtures("read_site")
def test_another_codebase_reads_by_the_pulled_models(platform: Platform, own_models: Path) -> None:
    """A small program with SQLAlchemy and the models, and nothing else of ours."""
    shutil.copy(HERE / "reader.py", own_models.parent)
    done = subprocess.run(
        [sys.executable, "reader.py", app_url(platform, "postgresql+psycopg"), DEFAULT_ORGANISATION],
        cwd=own_models.parent, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (post, *_) = [row for row in json.loads(done.stdout) if row["title"] == "First"]
    assert (post["site"], post["theme_settings"], post["organisation"]) == (
        "read-by-others",
        {},
        "Default organisation",
    )
    assert post["created_at"].endswith("+00:00")


@pytest.mark.usefixtures("read_site")
def test_another_codebase_reads_by_the_pulled_types(platform: Platform, own_url: str, tmp_path: Path) -> None:
    """A small program with node-postgres, compiled against the types; a wrong column does not compile."""
    for name in ("reader.ts", "pg.d.ts", "package.json"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    assert pull("--typescript", "--out", tmp_path / "tables.ts", url=own_url)[0] == 0
    compiled = compile_(tmp_path)
    assert compiled == ""
    rows = observed(tmp_path / "reader.js", app_url(platform, "postgresql"), DEFAULT_ORGANISATION)
    assert [row["title"] for row in rows[:2]] == ["From TypeScript", "First"]
    assert (rows[0]["site"], rows[0]["theme_settings"], rows[0]["organisation"]) == (
        "read-by-others",
        {},
        "Default organisation",
    )
    program = (tmp_path / "reader.ts").read_text()
    (tmp_path / "reader.ts").write_text(program.replace('body: ""', "body: 1").replace('"slug"', '"slack"'))
    refused = compile_(tmp_path)
    assert "Type 'number' is not assignable to type 'string'" in refused and "'slack'" in refused


def compile_(folder: Path) -> str:
    """What the compiler has to say."""
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--noUncheckedIndexedAccess"]
    files = sorted(folder.glob("*.ts"))
    done = subprocess.run([TSC, *options, *files], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.fixture(scope="module")
def shop(server: Container, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models of the foreign database."""
    path = tmp_path_factory.mktemp("shop") / "models.py"
    file = path.with_name("url")
    file.write_text(url_of(server, "shop").render_as_string(hide_password=False))
    code, said = pull("--url-file", file, "--schema", "public", "--schema", "shop", "--out", path)
    assert (code, said) == (0, f"{path}\n")
    return path


def test_a_foreign_schema_comes_back_the_same(shop: Path, server: Container) -> None:
    """Odd names, enums, domains, identity, generated columns, deferred keys, partial indexes, partitions."""
    strictly_typed(shop)
    models = imported(shop)
    made = catalogue_of(
        url_of(server, "again"), "public", "shop", make=[models.Base.metadata], first=["CREATE SCHEMA shop"]
    )
    should_be = catalogue_of(url_of(server, "shop"), "public", "shop")
    left = {line.partition(":")[0] for line in drifts(made, should_be)}
    assert left == {
        # Said in the heading, or not to be made by tables' metadata.
        "constraint product_picture_excl on product (shop) is missing",
        "index product_picture_excl on product (shop) is missing",
        "table event_2026 (public) is missing",
        "column event_2026.day (public) is missing",
        "column event_2026.what (public) is missing",
        "column totals.state (public) is missing",
        "column totals.total (public) is missing",
        "column dear orders.id (shop) is missing",
        "column dear orders.Total Amount (shop) is missing",
        "column dear orders.state (shop) is missing",
        # A domain's own rule, said of the column as well.
        "column product.price (shop) differs",
    }
    assert set(models.views.tables) == {"totals", "shop.dear orders"}
    assert "Not said here: 1 function, 1 trigger, 1 exclusion constraint." in shop.read_text()


def test_a_foreign_schema_in_typescript(server: Container, tmp_path: Path) -> None:
    """Words of enums, what node-postgres makes of arrays and numbers, and what may be left out of a new row."""
    url = url_of(server, "shop").render_as_string(hide_password=False)
    out = tmp_path / "tables.ts"
    assert pull("--typescript", "--schema", "public", "--schema", "shop", "--out", out, url=url)[0] == 0
    assert compile_(tmp_path) == ""
    written = out.read_text()
    order = written.partition("export interface OrderRow {")[2].partition("}")[0]
    for line in (
        "id: string;",
        'state: "new" | "in progress" | "sent-off" | "sent_off" | "class";',
        "past_states: string;",
        '"Total Amount": string;',
        '"2nd line": string | null;',
        "metadata: Json;",
        "list: string[] | null;",
        "datetime: Date;",
        "tax: string | null;",
    ):
        assert f"  {line}\n" in order, line
    insert = written.partition("export interface OrderInsert {")[2].partition("}")[0]
    assert '"Total Amount": string | number;' in insert and "invoice?: string | number | bigint;" in insert
    assert "tax" not in insert and "  id" not in insert
    assert '"shop.dear orders": { row: ShopDearOrdersRow; insert: never };' in written


@pytest.fixture(scope="module")
def typed_rows(server: Container) -> Iterator[str]:
    """A row with a value of every kind whose form in JavaScript the types state."""
    with _opened(server, "shop") as connection:
        connection.execute(
            """INSERT INTO "order" ("Total Amount", list, past_states) VALUES (1.50, '{a,b}', '{new,class}');
            INSERT INTO shop.product (tenant, code, price, sizes, picture) VALUES (1, 'a', 2.5, '{S}', 'x')"""
        )
    yield spelt(url_of(server, "shop").set(drivername="postgresql"))


def test_rows_are_what_the_types_say(typed_rows: str, tmp_path: Path) -> None:
    """As node-postgres gives them, by its own settings."""
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    (tmp_path / "look.mjs").write_text(
        """import pg from "pg";
const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
const kind = (value) => value instanceof Date ? "Date" : value instanceof Uint8Array ? "Uint8Array"
  : Array.isArray(value) ? value.map(kind) : typeof value;
const seen = {};
for (const table of ['"order"', "shop.product"]) {
  const { rows } = await client.query(`SELECT * FROM ${table}`);
  for (const [name, value] of Object.entries(rows[0])) seen[name] = value === null ? null : kind(value);
}
const arrays = await client.query(
  "SELECT '{1.5}'::numeric[] a, '{1}'::int8[] b, '{2026-01-01}'::date[] c, '{01:02}'::time[] d");
for (const [name, value] of Object.entries(arrays.rows[0])) seen[name] = kind(value);
console.log(JSON.stringify(seen));
await client.end();
"""
    )
    seen = observed(tmp_path / "look.mjs", typed_rows)
    expected = {
        "id": "string", "class": "string", "metadata": "object", "state": "string", "past_states": "string",
        "Total Amount": "string", "list": ["string", "string"], "datetime": "Date", "valid": "string",
        "invoice": "string", "tax": "string", "tenant": "number", "price": "string", "sizes": "string",
        "picture": "Uint8Array", "since": "object", "position": "number",
        "a": ["number"], "b": ["string"], "c": ["Date"], "d": ["string"],
    }  # fmt: skip
    assert {name: seen[name] for name in expected} == expected


def test_why_nothing_was_pulled(server: Container, tmp_path: Path) -> None:
    """A sentence that says what to do, an exit code for it, and no file; a file of somebody else stays."""
    out = tmp_path / "models.py"
    good = url_of(server, "shop").render_as_string(hide_password=False)
    nobody = f"postgresql://boss:hush@{server.ip}:1/shop"
    wrong = url_of(server, "shop", "hush").render_as_string(hide_password=False)
    cases: list[tuple[int, str, list[object], str]] = [
        (3, f"No connection to shop on {server.ip}:1: ", [], nobody),
        (3, f"shop on {server.ip}:5432 does not take the password of boss.", [], wrong),
        (2, "has no schema nowhere, or boss may not use it.", ["--schema", "nowhere"], good),
        (2, "has no table or view in pg_toast.", ["--schema", "pg_toast"], good),
        (2, "DATABASE_URL is no URL of a PostgreSQL database", [], "mysql://boss:hush@host/shop"),
        (2, "Say which database: --url", [], ""),
        (2, "--url-file takes a file with a URL in it.", ["--url-file", tmp_path / "none"], ""),
    ]
    for code, sentence, arguments, url in cases:
        found, said = pull("--out", out, *arguments, url=url)
        assert found == code and sentence in said and said.count("\n") == 1, said
        assert "hush" not in said and not out.exists()
    out.write_text("mine\n")
    code, said = pull("--out", out, url=good)
    assert (code, said) == (
        2,
        f"{out} is there, and not from this command; take another name, or --force overwrites it.\n",
    )
    assert pull("--check", "--out", out, url=good)[0] == 1
    assert out.read_text() == "mine\n"
    assert started("--force", "--out", out, url=good)[0] == 0
    assert pull("--out", out, url=good)[0] == 0
