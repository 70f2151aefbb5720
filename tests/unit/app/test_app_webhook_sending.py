"""What a webhook's message carries, and where it may not go."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from ipaddress import ip_network

from app.webhooks import own_networks, signing

KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def test_a_message_is_signed_as_standard_webhooks_are() -> None:
    """The example that their specification has; another body, time or id has another signature."""
    at = datetime.fromtimestamp(1614265330, UTC)
    made = signing.headers(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    for others in (
        signing.headers(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232315}'),
        signing.headers(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJej", at, b'{"test": 2432232314}'),
        signing.headers(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265331, UTC), b""),
    ):
        assert others["webhook-signature"] != made["webhook-signature"]


IPV4 = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth1\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0002160B\t00000000\t0001\t0\t0\t0\t00FEFFFF\t0\t0\t0
eth1\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth1\t0000A8C0\t010012AC\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
IPV6 = """\
20010db8000100000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 20010db8000100000000000000000001 00000400 00000001 00000000 00000003     eth0
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000006 00000000 80200001       lo
"""  # noqa: E501 - the kernel's lines


def test_own_networks_are_those_that_are_reached_without_a_gateway() -> None:
    """An overlay network may have any addresses: 11.22.2.0/23 is somebody else's on the internet, and ours here."""
    assert list(own_networks.of_ipv4(IPV4)) == [ip_network("11.22.2.0/23"), ip_network("172.18.0.0/16")]
    assert list(own_networks.of_ipv6(IPV6)) == [ip_network("2001:db8:1::/64"), ip_network("::1/128")]


def test_the_kernel_s_own_tables_are_read() -> None:
    """Of the machine that runs the tests; no network of them is the whole internet."""
    assert all(network.prefixlen > 0 for network in own_networks.own_networks())
