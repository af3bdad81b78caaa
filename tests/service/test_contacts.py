"""People we call: who opts out is never called again, who rings back is known."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any

import pytest
import pytest_asyncio

from bot.batches.clock import SystemClock
from bot.batches.ring_backs import RingBackWatcher
from bot.batches.settings import BatchSettings
from bot.clock import utcnow
from bot.simulator.caller import CallerScript, HangUp, Say, StayOn, WaitForAgent
from bot.simulator.carrier import Answers
from bot.simulator.model import Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import BatchRecord, ContactRecord, Store, Suppression
from bot.testing.line import HASTY, LINE, Line, agent_file
from pipelines import ERRAND, PIPELINES, PipelineSpec
from tests.service.line_kit import ToneVoice, open_line
from tools import ToolAnswer, ToolCall, end_call

pytestmark = pytest.mark.asyncio(loop_scope="module")

POLITE = CallerScript(actions=(WaitForAgent(silence_ms=100), HangUp()))
SAYS_YES = (WaitForAgent(silence_ms=100), Say("yes"), WaitForAgent(silence_ms=300), HangUp())
OURS = {"appointments": "A1", "zone": "America/New_York"}  # variables for tools alone
PATIENT = CallerScript(actions=(StayOn(),))
NOTE = "does not want these calls"
SEEN: list[dict[str, str]] = []  # the variables a tool was given


async def stop_calling(call: ToolCall, *, note: Annotated[str, "What they said."]) -> ToolAnswer:
    """Never call this person again."""
    SEEN.append(dict(call.variables))
    await call.contacts.opt_out(note)
    return ToolAnswer(output={"done": True})


async def confirm_appointment(call: ToolCall) -> ToolAnswer:
    """They come."""
    SEEN.append(dict(call.variables))
    return ToolAnswer(output={"confirmed": True})


CONFIRMING = PipelineSpec(name="confirming", build=ERRAND.build, tools=(confirm_appointment,))
REMINDING = PipelineSpec(name="reminding", build=ERRAND.build, tools=(stop_calling, end_call))
AGENTS = {
    "front": agent_file(first_line="Front desk."),
    "task": agent_file(pipeline="errand", first_line="Hi."),
    "reminder": agent_file(
        'private = ["doctor"]', pipeline="reminding", first_line="This is about {day}."
    ),
    "stopper": agent_file(pipeline="reminding", first_line=""),
    "confirmer": agent_file(pipeline="confirming", first_line="Hi, about {day}."),
}
SCRIPT = ModelScript(
    steps=(
        Step(opening=True, calls=(Call(name="stop_calling", arguments={"note": NOTE}),)),
        Step(hears=("yes",), calls=(Call(name="confirm_appointment"),)),
        Step(after_tool="confirm_appointment", say="Done."),
    ),
    expects=("yes",),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("contacts"),
        manner=HASTY,
        voice=ToneVoice(),
        script=SCRIPT,
        agents=AGENTS,
        pipelines={**PIPELINES, "reminding": REMINDING, "confirming": CONFIRMING},
        inbound_agent="front",
    ) as line:
        yield line


@pytest_asyncio.fixture(loop_scope="module")
async def store(line: Line) -> AsyncIterator[Store]:
    """The service's own database, by another way."""
    store = await Store.open(line.settings.database_url)
    yield store
    await store.close()


# -- opting out -----------------------------------------------------------------------------------


async def test_who_opts_out_in_a_call_is_never_called_again(line: Line, store: Store) -> None:
    """Written down while they are on the line, and from then on refused to everybody."""
    number = "+15556660001"
    line.carrier.answer(number, Answers(ring_secs=0.1, caller=PATIENT))
    order = {"to": number, "agent": "stopper", "private": {"doctor": "Dr. Grey"}}
    answer = await line.api.post("/calls", json=order)
    record = await line.until(
        answer.json()["id"], lambda record: any(call["ok"] for call in record["tool_calls"])
    )
    assert record["ended_at"] is None
    assert SEEN[-1] == {"doctor": "Dr. Grey"}
    entry = await store.suppressions.get(number)
    assert entry is not None
    assert (entry.source, entry.call_id, entry.note) == ("call", record["id"], NOTE)
    known = set(line.carrier.calls)
    for headers in ({}, {"Idempotency-Key": "anew"}):
        order = {"to": number, "agent": "task"}
        answer = await line.api.post("/calls", json=order, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (409, "suppressed")
        assert "opted out" in answer.json()["detail"]
    assert set(line.carrier.calls) == known
    await line.api.post(f"/calls/{record['id']}/hangup")
    await line.ended(record["id"])


# -- private facts --------------------------------------------------------------------------------


async def test_what_a_file_keeps_private_reaches_tools_alone(line: Line) -> None:
    """Given as a variable or not: the session's instructions never hold it."""
    number = "+15556660002"
    line.carrier.answer(number, Answers(ring_secs=0.1, caller=POLITE))
    known = len(line.model.sessions)
    order = {
        "to": number,
        "agent": "reminder",
        "variables": {"day": "Monday", "doctor": "Dr. Grey"},
    }
    answer = await line.api.post("/calls", json=order)
    record = await line.ended(answer.json()["id"])
    assert [turn["text"] for turn in record["turns"]] == ["This is about Monday."]
    (session,) = line.model.sessions[known:]
    assert "Grey" not in repr(session.client_events)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"instructions": "You know {doctor}.", "variables": {"doctor": "x"}}, '"doctor" is priv'),
        ({"instructions": "{key}", "private": {"key": "x"}}, '"key" is private'),
        ({"voice": "robot"}, 'no voice "robot"; choose one of: alloy'),
        ({"on_machine": "leave_message"}, "voicemail says nothing"),
        ({"voicemail": "For {nobody}."}, '"nobody" is needed'),
    ],
)
async def test_an_order_is_checked_before_anybody_is_called(
    line: Line, changes: dict[str, Any], told: str
) -> None:
    """422, with a sentence that says what is wrong."""
    known = set(line.carrier.calls)
    order: dict[str, Any] = {"to": "+15556660003", "agent": "reminder", "variables": {}}
    order |= changes
    order["variables"] = {"day": "Monday"} | order["variables"]
    answer = await line.api.post("/calls", json=order)
    assert (answer.status_code, answer.json()["reason"]) == (422, "wrong_order")
    assert told in answer.json()["detail"]
    assert set(line.carrier.calls) == known


# -- ringing back ---------------------------------------------------------------------------------


async def called(
    store: Store,
    number: str,
    *,
    days_ago: float = 1.0,
    ring_back_days: int = 3,
    agent: str = "reminder",
    variables: dict[str, str] | None = None,
) -> None:
    """Somebody was called for a batch so long ago, and did not answer."""
    at = utcnow() - timedelta(days=days_ago)
    batch = f"batch_{number[1:]}"
    settings = BatchSettings(ring_back_days=ring_back_days).model_dump(mode="json")
    given = {"day": "Tuesday", "doctor": "Dr. Grey"} if variables is None else variables
    await store.batches.add(
        BatchRecord(
            id=batch, name="b", agent=agent, settings=settings, created_at=at, state="running"
        ),
        [
            ContactRecord(
                id=f"{batch}_1",
                batch_id=batch,
                line=2,
                number=number,
                variables=given,
                appointments=("A1",),
            )
        ],
    )
    (attempt,) = await store.ledger.plan(batch, now=at, backlog=1)
    decision = {"at": at.isoformat(), "word": "allow"}
    assert await store.ledger.placing(
        attempt.id, number=attempt.number, at=at, decision=decision, concurrency=1
    )
    assert await store.ledger.placed(attempt.id, at=at, call_id="call_x", call_sid=None)
    assert await store.ledger.ended(
        attempt.id,
        expect=["placed"],
        at=at,
        disposition="no_answer",
        contact={"state": "waiting", "disposition": "no_answer"},
    )


async def answered(line: Line, number: str, **dialling: Any) -> tuple[str, list[str]]:
    """Which agent answers a call from this number, and what it says."""
    sim = await line.carrier.dial(number, caller=POLITE, **dialling)
    record = await line.ended(sim.sid)
    assert record["direction"] == "inbound"
    return record["agent"], [turn["text"] for turn in record["turns"]]


async def test_what_they_say_ringing_back_reaches_the_batch(
    line: Line, store: Store, spoken: Voice
) -> None:
    """The call knows whom it is about, and tools what they would know in a call of ours; when it is
    over, the contact has its outcome and waits no more."""
    number = "+12125550110"
    await called(store, number, agent="confirmer")
    ends = RingBackWatcher(store=store, clock=SystemClock())
    known = len(SEEN)
    sim = await line.carrier.dial(number, caller=CallerScript(actions=SAYS_YES, voice=spoken))
    record = await line.ended(sim.sid)
    assert record["agent"] == "confirmer"
    assert SEEN[known:] == [{"day": "Tuesday", "doctor": "Dr. Grey", **OURS}]
    assert await ends.look() == 1
    contact = await store.batches.contact(f"batch_{number[1:]}_1")
    assert contact is not None
    assert (contact.state, contact.disposition) == ("done", "confirmed")
    assert contact.detail == {"rang_back": record["id"]}


async def test_who_rings_back_is_known(line: Line, store: Store) -> None:
    """The agent that called answers, with what it knew; private things stay private."""
    await called(store, "+15556660010")
    known = len(line.model.sessions)
    assert await answered(line, "+15556660010") == ("reminder", ["This is about Tuesday."])
    (session,) = line.model.sessions[known:]
    assert "You are answering the phone" in repr(session.client_events)
    assert "Grey" not in repr(session.client_events)


@pytest.mark.parametrize(
    ("number", "how"),
    [
        ("+15556660011", {"days_ago": 4.0}),
        ("+15556660012", {"ring_back_days": 0}),
        ("+15556660013", {"agent": "gone"}),
        ("+15556660014", {"variables": {}}),
    ],
    ids=["too long ago", "not wanted", "the agent is gone", "a variable is missing"],
)
async def test_others_are_answered_as_anybody(
    line: Line, store: Store, number: str, how: dict[str, Any]
) -> None:
    """A phone that rings is answered, whatever is wrong with a batch."""
    await called(store, number, **how)
    assert await answered(line, number) == ("front", ["Front desk."])


async def test_strangers_are_answered_as_anybody(line: Line) -> None:
    """Also those who withhold their number."""
    for number in ("+15556660020", "anonymous"):
        assert await answered(line, number) == ("front", ["Front desk."])


async def test_who_opted_out_and_rings_is_answered_as_anybody(line: Line, store: Store) -> None:
    """They want no reminder, and may want something else."""
    number = "+15556660021"
    await called(store, number)
    wish = Suppression(number=number, at=utcnow(), source="cli")
    await store.suppressions.add(wish)
    assert await answered(line, number) == ("front", ["Front desk."])


async def test_only_the_number_they_were_called_from_rings_back(line: Line, store: Store) -> None:
    """Another number of ours has its own agent."""
    await called(store, "+15556660022")
    assert LINE != "+15550002222"
    got = await answered(line, "+15556660022", to_number="+15550002222")
    assert got == ("front", ["Front desk."])
