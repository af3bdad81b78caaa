"""How a transfer went, asked of the carrier: of all whom it has dialled for a caller, those count
who were dialled for the last transfer.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from bot.calls.transfers import ask_of_transfer
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.rest import TwilioCarrier
from bot.clock import utcnow
from bot.simulator.carrier import AnswerPolicy, Answers, Busy, NoAnswer
from bot.store import CallRecord, Outcome, Store, Transfer
from tests.databases import open_store
from tests.simulator.sim_carrier_service import ACCOUNT, LINE, PUBLIC, TOKEN, wire

CALLER, ANN, TOM = "+15552223333", "+15559998881", "+15559998882"
TALKS = Answers(ring_secs=1, talk_secs=9)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(tmp_path / "calls.db")
    yield store
    await store.close()


@pytest.mark.parametrize(
    ("ann", "tom", "outcome", "talked_secs"),
    [
        (TALKS, NoAnswer(), "no_answer", None),
        (TALKS, Busy(ring_secs=0.2), "busy", None),
        (NoAnswer(), TALKS, "answered", 9),
        (Busy(ring_secs=0.2), NoAnswer(), "no_answer", None),
    ],
)
async def test_only_those_of_the_last_transfer_count(
    store: Store, ann: AnswerPolicy, tom: AnswerPolicy, outcome: str, talked_secs: int | None
) -> None:
    """Ann was dialled for the caller before, who came back to the agent; then Tom was."""
    async with wire() as (sim, service), aclosing(carrier_at(sim.url)) as carrier:
        sim.answer(ANN, ann)
        sim.answer(TOM, tom)
        dial = '<Dial timeout="5">{}</Dial>'
        service.answer(f"{dial.format(ANN)}<Pause length='10'/>{dial.format(TOM)}")
        call = await sim.dial(CALLER)
        await call.wait_for("dial_ended", timeout_secs=20)
        asked_at = utcnow()  # while the caller is with the agent again, for 10 s
        await call.wait_ended(60)
        await store.add_call(
            CallRecord(
                id="call_1",
                direction="inbound",
                agent="desk",
                from_number=CALLER,
                to_number=LINE,
                started_at=call.created_at,
                status="in-progress",
                call_sid=call.sid,
                transfer=Transfer(reason="A bill.", at=asked_at, target=TOM),
            )
        )
        done = Outcome(result="transferred", reason="transfer")
        await store.end_call("call_1", status="completed", outcome=done, ended_at=call.created_at)
        record = await store.get_call("call_1")
        assert record is not None
        assert await ask_of_transfer(record, store=store, carrier=carrier)
        record = await store.get_call("call_1")
        assert record is not None and record.dialled is not None
        assert (record.dialled.outcome, record.dialled.talked_secs) == (outcome, talked_secs)


def carrier_at(url: str) -> TwilioCarrier:
    return TwilioCarrier(
        account_sid=ACCOUNT, addresses=Addresses(public_url=PUBLIC), auth_token=TOKEN, api_url=url
    )
