"""An order is dialled once at most, whatever is repeated, lost or away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.calls import (
    AlreadyOrdered,
    CallOrder,
    CallRequest,
    KeyOfAnother,
    NoRoom,
    NotNow,
    Suppressed,
    UnknownAgent,
)
from bot.calls.call import Call
from bot.calls.outbound import LONGEST_PAUSE_SECS
from bot.calls.outcome import Ending
from bot.calls.tracing import ABSENT_SECS
from bot.carriers import CallStatus, CarrierCall, CarrierError
from bot.clock import utcnow
from bot.store import Suppression
from bot.testing.stage import run_virtual
from config import AgentError
from tests.calls.call_kit import CALLER, LINE
from tests.calls.memory_carrier import DOWN, LOST_ANSWER
from tests.calls.test_call_service import Office, an_office, outcome_of

TABLE = CallOrder(to=CALLER, agent="table", request=CallRequest(), key="order-1")
SID = f"CA{7:032d}"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with an_office(tmp_path) as office:
        yield office


def the_call(call_sid: str = SID) -> CarrierCall:
    """As the carrier lists a call that was just made."""
    return CarrierCall(
        call_sid=call_sid,
        status=CallStatus.RINGING,
        direction="outbound-api",
        created_at=utcnow(),
    )


# -- keys -----------------------------------------------------------------------------------------


async def test_a_repeated_order_is_the_same_call(office: Office) -> None:
    """While it is dialled, while it lasts, and when it is over; nobody is called again."""
    office.carrier.may_answer.clear()
    placing = asyncio.ensure_future(office.calls.outbound.place(TABLE))
    await office.carrier.ordered.wait()
    call = office.call
    with pytest.raises(AlreadyOrdered) as again:
        await office.calls.outbound.place(TABLE)
    assert (again.value.record.id, again.value.record.call_sid) == (call.id, None)
    office.carrier.may_answer.set()
    assert await placing is call
    with pytest.raises(AlreadyOrdered):
        await office.calls.outbound.place(TABLE)
    office.calls.hang_up(call.id)
    await office.over(call)
    with pytest.raises(AlreadyOrdered) as again:
        await office.calls.outbound.place(TABLE)
    assert again.value.record.ended_at is not None
    assert len(office.carrier.orders) == 1


async def test_the_record_is_there_before_the_carrier_is_asked(office: Office) -> None:
    """With its key: whoever comes after a crash finds it."""
    office.carrier.may_answer.clear()
    placing = asyncio.ensure_future(office.calls.outbound.place(TABLE))
    await office.carrier.ordered.wait()
    record = await office.store.get_call_of_key("order-1")
    assert record is not None
    assert (record.id, record.to_number, record.call_sid) == (office.call.id, CALLER, None)
    office.carrier.may_answer.set()
    await placing


async def test_of_orders_at_the_same_time_one_dials(tmp_path: Path) -> None:
    """The others are told which call it is."""
    async with an_office(tmp_path, max_calls=10) as office:
        told = await asyncio.gather(
            *(office.calls.outbound.place(TABLE) for _ in range(6)), return_exceptions=True
        )
        placed = [each for each in told if not isinstance(each, BaseException)]
        assert len(placed) == len(office.carrier.orders) == 1
        others = [each.record.id for each in told if isinstance(each, AlreadyOrdered)]
        assert others == [placed[0].id] * 5
        async with asyncio.timeout(5):
            while len(office.registry) > 1:  # noqa: ASYNC110 - those that came too late
                await asyncio.sleep(0.01)
        assert [record.id for record in await office.store.find_calls()] == [placed[0].id]


async def test_a_key_of_another_number_is_refused(office: Office) -> None:
    """It cannot mean this call; once the number is erased, nobody can tell."""
    await office.calls.outbound.place(TABLE)
    with pytest.raises(KeyOfAnother):
        await office.calls.outbound.place(replace(TABLE, to="+15557778888"))
    await office.store.erase_number(CALLER)
    with pytest.raises(AlreadyOrdered):
        await office.calls.outbound.place(replace(TABLE, to="+15557778888"))
    assert len(office.carrier.orders) == 1


async def test_a_repetition_needs_neither_room_nor_consent(tmp_path: Path) -> None:
    """The call exists: what has changed since is not about it."""
    async with an_office(tmp_path, max_calls=1) as office:
        await office.calls.outbound.place(TABLE)
        office.registry.closed = True
        await suppress(office, CALLER)
        for changed in (TABLE, replace(TABLE, agent="nobody")):
            with pytest.raises(AlreadyOrdered):
                await office.calls.outbound.place(changed)


async def test_without_room_nothing_is_stored_under_the_key(tmp_path: Path) -> None:
    """The order may be repeated, and is then carried out."""
    async with an_office(tmp_path, max_calls=1) as office:
        await office.incoming()
        with pytest.raises(NoRoom):
            await office.calls.outbound.place(TABLE)
        assert await office.store.get_call_of_key("order-1") is None
        office.calls.hang_up(office.call.id)
        await office.over(office.call)
        call = await office.calls.outbound.place(TABLE)
        record = await office.store.get_call(call.id)
        assert record is not None and record.key == "order-1"


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (replace(TABLE, agent="nobody"), UnknownAgent),
        (replace(TABLE, agent="errand"), AgentError),
        (replace(TABLE, request=CallRequest(voice="robot")), AgentError),
    ],
)
async def test_what_cannot_be_done_takes_no_key(
    office: Office, order: CallOrder, error: type[Exception]
) -> None:
    """Mended, the order can be given under the same key."""
    with pytest.raises(error):
        await office.calls.outbound.place(order)
    assert await office.store.get_call_of_key("order-1") is None
    await office.calls.outbound.place(TABLE)


async def test_an_order_the_carrier_refused_is_not_tried_again(office: Office) -> None:
    """The key stands for that attempt."""
    office.carrier.fails["place"] = DOWN
    with pytest.raises(CarrierError):
        await office.calls.outbound.place(TABLE)
    del office.carrier.fails["place"]
    with pytest.raises(AlreadyOrdered) as again:
        await office.calls.outbound.place(TABLE)
    assert again.value.record.to_number == CALLER
    assert len(office.carrier.orders) == 1


@pytest.mark.parametrize("key", ["order-1", None])
async def test_without_the_database_nobody_is_dialled(office: Office, key: str | None) -> None:
    """It cannot be known if it was ordered before, or who opted out."""
    await office.store.close()
    with pytest.raises(NotNow, match="nothing was dialled"):
        await office.calls.outbound.place(replace(TABLE, key=key))
    assert (office.carrier.orders, len(office.registry)) == ([], 0)


async def test_a_record_that_cannot_be_stored_is_not_dialled(
    office: Office, tmp_path: Path
) -> None:
    """Though all was well when it was looked at; its place is free again."""
    import sqlite3

    with sqlite3.connect(tmp_path / "calls.db") as beside:
        beside.execute(
            "CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    beside.close()
    with pytest.raises(NotNow):
        await office.calls.outbound.place(TABLE)
    async with asyncio.timeout(5):
        while len(office.registry):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert office.carrier.orders == []


# -- numbers that are not called ------------------------------------------------------------------


async def suppress(office: Office, number: str) -> None:
    wish = Suppression(number=number, at=utcnow(), source="call")
    assert await office.store.suppressions.add(wish)


@pytest.mark.parametrize("key", ["order-1", None])
async def test_who_opted_out_is_not_called(office: Office, key: str | None) -> None:
    """By any order; nothing is stored under its key."""
    await suppress(office, CALLER)
    with pytest.raises(Suppressed):
        await office.calls.outbound.place(replace(TABLE, key=key))
    assert (office.carrier.orders, await office.store.find_calls()) == ([], [])


# -- answers that are lost ------------------------------------------------------------------------


async def test_a_lost_answer_is_found_at_the_carrier(office: Office) -> None:
    """The one call there that can be ours is ours."""
    office.carrier.fails["place"] = LOST_ANSWER
    office.carrier.found = [the_call()]
    call = await office.calls.outbound.place(TABLE)
    assert call.call_sid == SID
    assert call.ending is None


def test_a_call_in_doubt_waits_for_the_carriers_word(tmp_path: Path) -> None:
    """A callback that bears our id tells it; the call goes on as any other."""

    async def story(office: Office) -> None:
        office.carrier.fails |= {"place": LOST_ANSWER, "find": DOWN}
        call = await office.calls.outbound.place(TABLE)
        assert call.call_sid is None
        await asyncio.sleep(call.agent.limits.ring_secs + 60)
        assert call.ending is None  # longer than any call rings: nobody can tell it is over
        office.status(call, "ringing", call_sid=SID)
        await call.journal.written()
        record = await office.store.get_call(call.id)
        assert record is not None
        assert (record.call_sid, record.status) == (SID, "ringing")
        office.status(call, "busy")
        assert outcome_of(await office.over(call)) == ("busy", "unreached", "busy")
        assert len(office.carrier.orders) == 1

    in_haste(tmp_path, story)


async def test_a_call_that_the_carrier_would_not_end_stays_open(office: Office) -> None:
    """It may still ring, so nobody may take it for over; the carrier's word closes the record."""
    call = await office.calls.outbound.place(TABLE)
    office.carrier.fails["end"] = DOWN
    office.calls.hang_up(call.id)
    await call.until(lambda state: state.stored)
    record = await office.store.get_call(call.id)
    assert record is not None
    assert (record.ended_at, record.call_sid) == (None, call.call_sid)
    office.status(call, "no-answer")
    async with asyncio.timeout(5):
        while record.ended_at is None:
            await asyncio.sleep(0.01)
            record = await office.store.get_call(call.id)
            assert record is not None
    assert outcome_of(record) == ("no-answer", "unreached", "no_answer")


def test_a_call_in_doubt_is_looked_for_again(tmp_path: Path) -> None:
    """The carrier may be back only now, or list the call late."""

    async def story(office: Office) -> None:
        office.carrier.fails |= {"place": LOST_ANSWER, "find": DOWN}
        call = await office.calls.outbound.place(TABLE)
        del office.carrier.fails["find"]
        await asyncio.sleep(5)
        office.carrier.found = [the_call()]
        await asyncio.wait_for(call.until(lambda state: state.settled), 60)
        assert call.call_sid == SID

    in_haste(tmp_path, story)


async def ended_secs(call: Call) -> float:
    """How long after its beginning a call in doubt is over, as one that was not made."""
    await asyncio.wait_for(call.until(lambda state: state.ending is not None), 200)
    assert call.ending is Ending.NOT_PLACED
    return (utcnow() - call.started_at).total_seconds()


@pytest.mark.parametrize("away_secs", [0, 20])
def test_a_call_that_left_no_trace_was_not_placed(tmp_path: Path, away_secs: int) -> None:
    """When it is old enough that there would be one, and the carrier has said so twice. An outage
    of 20 s costs a place for a minute, not for five, and nobody is dialled twice.
    """

    async def story(office: Office) -> None:
        office.carrier.fails["place"] = LOST_ANSWER
        if away_secs:
            office.carrier.fails["find"] = DOWN
        call = await office.calls.outbound.place(TABLE)
        await asyncio.sleep(away_secs)
        office.carrier.fails.pop("find", None)
        assert ABSENT_SECS <= await ended_secs(call) < ABSENT_SECS + LONGEST_PAUSE_SECS + 1
        record = await office.over(call)
        assert outcome_of(record) == ("failed", "failed", "not_placed")
        assert len(office.carrier.orders) == 1

    in_haste(tmp_path, story)


def test_a_carrier_that_is_away_again_and_again_proves_nothing(tmp_path: Path) -> None:
    """One answer in between may have been too early: it has to say so twice."""

    async def story(office: Office) -> None:
        office.carrier.fails["place"] = LOST_ANSWER
        call = await office.calls.outbound.place(TABLE)
        looks = office.carrier.did.count(("find", ""))
        for _ in range(9):  # each second look fails
            while office.carrier.did.count(("find", "")) == looks:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.1)
            looks = office.carrier.did.count(("find", ""))
            if "find" in office.carrier.fails:
                del office.carrier.fails["find"]
            else:
                office.carrier.fails["find"] = DOWN
        assert (utcnow() - call.started_at).total_seconds() > 2 * ABSENT_SECS
        assert call.ending is None
        office.carrier.fails.pop("find", None)
        await ended_secs(call)

    in_haste(tmp_path, story)


def test_a_call_in_doubt_that_the_carrier_does_not_settle_stays_open(tmp_path: Path) -> None:
    """Whatever the time: nobody is called again on a guess."""

    async def story(office: Office) -> None:
        office.carrier.fails["place"] = LOST_ANSWER
        office.carrier.found = [the_call(), the_call(f"CA{8:032d}")]
        call = await office.calls.outbound.place(TABLE)
        await asyncio.sleep(2000)
        assert call.ending is None
        record = await office.store.get_call(call.id)
        assert record is not None
        assert (record.call_sid, record.ended_at, record.from_number) == (None, None, LINE)

    in_haste(tmp_path, story)


async def test_a_service_that_stops_leaves_a_call_in_doubt_open(office: Office) -> None:
    """At once: whoever comes after finds out what became of it."""
    office.carrier.fails["place"] = LOST_ANSWER
    call = await office.calls.outbound.place(TABLE)
    async with asyncio.timeout(5):
        await office.calls.drain(within_secs=0)
    record = await office.over(call)
    assert (record.status, record.ended_at) == ("queued", None)


def in_haste(folder: Path, story: Callable[[Office], Awaitable[Any]]) -> None:
    async def whole() -> None:
        async with an_office(folder) as office:
            await story(office)

    run_virtual(whole())
