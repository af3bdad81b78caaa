"""How often a lost session is replaced."""

import asyncio
from random import Random
from typing import Any, cast

import pytest

from bot.brains.errors import (
    ModelError,
    ModelLost,
    ModelMute,
    ModelRefused,
    ModelUnreachable,
)
from bot.brains.realtime import RealtimeSession
from bot.brains.realtime.sessions import (
    FIRST_SECS,
    GIVE_UP_SECS,
    LOSS_WINDOW_SECS,
    MAX_LOSSES,
    WAITS_SECS,
    Sessions,
)

LOST = ModelLost("it broke")


class Door:
    """Opens sessions, after failing with these errors."""

    def __init__(self, *failures: ModelError) -> None:
        self.failures = list(failures)
        self.tries = 0
        self.session = cast(RealtimeSession, object())

    async def open(self) -> RealtimeSession:
        self.tries += 1
        if self.failures:
            raise self.failures.pop(0)
        return self.session


def sessions(door: Door) -> Sessions:
    first: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    first.set_result(door.session)
    return Sessions(first, door.open)


async def test_what_may_pass_is_tried_again() -> None:
    """Three tries, with longer and longer waits."""
    door = Door(ModelUnreachable("no"), ModelUnreachable("no"))
    assert await sessions(door).another(LOST, expected=False) is door.session
    assert door.tries == 3


async def test_a_first_session_that_does_not_open_is_tried_again_like_any_other() -> None:
    """With the same patience; what fails in the end keeps its own reason."""
    door = Door(ModelUnreachable("no"), ModelUnreachable("no"))
    assert await sessions(door).instead(ModelUnreachable("no")) is door.session
    assert door.tries == 3
    door = Door(*[ModelUnreachable("no")] * 9)
    with pytest.raises(ModelUnreachable):
        await sessions(door).instead(ModelUnreachable("no"))
    assert door.tries == 3
    for failure in (ModelRefused("a wrong key"), ModelUnreachable("no")):
        door = Door(ModelRefused("a wrong key"))
        with pytest.raises(ModelRefused):
            await sessions(door).instead(failure)
        assert door.tries == failure.retry


async def test_all_tries_together_have_a_deadline() -> None:
    """A side that takes seconds to say nothing is not asked three times."""

    async def hang() -> RealtimeSession:
        await asyncio.sleep(5.0)
        raise ModelUnreachable("no session within 5 s")

    of_call = Sessions(asyncio.get_running_loop().create_future(), hang)
    began = asyncio.get_running_loop().time()
    with pytest.raises(ModelLost, match="within 5 s"):
        await of_call.another(LOST, expected=False)
    assert asyncio.get_running_loop().time() - began == pytest.approx(GIVE_UP_SECS)


async def test_a_refusal_is_final() -> None:
    """A wrong key does not become right."""
    door = Door(ModelRefused("no"))
    with pytest.raises(ModelLost, match="no other session"):
        await sessions(door).another(LOST, expected=False)
    assert door.tries == 1


async def test_too_many_losses_end_it() -> None:
    """Within a minute; those that were expected do not count."""
    door = Door()
    of_call = sessions(door)
    for _ in range(MAX_LOSSES * 2):
        await of_call.another(LOST, expected=True)
    for _ in range(MAX_LOSSES - 1):
        await of_call.another(LOST, expected=False)
    with pytest.raises(ModelLost):
        await of_call.another(LOST, expected=False)


async def test_losses_long_ago_are_forgiven() -> None:
    """An hour with a hiccup every half minute is no reason to hang up."""
    of_call = sessions(Door())
    for _ in range(MAX_LOSSES * 3):
        await asyncio.sleep(LOSS_WINDOW_SECS / (MAX_LOSSES - 1) + 1)
        await of_call.another(LOST, expected=False)


class Clocked(Door):
    """Notes when it is tried."""

    def __init__(self, *failures: ModelError) -> None:
        super().__init__(*failures)
        self.tried_at: list[float] = []

    async def open(self) -> RealtimeSession:
        self.tried_at.append(round(asyncio.get_running_loop().time(), 3))
        return await super().open()


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
async def test_tries_are_spread_out_within_bounds(spread: float) -> None:
    """Forty calls that lose their sessions at once do not come back in the same moment."""
    door = Clocked(*[ModelUnreachable("no")] * 2)
    first: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    of_call = Sessions(first, door.open, spread=lambda: spread)
    await of_call.another(LOST, expected=False)
    waits = [least + (most - least) * spread for least, most in WAITS_SECS]
    assert door.tried_at == [round(sum(waits[: n + 1]), 3) for n in range(3)]


async def test_a_common_loss_is_no_common_return() -> None:
    """By chance, and by a source that may be given: within the same bounds."""
    doors = [Clocked(*[ModelUnreachable("no")] * 2) for _ in range(40)]
    chance = Random(7)

    async def lose(door: Clocked) -> None:
        first: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        await Sessions(first, door.open, spread=chance.random).another(LOST, expected=False)

    await asyncio.gather(*map(lose, doors))
    for number, (least, most) in enumerate(WAITS_SECS):
        times = [door.tried_at[number] for door in doors]
        assert max(times) - min(times) > (most - least) * 0.7
        assert len(set(times)) > 30
    assert WAITS_SECS[0][1] <= 0.2  # a second of silence is bridged by then


async def test_a_caller_who_has_heard_no_voice_yet_waits_four_seconds() -> None:
    """From when they are there: also when the first session failed long before, or after them."""
    loop = asyncio.get_running_loop()

    async def silent() -> RealtimeSession:
        await asyncio.sleep(4.0)
        raise ModelMute("no session within 4 s")

    for first_fails_after in (0.0, 3.0, 5.0):
        await asyncio.sleep(1.0)

        async def fails(secs: float = first_fails_after) -> RealtimeSession:
            await asyncio.sleep(secs)
            raise ModelMute("no session within 4 s")

        of_call = Sessions(fails(), silent, spread=lambda: 0.0)
        began = loop.time()
        with pytest.raises(ModelUnreachable) as failure:
            await of_call.first()
        with pytest.raises(ModelUnreachable):
            await of_call.instead(failure.value)
        assert loop.time() - began == pytest.approx(max(FIRST_SECS, first_fails_after))


async def test_a_session_lost_is_not_looked_for_in_silence_for_long() -> None:
    """A connection that says nothing has had its time: it is not waited for once more."""
    door = Door(*[ModelMute("no session within 4 s")] * 9)
    with pytest.raises(ModelLost, match="within 4 s"):
        await sessions(door).another(LOST, expected=False)
    assert door.tries == 1
