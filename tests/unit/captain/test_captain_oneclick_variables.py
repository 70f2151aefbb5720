"""Variables of templates: what is valid, and that no value is ever read as anything but a value."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captain.errors import CaptainError
from captain.oneclick.substitution import Substitution
from captain.oneclick.template import Template, Variable, parse
from captain.oneclick.translate import translate
from captain.oneclick.trial import same_digits
from captain.oneclick.variables import InvalidVariables, choices, resolve

AWKWARD = [
    "",
    '"',
    "'",
    "a: b",
    " # c",
    "a\nb",
    "$$cap_appname",
    "$$cap_gen_random_hex(4)",
    "\\",
    "{}",
    "[x]",
    "&a",
    "*a",
    "%",
    "😀",
]


def template(variables: list[dict[str, str]], service: Mapping[str, object] | None = None) -> Template:
    document = {
        "captainVersion": "4",
        "services": {"$$cap_appname": {"image": "nginx:1", **(service or {})}},
        "caproverOneClickApp": {"displayName": "T", "variables": variables},
    }
    return parse(json.dumps(document), "t.yml")


def values_of(made: Template, **given: str) -> Mapping[str, str]:
    return resolve(made, {"appname": "shop", **given}, "example.com", same_digits).values


@given(st.one_of(st.sampled_from(AWKWARD), st.text(st.characters(exclude_characters="\0"), max_size=40)))
def test_a_value_arrives_as_it_was_given(value: str) -> None:
    """In the environment, a label, an argument: quotes, line ends, `: `, `#`, what looks like a variable or YAML."""
    made = template(
        [{"id": "$$cap_x"}, {"id": "$$cap_y", "defaultValue": "never"}],
        {
            "environment": {"WHOLE": "$$cap_x", "PART": "<$$cap_x|$$cap_appname>"},
            "labels": ["l=$$cap_x"],
            "command": "serve --name=$$cap_x",
        },
    )
    spec = translate(made, resolve(made, {"appname": "shop", "x": value}, "d", same_digits)).apps[0].spec
    assert spec.environment == {"WHOLE": value, "PART": f"<{value}|shop>"}
    assert spec.labels == {"l": value} and spec.command == ("serve", f"--name={value}")


@given(st.text("abc: /\"'#\n", max_size=12))
def test_a_value_divides_nothing(value: str) -> None:
    """A colon in a value never makes a source into a path in the container, nor the other way round."""
    made = template([{"id": "$$cap_x"}], {"volumes": ["/host/$$cap_x:/data:ro"]})
    mounts = translate(made, resolve(made, {"appname": "shop", "x": value}, "d", same_digits)).apps[0].spec.mounts
    assert [(mount.source, mount.target, mount.read_only) for mount in mounts] == [
        (f"/host/{value}".strip(), "/data", True)
    ]


def test_defaults_name_each_other_in_any_order() -> None:
    """Also the app, the root domain and a secret, which is the same wherever its variable is used."""
    made = template(
        [
            {"id": "$$cap_url", "defaultValue": "https://$$cap_host/?$$cap_key"},
            {"id": "$$cap_host", "defaultValue": "$$cap_appname.$$cap_root_domain"},
            {"id": "$$cap_key", "defaultValue": "$$cap_gen_random_hex(8)"},
        ]
    )
    counted = iter("abc")
    values = resolve(made, {"$$cap_appname": "shop"}, "example.com", lambda count: next(counted) * count).values
    assert values["$$cap_url"] == "https://shop.example.com/?aaaaaaaa"
    assert values["$$cap_key"] == "aaaaaaaa"
    assert values_of(made, host="h", key="$$cap_host")["$$cap_url"] == "https://h/?$$cap_host"


def test_each_place_with_a_random_value_has_its_own() -> None:
    """As in CapRover: two secrets are not one, unless they are a variable."""
    counted = iter("abc")
    substitution = Substitution({}, lambda count: next(counted) * count)
    assert substitution.text("$$cap_gen_random_hex(2)-$$cap_gen_random_hex(3)") == "aa-bbb"


@pytest.mark.parametrize("digits", ["0", "257", "99999"])
def test_too_many_random_digits(digits: str) -> None:
    """CapRover makes 256 at most, and so does captain."""
    with pytest.raises(CaptainError, match="from 1 to 256"):
        Substitution({}, same_digits).text(f"$$cap_gen_random_hex({digits})")


def test_the_longest_id_counts() -> None:
    """`$$cap_db_pass` is not `$$cap_db` and `_pass`, whichever stands first; ids need not begin with `$$cap_`."""
    substitution = Substitution(
        {"$$cap_db": "D", "$$cap_db_pass": "P", "$$cap_appname": "A", "$$cap_appname-port": "8", "bare": "B"},
        same_digits,
    )
    assert substitution.text("$$cap_db_pass $$cap_db $$cap_db_password $$cap_appname-port $$cap_appname-web") == (
        "P D Pword 8 A-web"
    )
    assert substitution.text("x_$$cap_db_linux_$$cap_appname.zip") == "x_D_linux_A.zip"
    assert substitution.text("$$bare bare barely my_bare $$$cap_db $$HOME") == "B B barely my_bare $D $$HOME"
    assert substitution.text("$$cap_db $$HOME $x", escapes=True) == "D $HOME $x"
    assert substitution.unknown("$$cap_db $$cap_nope(1) $$HOME $$cap_gen_random_hex()") == (
        "$$cap_nope(1)",
        "$$cap_gen_random_hex()",
    )


def test_every_fault_is_told_at_once() -> None:
    """One round of asking is enough, and a secret is not in the message."""
    made = template(
        [
            {"id": "$$cap_port", "label": "Port", "validRegex": r"/^\d+$/"},
            {"id": "$$cap_debug", "label": "Debug", "validRegex": "/^(true|false)$/", "defaultValue": "false"},
            {"id": "$$cap_pass", "label": "Password", "validRegex": "/.{12,}/"},
            {"id": "$$cap_odd", "validRegex": "/(/"},
            {"id": "$$cap_nul"},
            {"id": "$$cap_fine", "validRegex": "/^$/"},
        ]
    )
    with pytest.raises(InvalidVariables) as caught:
        values_of(made, debug="maybe", nope="1", appname="My App", nul="\0", **{"$$cap_pass": "hunter2"})
    assert str(caught.value).splitlines() == [
        "nope is no variable of t.yml: known are $$cap_appname, $$cap_port, $$cap_debug, $$cap_pass, $$cap_odd, "
        "$$cap_nul, $$cap_fine.",
        "$$cap_appname (App name) is 'My App': write lower-case letters and digits, with single hyphens between them.",
        r"$$cap_port (Port) is needed: give it a value that fits /^\d+$/.",
        "$$cap_debug (Debug) is 'maybe': write true or false.",
        "$$cap_pass (Password) does not fit /.{12,}/: give it another value.",
        "$$cap_odd cannot be checked: /(/ is not an expression that JavaScript takes: a ( is not closed.",
        "$$cap_nul holds a NUL character, which no program could be given: leave it out.",
    ]
    assert [fault.variable for fault in caught.value.faults][1:3] == ["$$cap_appname", "$$cap_port"]


def test_defaults_that_go_round_in_a_circle() -> None:
    """Named with the way round, rather than repeated for ever."""
    made = template([{"id": "$$cap_a", "defaultValue": "$$cap_b"}, {"id": "$$cap_b", "defaultValue": "x$$cap_a"}])
    with pytest.raises(InvalidVariables, match=r"\$\$cap_a → \$\$cap_b → \$\$cap_a never ends"):
        values_of(made)
    assert values_of(made, a="1")["$$cap_b"] == "x1"


def test_what_may_be_chosen_and_what_is_a_secret() -> None:
    """For whoever draws a form."""
    assert choices(Variable("$$cap_x", "x", pattern="/^(a|b)$/")) == ("a", "b")
    assert choices(Variable("$$cap_x", "x", pattern="/(/")) == () == choices(Variable("$$cap_x", "x"))
    assert Variable("$$cap_x", "x", default="a$$cap_gen_random_hex(9)").is_generated
    assert not Variable("$$cap_x", "x", default="a").is_generated
