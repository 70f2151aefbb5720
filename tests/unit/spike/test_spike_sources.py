"""Source addresses are borrowed only where nobody else can have them."""

from __future__ import annotations

import json

from swarm.spike.sources import announcement, choose, interface_towards

LINKS = json.dumps(
    [
        {"ifname": "lo", "addr_info": [{"local": "127.0.0.1", "prefixlen": 8}]},
        {"ifname": "eth0", "addr_info": [{"local": "10.203.0.9", "prefixlen": 16}]},
        {"ifname": "eth1", "addr_info": [{"local": "10.201.0.9", "prefixlen": 16}]},
        {"ifname": "eth2", "addr_info": [{"local": "172.18.0.3", "prefixlen": 24}]},
        {},
    ]
)


def test_the_interface_is_the_one_whose_subnet_holds_the_edge() -> None:
    """Not the first one, and none for an edge that is not next to it."""
    found = interface_towards("10.201.0.5", LINKS)
    assert found is not None and (found.name, found.address) == ("eth1", "10.201.0.9")
    assert interface_towards("192.0.2.1", LINKS) is None


def test_addresses_come_from_the_high_end_and_lie_in_the_subnet() -> None:
    """Swarm hands out the low end; broadcast and network address are not among them."""
    found = interface_towards("10.201.0.5", LINKS)
    assert found is not None
    addresses = choose(found, 50)
    assert len(set(addresses)) == 50
    assert addresses[0] == "10.201.255.254" and addresses[-1] == "10.201.255.205"


def test_a_small_subnet_lends_none() -> None:
    """In a /24 the high end may be a task's."""
    found = interface_towards("172.18.0.9", LINKS)
    assert found is not None
    assert choose(found, 50) == []


def test_an_announcement_says_who_has_the_address() -> None:
    """To all on the link, for the address by the address: 42 bytes that every neighbour takes up."""
    frame = announcement(bytes.fromhex("0242ac110002"), "10.201.255.254")
    assert frame.hex() == ("ffffffffffff0242ac110002080600010800060400010242ac1100020ac9fffe0000000000000ac9fffe")
