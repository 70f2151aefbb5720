"""Settings: documented, with defaults, and clear about what is wrong."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields
from pathlib import Path

import pytest

from app import settings
from app.settings import Settings, SettingsError, from_environment, read_bundle_tokens, read_secret


def documented() -> set[str]:
    """Fields that a docstring follows."""
    body = ast.parse(inspect.getsource(settings)).body
    declared = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    return {
        field.target.id
        for field, text in zip(declared.body, declared.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def test_every_setting_has_a_docstring() -> None:
    """The table in the documentation is made from them."""
    assert {field.name for field in fields(Settings)} == documented()


def test_an_empty_environment_gives_the_defaults() -> None:
    """Every setting has a default, and an empty variable counts as not set."""
    assert from_environment({}) == Settings()
    empty = {f"FLOTILLA_{field.name.upper()}": " " for field in fields(Settings)}
    assert from_environment(empty) == Settings()


def test_every_setting_can_be_set() -> None:
    """Each variable reaches its field, with the field's type."""
    other = {str: "other", int: "7", float: "7.5", bool: "true"}
    for field in fields(Settings):
        kind = type(field.default)
        given = from_environment({f"FLOTILLA_{field.name.upper()}": other.get(kind, "/other")})
        value = getattr(given, field.name)
        assert isinstance(value, kind)
        assert value != field.default


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FLOTILLA_POOL_SIZE", "three"),
        ("FLOTILLA_POOL_SIZE", "0"),
        ("FLOTILLA_POOL_SIZE", "2.5"),
        ("FLOTILLA_DRAIN_SECONDS", "-1"),
        ("FLOTILLA_DRAIN_SECONDS", "nan"),
        ("FLOTILLA_ACCESS_LOG", "perhaps"),
    ],
)
def test_a_wrong_value_is_refused_by_name(variable: str, value: str) -> None:
    """The message names the variable and what it was."""
    with pytest.raises(SettingsError, match=variable) as refused:
        from_environment({variable: value})
    assert "set it to" in str(refused.value)


def test_blogs_have_a_domain_by_default() -> None:
    """`blogs.<domain>`, unless told otherwise."""
    assert Settings(domain="example.org").sites_domain() == "blogs.example.org"
    assert Settings(domain="example.org", blog_domain="example.net").sites_domain() == "example.net"


def test_a_secret_comes_without_its_line_end(tmp_path: Path) -> None:
    """What an editor adds at the end is not part of a password."""
    path = tmp_path / "secret"
    path.write_text("pass word\n")
    assert read_secret(path) == "pass word"


def test_a_missing_or_empty_secret_says_what_to_do(tmp_path: Path) -> None:
    """Both name the file and the command that creates it."""
    (tmp_path / "empty").write_text("\n")
    for name in ("missing", "empty"):
        with pytest.raises(SettingsError, match=rf"{name} .*captain secrets"):
            read_secret(tmp_path / name)


def test_a_stack_from_before_api_keys_keeps_its_token_until_it_is_retired(tmp_path: Path) -> None:
    """While that is being done, the old one is still taken; afterwards, and in a new stack, there is none."""
    file, previous = tmp_path / "api_token", tmp_path / "api_token_previous"
    assert read_bundle_tokens(file) == ()
    file.write_text("from before\n")
    assert read_bundle_tokens(file) == ("from before",)
    previous.write_text("from before\n")
    file.write_text("none\n")
    assert read_bundle_tokens(file) == ("from before",)
    previous.unlink()
    assert read_bundle_tokens(file) == ()
