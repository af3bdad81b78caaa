"""How often a lost session is replaced."""

import asyncio
from typing import Any, cast

import pytest

from bot.realtime.errors import ModelLost, ModelRefused, ModelUnreachable, RealtimeError
from bot.realtime.session import RealtimeSession
from bot.realtime.sessions import GIVE_UP_SECS, LOSS_WINDOW_SECS, MAX_LOSSES, Sessions
from tests.virtual_time import virtual_time

LOST = ModelLost("it broke")


class Door:
    """Opens sessions, after failing with these errors."""

    def __init__(self, *failures: RealtimeError) -> None:
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


@virtual_time
async def test_what_may_pass_is_tried_again() -> None:
    """Three tries, with longer and longer waits."""
    door = Door(ModelUnreachable("no"), ModelUnreachable("no"))
    assert await sessions(door).another(LOST, expected=False) is door.session
    assert door.tries == 3


@virtual_time
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


@virtual_time
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


@virtual_time
async def test_a_refusal_is_final() -> None:
    """A wrong key does not become right."""
    door = Door(ModelRefused("no"))
    with pytest.raises(ModelLost, match="no other session"):
        await sessions(door).another(LOST, expected=False)
    assert door.tries == 1


@virtual_time
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


@virtual_time
async def test_losses_long_ago_are_forgiven() -> None:
    """An hour with a hiccup every half minute is no reason to hang up."""
    of_call = sessions(Door())
    for _ in range(MAX_LOSSES * 3):
        await asyncio.sleep(LOSS_WINDOW_SECS / (MAX_LOSSES - 1) + 1)
        await of_call.another(LOST, expected=False)
