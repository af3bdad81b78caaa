"""The realtime model as a processor, its session in memory, on virtual time."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.brains import CallRequests, Clips, ForCall, ModelConfig, ModelRefused, Speaker
from bot.brains.openai.brain import VENDOR
from bot.brains.realtime import RealtimeModel, RealtimeSession
from bot.brains.realtime.sessions import Reopen
from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm
from bot.testing.stage import Stage, on_stage
from config import AgentError
from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    AgentSaidFrame,
    AnswerNowFrame,
    CallerAudioFrame,
    EndCallRequestFrame,
    HangUpFrame,
    RunToolFrame,
    SayFrame,
    ToolsRunningFrame,
    TransferRequestFrame,
    UsageFrame,
    UtterancePlayedFrame,
    WrapUpFrame,
)
from tests.brains.realtime.call_notes import Notes
from tests.brains.realtime.far_model import FarSession, opening
from tests.wire import openai_events
from tools import ToolAnswer

MARIN = Speaker(brain="openai", model="gpt-realtime-2.1", voice="marin")
GREETING = "Hello, how can I help?"
CLIP = b"\x05" * 8000  # a second


class Tools:
    """A toolbox that answers what it is told, after so many seconds."""

    def __init__(self, requests: CallRequests) -> None:
        self.requests = requests
        self.secs = 0.0
        self.answer = ToolAnswer(output={"open": "9 to 5"})
        self.ran: list[str] = []

    def covers(self, name: str) -> tuple[str, ...]:
        return ("booked",) if name == "book_appointment" else ()

    async def run(self, name: str, arguments_json: str, model_call_id: str) -> ToolAnswer:
        self.ran.append(model_call_id)
        await asyncio.sleep(self.secs)
        if name == "end_call":
            self.requests.request_end("All done.")
            return ToolAnswer(output={"ending": True}, speak=False)
        if name == "transfer_to_human":
            self.requests.request_transfer("Wants a person.")
            return ToolAnswer(output={"transferring": True}, speak=False)
        return self.answer


@dataclass(kw_only=True)
class Scene:
    """A model on the stage, its session and everything around it."""

    session: FarSession
    stage: Stage
    tools: Tools
    clips: Clips
    notes: Notes
    model: RealtimeModel
    ids: list[str] = field(default_factory=list)

    async def tell(self, *events: openai_events.Event) -> None:
        self.session.tell(*events)
        await self.settle()

    async def settle(self) -> None:
        await self.stage.after(0.001)

    async def play(self, utterance_id: str, heard_ms: int, *, interrupted: bool = False) -> None:
        await self.stage.up(
            UtterancePlayedFrame(
                utterance_id=utterance_id, heard_ms=heard_ms, interrupted=interrupted
            )
        )

    async def caller_speaks(self, secs: float) -> None:
        """As the local ear tells it: 0.2 s late, 0.4 s late."""
        await self.stage.after(0.2)
        await self.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        await self.stage.after(secs + 0.2)
        await self.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))

    @property
    def sound(self) -> bytes:
        return b"".join(frame.ulaw for frame in self.stage.downs(AgentAudioFrame))


@asynccontextmanager
async def scene(
    folder: Path,
    *,
    session: FarSession | None = None,
    opens: Awaitable[RealtimeSession] | None = None,
    opens_after_secs: float = 0.0,
    clips: Sequence[str] = (),
    reopen: Reopen | None = None,
    **config: Any,
) -> AsyncIterator[Scene]:
    session = session or FarSession()
    kept = Clips(folder)
    for line in clips:
        kept.put(MARIN, line, CLIP)
    requests = CallRequests(human_available=True)
    tools, notes = Tools(requests), Notes()
    call = ForCall(
        session=opens or opening(session, after_secs=opens_after_secs),
        reopen=reopen,
        config=ModelConfig(**({"speaker": MARIN, "first_line": GREETING} | config)),
        toolbox=tools,
        requests=requests,
        clips=kept,
        log=notes,
    )
    model = RealtimeModel(call, vendor=VENDOR, spread=lambda: 0.0)
    async with on_stage(model) as stage:
        await stage.after(0.001)
        yield Scene(session=session, stage=stage, tools=tools, clips=kept, notes=notes, model=model)


def caller_sound(number: int, ms: int = 20) -> CallerAudioFrame:
    ulaw = bytes([number]) * (8 * ms)
    return CallerAudioFrame(
        audio=ulaw_to_pcm(ulaw),
        sample_rate=8000,
        num_channels=1,
        ulaw=ulaw,
        payload=base64.b64encode(ulaw).decode(),
    )


# -- first words ----------------------------------------------------------------------------------


async def test_a_prepared_greeting_waits_for_nobody(tmp_path: Path) -> None:
    """It goes out at the start; the model, once there, is told that it was said."""
    async with scene(tmp_path, clips=[GREETING], opens_after_secs=3.0) as s:
        assert s.stage.down_secs(AgentAudioFrame) == [0.0]
        assert s.sound == CLIP
        assert len(s.stage.downs(AgentAudioEndFrame)) == 1
        await s.stage.until(3.5)
        (item,) = s.session.posted
        assert item["previous_item_id"] == "root"
        assert item["item"]["content"][0]["text"] == GREETING
        assert s.session.asked_for() == []


async def test_a_greeting_of_the_model_is_waited_for(tmp_path: Path) -> None:
    """It was asked for when the session opened: it is not asked again, and nothing beside it."""
    async with scene(tmp_path) as s:
        await s.stage.up(SayFrame(text="Are you still there?"))
        assert s.session.posted == []
        assert len(s.stage.downs(LLMFullResponseStartFrame)) == 1
        await s.tell(*openai_events.answer("resp_1", "item_1", GREETING, purpose="opening"))
        assert s.sound == b"\x01" * 8000
        assert s.session.asked_for() == ['"Are you still there?"']


async def test_the_caller_is_greeted_once(tmp_path: Path) -> None:
    """The clip was rendered just after the session had been asked for its own greeting."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(*openai_events.answer("resp_1", "item_1", GREETING, purpose="opening"))
        assert s.sound == CLIP
        assert s.session.of("response.cancel") == [
            {"type": "response.cancel", "response_id": "resp_1"}
        ]


# -- speaking and being heard ---------------------------------------------------------------------


async def test_an_answer_travels_down_and_back(tmp_path: Path) -> None:
    """Sound, its end, then, once played, the words: downstream and into the notes."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(*openai_events.answer("resp_1", "item_1", "We open at nine."))
        sound = s.stage.downs(AgentAudioFrame)[1:]
        assert [frame.utterance_id for frame in sound] == ["item_1"] * 4
        assert sound[0].audio == ulaw_to_pcm(sound[0].ulaw)
        assert s.stage.downs(AgentSaidFrame) == []
        await s.play("item_1", 1000)
        (said,) = s.stage.downs(AgentSaidFrame)
        assert (said.text, said.interrupted, said.utterance_id) == (
            "We open at nine.",
            False,
            "item_1",
        )
        assert s.notes.said == [("agent", "We open at nine.")]
        assert s.stage.downs(UsageFrame)[0].model_usd == 0.01
        for frames in (s.stage.downs, s.stage.ups):
            assert len(frames(LLMFullResponseStartFrame)) == len(frames(LLMFullResponseEndFrame))


async def test_words_are_told_as_they_grow(tmp_path: Path) -> None:
    """Of both, while their turns go on; that the agent is cut off, once."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(
            openai_events.speech_started("turn_1"),
            openai_events.transcribing("turn_1", "When do "),
            openai_events.transcribing("turn_1", "you open?"),
            openai_events.speech_stopped("turn_1", 500),
            openai_events.committed("turn_1"),
            openai_events.transcribed("turn_1", "When do you open?"),
        )
        assert s.notes.words == [("caller", "When do "), ("caller", "When do you open?")]
        s.notes.words.clear()
        await s.tell(
            openai_events.created("resp_1"),
            *openai_events.spoken("resp_1", "item_1", "We open at nine and close at five."),
        )
        texts = [text for who, text in s.notes.words if who == "agent"]
        assert texts[-1] == "We open at nine and close at five."
        assert len(texts) > 1
        assert all(later.startswith(text) for text, later in itertools.pairwise(texts))
        assert s.notes.interruptions == 0
        await s.stage.down(InterruptionFrame())
        assert s.notes.interruptions == 1


async def test_what_an_event_raises_costs_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours with one event: the session and the call go on, and the next one counts."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        with monkeypatch.context() as patch:
            patch.setattr(s.notes, "caller_said", lambda **fields: 1 / 0)
            await s.tell(*openai_events.caller_turn("item_1", "Hello?"))
        await s.tell(*openai_events.caller_turn("item_2", "When do you open?"))
        await s.tell(*openai_events.answer("resp_1", "item_3", "At nine."))
        await s.play("item_3", 1000)
        assert s.notes.said == [("caller", "When do you open?"), ("agent", "At nine.")]
        assert s.stage.downs(HangUpFrame) == []


async def test_a_turn_of_the_caller_is_told_both_ways(tmp_path: Path) -> None:
    """What the model's own ear hears, and the words it made of it."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(*openai_events.caller_turn("turn_1", "When do you open?"))
        for frames in (s.stage.downs, s.stage.ups):
            assert len(frames(UserStartedSpeakingFrame)) == 1
            assert len(frames(UserStoppedSpeakingFrame)) == 1
        assert [frame.text for frame in s.stage.downs(TranscriptionFrame)] == ["When do you open?"]
        assert s.notes.said == [("caller", "When do you open?")]


async def test_the_callers_sound_goes_to_the_model_as_it_came(tmp_path: Path) -> None:
    """Payloads untouched, in order; what came before the session opened first."""
    async with scene(tmp_path, clips=[GREETING], opens_after_secs=1.0) as s:
        frames = [caller_sound(number) for number in range(5)]
        await s.stage.down(*frames[:3])
        assert s.session.appended == []
        await s.stage.until(1.1)
        await s.stage.down(*frames[3:])
        assert s.session.appended == [frame.payload for frame in frames]
        assert s.stage.downs(CallerAudioFrame) == []


async def test_a_session_in_pcm_is_resampled_both_ways(tmp_path: Path) -> None:
    """24 kHz to the model and from it; the line stays what it is."""
    tone = (8000 * np.sin(2 * np.pi * 500 * np.arange(8000) / 8000)).astype("<i2")
    async with scene(tmp_path, clips=[GREETING], session=FarSession(sound="pcm")) as s:
        ulaw = pcm_to_ulaw(tone.tobytes())
        frame = caller_sound(1)
        frame.ulaw, frame.audio = ulaw, ulaw_to_pcm(ulaw)
        await s.stage.down(frame)
        sent = base64.b64decode(s.session.appended[0])
        assert len(sent) == 2 * 3 * len(ulaw)
        await s.tell(
            openai_events.created("resp_1"),
            openai_events.sound("resp_1", "item_1", sent[:24_001]),  # ends inside a sample
            openai_events.sound("resp_1", "item_1", sent[24_001:]),
            openai_events.sound_done("resp_1", "item_1"),
        )
        heard = np.frombuffer(ulaw_to_pcm(s.sound[len(CLIP) :]), "<i2").astype(float)
        assert len(heard) == 8000
        error = heard[124:-100] - tone[100:-124]
        assert np.abs(error).max() < 800


# -- interruptions --------------------------------------------------------------------------------


async def test_an_interruption_cancels_before_it_truncates(tmp_path: Path) -> None:
    """And what was heard is what the conversation keeps."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(
            openai_events.created("resp_1"),
            *openai_events.spoken("resp_1", "item_1", "We open at nine and close at five."),
        )
        s.session.order.clear()
        await s.stage.down(InterruptionFrame())
        await s.play("item_1", 500, interrupted=True)
        assert s.session.order == ["response.cancel", "conversation.item.truncate"]
        before = s.sound
        await s.tell(openai_events.sound("resp_1", "item_1", b"\x09" * 800))
        assert s.sound == before
        (said,) = s.stage.downs(AgentSaidFrame)
        assert (said.text, said.interrupted) == ("We open at nine", True)


async def test_after_a_false_alarm_the_agent_takes_up_its_thread(tmp_path: Path) -> None:
    """A cough cut it short and the model's side heard nothing: an answer is asked for."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(*openai_events.answer("resp_1", "item_1", "We open at nine and so on."))
        await s.stage.up(BotStartedSpeakingFrame())
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2), InterruptionFrame())
        await s.play("item_1", 300, interrupted=True)
        await s.stage.up(BotStoppedSpeakingFrame())
        await s.stage.after(0.6)
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.stage.after(1.1)
        assert s.session.asked_for() == []
        await s.stage.after(0.2)
        assert s.session.asked_for() == ["answer"]


async def test_after_a_turn_the_server_heard_nothing_is_asked(tmp_path: Path) -> None:
    """It answers the caller of itself."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(*openai_events.answer("resp_1", "item_1", "We open at nine and so on."))
        await s.stage.up(BotStartedSpeakingFrame())
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2), InterruptionFrame())
        await s.play("item_1", 300, interrupted=True)
        await s.stage.up(BotStoppedSpeakingFrame())
        await s.tell(openai_events.speech_started("turn_1"))
        await s.stage.after(0.6)
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.stage.after(3)
        assert s.session.asked_for() == []


async def test_while_the_caller_speaks_nothing_is_asked(tmp_path: Path) -> None:
    """A line wanted meanwhile comes when they have finished."""
    async with scene(tmp_path, clips=[GREETING], turns="server") as s:
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.up(WrapUpFrame(text="Our time is up.", reason="time_limit", final=True))
        assert s.session.asked_for() == []
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        assert s.session.asked_for() == ['"Our time is up."']


# -- lines ----------------------------------------------------------------------------------------


async def test_a_line_comes_from_a_clip_or_from_the_model(tmp_path: Path) -> None:
    """From the clip at once; the model is told of it."""
    async with scene(tmp_path, clips=[GREETING, "Are you still there?"]) as s:
        s.session.posted.clear()
        await s.stage.up(SayFrame(text="Are you still there?"))
        assert s.sound == CLIP * 2
        assert [event["type"] for event in s.session.posted] == ["conversation.item.create"]
        await s.stage.up(SayFrame(text="I can't hear you."))
        assert s.session.asked_for() == ['"I can\'t hear you."']


async def test_no_clip_is_played_into_a_response(tmp_path: Path) -> None:
    """It would be heard in the middle of it: it waits for its turn."""
    async with scene(tmp_path, clips=[GREETING, "Are you still there?"]) as s:
        await s.tell(openai_events.created("resp_1"))
        await s.stage.up(SayFrame(text="Are you still there?"))
        assert s.sound == CLIP
        await s.tell(openai_events.done("resp_1"))
        assert s.sound == CLIP * 2
        assert s.session.asked_for() == []


async def test_a_fixed_line_is_kept_once_it_was_said_word_for_word(tmp_path: Path) -> None:
    """The next call plays it from the clip."""
    line = "Are you still there?"
    async with scene(tmp_path, clips=[GREETING], fixed_lines=frozenset({line})) as s:
        await s.stage.up(SayFrame(text=line))
        await s.tell(
            *openai_events.answer("resp_1", "item_1", "are you still there", purpose="say")
        )
        assert s.clips.get(MARIN, line) == b"\x01" * 8000


@pytest.mark.parametrize("fault", ["other words", "no fixed line", "cut short"])
async def test_a_line_that_is_not_worth_keeping_is_not_kept(tmp_path: Path, fault: str) -> None:
    """A clip is played to every caller from then on."""
    line = "Are you still there?"
    fixed = frozenset() if fault == "no fixed line" else frozenset({line})
    async with scene(tmp_path, clips=[GREETING], fixed_lines=fixed | {"x"}) as s:
        await s.stage.up(SayFrame(text=line))
        text = "Are you still here?" if fault == "other words" else line
        events = openai_events.answer("resp_1", "item_1", text, purpose="say")
        if fault == "cut short":
            await s.tell(*events[:5])
            await s.stage.down(InterruptionFrame())
            await s.tell(*events[5:-2], openai_events.done("resp_1", "cancelled"))
        else:
            await s.tell(*events)
        assert s.clips.get(MARIN, line) is None


async def test_a_clip_that_cannot_be_kept_costs_no_call(tmp_path: Path) -> None:
    """A full or read-only disk: the line was spoken all the same, and the talk goes on."""
    line = "Are you still there?"
    folder = tmp_path / "clips"
    async with scene(folder, fixed_lines=frozenset({line}), first_line=None) as s:
        folder.write_text("a file where the folder should be")
        await s.tell(*openai_events.answer("resp_0", "item_0", "Hello.", purpose="opening"))
        await s.stage.up(SayFrame(text=line))
        await s.tell(*openai_events.answer("resp_1", "item_1", line, purpose="say"))
        await s.tell(*openai_events.answer("resp_2", "item_2", "At nine.", filled_with=7))
        assert s.sound.endswith(b"\x07" * 8000)


# -- turns of our own -----------------------------------------------------------------------------


async def test_local_turns_send_speech_and_ask_for_the_answer(tmp_path: Path) -> None:
    """Clear what was, the sound from before the start on, commit, ask."""
    async with scene(tmp_path, clips=[GREETING], turns="local") as s:
        s.session.order.clear()
        frames = [caller_sound(number) for number in range(30)]
        await s.stage.down(*frames[:20])
        assert s.session.appended == []
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.down(*frames[20:])
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4), caller_sound(99))
        assert s.session.appended == [frame.payload for frame in frames]
        assert s.session.order == [
            "input_audio_buffer.clear",
            *["input_audio_buffer.append"] * 30,
            "input_audio_buffer.commit",
            "response.create",
        ]


async def test_local_speech_while_the_session_opens_is_not_cleared(tmp_path: Path) -> None:
    """The buffer is never cleared after the first words."""
    async with scene(tmp_path, clips=[GREETING], turns="local", opens_after_secs=1.0) as s:
        await s.stage.down(caller_sound(1), VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.until(1.1)
        await s.stage.down(caller_sound(2), VADUserStoppedSpeakingFrame(stop_secs=0.4))
        kinds = [kind.rpartition(".")[2] for kind in s.session.order]
        sent = [kind for kind in kinds if kind in ("append", "clear", "commit")]
        assert sent[sent.index("append") :] == ["append", "append", "commit"]


async def test_a_local_turn_before_the_session_opened_is_answered(tmp_path: Path) -> None:
    """An empty buffer cannot be committed: what was said is sent before it is."""
    async with scene(tmp_path, clips=[GREETING], turns="local", opens_after_secs=2.0) as s:
        await s.stage.down(caller_sound(1), VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.down(caller_sound(2), VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await s.stage.until(2.1)
        assert len(s.session.appended) == 2
        kinds = [kind for kind in s.session.order if kind.startswith("input_audio_buffer")]
        assert kinds[-1] == "input_audio_buffer.commit"
        assert kinds[-2] == "input_audio_buffer.append"


async def test_the_time_to_an_answer_is_noted(tmp_path: Path) -> None:
    """From the end of the caller's speech to the first sound; with the words it belongs to."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.caller_speaks(1.0)
        await s.tell(*openai_events.answer("resp_1", "item_1", "We open at nine."))
        await s.stage.after(0.399)
        await s.stage.up(BotStartedSpeakingFrame())
        await s.play("item_1", 1000)
        (turn,) = s.notes.of("agent_said")
        assert turn["latency_ms"] == pytest.approx(800, abs=2)
        await s.tell(*openai_events.answer("resp_2", "item_2", "And close at five."))
        await s.play("item_2", 1000)
        assert s.notes.of("agent_said")[1]["latency_ms"] is None


# -- functions ------------------------------------------------------------------------------------


async def test_a_function_is_run_and_its_result_answered(tmp_path: Path) -> None:
    """Result first, then one response, when the last of several is in."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        s.tools.secs = 0.5
        await s.tell(
            openai_events.created("resp_1"),
            openai_events.function_call("resp_1", "call_1", "lookup_hours"),
            openai_events.function_call("resp_1", "call_2", "lookup_hours"),
            openai_events.done("resp_1"),
        )
        await s.stage.after(1)
        outputs = [e["item"]["call_id"] for e in s.session.posted[1:3]]
        assert outputs == ["call_1", "call_2"]
        assert s.session.asked_for() == ["answer"]
        assert [frame.count for frame in s.stage.downs(ToolsRunningFrame)] == [1, 2, 1, 0]


async def test_failures_in_a_row_are_told(tmp_path: Path) -> None:
    """Those of our side or of the business; the model's own mistakes neither count nor end them."""
    answers = (
        ("failed", 1),
        ("bad_arguments", 1),
        ("too_slow", 2),
        ("", 0),
        ("unavailable", 1),
        ("not_found", 1),
    )
    async with scene(tmp_path, clips=[GREETING]) as s:
        for n, (error, failed) in enumerate(answers):
            if error:
                s.tools.answer = ToolAnswer.failure(error, "Say so.")
            else:
                s.tools.answer = ToolAnswer(output={"open": "9 to 5"})
            await s.tell(
                openai_events.created(f"resp_{n}"),
                openai_events.function_call(f"resp_{n}", f"call_{n}", "lookup_hours"),
                openai_events.done(f"resp_{n}"),
                *openai_events.answer(f"words_{n}", f"item_{n}", "So it is."),
            )
            await s.stage.after(0.1)
            assert s.stage.downs(ToolsRunningFrame)[-1].failed == failed, error


async def test_a_slow_function_is_bridged_by_a_filler(tmp_path: Path) -> None:
    """From a clip, or spoken beside the conversation; none while somebody speaks."""
    line = "One moment, please."
    for clips, asked in (([GREETING, line], []), ([GREETING], [f'"{line}"'])):
        async with scene(tmp_path / str(len(clips)), clips=clips, filler=line) as s:
            s.tools.secs = 2.0
            await s.tell(
                openai_events.created("resp_1"),
                openai_events.function_call("resp_1", "call_1", "lookup_hours"),
                openai_events.done("resp_1"),
            )
            await s.stage.after(1.0)
            assert s.session.asked_for() == asked
            assert len(s.sound) == 8000 * len(clips)
            await s.stage.after(2.0)
            assert s.session.asked_for() == [*asked, "answer"]


async def test_no_filler_into_the_callers_or_the_agents_words(tmp_path: Path) -> None:
    """Something is being heard anyway."""
    async with scene(tmp_path, clips=[GREETING], filler="One moment, please.") as s:
        s.tools.secs = 2.0
        await s.stage.up(BotStartedSpeakingFrame())
        await s.tell(
            openai_events.created("resp_1"),
            openai_events.function_call("resp_1", "call_1", "lookup_hours"),
            openai_events.done("resp_1"),
        )
        await s.stage.after(1.0)
        assert s.session.asked_for() == []


async def test_the_model_may_hang_up(tmp_path: Path) -> None:
    """The wish goes down the pipeline; the model says nothing more."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(
            openai_events.created("resp_1"),
            *openai_events.spoken("resp_1", "item_1", "Goodbye."),
            openai_events.function_call("resp_1", "call_1", "end_call"),
            openai_events.done("resp_1"),
        )
        await s.settle()
        assert [frame.summary for frame in s.stage.downs(EndCallRequestFrame)] == ["All done."]
        assert s.session.asked_for() == []


async def test_a_hang_up_without_a_word_says_goodbye_first(tmp_path: Path) -> None:
    """The farewell is asked for before the wish to hang up is passed on."""
    async with scene(tmp_path, clips=[GREETING], farewell="Goodbye.") as s:
        await s.tell(
            openai_events.created("resp_1"),
            openai_events.function_call("resp_1", "call_1", "end_call"),
            openai_events.done("resp_1"),
        )
        await s.settle()
        assert s.session.asked_for() == ['"Goodbye."']
        starts = s.stage.down_secs(LLMFullResponseStartFrame)
        assert starts[-1] <= s.stage.down_secs(EndCallRequestFrame)[0]


async def test_the_model_may_put_the_caller_through(tmp_path: Path) -> None:
    """Result first; it does not speak again."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(
            openai_events.created("resp_1"),
            openai_events.function_call("resp_1", "call_1", "transfer_to_human"),
            openai_events.done("resp_1"),
        )
        await s.settle()
        assert [f.reason for f in s.stage.downs(TransferRequestFrame)] == ["Wants a person."]
        assert s.session.posted[-1]["item"]["type"] == "function_call_output"
        assert s.session.asked_for() == []


# -- failures -------------------------------------------------------------------------------------


async def _refused() -> RealtimeSession:
    raise ModelRefused("the model's side answered HTTP 401")


async def test_a_session_that_cannot_be_opened_ends_the_call(tmp_path: Path) -> None:
    """With the error's own reason."""
    async with scene(tmp_path, opens=asyncio.ensure_future(_refused())) as s:
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["model_refused"]


async def _misconfigured() -> RealtimeSession:
    raise AgentError('the variable "nobody" is needed and not given')


async def test_an_opening_that_fails_otherwise_ends_the_call_too(tmp_path: Path) -> None:
    """At once; a mistake in an agent's file, or one of ours."""
    async with scene(tmp_path, opens=asyncio.ensure_future(_misconfigured())) as s:
        assert len(s.stage.downs(HangUpFrame)) == 1


async def test_a_session_that_is_lost_ends_the_call_once(tmp_path: Path) -> None:
    """Nothing more is sent to it."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        s.session.lose()
        await s.settle()
        await s.stage.down(caller_sound(1))
        await s.stage.up(AnswerNowFrame())
        await s.stage.after(5)
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["model_lost"]
        assert s.session.appended == []
        assert s.session.asked_for() == []


async def test_responses_that_keep_failing_end_the_call(tmp_path: Path) -> None:
    """After ten seconds at most, in which the caller is asked to wait."""
    soon = "One moment, please."
    async with scene(tmp_path, clips=[GREETING, soon], waiting=(soon,)) as s:
        await greeting_heard(s)
        await s.tell(openai_events.created("resp_0"), openai_events.done("resp_0", "failed"))
        for number in range(1, 9):
            while len(s.session.asked_for()) < number and not s.stage.downs(HangUpFrame):
                await s.stage.after(0.1)
            await s.tell(
                openai_events.created(f"resp_{number}", "answer"),
                openai_events.done(f"resp_{number}", "failed"),
            )
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["model_failed"]
        assert s.stage.down_secs(HangUpFrame)[0] <= 10.0
        assert s.session.asked_for() == ["answer"] * 4
        assert s.sound == CLIP * 2


async def test_a_limit_that_passes_costs_a_moment(tmp_path: Path) -> None:
    """As long as the model's side says; then the answer comes, and nothing is asked twice."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        failed = openai_events.done("resp_1", "failed", error_code="rate_limit_exceeded")
        message = "Rate limit reached. Please try again in 2.7s."
        failed["response"]["status_details"]["error"]["message"] = message
        await s.tell(openai_events.created("resp_1"), failed)
        await s.stage.after(2.6)
        assert s.session.asked_for() == []
        await s.stage.after(0.2)
        assert s.session.asked_for() == ["answer"]
        await s.tell(*openai_events.answer("resp_2", "item_2", "At nine.", purpose="answer"))
        await s.stage.after(20)
        assert s.session.asked_for() == ["answer"]
        assert s.stage.downs(HangUpFrame) == []


async def greeting_heard(s: Scene) -> None:
    (clip,) = s.stage.downs(AgentAudioFrame)
    await s.stage.up(BotStartedSpeakingFrame())
    await s.play(clip.utterance_id, 1000)
    await s.stage.up(BotStoppedSpeakingFrame())


@pytest.mark.parametrize("delta", ["abcde", "A", "fn5+fn5", 17, None])
async def test_sound_that_cannot_be_read_costs_no_call(tmp_path: Path, delta: Any) -> None:
    """It is passed over; what follows is heard."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(openai_events.created("resp_1"))
        await s.tell(openai_events.sound("resp_1", "item_1", b"") | {"delta": delta})
        await s.tell(*openai_events.answer("resp_2", "item_2", "At nine.", filled_with=7))
        assert s.sound.endswith(b"\x07" * 8000)


async def test_the_end_of_the_pipeline_closes_the_session(tmp_path: Path) -> None:
    """And a session that ends then is nobody's fault."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        pass
    assert s.session.closed
    assert s.stage.downs(HangUpFrame) == []


# -- the summary ----------------------------------------------------------------------------------


async def test_a_summary_is_asked_for_when_the_call_is_over(tmp_path: Path) -> None:
    """Nothing is spoken from then on."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        asking = asyncio.ensure_future(s.model.summarise("Sum it up.", within_secs=6))
        await s.settle()
        assert s.session.asked_for() == ["summary"]
        await s.tell(
            openai_events.created("resp_1", "summary"),
            openai_events.text("resp_1", "item_1", '{"summary": "Booked."}'),
            openai_events.done("resp_1", purpose="summary"),
        )
        assert await asking == '{"summary": "Booked."}'
        await s.tell(*openai_events.answer("resp_2", "item_2", "Hm."))
        assert s.sound == CLIP


async def test_last_words_are_heard_out(tmp_path: Path) -> None:
    """The transcript of the last turn comes after its sound; 1.5 s are given to it."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(*openai_events.caller_turn("turn_1", "Bye")[:3])
        hearing = asyncio.ensure_future(s.model.hear_out())
        await s.stage.after(1.0)
        assert not hearing.done()
        await s.tell(openai_events.transcribed("turn_1", "Bye."))
        assert hearing.done()
        assert s.notes.said == [("caller", "Bye.")]
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(*openai_events.caller_turn("turn_1", "Bye")[:3])
        began = s.stage.now_secs
        await s.model.hear_out()
        assert s.stage.now_secs - began == pytest.approx(1.5)


async def test_a_last_turn_without_words_is_not_waited_out(tmp_path: Path) -> None:
    """A cough at the end is transcribed as nothing: there is nothing more to wait for."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(*openai_events.caller_turn("turn_1", "")[:3])
        hearing = asyncio.ensure_future(s.model.hear_out())
        await s.settle()
        await s.tell(openai_events.transcribed("turn_1", ""))
        assert hearing.done()


async def test_whoever_hangs_up_on_his_own_words_is_heard_out(tmp_path: Path) -> None:
    """No silence follows by which the model's side would know the turn to be over: it is told."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        started, _, committed, words = openai_events.caller_turn("turn_1", "Never again")
        await s.tell(started)
        hearing = asyncio.ensure_future(s.model.hear_out())
        await s.settle()
        assert len(s.session.of("input_audio_buffer.commit")) == 1
        await s.tell(committed, words)
        assert hearing.done()
        assert s.notes.said == [("caller", "Never again")]
        assert s.session.asked_for() == []


async def test_a_silent_end_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody was saying anything: nothing is committed, and no time is lost."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        began = s.stage.now_secs
        await s.model.hear_out()
        assert s.stage.now_secs == began
        assert s.session.of("input_audio_buffer.commit") == []


async def test_a_summary_that_never_comes_is_empty(tmp_path: Path) -> None:
    """A record without one beats a late one; so does a session that is gone."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        began = s.stage.now_secs
        assert await s.model.summarise("Sum it up.", within_secs=6) == ""
        assert s.stage.now_secs - began == pytest.approx(6)
    async with scene(tmp_path, clips=[GREETING]) as s:
        asking = asyncio.ensure_future(s.model.summarise("Sum it up.", within_secs=6))
        await s.settle()
        s.session.lose()
        await s.settle()
        assert asking.done()
        assert await asking == ""


# -- tools run in the model's stead ---------------------------------------------------------------

OPT_OUT = RunToolFrame(tool="opt_out", arguments={"note": "They pressed 9."})


def made(session: FarSession) -> list[tuple[str, str]]:
    """The calls of functions and the results that the model was given: (type, call id)."""
    items = [event["item"] for event in session.of("conversation.item.create")]
    return [(item["type"], item["call_id"]) for item in items if "call_id" in item]


async def test_a_tool_is_run_in_the_models_stead(tmp_path: Path) -> None:
    """The model finds the call and its result as if it had made it, and is asked to speak."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.stage.up(OPT_OUT)
        assert [f.count for f in s.stage.downs(ToolsRunningFrame)] == [1]
        await s.settle()
        assert made(s.session) == [("function_call", "ours_1"), ("function_call_output", "ours_1")]
        assert s.session.asked_for() == ["answer"]
        (begun,) = s.notes.of("tool_started")
        assert (begun["name"], begun["arguments"]) == ("opt_out", {"note": "They pressed 9."})
        assert s.notes.of("tool_finished")[0]["ok"]
        assert s.stage.ups(RunToolFrame) == []


async def test_it_is_run_at_once_and_told_of_when_the_model_has_spoken(tmp_path: Path) -> None:
    """A response under way is neither waited for nor cut."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        answer = openai_events.answer("resp_1", "item_1", "We open at nine.")
        await s.tell(*answer[:-2])
        await s.stage.up(OPT_OUT)
        await s.settle()
        assert s.notes.of("tool_finished")[0]["ok"]
        assert s.session.asked_for() == []
        await s.tell(*answer[-2:])
        assert s.session.asked_for() == ["answer"]


async def test_it_is_run_before_there_is_a_session(tmp_path: Path) -> None:
    """The model is told of it as soon as it is there."""
    async with scene(tmp_path, clips=[GREETING], opens_after_secs=3.0) as s:
        await s.stage.up(OPT_OUT)
        await s.stage.until(1.0)
        assert s.notes.of("tool_finished")[0]["ok"]
        await s.stage.until(3.5)
        assert [kind for kind, _ in made(s.session)] == ["function_call", "function_call_output"]
        assert s.session.asked_for() == ["answer"]


async def test_what_runs_or_has_succeeded_is_not_run_again(tmp_path: Path) -> None:
    """Neither after the frame nor after the model's own call."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        s.tools.secs = 1.0
        await s.stage.up(OPT_OUT)
        await s.stage.up(OPT_OUT)
        await s.stage.after(2.0)
        await s.stage.up(OPT_OUT)
        await s.stage.after(2.0)
        assert s.tools.ran == ["ours_1"]
    async with scene(tmp_path, clips=[GREETING]) as s:
        called = openai_events.function_call("resp_1", "call_1", "opt_out")
        await s.tell(openai_events.created("resp_1"), called)
        await s.stage.up(OPT_OUT)
        await s.settle()
        assert s.tools.ran == ["call_1"]


async def test_it_is_run_when_the_caller_is_gone(tmp_path: Path) -> None:
    """What they asked for with their last words is done; nothing is said about it."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.model.hear_out()
        await s.stage.up(OPT_OUT)
        await s.settle()
        assert s.notes.of("tool_finished")[0]["ok"]
        assert s.session.asked_for() == []
