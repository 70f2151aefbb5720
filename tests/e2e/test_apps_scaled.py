"""Apps beside each other: deployed at once, and scaled by their traffic."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.docker_cli import eventually
from tests.e2e.shop import Shop

AT_ONCE = 5


def test_apps_are_scaled_by_their_traffic_and_deployed_at_once(shop: Shop) -> None:
    """Two that are deployed at once both get live; one that is autoscaled follows a load out and back as the platform
    does, and no request fails."""
    scaled = shop.file(
        "1",
        environment={"TAKES_SECONDS": "0.2"},
        autoscale={"min": 1, "max": 3, "concurrency": 2, "stable_seconds": 10, "stabilization_seconds": 10},
    )
    try:
        with ThreadPoolExecutor(2) as beside:
            both = [beside.submit(shop.apply, file) for file in (scaled, shop.file("1", name="kiosk"))]
            outcomes = [one.result(timeout=120) for one in both]
        assert [(code, made["live"]) for code, made in outcomes] == [(0, True)] * 2, outcomes
        assert (shop.serves(), shop.serves("kiosk.localhost")) == ((200, "1"), (200, "1"))
        # Each command is a process in captain's container: so many at once fit into its memory.
        captain = shop.stack.container("flotilla_captain")
        with ThreadPoolExecutor(AT_ONCE) as beside:
            looks = list(beside.map(lambda _: shop.captain("apps"), range(AT_ONCE)))
        assert [code for code, _ in looks] == [0] * AT_ONCE
        assert shop.stack.container("flotilla_captain") == captain
    finally:
        shop.captain("remove", "kiosk")
    with shop.load() as load:
        eventually(lambda: len(shop.tasks()) > 1, 60)
        outcome = load.stop()
    assert outcome.failed == []
    eventually(lambda: len(shop.tasks()) == 1, 120)
    code, refused = shop.says("scale", "shop", "2")
    assert code == 1, refused
    assert {entry["reason"] for entry in shop.stack.decisions("shop")} >= {"concurrency"}
