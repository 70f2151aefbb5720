"""Which addresses a webhook may have."""

from __future__ import annotations

import pytest

from app.webhooks.address import fault


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.org", "http://example.org:8080/hook?token=a%20b#c", "https://EXAMPLE.org./a", "https://x/"),
        *("https://xn--bcher-kva.example/", "https://1.example/", "https://a_b.example/", "https://example.org/@b:c"),
        *("http://93.184.216.34/", "https://[2606:2800:220:1:248:1893:25c8:1946]:8443/", "https://[::ffff:8.8.8.8]/"),
    ],
)
def test_an_address_elsewhere_is_taken(url: str) -> None:
    """A name, whatever it leads to, or an address of one machine on the internet."""
    assert fault(url) is None


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://127.0.0.1/",
            "http://127.8.9.10:80/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
        ),
        *(
            "http://169.254.169.254/latest/meta-data",
            "http://0.0.0.0/",
            "http://100.64.0.1/",
            "http://255.255.255.255/",
        ),
        *("http://224.0.0.1/", "http://240.0.0.1/", "http://192.0.2.1/", "http://198.18.0.1/", "http://127.0.0.1./"),
        *("http://[::1]/", "http://[::]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fd00::1]/"),
        *("http://[ff02::1]/", "http://[2001:db8::1]/", "http://[::127.0.0.1]/", "http://[::ffff:10.0.0.1]/"),
        *("http://[2002:7f00:1::1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[::ffff:7f00:1]/", "http://localhost/"),
        *("http://LOCALHOST:5432/", "http://a.localhost/", "http://localhost./"),
    ],
)
def test_an_address_of_this_network_is_refused(url: str) -> None:
    """Private, loopback, link-local, shared, of many or of nobody; as IPv6 too, and IPv4 within IPv6; names for it."""
    wrong = fault(url)
    assert wrong is not None and "internet" in wrong


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.0.0.0x1/"),
        *("http://1.2.3.4.5/", "http://example.1/", "http://0x/", "http://[::1", "http://[1.2.3.4]/", "http://[x]/"),
    ],
)
def test_numbers_that_each_program_reads_in_its_own_way_are_refused(url: str) -> None:
    """Some of them would connect to this machine."""
    assert fault(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/", "https:///path", "https://", "example.org", "//example.org", "file:///etc/passwd", ""),
        *(
            "https://user@example.org/",
            "https://user:word@example.org/",
            "https://@example.org/",
            "https://:@a.example",
        ),
        *("https://example.org\\@127.0.0.1/", "https://bücher.example/", "https://１２７.0.0.1/", "https://a..b/"),
        *("https://-a.example/", "https://a%2eexample/", "https://a.example:0/", "https://a.example:99999/"),
        *(
            "https://a.example:x/",
            f"https://{'a' * 64}.example/",
            "https://a b.example/",
            "https://a.example,b.example/",
        ),
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    """With a sentence; names and passwords do not stand in addresses."""
    wrong = fault(url)
    assert wrong is not None and wrong.endswith(".")
