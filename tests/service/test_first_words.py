"""The first words of the agent: how soon they are heard, and that they are said once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from talk_kit import AGENT, RULER, Scene, Told, open_scene, prepare_clips, tell

from bot.simulator.caller import CallerScript, Say, WaitForAgent
from bot.simulator.carrier import Answers
from bot.simulator.model import ANYTHING, Faults, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER

GREETING = "Hello, this is the desk speaking."
ASK = "When are you open?"
ANSWER = "We are open all day long."
CALLEE = "+15554445555"
SOON_MS = 500

SCENE = Scene(
    script=ModelScript(steps=(Step(hears=ANYTHING, say=ANSWER),), expects=(ASK,)),
    first_line=GREETING,
    actions=(WaitForAgent(400), Say(ASK), WaitForAgent(400)),
)


@dataclass(frozen=True, kw_only=True)
class Played:
    """The calls of this file."""

    first: Told  # nothing was prepared
    second: Told  # on the same line, later
    outbound: Told  # nothing was prepared; it rang for a while
    outbound_prepared: Told
    outbound_prepared_late: Told  # the clip came into being while it rang
    prepared_meanwhile: Told  # and here, after the stream came and before the model's session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Played]:
    home = tmp_path_factory.mktemp("words")
    async with asyncio.timeout(40):
        (first, second), plain, prepared, late, meanwhile = await asyncio.gather(
            _two_calls(home / "in", spoken),
            _outbound(home / "out", spoken),
            _outbound(home / "prepared", spoken, prepared=True),
            _outbound(home / "late", spoken, prepared_late=True),
            _prepared_meanwhile(home / "meanwhile", spoken),
        )
    yield Played(
        first=first,
        second=second,
        outbound=plain,
        outbound_prepared=prepared,
        outbound_prepared_late=late,
        prepared_meanwhile=meanwhile,
    )


async def _two_calls(folder: Path, spoken: Voice) -> list[Told]:
    folder.mkdir()
    told = []
    async with open_scene(SCENE, folder) as line:
        for _ in range(2):
            caller = CallerScript(SCENE.actions, spoken)
            sim = await line.carrier.dial(CALLER, caller=caller)
            told.append(await tell(SCENE, line, sim, folder, spoken))
    return told


async def _outbound(
    folder: Path, spoken: Voice, *, prepared: bool = False, prepared_late: bool = False
) -> Told:
    folder.mkdir()
    if prepared:
        prepare_clips(folder, (GREETING,), RULER)
    async with open_scene(SCENE, folder) as line:
        callee = CallerScript(SCENE.actions, spoken)
        line.carrier.answer(CALLEE, Answers(ring_secs=1.5, caller=callee))
        placed = await line.api.post("/calls", json={"to": CALLEE, "agent": AGENT})
        assert placed.status_code < 300, placed.text
        sim = await line.carrier.wait_for_call(to=CALLEE)
        if prepared_late:
            sessions = line.model.sessions
            await line.model.until(lambda: any(s.received("response.create") for s in sessions))
            prepare_clips(folder, (GREETING,), RULER)
        return await tell(SCENE, line, sim, folder, spoken)


async def _prepared_meanwhile(folder: Path, spoken: Voice) -> Told:
    folder.mkdir()
    scene = replace(SCENE, faults=Faults(updated_after_secs=1.0))
    async with open_scene(scene, folder) as line:
        sim = await line.carrier.dial(CALLER, caller=CallerScript(scene.actions, spoken))
        await sim.wait_for("stream_started")
        await asyncio.sleep(0.3)
        prepare_clips(folder, (GREETING,), RULER)  # as another call or process does
        assert not line.model.sessions[0].sent("session.updated")
        return await tell(scene, line, sim, folder, spoken)


def assert_greeted_once(call: Told) -> None:
    """The caller hears the greeting in full, then the conversation takes its course."""
    assert call.heard_ms(GREETING) == 1500
    assert call.turns == [("agent", GREETING), ("caller", ASK), ("agent", ANSWER)]
    # A greeting nobody waits for any more may be complete before it is called off.
    assert {error["code"] for error in call.errors} <= {"response_cancel_not_active"}


def assert_soon(call: Told) -> None:
    greeting = call.heard(GREETING)
    assert greeting is not None
    assert greeting.start_ms < call.at_ms("stream_started") + SOON_MS
    assert call.record["latency"]["first_words_ms"] < SOON_MS


def test_the_first_call_is_greeted_by_the_model(calls: Played) -> None:
    """It is given the line word for word."""
    assert_greeted_once(calls.first)
    assert calls.first.asked == ["opening"]


def test_the_second_call_is_greeted_from_the_clip_at_once(calls: Played) -> None:
    """Within half a second of the stream's start."""
    assert_greeted_once(calls.second)
    assert_soon(calls.second)


def test_the_model_knows_of_the_greeting_it_did_not_speak(calls: Played) -> None:
    """It stands first in its memory, and no response was asked for."""
    first = calls.second.session.conversation.items[0]
    assert (first.body["role"], first.words) == ("assistant", GREETING)
    assert calls.second.asked == []
    assert len(calls.second.session.responses) == 1


def test_a_greeting_is_rendered_once(calls: Played) -> None:
    """The clip of the first call is the sound the caller heard then."""
    (clip,) = calls.second.clips.iterdir()
    assert clip.read_bytes() == RULER.render(GREETING)


def test_an_outbound_greeting_is_made_while_it_rings(calls: Played) -> None:
    """It is complete before anybody picks up, and heard at once."""
    call = calls.outbound
    assert_greeted_once(call)
    assert_soon(call)
    assert call.sent_at("response.done")[0] < 0


def test_an_outbound_call_uses_a_prepared_greeting(calls: Played) -> None:
    """Nothing is asked of the model."""
    call = calls.outbound_prepared
    assert_greeted_once(call)
    assert_soon(call)
    assert call.asked == []


def test_a_clip_made_while_it_rings_does_not_greet_twice(calls: Played) -> None:
    """Whichever of the two is heard, it is heard once, and the model remembers one."""
    call = calls.outbound_prepared_late
    assert_greeted_once(call)
    assert_soon(call)
    told = [i for i in call.session.conversation.items if i.body["role"] == "assistant"]
    assert len(told) == 2


def test_a_clip_made_while_the_model_connects_leaves_nobody_ungreeted(calls: Played) -> None:
    """Whether the model is to greet is decided once, before either could."""
    assert_greeted_once(calls.prepared_meanwhile)
    assert calls.prepared_meanwhile.asked == ["opening"]
