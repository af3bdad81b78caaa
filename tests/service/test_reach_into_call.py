"""People reach into a live call: a line, a whisper, context, keys, a transfer; what is refused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.simulator.caller import Action, CallerScript, Pause, Say, StayOn, WaitForAgent
from bot.simulator.carrier import Answers, SimCall
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.voices import Voice
from bot.store import Store
from bot.testing.line import CALLER, HASTY, HUMAN, Line, agent_file
from bot.testing.voices import RulerVoice
from tests.service.line_kit import open_line
from tests.service.talk_kit import stretch_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESK, CHATTY = "+15550001000", "+15550001001"
RULER = RulerVoice()
GREETING = "Hello, this is the desk."
LONG = "Hello, this is the desk, and there is so much that I would like to tell you about today."
LINE = "Your table is ready at the window."
OFFER, PARKING = "Offer them half the price.", "The car park is closed today."
HALF, CLOSED, PLAIN = (
    "You pay half the price today.",
    "We have no parking.",
    "We are open until six.",
)
ASK = "When do you close?"
FAREWELL = "Goodbye."  # of `agent_file`

SCRIPT = ModelScript(
    greeting=GREETING,
    steps=(
        Step(nudged=True, told=OFFER, say=HALF),
        Step(opening=True, told=OFFER, say=HALF),  # where a clip has greeted
        Step(hears=ANYTHING, told=OFFER, say=HALF, once=False),
        Step(hears=ANYTHING, told=PARKING, say=CLOSED, once=False),
        Step(hears=ANYTHING, say=PLAIN, once=False),
    ),
    expects=(ASK, ASK),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with open_line(
        tmp_path_factory.mktemp("reach"),
        manner=HASTY,
        voice=RULER,
        script=SCRIPT,
        agents={
            "desk": agent_file(f'numbers = ["{DESK}"]', first_line=GREETING),
            "chatty": agent_file(f'numbers = ["{CHATTY}"]', first_line=LONG),
        },
        inbound_agent="desk",
    ) as line:
        yield line


async def begun(
    line: Line, *actions: Action, voice: Voice | None = None, to: str = DESK
) -> SimCall:
    """A call whose greeting is over, or, for the chatty one, has begun."""
    script = CallerScript(actions, voice) if voice else None
    sim = await line.carrier.dial(CALLER, to_number=to, caller=script)
    if to == CHATTY:
        await sim.wait_for("agent_speaks")
    else:
        await line.until(sim.sid, lambda record: bool(record["turns"]))
    return sim


async def act(line: Line, call_id: str, how: str, **body: Any) -> tuple[int, str]:
    answer = await line.api.post(f"/calls/{call_id}/{how}", json=body)
    told = answer.json()
    return answer.status_code, told.get("status") or str(told["detail"])


async def over(line: Line, sim: SimCall) -> dict[str, Any]:
    await sim.hang_up()
    return await line.ended(sim.sid)


def heard(sim: SimCall, text: str) -> bool:
    """Whether the caller has heard all of this."""
    sound = RULER.render(text)
    span = stretch_of(sim.heard.agent, sound)
    return span is not None and span.end_ms - span.start_ms == len(sound) / 8


def said(record: dict[str, Any]) -> list[str]:
    return [turn["text"] for turn in record["turns"] if turn["role"] == "agent"]


def answers(line: Line) -> int:
    """How often the model of the newest call has been asked for anything."""
    return len(line.model.sessions[-1].received("response.create"))


async def acts(line: Line, call_id: str) -> list[tuple[str, str, dict[str, Any]]]:
    store = await Store.open(line.settings.database_url)
    found = await store.audit.find(subject=call_id)
    await store.close()
    return [(one.who, one.act, one.details) for one in reversed(found)]


TAKEN = (202, "taken")


# -- words ----------------------------------------------------------------------------------------


async def test_a_line_is_said_and_heard_word_for_word(line: Line) -> None:
    """It is in the record as any line; the audit log has the act by the call's id, and no word."""
    sim = await begun(line)
    assert await act(line, sim.sid, "say", text=f"  {LINE}\n") == TAKEN
    await line.until(sim.sid, lambda record: LINE in said(record))
    assert heard(sim, LINE)
    record = await over(line, sim)
    assert said(record) == [GREETING, LINE]
    assert await acts(line, record["id"]) == [("api", "said", {})]


async def test_a_line_comes_after_what_is_being_said(line: Line) -> None:
    sim = await begun(line, to=CHATTY)
    assert await act(line, sim.sid, "say", text=LINE) == TAKEN
    record = await line.until(sim.sid, lambda record: LINE in said(record))
    assert said(record) == [LONG, LINE]
    assert heard(sim, LONG)
    await over(line, sim)


async def test_a_whisper_into_a_silence_makes_the_agent_speak(line: Line) -> None:
    """It follows it; nothing of the whisper is heard, or stands in the record."""
    sim = await begun(line)
    await asyncio.sleep(0.5)
    assert await act(line, sim.sid, "whisper", text=OFFER) == TAKEN
    await line.until(sim.sid, lambda record: HALF in said(record))
    assert heard(sim, HALF)
    record = await over(line, sim)
    assert said(record) == [GREETING, HALF]
    assert OFFER not in str(record)
    assert await acts(line, record["id"]) == [("api", "whispered", {})]


async def test_a_whisper_while_the_agent_speaks_is_followed_in_what_comes_next(
    line: Line, spoken: Voice
) -> None:
    """What it is saying goes on to its end, and nobody is spoken to twice."""
    actions = (WaitForAgent(800), Say(ASK), StayOn())
    sim = await begun(line, *actions, voice=spoken, to=CHATTY)
    assert await act(line, sim.sid, "whisper", text=OFFER) == TAKEN
    await line.until(sim.sid, lambda record: HALF in said(record))
    record = await over(line, sim)
    assert [turn["text"] for turn in record["turns"]] == [LONG, ASK, HALF]


async def test_context_makes_nobody_speak_and_is_known(line: Line, spoken: Voice) -> None:
    sim = await begun(line, WaitForAgent(300), Pause(6000), Say(ASK), StayOn(), voice=spoken)
    before = answers(line)
    assert await act(line, sim.sid, "context", text=PARKING) == TAKEN
    await asyncio.sleep(3)
    assert answers(line) == before
    await line.until(sim.sid, lambda record: CLOSED in said(record))
    record = await over(line, sim)
    assert said(record) == [GREETING, CLOSED]
    assert await acts(line, record["id"]) == [("api", "context_added", {})]


# -- keys and a person ----------------------------------------------------------------------------


async def test_keys_are_heard_by_the_other_side_and_the_call_goes_on(line: Line) -> None:
    """The carrier plays them in place of the stream, and brings another; others wait meanwhile."""
    sim = await begun(line)
    assert await act(line, sim.sid, "keys", keys="12#") == TAKEN
    status, why = await act(line, sim.sid, "keys", keys="9")
    assert (status, "keys are being pressed" in why) == (409, True)
    await sim.wait_for("digits_played")
    assert await act(line, sim.sid, "say", text=LINE) == TAKEN
    await line.until(sim.sid, lambda record: LINE in said(record))
    assert heard(sim, LINE)
    told = [item["item"] for item in line.model.sessions[-1].received("conversation.item.create")]
    assert any("The keys were pressed" in str(item) for item in told)
    record = await over(line, sim)
    assert await acts(line, record["id"]) == [("api", "keys_pressed", {}), ("api", "said", {})]


async def test_a_transfer_and_words_meanwhile(line: Line) -> None:
    """While the person is called the agent is not on the line: words are refused."""
    line.carrier.answer(HUMAN, Answers(ring_secs=2.0, talk_secs=0.2))
    sim = await begun(line)
    assert await act(line, sim.sid, "transfer", reason="They asked for Ann.") == TAKEN
    for how, body in (("say", {"text": LINE}), ("keys", {"keys": "1"}), ("transfer", {})):
        status, why = await act(line, sim.sid, how, **body)
        assert (status, "a person is being called" in why) == (409, True), how
    record = await line.ended(sim.sid)
    assert record["transfer"]["reason"] == "They asked for Ann."
    assert record["outcome"]["result"] == "transferred"
    assert await acts(line, record["id"]) == [("api", "put_through", {})]


# -- what is not done -----------------------------------------------------------------------------


EACH = (
    ("say", {"text": LINE}),
    ("whisper", {"text": LINE}),
    ("context", {"text": LINE}),
    ("keys", {"keys": "1"}),
    ("transfer", {}),
)


async def test_a_call_that_is_over_and_one_that_never_was(line: Line) -> None:
    sim = await begun(line)
    record = await over(line, sim)
    for how, body in EACH:
        assert await act(line, sim.sid, how, **body) == (409, "the call is over")
        assert await act(line, record["id"], how, **body) == (409, "the call is over")
        assert await act(line, "call_nobody", how, **body) == (404, "no call has this id")
    assert await acts(line, record["id"]) == []


async def test_a_call_that_nobody_has_answered(line: Line) -> None:
    line.carrier.answer(CALLER, Answers(ring_secs=20.0))
    answer = await line.api.post("/calls", json={"to": CALLER, "agent": "desk"})
    call_id = answer.json()["id"]
    for how, body in EACH:
        assert await act(line, call_id, how, **body) == (409, "the call does not talk yet")
    await line.api.post(f"/calls/{call_id}/hangup")
    await line.ended(call_id)


async def test_after_the_last_line_has_begun(line: Line) -> None:
    """The agent takes leave: nothing is added to that, and the hang-up is in the audit log."""
    sim = await begun(line)
    assert await act(line, sim.sid, "hangup", farewell=True) == (202, "ending")
    for how, body in EACH[:4]:
        assert await act(line, sim.sid, how, **body) == (409, "the agent says its last line")
    record = await line.ended(sim.sid)
    assert said(record) == [GREETING, FAREWELL]
    assert await acts(line, record["id"]) == [("api", "hung_up", {})]


@pytest.mark.parametrize(
    ("how", "body"),
    [
        ("say", {}),
        ("say", {"text": " \n "}),
        ("say", {"text": "x" * 1_001}),
        ("whisper", {"text": "x" * 2_001}),
        ("context", {"text": "x" * 4_001}),
        ("context", {"text": "x", "more": 1}),
        ("keys", {"keys": "12a"}),
        ("keys", {"keys": "1" * 33}),
        ("transfer", {"reason": "x" * 501}),
    ],
)
async def test_what_cannot_be_done_at_all(line: Line, how: str, body: dict[str, Any]) -> None:
    """A wrong body is told before the call is looked for."""
    assert (await act(line, "call_nobody", how, **body))[0] == 422


async def test_a_line_without_anybody_to_put_through_to(tmp_path: Path) -> None:
    async with open_line(tmp_path, manner=HASTY, human_transfer_number="") as line:
        sim = await line.carrier.dial(CALLER)
        status, why = await act(line, sim.sid, "transfer")
        assert (status, "HUMAN_TRANSFER_NUMBER" in why) == (409, True)
        await sim.hang_up()
