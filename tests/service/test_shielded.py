"""Nuisance kept from the line, in whole calls: who is not let in, and whose call is cut."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.simulator.caller import CallerScript, HangUp, Pause, Say, StayOn, WaitForAgent
from bot.simulator.carrier import EndReason, SimCall
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import HASTY, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line, put_forward

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

BUSY, TOLD, SILENT = "+15550001001", "+15550001002", "+15550001003"
PITCHED, STRICT = "+15550001004", "+15550001005"
CALLER = "+12025550143"
TURNED_AWAY = "We cannot take this call. Goodbye."
PITCH = "We can lower your electricity bill by thirty percent."
ROBOCALL = "This is an automated message. Press one to continue."
WISH = "When are you open today?"
DANGER = "This is an emergency!"
ANSWER = "We are open until six."
REPLIES = ModelScript(
    steps=tuple(Step(hears=ANYTHING, say=ANSWER) for _ in range(6)), expects=(PITCH,)
)

AGENTS = {
    "busy": agent_file(f'numbers = ["{BUSY}"]', 'shield = { blocked = ["+1202*"] }'),
    "told": agent_file(f'numbers = ["{TOLD}"]', 'shield = { turned_away = "line" }'),
    "silent": agent_file(
        f'numbers = ["{SILENT}"]',
        "shield = { silent_secs = 2 }",
        'silence = { wait_secs = 3, prompts = ["Hm?", "Hm, hm?"], goodbye = "Gone." }',
    ),
    "pitched": agent_file(f'numbers = ["{PITCHED}"]', "shield = { pitches = true }", grace_secs=2),
    "strict": agent_file(
        f'numbers = ["{STRICT}"]', 'shield = { withheld = "turn_away", calls_per_hour = 2 }'
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    folder = tmp_path_factory.mktemp("shielded")
    async with open_line(
        folder, manner=HASTY, voice=ToneVoice(), agents=AGENTS, inbound_agent="busy"
    ) as line:
        yield line


async def call(
    line: Line,
    number: str,
    *actions: Any,
    caller: str = CALLER,
    voice: Voice | None = None,
    expects: tuple[str, ...] = (),
) -> tuple[SimCall, dict[str, Any]]:
    """Somebody calls this number and does this; the call, and its record."""
    line.model.script = ModelScript(steps=REPLIES.steps, expects=expects)
    script = CallerScript(actions=actions or (StayOn(),), **({"voice": voice} if voice else {}))
    sim = await line.carrier.dial(caller, to_number=number, caller=script)
    await sim.wait_ended(60)
    return sim, await line.ended(sim.sid, within_secs=60)


def outcome(record: dict[str, Any]) -> tuple[str, str]:
    return record["outcome"]["result"], record["outcome"]["reason"]


def said(sim: SimCall) -> list[str]:
    """By the carrier's own voice."""
    return [event.detail["text"] for event in sim.events if event.kind == "say"]


async def test_a_blocked_caller_hears_the_busy_tone(line: Line) -> None:
    """The call is never answered, costs nothing, and no session is opened for it."""
    sessions = len(line.model.sessions)
    sim, record = await call(line, BUSY)
    assert outcome(record) == ("turned_away", "blocked")
    assert (sim.end_reason, sim.streams) == (EndReason.TWIML_REJECTED, [])
    assert (record["answered_at"], record["turns"]) == (None, [])
    assert len(line.model.sessions) == sessions
    sim, record = await call(line, BUSY, WaitForAgent(200), HangUp(), caller="+13035550143")
    assert outcome(record) == ("completed", "caller_hung_up")


async def test_a_list_that_is_kept_holds_from_the_next_call_on(line: Line) -> None:
    """For the line that it is of; who is taken off it is let in again."""
    caller = "+13035550199"
    wanted = {"number": "(303) 555-0199", "country": "US", "agent": "told"}
    assert (await line.api.post("/blocked", json=wanted)).status_code == 201
    assert (await line.api.post("/blocked", json=wanted)).status_code == 200
    listed = (await line.api.get("/blocked")).json()["blocked"]
    assert [(each["number"], each["agent"]) for each in listed] == [(caller, "told")]
    sim, record = await call(line, TOLD, caller=caller)
    assert outcome(record) == ("turned_away", "blocked")
    assert (said(sim), sim.streams) == ([TURNED_AWAY], [])
    _, record = await call(line, PITCHED, WaitForAgent(200), HangUp(), caller=caller)
    assert outcome(record) == ("completed", "caller_hung_up")
    assert (await line.api.delete(f"/blocked/{caller}")).status_code == 404
    assert (await line.api.delete(f"/blocked/{caller}?agent=told")).status_code == 200
    _, record = await call(line, TOLD, WaitForAgent(200), HangUp(), caller=caller)
    assert outcome(record) == ("completed", "caller_hung_up")
    assert (await line.api.post("/blocked", json={"number": "555*"})).status_code == 422
    nowhere = await line.api.post("/blocked", json=wanted | {"agent": "tolled"})
    assert (nowhere.status_code, nowhere.json()["detail"]) == (422, "There is no agent 'tolled'")


async def test_a_caller_who_calls_too_often(line: Line) -> None:
    """Two in an hour are let in; when the first is an hour old, the next one is."""
    caller = "+13035550177"

    async def rings() -> str:
        _, record = await call(line, STRICT, WaitForAgent(200), HangUp(), caller=caller)
        return outcome(record)[1]

    assert [await rings() for _ in range(4)] == [
        *("caller_hung_up", "caller_hung_up"),
        *("too_many_calls", "too_many_calls"),
    ]
    put_forward(3600)
    assert await rings() == "caller_hung_up"


async def test_a_caller_without_a_number(line: Line) -> None:
    """Is turned away where the agent's file says so, and only there."""
    _, record = await call(line, STRICT, caller="anonymous")
    assert outcome(record) == ("turned_away", "withheld")
    _, record = await call(line, TOLD, WaitForAgent(200), HangUp(), caller="anonymous")
    assert outcome(record) == ("completed", "caller_hung_up")


async def test_somebody_who_never_speaks(line: Line) -> None:
    """One prompt, the goodbye, the end."""
    _, record = await call(line, SILENT)
    assert outcome(record) == ("completed", "silent_caller")
    assert [turn["text"] for turn in record["turns"]] == ["Hello.", "Hm?", "Gone."]


async def test_somebody_who_speaks_once_is_no_silent_caller(line: Line, spoken: Voice) -> None:
    """The ladder of their agent's file is theirs."""
    _, record = await call(
        line, SILENT, WaitForAgent(200), Say(WISH), StayOn(), voice=spoken, expects=(WISH,)
    )
    assert outcome(record) == ("completed", "silence")
    assert [turn["text"] for turn in record["turns"]][-3:] == ["Hm?", "Hm, hm?", "Gone."]


async def test_somebody_who_sells_is_asked_and_let_go(line: Line, spoken: Voice) -> None:
    """They say nothing more."""
    _, record = await call(
        line, PITCHED, WaitForAgent(200), Say(PITCH), StayOn(), voice=spoken, expects=(PITCH,)
    )
    assert outcome(record) == ("completed", "sales_pitch")
    texts = [turn["text"] for turn in record["turns"]]
    assert texts.index(PITCH) < texts.index(asked("nuisance"))
    assert texts[-1] == "Goodbye."


async def test_somebody_who_sells_and_then_wants_something_is_let_in(
    line: Line, spoken: Voice
) -> None:
    """The agent answers, and the call ends as any other."""
    actions = (WaitForAgent(200), Say(PITCH), WaitForAgent(200), Say(WISH), WaitForAgent(200))
    _, record = await call(
        line, PITCHED, *actions, Pause(12_000), HangUp(), voice=spoken, expects=(PITCH, WISH)
    )
    assert record["outcome"]["reason"] == "caller_hung_up"
    texts = [turn["text"] for turn in record["turns"]]
    assert texts[texts.index(WISH) + 1] == ANSWER


async def test_a_recording_that_goes_on_is_cut(line: Line, spoken: Voice) -> None:
    """Whatever it says into the farewell."""
    actions = (WaitForAgent(200), *(Say(ROBOCALL), Pause(1500)) * 6, StayOn())
    _, record = await call(line, PITCHED, *actions, voice=spoken, expects=tuple([ROBOCALL] * 6))
    assert outcome(record) == ("completed", "robocall")
    assert record["outcome"]["summary"] == ""


async def test_after_words_of_danger_nothing_is_cut(line: Line, spoken: Voice) -> None:
    """Said after the second pitch, in the last seconds of the call."""
    actions = (
        WaitForAgent(200),
        Say(PITCH),
        WaitForAgent(200),
        Say(PITCH),
        Pause(1200),
        Say(DANGER),
    )
    _, record = await call(
        line,
        PITCHED,
        *actions,
        Pause(15_000),
        HangUp(),
        voice=spoken,
        expects=(PITCH, PITCH, DANGER),
    )
    assert DANGER in [turn["text"] for turn in record["turns"]]
    assert record["outcome"]["reason"] in ("caller_hung_up", "transfer")


async def test_they_are_counted(line: Line) -> None:
    """By reason, for whoever watches the numbers."""
    counted = (await line.api.get("/metrics")).text
    for reason in ("blocked", "too_many_calls", "withheld", "silent_caller", "sales_pitch"):
        assert f'reason="{reason}"' in counted


def asked(line_name: str) -> str:
    from config import language_of

    text: str = language_of("en").lines[line_name]
    return text
