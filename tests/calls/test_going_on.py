"""What a call takes along from one pipeline to the next, and what it leaves behind."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pipecat.frames.frames import Frame

from bot.calls.call import Call
from bot.calls.factory import CallFactory
from bot.calls.feed import Feed
from bot.calls.hand_over import HandOvers
from bot.calls.legs import HumanLeg
from bot.calls.operator_seat import OperatorSeat
from bot.calls.operator_talk import OperatorTalk
from bot.calls.pipeline import _talked_secs
from bot.calls.way_back import as_continued, so_far
from bot.clock import utcnow
from bot.store import Store
from pipelines import PIPELINES
from processors.frames import TakenOverFrame
from tests.brains.some_brains import BRAINS
from tests.calls.call_kit import AGENTS, a_call


def _handed_over(call: Call, store: Store) -> Call | None:
    factory = CallFactory(
        store=store, pipelines=PIPELINES, brains=BRAINS, feed=Feed(), human=None, worker=None
    )
    agents = {"billing": replace(AGENTS["reception"], name="billing")}
    hand_overs = HandOvers(agents=agents, factory=factory)
    return hand_overs.next_call(call, "billing", "An invoice.", recorded=False)


def _back(call: Call, store: Store) -> Call:
    return as_continued(call, HumanLeg(reason="A visit.", asked_at=utcnow()), recorded=False)


@pytest.mark.parametrize("goes_on", [_handed_over, _back])
async def test_who_goes_on_does_not_greet(
    store: Store, goes_on: Callable[[Call, Store], Call | None]
) -> None:
    """Also where the agent before them had begun anew because nothing of it was heard."""
    call = a_call(store, unheard=True)
    after = goes_on(call, store)
    assert after is not None and after.handed_over
    assert not after.unheard
    await call.journal.close()


async def test_time_with_an_operator_is_not_the_agents(store: Store) -> None:
    call = a_call(store, answered_at=utcnow() - timedelta(seconds=100))
    after = replace(call, earlier=so_far(call, "reception"), taken_over_secs=60.0)
    assert _talked_secs(after) == pytest.approx(40.0, abs=2)
    await call.journal.close()


def seat_of(call: Call, queued: list[Frame]) -> OperatorSeat:
    async def queue(frame: Frame) -> None:
        queued.append(frame)

    talk = OperatorTalk(call.feed, call_id=call.id, find_words=None)
    return OperatorSeat(call, talk=talk, queue=queue)


async def test_a_seat_counts_how_long_it_is_taken(store: Store) -> None:
    """Over all who take it, to its end."""
    call, queued = a_call(store), list[Any]()
    seat = seat_of(call, queued)
    await seat.take("anna")
    await asyncio.sleep(30)
    await seat.give_back()
    await asyncio.sleep(30)
    assert seat.secs == pytest.approx(30)
    await seat.take("otto")
    await asyncio.sleep(10)
    assert seat.secs == pytest.approx(40)
    await seat.leave(goes_on=False)
    await asyncio.sleep(10)
    assert seat.secs == pytest.approx(40)
    assert [type(frame) for frame in queued] == [TakenOverFrame] * 3
    await call.journal.close()


async def test_nobody_gives_back_what_they_do_not_have(store: Store) -> None:
    """They left while pipelines changed: the agent of the next one speaks already."""
    call, queued = a_call(store), list[Frame]()
    await seat_of(call, queued).give_back()
    assert queued == []
    await call.journal.close()
