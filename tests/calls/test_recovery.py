"""Calls left open by a process that died are ended as the carrier says they ended."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.calls import Admission, Registry, recover, recover_own
from bot.calls.recovery import FIRST_PAUSE_SECS
from bot.carriers import CallStatus, PlaceCall, TwilioCarrier
from bot.simulator.carrier import Answers, Busy, Carrier
from bot.store import CallRecord, Store
from tests.calls.memory_carrier import MemoryCarrier
from tests.realtime.hasty_time import hastily

ACCOUNT = "AC" + "1" * 32
LINE, CALLEE = "+15550001111", "+15552223333"


def open_call(call_id: str, *, call_sid: str | None, answered: bool, age: timedelta) -> CallRecord:
    started_at = datetime.now(UTC) - age
    return CallRecord(
        id=call_id,
        call_sid=call_sid,
        direction="outbound",
        agent="table",
        from_number=LINE,
        to_number=CALLEE,
        started_at=started_at,
        answered_at=started_at if answered else None,
        status="in-progress" if answered else "queued",
    )


async def test_open_calls_are_ended_as_the_carrier_says(tmp_path: Path) -> None:
    """Over at the carrier: ended; still going on or too young to tell: left alone."""
    store = await Store.open(f"sqlite:///{tmp_path}/calls.db")
    registry = Registry(admission=Admission(max_calls=1, inbound_reserve=0))
    async with Carrier(account_sid=ACCOUNT, auth_token="token", phone_number=LINE) as far_side:
        twilio = TwilioCarrier(account_sid=ACCOUNT, auth_token="token", api_url=far_side.url)
        far_side.answer(CALLEE, Busy(ring_secs=0))
        order = PlaceCall(to=CALLEE, from_=LINE, twiml="<Response><Hangup/></Response>")
        busy = far_side.calls[(await twilio.place_call(order)).call_sid]
        await busy.wait_ended(5)
        far_side.answer(CALLEE, Answers(ring_secs=60))
        ringing = await twilio.place_call(order)
        hour = timedelta(hours=1)
        for record in (
            open_call("talked", call_sid=busy.sid, answered=True, age=hour),
            open_call("ringing", call_sid=ringing.call_sid, answered=False, age=hour),
            open_call("unknown", call_sid="CA" + "9" * 32, answered=True, age=hour),
            open_call("unplaced", call_sid=None, answered=False, age=hour),
            open_call("young", call_sid=None, answered=False, age=timedelta(seconds=1)),
        ):
            await store.add_call(record)
        assert await recover(store=store, carrier=twilio, registry=registry) == 3
        assert await recover(store=store, carrier=twilio, registry=registry) == 0
        await twilio.aclose()
    reasons = {}
    for call_id in ("talked", "ringing", "unknown", "unplaced", "young"):
        record = await store.get_call(call_id)
        assert record is not None
        reasons[call_id] = record.outcome.reason if record.outcome else None
    assert reasons == {
        "talked": "service_restarted",
        "ringing": None,
        "unknown": "service_restarted",
        "unplaced": "not_placed",
        "young": None,
    }
    await store.close()


def test_a_worker_closes_what_its_predecessor_left(tmp_path: Path) -> None:
    """Its own calls from before, each as soon as the carrier's is over; nobody else's."""

    async def story() -> None:
        store = await Store.open(f"sqlite:///{tmp_path}/calls.db")
        carrier, sid = MemoryCarrier(), "CA" + "3" * 32
        carrier.statuses[sid] = CallStatus.IN_PROGRESS
        hour, now = timedelta(hours=1), datetime.now(UTC)
        for number, call_id in enumerate(("call_w1_0a", "call_w2_0a", "call_0a", "call_w1_0b")):
            call_sid = sid if number == 0 else f"CA{number:032d}"
            age = -hour if number == 3 else hour  # the last one began since
            await store.add_call(open_call(call_id, call_sid=call_sid, answered=True, age=age))
        recovering = asyncio.ensure_future(
            recover_own(
                store=store,
                carrier=carrier,
                registry=Registry(admission=Admission(max_calls=1, inbound_reserve=0)),
                worker=1,
                until=now,
            )
        )
        await asyncio.sleep(FIRST_PAUSE_SECS)
        assert not recovering.done()
        carrier.statuses[sid] = CallStatus.COMPLETED
        await recovering
        open_ones = {record.id for record in await store.find_calls(open_only=True)}
        assert open_ones == {"call_w2_0a", "call_0a", "call_w1_0b"}
        assert {sid for _, sid in carrier.did} == {sid}
        await store.close()

    hastily(story(), times=200)
