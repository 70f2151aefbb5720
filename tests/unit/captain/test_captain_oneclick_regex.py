"""JavaScript's expressions, against what JavaScript itself said of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captain.errors import CaptainError
from captain.oneclick.regex.fitting import sample, words
from captain.oneclick.regex.match import MOST_CHARACTERS, fits

DATA = Path(__file__).parents[2] / "data"
TABLE = json.loads((DATA / "javascript-regex" / "answers.json").read_text(encoding="utf-8"))
TEXTS: list[str] = TABLE["texts"]
ANSWERS: dict[str, str | None] = TABLE["answers"]


def answer(literal: str) -> str | None:
    """As the table has it: a digit per text, None for an expression that is refused."""
    try:
        return "".join("1" if fits(literal, text) else "0" for text in TEXTS)
    except CaptainError:
        return None


def test_every_answer_is_javascripts() -> None:
    """Hundreds of expressions on dozens of texts; what JavaScript refuses is refused."""
    assert len(ANSWERS) > 400 and sum(value is not None for value in ANSWERS.values()) > 300
    assert {literal: answer(literal) for literal in ANSWERS} == ANSWERS


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (r"/^(a+)+$/", "a" * 30 + "b"),
        (r"/^(a|a)*$/", "a" * 2000 + "b"),
        (r"/(x+x+)+y/", "x" * 40),
        (r"/.*.*.*.*=/", "x" * MOST_CHARACTERS),
        (r"/^(?:a?){30}a{30}$/", "a" * 29),
        (r"/(?=(a+)+b)/", "a" * 40),
    ],
)
def test_an_expression_that_goes_back_again_and_again_ends(literal: str, text: str) -> None:
    """Each of these takes Python's own matcher years, or long enough to hang a server."""
    with pytest.raises(CaptainError, match="too many steps"):
        fits(literal, text)


def test_the_longest_value_is_no_trouble_for_an_ordinary_expression() -> None:
    """The bound is for what goes wrong, not for what is long."""
    longest = "x" * MOST_CHARACTERS
    assert fits(r"/^([^\s^\/])+$/", longest) and fits("/.{1,}/", longest)
    assert not fits(r"/^(?=.*\d).{10,}$/", longest)
    with pytest.raises(CaptainError, match=f"{MOST_CHARACTERS + 1} characters"):
        fits("/.{1,}/", longest + "x")


@pytest.mark.parametrize(
    ("literal", "why"),
    [
        (r"/[\p{L}--[a]]/v", "flag v"),
        (r"/\p{L}/u", "properties"),
        ("/a/gg", "flags 'gg'"),
        ("//", "empty"),
        ("/" + "(" * 100 + ")" * 100 + "/", "brackets"),
        ("/" + "a" * 3000 + "/", "characters"),
        ("/(?:(?:(?:a{99}b){99}){99})/", "repeats too much"),
        ("/(?:(?:(?:(?:){999}){999}){999})/", "repeats too much"),
        ("/(/", "not closed"),
        ("/a{2,1}/", "out of order"),
    ],
)
def test_what_cannot_be_read_is_named(literal: str, why: str) -> None:
    """Nothing is taken for something else: the sentence says what is the matter."""
    with pytest.raises(CaptainError, match=why):
        fits(literal, "a")


@pytest.mark.parametrize(
    ("literal", "text", "is_fitting"),
    [
        (r"^\d+$", "12", True),
        (r"^\d+$", "1a", False),
        ("/", "a/b", True),
        ("/a/b/", "a/b", True),
        ("/a/b/", "ab", False),
    ],
)
def test_slashes_around_and_within(literal: str, text: str, is_fitting: bool) -> None:
    """Without slashes the whole text is the expression; one within needs no backslash, as in templates."""
    assert fits(literal, text) is is_fitting


@given(
    st.text(alphabet="ab1.\\()[]{}*+?|^$/-,:=!<>knuxc", max_size=20), st.sampled_from(["", "i", "u", "iu", "m", "s"])
)
def test_any_text_is_an_expression_or_a_sentence(body: str, flags: str) -> None:
    """Whatever stands in a template: an answer or a `CaptainError`, nothing else."""
    try:
        assert fits(f"/{body}/{flags}", "ab1") in (True, False)
    except CaptainError as error:
        assert str(error)


@settings(max_examples=40)
@given(st.text(max_size=20), st.text(max_size=20))
def test_an_escaped_text_fits_itself_alone(text: str, other: str) -> None:
    """Every character, those beyond the first 65,536 included, with and without the flag u."""
    escaped = "".join(f"\\u{{{ord(character):x}}}" for character in text)
    assert fits(f"/^{escaped}$/u", text) if text else True
    units = text.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    assert fits(f"/^{escaped}$/", text) and fits(f"/^{escaped}$/", other) is (text == other)


@pytest.mark.parametrize(
    ("literal", "listed"),
    [
        ("/^(true|false)$/", ("true", "false")),
        ("/^(master|slave|)$/", ("master", "slave", "")),
        ("/^http[s]?$/", ("https", "http")),
        (r"/^(a|b)\.(c|d)$/", ("a.c", "a.d", "b.c", "b.d")),
        ("/true|false/", ()),
        ("/^(true|false)$/m", ()),
        (r"/^\d$/", ()),
        ("/.{1,}/", ()),
        ("/^v[0-9]{1,}|latest$/", ()),
    ],
)
def test_an_expression_that_lists_its_words(literal: str, listed: tuple[str, ...]) -> None:
    """These can be offered; where others fit as well, none are."""
    assert words(literal) == listed
    assert all(fits(literal, word) for word in listed)


@pytest.mark.parametrize(
    "literal",
    [
        r"/^(?=.*\d).{10,}$/",
        "/postgres://.+/.+/",
        r"/^((?!fpm)\S)+$/",
        r"/^([a-zA-Z0-9]){12,}$/",
        r"/^\d{4}-\d{2}$/",
        r"/^[^\@]{30,}$/",
        r"/^[\w.+-]+@[\w-]+\.[\w.]+$/",
        r"/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{8,}$/",
        "/^[😀]+$/u",
    ],
)
def test_a_sample_fits(literal: str) -> None:
    """A text for trying a template; no text rather than one that does not fit."""
    found = sample(literal)
    assert found is not None and fits(literal, found)
    assert sample(r"/^(?!.)$a/") is None
