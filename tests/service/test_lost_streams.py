"""The carrier's stream breaks while the caller is on the line: the conversation goes on."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from process_kit import ServiceProcess
from talk_kit import Scene, Told, open_scene, tell
from websockets.exceptions import ConnectionClosed

from bot.simulator.caller import (
    CallerScript,
    InterruptAfter,
    Pause,
    Say,
    WaitForAgent,
    render_words,
)
from bot.simulator.carrier import SimCall
from bot.simulator.loopback_client import loopback_client
from bot.simulator.model import ANYTHING, Call, Faults, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import (
    API_KEY,
    CALLER,
    HASTY,
    Line,
    agent_file,
    begin_stream,
    served,
    stream_parameters,
    voice_form,
)
from pipelines import PIPELINES, RECEPTION, PipelineSpec
from pipelines.spec import CallParts
from processors.frames import LineBackFrame
from tests.service.line_kit import ToneVoice, open_line

STORY = "one two three four five six seven eight nine ten eleven twelve"  # three seconds
BACK = "We were cut off. Now then."  # a second and a half
ASK = "Tell me a story."
THANKS = "Thank you very much."
WELCOME = "You are welcome."
HELLO = "Hello there."
HOURS = Call(name="lookup_hours", arguments={"day": "2027-03-09"})
PICKS_UP = Step(nudged=True, say=BACK)

Cut = Callable[[SimCall, Line], Awaitable[None]]


async def played(scene: Scene, folder: Path, spoken: Voice, cut: Cut) -> tuple[Told, Line]:
    """Plays the scene, with the stream cut on the way."""
    script = CallerScript(scene.actions, spoken)
    await render_words(script)
    async with open_scene(scene, folder) as line, asyncio.timeout(scene.within_secs):
        sim = await line.carrier.dial(CALLER, caller=script)
        await cut(sim, line)
        return await tell(scene, line, sim, folder, spoken), line


async def cut(sim: SimCall) -> None:
    """Cuts the stream; returns when the next one is there."""
    streams = len(sim.streams)
    sim.cut_stream()
    await sim.wait_for("stream_started", count=streams + 1)


def told_of_the_break(call: Told) -> int:
    """How often the model was told that the line broke."""
    items = [event["item"] for event in call.session.received("conversation.item.create")]
    return sum(item.get("role") == "system" for item in items)


def assert_went_on(call: Told, line: Line) -> None:
    """One model session, one record, two streams; the carrier never spoke."""
    assert len(line.model.sessions) == 1
    assert len(call.sim.streams) == 2
    assert call.said_by_carrier == []
    assert call.outcome == ("completed", "caller_hung_up")
    assert call.errors == []
    assert [error.code for error in call.sim.errors] == [31903]  # the cut itself


async def test_cut_while_the_agent_speaks(tmp_path: Path, spoken: Voice) -> None:
    """Soon the agent picks up the thread; the model knows what was heard, and all before it."""
    scene = Scene(
        script=ModelScript(
            greeting=HELLO,
            steps=(
                Step(hears=ANYTHING, say=STORY),
                PICKS_UP,
                Step(hears=ANYTHING, say=WELCOME),
            ),
            expects=(ASK, THANKS),
        ),
        actions=(WaitForAgent(300), Say(ASK), WaitForAgent(1500), Say(THANKS), WaitForAgent(300)),
    )

    async def in_the_story(sim: SimCall, line: Line) -> None:
        await sim.wait_for("agent_speaks", count=2)
        await asyncio.sleep(1.3)
        await cut(sim)

    call, line = await played(scene, tmp_path, spoken, in_the_story)
    assert_went_on(call, line)
    story, back = call.heard(STORY), call.heard(BACK)
    assert story is not None and back is not None
    assert back.start_ms - story.end_ms < 1200
    (told_ms,) = call.truncated_ms
    assert abs(told_ms - (story.end_ms - story.start_ms)) <= 120
    assert told_of_the_break(call) == 1
    assert call.heard_ms(BACK) == 1500
    turn = call.turn("one")
    assert STORY.startswith(turn["text"]) and turn["interrupted"]
    assert [text for _, text in call.turns] == [HELLO, ASK, turn["text"], BACK, THANKS, WELCOME]


async def test_cut_while_the_caller_speaks(tmp_path: Path, spoken: Voice) -> None:
    """Nothing is said about it: the caller goes on, and what they say is one turn."""
    words = "I have been waiting for my order since the beginning of last week."
    scene = Scene(
        script=ModelScript(
            greeting=HELLO, steps=(Step(hears=ANYTHING, say=WELCOME),), expects=(words,)
        ),
        actions=(WaitForAgent(300), Say(words), WaitForAgent(600)),
    )

    async def in_his_words(sim: SimCall, line: Line) -> None:
        await sim.wait_for("caller_says")
        await asyncio.sleep(1.2)
        await cut(sim)

    call, line = await played(scene, tmp_path, spoken, in_his_words)
    assert_went_on(call, line)
    assert told_of_the_break(call) == 0
    assert call.turns == [("agent", HELLO), ("caller", words), ("agent", WELCOME)]
    assert call.heard_ms(WELCOME) == 750


async def test_cut_while_a_tool_runs(tmp_path: Path, spoken: Voice) -> None:
    """It runs on; its result is spoken on the new stream."""
    scene = Scene(
        script=ModelScript(
            greeting=HELLO,
            steps=(
                Step(hears=ANYTHING, calls=(HOURS,)),
                Step(after_tool="lookup_hours", say=STORY),
            ),
            expects=(ASK,),
        ),
        business={"delay_secs": 1.5},
        actions=(WaitForAgent(300), Say(ASK), WaitForAgent(1000)),
    )

    async def in_the_lookup(sim: SimCall, line: Line) -> None:
        await line.until(sim.sid, lambda record: bool(record["tool_calls"]))
        await cut(sim)

    call, line = await played(scene, tmp_path, spoken, in_the_lookup)
    assert_went_on(call, line)
    assert len(call.outputs) == len(call.record["tool_calls"]) == 1
    assert call.record["tool_calls"][0]["ok"]
    assert call.heard_ms(STORY) == 3000


async def test_cut_during_the_greeting(tmp_path: Path, spoken: Voice) -> None:
    """The greeting is no different from any other sentence."""
    scene = Scene(
        script=ModelScript(greeting=STORY, steps=(PICKS_UP,)), actions=(WaitForAgent(1500),)
    )

    async def in_the_greeting(sim: SimCall, line: Line) -> None:
        await sim.wait_for("agent_speaks")
        await asyncio.sleep(0.7)
        await cut(sim)

    call, line = await played(scene, tmp_path, spoken, in_the_greeting)
    assert_went_on(call, line)
    assert call.heard_ms(BACK) == 1500
    assert [turn["interrupted"] for turn in call.record["turns"]] == [True, False]


async def test_cut_before_the_first_word(tmp_path: Path, spoken: Voice) -> None:
    """Who has heard nothing yet is greeted, and not told of a line that broke."""
    scene = Scene(
        script=ModelScript(steps=(PICKS_UP,)),
        first_line=HELLO,
        faults=Faults(first_audio_after_secs=0.8),
        actions=(WaitForAgent(800), Pause(300)),
    )

    async def at_once(sim: SimCall, line: Line) -> None:
        await sim.wait_for("stream_started")
        await asyncio.sleep(0.3)
        await cut(sim)

    call, line = await played(scene, tmp_path, spoken, at_once)
    assert_went_on(call, line)
    assert call.heard_ms(HELLO) == 500
    assert call.turns == [("agent", HELLO)]
    assert told_of_the_break(call) == 0


# -- the gap, by hand ------------------------------------------------------------------------------


async def in_a_call(line: Line, call_sid: str) -> dict[str, str]:
    """Somebody calls; returns the parameters of the stream that is to come."""
    twiml = (await line.webhook("/twilio/incoming", voice_form(call_sid))).text
    return stream_parameters(twiml)


async def ask_what_follows(line: Line, call_sid: str, call_id: str) -> str:
    """The carrier's question after a stream, the caller being on the line."""
    form = voice_form(call_sid, CallStatus="in-progress")
    return (await line.webhook(f"/twilio/stream-ended?call={call_id}", form)).text


def a_line(folder: Path, **changes: Any) -> Any:
    agents = {"front": agent_file()}
    given = {"manner": HASTY, "voice": ToneVoice(), "agents": agents, "inbound_agent": "front"}
    return open_line(folder, **(given | changes))


async def test_the_caller_hangs_up_while_there_is_no_stream(tmp_path: Path) -> None:
    """The call ends as one whose caller hung up; the stream that was asked for is refused."""
    async with a_line(tmp_path) as line:
        given = await in_a_call(line, "CAgap")
        async with line.stream() as socket:
            await begin_stream(socket, "CAgap", given)
            await line.until(given["call"], lambda record: record["status"] == "in-progress")
            socket.transport.abort()
        follows = stream_parameters(await ask_what_follows(line, "CAgap", given["call"]))
        assert follows["call"] == given["call"]
        assert follows["token"] != given["token"]
        over = voice_form("CAgap", CallStatus="completed", SequenceNumber="3")
        await line.webhook("/twilio/status", over)
        record = await line.ended("CAgap", within_secs=2)
        assert record["outcome"]["reason"] == "caller_hung_up"
        assert await is_refused(line, "CAgap", follows)


async def test_nobody_asks_what_follows_a_stream(tmp_path: Path) -> None:
    """The carrier is asked, after a few seconds: it knows no such call any more."""
    async with a_line(tmp_path) as line:
        given = await in_a_call(line, "CAmute")
        async with line.stream() as socket:
            await begin_stream(socket, "CAmute", given)
            await line.until(given["call"], lambda record: record["status"] == "in-progress")
            socket.transport.abort()
        record = await line.ended("CAmute", within_secs=6)
        assert record["outcome"]["reason"] == "caller_hung_up"


async def test_a_broken_stream_that_we_have_not_noticed(tmp_path: Path) -> None:
    """The carrier's question says that it is gone: its socket is closed, the next one is taken."""
    async with a_line(tmp_path) as line, AsyncExitStack() as stack:
        given = await in_a_call(line, "CAhalf")
        first = await stack.enter_async_context(line.stream())
        await begin_stream(first, "CAhalf", given)
        await first.recv()
        follows = stream_parameters(await ask_what_follows(line, "CAhalf", given["call"]))
        second = await stack.enter_async_context(line.stream())
        await begin_stream(second, "CAhalf", follows)
        await asyncio.wait_for(second.recv(), 5)
        async with asyncio.timeout(2):
            await first.wait_closed()
        assert await is_refused(line, "CAhalf", follows)  # its token was used
        assert (await line.api.post("/calls/CAhalf/hangup")).status_code == 202
        record = await line.ended("CAhalf")
        assert record["outcome"]["reason"] == "hung_up_by_api"


class StandsStill(FrameProcessor):
    """An author's processor that never gets done with the news that the line is back."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LineBackFrame):
            await asyncio.Event().wait()
        await self.push_frame(frame, direction)


def _stands_still(call: CallParts) -> list[FrameProcessor]:
    audio, *others = RECEPTION.build(call)
    return [audio, StandsStill(enable_direct_mode=True), *others]


async def test_a_pipeline_that_does_not_take_the_next_stream_ends_with_its_call(
    tmp_path: Path,
) -> None:
    """Nobody waits for it when the call is to end."""
    standing = PipelineSpec(name="standing", build=_stands_still, tools=RECEPTION.tools)
    agents = {"front": agent_file(pipeline="standing")}
    pipelines = {**PIPELINES, "standing": standing}
    async with (
        a_line(tmp_path, agents=agents, pipelines=pipelines) as line,
        AsyncExitStack() as stack,
    ):
        given = await in_a_call(line, "CAstill")
        first = await stack.enter_async_context(line.stream())
        await begin_stream(first, "CAstill", given)
        await first.recv()
        follows = stream_parameters(await ask_what_follows(line, "CAstill", given["call"]))
        second = await stack.enter_async_context(line.stream())
        await begin_stream(second, "CAstill", follows)
        await asyncio.sleep(1)
        assert (await line.api.post("/calls/CAstill/hangup")).status_code == 202
        record = await line.ended("CAstill", within_secs=15)
        assert record["outcome"]["reason"] == "hung_up_by_api"
        assert (await line.api.get("/health/live")).json()["live_calls"] == 0


async def is_refused(line: Line, call_sid: str, parameters: dict[str, str]) -> bool:
    """Whether a stream with these parameters is turned away."""
    async with line.stream() as socket:
        await begin_stream(socket, call_sid, parameters)
        try:
            await asyncio.wait_for(socket.recv(), 2)
        except ConnectionClosed as closed:
            return closed.rcvd is not None and closed.rcvd.code == 1008
    return False


# -- a process that dies ---------------------------------------------------------------------------


@pytest.mark.realtime
async def test_another_process_goes_on_with_the_call(tmp_path: Path) -> None:
    """One that dies in a call leaves its record; who is asked next goes on from there."""
    service = ServiceProcess(tmp_path)
    script = ModelScript(steps=(Step(opening=True, say="Where were we?"),))
    async with (
        a_line(tmp_path, script=script, serving=service.serving) as line,
        served(line.settings) as url,
        loopback_client(base_url=url, headers={"Authorization": f"Bearer {API_KEY}"}) as api,
    ):
        sim = await line.carrier.dial(CALLER)
        before = await line.until(sim.sid, lambda record: bool(record["turns"]))
        line.carrier.webhook_base = url
        service.signal(signal.SIGKILL)
        line = replace(line, url=url, api=api)
        await line.until(sim.sid, lambda record: len(record["turns"]) == 2)
        await sim.hang_up()
        record = await line.ended(sim.sid)
        assert [turn["text"] for turn in record["turns"]] == ["Hello.", "Where were we?"]
        assert {name: record[name] for name in ("id", "started_at", "answered_at", "agent")} == {
            name: before[name] for name in ("id", "started_at", "answered_at", "agent")
        }
        assert (record["status"], record["outcome"]["reason"]) == ("completed", "caller_hung_up")
        told = line.model.sessions[-1].received("conversation.item.create")
        assert [event["item"]["role"] for event in told] == ["assistant", "system"]
        assert told[0]["item"]["content"][0]["text"] == "Hello."
        assert len(line.model.sessions) == 2
        assert not [event for event in sim.events if event.kind == "say"]
        assert record["usage"]["responses"] == 2


async def test_a_stream_that_is_stopped_while_the_call_goes_on(
    tmp_path: Path, spoken: Voice
) -> None:
    """The carrier says stop, as at a hang-up, and then asks what comes next: another stream."""
    scene = Scene(
        script=ModelScript(
            greeting=HELLO,
            steps=(Step(hears=ANYTHING, say=STORY), PICKS_UP, Step(hears=ANYTHING, say=WELCOME)),
            expects=(ASK, THANKS),
        ),
        actions=(WaitForAgent(300), Say(ASK), WaitForAgent(1500), Say(THANKS), WaitForAgent(300)),
    )

    async def stops(sim: SimCall, line: Line) -> None:
        await sim.wait_for("agent_speaks", count=2)
        await asyncio.sleep(1.3)
        sim.end_stream()
        await sim.wait_for("stream_started", count=2)

    call, line = await played(scene, tmp_path, spoken, stops)
    assert len(line.model.sessions) == 1
    assert len(call.sim.streams) == 2
    assert call.outcome == ("completed", "caller_hung_up")
    assert call.heard_ms(BACK) == 1500
    assert call.turns[-1] == ("agent", WELCOME)


async def test_an_endpoint_that_is_not_openais(tmp_path: Path, spoken: Voice) -> None:
    """It leaves out what we could ask for, and its words end in half a character."""
    scene = Scene(
        script=ModelScript(
            greeting=HELLO,
            steps=(
                Step(hears=ANYTHING, calls=(HOURS,)),
                Step(after_tool="lookup_hours", say=STORY),
                Step(hears=ANYTHING, say=WELCOME),
            ),
            expects=(ASK, THANKS),
        ),
        faults=Faults(
            no_metadata=True, no_done_if_cancelled=True, refuses_updates=True, half_pairs=True
        ),
        actions=(*(WaitForAgent(300), Say(ASK), InterruptAfter(1500, THANKS), WaitForAgent(300)),),
    )

    async def nothing(sim: SimCall, line: Line) -> None:
        """Happens to the stream."""

    call, line = await played(scene, tmp_path, spoken, nothing)
    assert len(line.model.sessions) == 1
    assert call.outcome == ("completed", "caller_hung_up")
    texts = [text for _, text in call.turns]
    assert (texts[0], texts[1]) == (HELLO, f"{ASK} \ufffd")
    assert texts[-1] == WELCOME
