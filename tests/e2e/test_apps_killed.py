"""captain killed while it deploys an app, on the real Swarm; at each of its calls: `test_captain_app_killed.py`."""

from __future__ import annotations

import pytest

from tests.docker_cli import eventually
from tests.e2e.shop import Shop


@pytest.mark.parametrize("step", ["its first service is made", "a release is kept", "the release is written"])
def test_captain_killed_at_a_step_leaves_nothing_half_done(shop: Shop, step: str) -> None:
    """kill -9 of captain, command and loops: a first release that fails is taken away by the captain that comes after;
    an app that serves goes on serving, and is deployed by the same command again."""
    if step == "its first service is made":
        shop.killed_while(shop.file("1", environment={"MODE": "crash"}), shop.is_made)
        eventually(lambda: not shop.is_made() and not shop.keeps("app.shop.1"), 90)
        return
    assert shop.apply(shop.file("1"))[0] == 0
    second = shop.file("2")
    with shop.load() as load:
        eventually(lambda: load.good > 10, 30)
        if step == "a release is kept":
            shop.killed_while(second, lambda: shop.keeps("app.shop.2"))
        else:
            shop.killed_while(second, lambda: shop.release() == "2")
            eventually(lambda: shop.serves() == (200, "2"), 60)
        eventually(lambda: shop.stack.ready("flotilla_captain"), 60)
        code, answer = shop.captain("apply", file=second)
        assert (code, shop.serves()) == (0, (200, "2")), answer
        outcome = load.stop()
    assert outcome.failed == []
