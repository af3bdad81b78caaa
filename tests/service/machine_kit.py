"""Calls that the line makes, to whatever may answer: scenes for tests of machines and people."""

from collections.abc import Mapping
from typing import Any

from pipecat.processors.frame_processor import FrameProcessor
from talk_kit import QUICK, Scene, Scenes, Told, stretch_of

from bot.media.g711 import SILENCE
from bot.simulator.caller import HeardSpan
from bot.simulator.carrier import EndReason
from bot.simulator.model import ANYTHING, ModelScript, Step
from pipelines import PIPELINES, CallParts, PipelineSpec
from processors import (
    AnsweringMachine,
    AnswerWatchdog,
    AutoHangup,
    BeepDetector,
    GoodbyeDetector,
    InterruptionClear,
    SilenceLadder,
    SileroVAD,
)
from processors.words.farewells import farewell_patterns

FIRST = "Good morning, this is the clinic on the corner calling."
WHO_AND_WHY = "This is the clinic on the corner about an appointment tomorrow."
MESSAGE = (
    "This is the clinic on the corner with a message about tomorrow. Please ring us back today at "
    "five five five, one two three four. Thank you and goodbye."
)
GREETING = (
    "Hi, you have reached Anna and Tom, we cannot come to the phone, please leave a message after "
    "the tone."
)
CHATTER = "Oh, hello there, how nice to hear you on this fine day, shall we talk about tomorrow?"


def build(call: CallParts) -> list[FrameProcessor]:
    agent = call.agent
    return [
        call.caller_audio,
        SileroVAD(),
        BeepDetector(),
        InterruptionClear(
            turns=agent.turns, style=agent.barge_in.style, hold_secs=agent.barge_in.hold_ms / 1000
        ),
        call.model,
        GoodbyeDetector(patterns=farewell_patterns("en")),
        AutoHangup(grace_secs=0.1),
        AnsweringMachine(then=agent.on_machine, voicemail=agent.voicemail, who_and_why=WHO_AND_WHY),
        SilenceLadder(prompts=("Are you there?",), goodbye="Goodbye then."),
        AnswerWatchdog(),
        call.bot_audio,
    ]


CALLS = PipelineSpec(name="calls", build=build, tools=())
LEAVE: Mapping[str, Any] = {"on_machine": "leave_message", "voicemail": MESSAGE}
HANG_UP: Mapping[str, Any] = {"on_machine": "hang_up"}
MACHINE: Mapping[str, Any] = {"who": "machine", "detection_ms": 4000}
NEVER: Mapping[str, Any] = {"verdict_copies": 0}


def callee(scenes: Scenes, **what: Any) -> Scene:
    """A call to somebody; the model chatters at whatever it hears."""
    expects = what.pop("expects", ())
    script = ModelScript(steps=(Step(hears=ANYTHING, say=CHATTER, once=False),), expects=expects)
    return scenes.add(
        pipeline="calls",
        pipelines={**PIPELINES, "calls": CALLS},
        first_line=FIRST,
        script=script,
        manner=QUICK,
        within_secs=60.0,
        **what,
    )


def machine(call: Told) -> dict[str, Any]:
    """What the record says of who answered."""
    found: dict[str, Any] = call.record["machine"]
    return found


def voters(call: Told) -> set[str]:
    return {vote["by"] for vote in machine(call)["votes"]}


def whole_ms(line: str) -> int:
    """How long the agent's voice takes for this line."""
    return 250 * len(line.split())


def heard_from(call: Told, line: str, from_ms: float) -> HeardSpan:
    """This line of the agent as it was heard from that moment on; fails if it was not."""
    from_ms = round(from_ms)
    found = stretch_of(call.sim.heard.agent[from_ms * 8 :], call.voice.render(line))
    assert found is not None, f"not heard: {line}"
    return HeardSpan(found.start_ms + from_ms, found.end_ms + from_ms)


def sound_ended_ms(call: Told, count: int = 1) -> float:
    """When a sound of the callee that is no words ended: the beep."""
    ends = [e.detail["at_ms"] for e in call.sim.events if e.kind == "caller_said"]
    texts = [e.detail["text"] for e in call.sim.events if e.kind == "caller_said"]
    return float([end for end, text in zip(ends, texts, strict=True) if not text][count - 1])


def left_whole(call: Told, not_before_ms: float, *, meanwhile: str = "") -> HeardSpan:
    """The message, left whole and once, with nothing after that moment but the rest of what the
    agent was saying `meanwhile`.
    """
    begun_ms = heard_from(call, MESSAGE, not_before_ms).start_ms
    before = [] if meanwhile else call.sounds_between(not_before_ms, begun_ms - 20)
    assert before == [], f"heard before the message: {before}"
    track = call.sim.heard.agent[round(begun_ms * 8) :]
    # A generator that fell behind leaves a silence in it, which is no sound of the voice's.
    assert track.replace(bytes([SILENCE]), b"") == call.voice.render(MESSAGE)
    span = HeardSpan(begun_ms, begun_ms + len(track.rstrip(bytes([SILENCE]))) / 8)
    assert span.end_ms < call.ended_ms < span.end_ms + 1200
    assert call.sim.end_reason is EndReason.REST_COMPLETED
    assert call.outcome == ("completed", "voicemail")
    assert machine(call)["message_played_ms"] == whole_ms(MESSAGE)
    assert call.errors == []
    return span
