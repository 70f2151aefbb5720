"""The engine pool: who gets a connection, and when one is opened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from app.pool import Pool, PoolBusy


@dataclass
class Thing:
    """What the pool hands out here."""

    number: int
    alive: bool = True
    fit: bool = True
    closed: bool = False


@dataclass
class Things:
    """Opens and closes them; counts how many are open."""

    made: list[Thing] = field(default_factory=list)
    refuse: bool = False
    most: int = 0

    async def connect(self) -> Thing:
        await asyncio.sleep(0)
        if self.refuse:
            raise OSError("nobody there")
        self.made.append(Thing(len(self.made)))
        self.most = max(self.most, sum(not thing.closed for thing in self.made))
        return self.made[-1]

    async def close(self, thing: Thing) -> None:
        thing.closed = True

    def pool(self, size: int) -> Pool[Thing]:
        return Pool(size, self.connect, is_alive=lambda one: one.alive, is_fit=lambda one: one.fit, close=self.close)


def soon() -> float:
    return asyncio.get_running_loop().time() + 30


async def settle() -> None:
    """Lets all that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_nobody_overtakes_whoever_waits() -> None:
    """The order of asking is the order of getting, also for whoever asks in the moment in which one comes back."""
    pool, order = Things().pool(1), []
    first = await pool.take(soon())

    async def wait(name: str) -> None:
        thing = await pool.take(soon())
        order.append(name)
        await pool.give(thing)

    waiting = [asyncio.create_task(wait(name)) for name in ("a", "b")]
    await settle()
    await pool.give(first)
    waiting.append(asyncio.create_task(wait("late")))
    await wait("later, without a pause in between")
    await asyncio.gather(*waiting)
    assert order == ["a", "b", "later, without a pause in between", "late"]


async def test_never_more_than_its_size_and_the_same_ones_again() -> None:
    """Twenty who each need one twice: three are opened, and stay open."""
    things = Things()
    pool = things.pool(3)

    async def use() -> None:
        for _ in range(2):
            thing = await pool.take(soon())
            await asyncio.sleep(0)
            await pool.give(thing)

    await asyncio.gather(*(use() for _ in range(20)))
    assert (things.most, len(things.made), pool.checked_out) == (3, 3, 0)
    await pool.close()
    assert all(thing.closed for thing in things.made)


async def test_one_that_broke_is_opened_again_although_others_are_idle() -> None:
    """Two tasks, one after the other, have two of them open again."""
    things = Things()
    pool = things.pool(2)
    both = [await pool.take(soon()) for _ in range(2)]
    both[0].fit = False
    for one in both:
        await pool.give(one)
    for _ in range(2):
        await pool.give(await pool.take(soon()))
    assert [thing.closed for thing in things.made] == [True, False, False]


async def test_one_that_died_while_idle_is_replaced() -> None:
    """Whoever takes it gets a new one, and the old one is closed."""
    things = Things()
    pool = things.pool(1)
    await pool.give(await pool.take(soon()))
    things.made[0].alive = False
    assert await pool.take(soon()) is things.made[1]
    assert things.made[0].closed and things.most == 1


async def test_the_place_of_one_that_broke_goes_to_whoever_waits() -> None:
    """Who waits opens a new one; the broken one is never handed on."""
    things = Things()
    pool = things.pool(1)
    broken = await pool.take(soon())
    waiting = asyncio.create_task(pool.take(soon()))
    await settle()
    broken.fit = False
    await pool.give(broken)
    assert await waiting is things.made[1]
    assert broken.closed and pool.checked_out == 1


async def test_a_place_is_not_lost_when_nothing_can_be_opened() -> None:
    """Who cannot open one is told why, and so is whoever waited for the place; afterwards it is there again."""
    things = Things(refuse=True)
    pool = things.pool(1)
    told = await asyncio.gather(*(pool.take(soon()) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [OSError] * 3
    things.refuse = False
    assert pool.checked_out == 0
    await pool.take(soon())


async def test_whoever_waits_in_vain_is_told_at_the_deadline() -> None:
    """And takes nothing from those who come afterwards."""
    pool = Things().pool(1)
    thing = await pool.take(soon())
    with pytest.raises(PoolBusy):
        await pool.take(asyncio.get_running_loop().time())
    await pool.give(thing)
    assert await pool.take(soon()) is thing


async def test_what_comes_to_somebody_who_has_just_left_goes_on() -> None:
    """A wait that is cancelled in the moment in which its turn comes leaves the connection to the next."""
    pool = Things().pool(1)
    thing = await pool.take(soon())
    leaving, staying = (asyncio.create_task(pool.take(soon())) for _ in range(2))
    await settle()
    await pool.give(thing)
    leaving.cancel()
    assert await staying is thing
    assert leaving.cancelled() or (await asyncio.gather(leaving, return_exceptions=True))
