"""When a certificate ends, as openssl says it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from nginx.agent.certificates import expiries, parse

SAID = """\
subject=
    organizationName          = Acme
    commonName                = example.com
notAfter=Feb 24 09:05:07 2029 GMT
"""


def test_the_end_of_a_certificate_by_its_name() -> None:
    """Unix time, in UTC whatever the machine's zone."""
    assert parse(SAID) == {"example.com": datetime(2029, 2, 24, 9, 5, 7, tzinfo=UTC).timestamp()}
    assert parse("subject=\nnotAfter=Feb  4 09:05:07 2029 GMT\n").keys() == {""}


async def test_what_is_no_certificate_has_no_end(tmp_path: Path) -> None:
    """A missing series, rather than a wrong one: nginx does not start with it anyway."""
    (tmp_path / "edge.pem").write_text("nonsense")
    assert await expiries(tmp_path / "edge.pem") == {}
    assert parse("") == {}
