"""A field that is added to a model shows up everywhere, and a change that old code would not survive does not."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.models.schema_compatibility import REVISION
from tests.docker_cli import Resources, eventually
from tests.integration.app.conftest import Platform, empty_platform, finished
from tests.integration.app.http_client import Client

ROOT = Path(__file__).resolve().parents[3]
CANONICAL = "    canonical_url: Mapped[str | None] = mapped_column(info=WRITE)\n"
NEXT = f"{int(REVISION) + 1:04}"


@dataclass(frozen=True)
class Clone:
    """A copy of the repository, and a migrated database of its own."""

    root: Path
    platform: Platform

    def run(self, *arguments: str) -> tuple[int, str]:
        """`python -m app …` in it, as the schema's owner."""
        settings = {
            "FLOTILLA_DATABASE_HOST": self.platform.postgres.ip,
            "FLOTILLA_DATABASE_PORT": "5432",
            "FLOTILLA_DATABASE_USER": "flotilla_owner",
            "FLOTILLA_DATABASE_PASSWORD_FILE": str(self.platform.servers.secrets / "db_owner_password"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=self.root, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def change(self, path: str, changes: Mapping[str, str]) -> None:
        """Replaces text in a file; each once."""
        text = (self.root / path).read_text()
        for old, new in changes.items():
            assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
            text = text.replace(old, new)
        (self.root / path).write_text(text)


@pytest.fixture(scope="module")
def own_platform(
    module_resources: Resources, image: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Platform:
    """Apart from that of all other tests, since its schema changes."""
    made = empty_platform(module_resources, image, tmp_path_factory.mktemp("new") / "secrets")
    migration = made.migrate(module_resources)
    assert finished(migration) == 0, migration.logs()
    return made


@pytest.fixture
def clone(own_platform: Platform, tmp_path: Path) -> Iterator[Clone]:
    """The database is taken back to what it was."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "app", "sdk"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    root = tmp_path / "clone"
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_dir():  # the link from the pages' scripts to the SDK
            continue
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((ROOT / name).read_bytes())
    for path in [tmp_path, root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)  # read in a container by another user
    made = Clone(root, own_platform)
    yield made
    if f"at {REVISION}," not in made.run("schema", "status")[1]:
        assert made.run("schema", "rollback", REVISION)[0] == 0


def test_a_field_added_to_a_model_shows_up_everywhere(clone: Clone, resources: Resources) -> None:
    """By `schema migrate --autogenerate` and `sdk generate` alone: migration, database, API, SDKs, with its type."""
    clone.change(
        "app/models/post.py",
        {
            CANONICAL: CANONICAL + "    subtitle: Mapped[str | None] = mapped_column(info=WRITE)\n"
            '    reading_seconds: Mapped[int] = mapped_column(server_default="0", info=WRITE)\n'
            "    facts: Mapped[Settings] = mapped_column(info=WRITE)\n",
            '        length("excerpt", EXCERPT_LENGTH),\n': '        length("excerpt", EXCERPT_LENGTH),\n'
            '        length("subtitle", 80),\n        *not_negative("reading_seconds"),\n',
            "    matches,\n": "    matches,\n    not_negative,\n",
            "    Reference,\n": "    Reference,\n    Settings,\n",
        },
    )

    assert clone.run("schema", "migrate", "--autogenerate", "Posts have subtitles", "--apply")[0] == 0
    assert clone.run("sdk", "generate")[0] == 0

    migration = (clone.root / "app/migrations/versions" / f"{NEXT}_posts_have_subtitles.py").read_text()
    assert 'op.add_column("post", sa.Column("subtitle", sa.Text(), nullable=True))' in migration
    assert re.search(rf'runs_code_of\(.*"{REVISION}"\)', migration)
    with clone.platform.owner() as owner:
        columns = owner.execute(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_name = 'post' AND column_name IN ('subtitle', 'reading_seconds', 'facts') ORDER BY 1"
        ).fetchall()
    assert columns == [("facts", "jsonb", "NO"), ("reading_seconds", "integer", "NO"), ("subtitle", "text", "YES")]
    assert clone.run("schema", "check")[0] == 0

    schemas = json.loads((clone.root / "sdk/openapi.json").read_text())["components"]["schemas"]
    assert schemas["Post"]["properties"]["reading_seconds"]["type"] == "integer"
    assert {"subtitle", "reading_seconds", "facts"} <= set(schemas["Post"]["required"])
    assert {"maxLength": 80, "type": "string"} in schemas["NewPost"]["properties"]["subtitle"]["anyOf"]
    assert schemas["NewPost"]["required"] == ["title", "body"]
    python = class_of(clone.root / "sdk/python/flotilla_sdk/models.py", "class Post:")
    assert re.search(r"\n    subtitle: str \| None\n", python) and re.search(r"\n    reading_seconds: int\n", python)
    typescript = class_of(clone.root / "sdk/typescript/src/models.ts", "export interface Post {")
    assert "subtitle: string | null" in typescript and "reading_seconds: number" in typescript
    assert re.search(r"\n    facts: Mapping\[str, JsonValue\]\n", python)
    assert "facts: Record<string, JsonValue>" in typescript

    replica = clone.platform.run(resources, args=["-v", f"{clone.root}/app:/srv/app:ro"])
    api = Client(replica.ip)
    eventually(lambda: api.get("/healthz").status == 200, 60)
    site = api.post("/api/v1/sites", {"slug": "subtitled", "title": "A site"}).json
    posts = f"/api/v1/sites/{site['id']}/posts"
    made = api.post(posts, {"title": "A", "body": "", "subtitle": "beneath", "reading_seconds": 7})
    assert (made.status, made.json["subtitle"], made.json["reading_seconds"]) == (201, "beneath", 7)
    assert api.post(posts, {"title": "B", "body": ""}).json["subtitle"] is None
    changed = api.ask("PATCH", f"{posts}/{made.json['id']}", {"subtitle": None, "reading_seconds": 8})
    assert (changed.status, changed.json["subtitle"], changed.json["reading_seconds"]) == (200, None, 8)
    assert api.ask("PATCH", f"{posts}/{made.json['id']}", {"subtitle": "beneath", "reading_seconds": 7}).status == 200
    assert [(post["subtitle"], post["reading_seconds"]) for post in api.get(posts).json["items"]] == [
        ("beneath", 7),
        (None, 0),
    ]
    facts = {"tide": {"high": [1.5, None, "ö 'quoted' %s :x"]}}
    told = api.post(posts, {"title": "D", "body": "", "facts": facts})
    assert (told.status, told.json["facts"], made.json["facts"]) == (201, facts, {})
    assert api.ask("PATCH", f"{posts}/{told.json['id']}", {"facts": {"a": False}}).json["facts"] == {"a": False}
    assert api.get(f"{posts}/{told.json['id']}").json["facts"] == {"a": False}
    for wrong in ({"facts": []}, {"facts": None}, {"facts": {"a": "\0"}}, {"facts": {"a": "x" * 30_000}}):
        assert api.post(posts, {"title": "C", "body": "", **wrong}).status == 422, wrong
    for wrong in ({"subtitle": "x" * 81}, {"subtitle": "\0"}, {"reading_seconds": -1}, {"reading_seconds": 2**31}):
        assert api.post(posts, {"title": "C", "body": "", **wrong}).status == 422, wrong


def class_of(path: Path, opening: str) -> str:
    """The lines of a class or interface."""
    return path.read_text().partition(opening)[2].partition("\n\n\n")[0].partition("\n}")[0]


IMPORT = "from app.models.base import Base\n"
BADGE = '''"""A badge."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, Id, OrganisationId, Settings, UpdatedAt, in_organisation, length


class Badge(Base):
    """A badge."""

    __tablename__ = "badge"
    __table_args__ = (in_organisation(), UniqueConstraint("organisation_id", "name"), length("name", 20, least=1))

    id: Mapped[Id]
    organisation_id: Mapped[OrganisationId]
    name: Mapped[str]
    looks: Mapped[Settings]
    updated_at: Mapped[UpdatedAt]
'''


def test_a_migration_expands_first_and_contracts_by_itself(clone: Clone) -> None:
    """A new table comes with its rights; what takes away is refused, and needs a second one that says why."""
    assert clone.run("schema", "migrate", "--autogenerate", "x") == (
        0,
        "The database is what the models say; there is nothing to write.\n",
    )
    (clone.root / "app/models/badge.py").write_text(BADGE)
    clone.change(
        "app/models/everything.py",
        {IMPORT: "from app.models.badge import Badge  # noqa: F401\n" + IMPORT},
    )
    unread = {
        "    seo_title: Mapped[str | None] = mapped_column(info=WRITE)\n": "",
        '        length("seo_title", TITLE_LENGTH),\n': "",
        "    seo_description: Mapped[str | None] = mapped_column(info=WRITE)\n": "    seo_description: Mapped[str]\n",
    }
    clone.change("app/models/post.py", unread)
    code, said = clone.run("schema", "migrate", "--autogenerate", "Badges")
    assert code == 1
    assert "- column post.seo_title goes, with its data\n" in said
    assert "- column post.seo_description may not be null any more\n" in said
    assert "Expand first" in said
    assert clone.run("schema", "migrate", "--autogenerate", "Badges", "--contract", "Unread.")[0] == 1
    assert not list((clone.root / "app/migrations/versions").glob(f"{NEXT}*"))

    clone.change(
        "app/models/post.py",
        {
            "    seo_description: Mapped[str]\n": "    seo_title: Mapped[str | None] = mapped_column(info=WRITE)\n"
            "    seo_description: Mapped[str | None] = mapped_column(info=WRITE)\n",
            '        length("seo_description"': '        length("seo_title", TITLE_LENGTH),\n'
            '        length("seo_description"',
        },
    )
    code, said = clone.run("schema", "migrate", "--autogenerate", "Badges", "--apply")
    assert code == 0, said
    written = (clone.root / f"app/migrations/versions/{NEXT}_badges.py").read_text()
    assert "CREATE POLICY own_organisation ON badge" in written and "GRANT SELECT, INSERT" in written
    assert max(map(len, written.splitlines())) <= 120
    assert clone.run("schema", "check")[0] == 0

    clone.change("app/models/post.py", {name: new for name, new in unread.items() if not new})
    assert clone.run("schema", "migrate", "--autogenerate", "Less", "--contract", "Nobody reads it.", "--apply")[0] == 0
    (contracting,) = (clone.root / "app/migrations/versions").glob("*_less.py")
    assert "\nNobody reads it.\n" in contracting.read_text() and "    runs_code_of()\n" in contracting.read_text()
    assert clone.run("schema", "check")[0] == 0
    assert clone.run("schema", "rollback", REVISION)[0] == 0
    code, said = clone.run("schema", "migrate", "--autogenerate", "Again")
    assert code == 1 and f"The database is at {REVISION} and the code at" in said
