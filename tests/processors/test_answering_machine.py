"""AnsweringMachine and BeepDetector: frames in, frames out; and who else keeps still meanwhile."""

import numpy as np
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    StartFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.media.g711 import pcm_to_ulaw
from bot.testing.stage import Stage, on_stage
from processors import (
    AnsweringMachine,
    AnswerWatchdog,
    AutoHangup,
    BeepDetector,
    GoodbyeDetector,
    SilenceLadder,
)
from processors.frames import (
    AgentAudioFrame,
    AgentSaidFrame,
    AnswerNowFrame,
    BeepFrame,
    CallerAudioFrame,
    FarewellFrame,
    FaxFrame,
    GreetFrame,
    HangUpFrame,
    HushFrame,
    MachineNoteFrame,
    MachineVerdictFrame,
    SayFrame,
    UtterancePlayedFrame,
    WrapUpFrame,
)

MESSAGE = "Please ring us back at five five five. Goodbye."
PLEASE = "Please leave a message after the tone."


def words(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text=text, user_id="caller", timestamp="")


async def greets(stage: Stage, text: str, *, secs: float = 2.0) -> None:
    """The other side speaks; its words come a little later."""
    await stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
    await stage.after(secs)
    await stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
    await stage.after(0.6)
    await stage.down(words(text))


async def says(
    stage: Stage, text: str, utterance_id: str, *, interrupted: bool = False, ms: int = 2000
) -> None:
    """The agent is heard with these words."""
    sound = AgentAudioFrame(audio=b"", sample_rate=8000, num_channels=1)
    sound.utterance_id = utterance_id
    await stage.down(sound)
    await stage.up(BotStartedSpeakingFrame())
    await stage.after(ms / 1000)
    await stage.up(
        UtterancePlayedFrame(utterance_id=utterance_id, heard_ms=ms, interrupted=interrupted)
    )
    await stage.down(AgentSaidFrame(utterance_id=utterance_id, text=text, interrupted=interrupted))
    await stage.up(BotStoppedSpeakingFrame())


def leaving() -> AnsweringMachine:
    return AnsweringMachine(then="leave_message", voicemail=MESSAGE)


async def test_a_message_is_left() -> None:
    """Hushed both ways, said upstream, hung up both ways; the record follows each step."""
    async with on_stage(leaving()) as stage:
        await greets(stage, PLEASE)
        assert len(stage.ups(HushFrame)) == len(stage.downs(HushFrame)) == 1
        assert stage.ups(SayFrame) == []
        await stage.at(4.0, BeepFrame())
        assert [frame.text for frame in stage.ups(SayFrame)] == [MESSAGE]
        await stage.until(4.5)
        await says(stage, MESSAGE, "u1", ms=3000)
        assert stage.downs(HangUpFrame) == []
        await stage.until(20.0)
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["voicemail"]
    assert [frame.reason for frame in stage.ups(HangUpFrame)] == ["voicemail"]
    assert stage.down_secs(HangUpFrame) == [7.8]
    notes = [frame.note for frame in stage.downs(MachineNoteFrame)]
    assert notes[0] is not None and notes[0]["beep_after_ms"] is None
    assert notes[-1] == {
        "is": "machine",
        "votes": [
            {"by": "words", "says": "machine", "after_ms": 2600},
            {"by": "beep", "says": "beep", "after_ms": 4000},
        ],
        "beep_after_ms": 4000,
        "message_played_ms": 3000,
        "delivered_after_beep": True,
    }


async def test_what_was_cut_when_it_was_hushed_is_not_the_message() -> None:
    """A line of before, played to its end a moment after the message was asked for."""
    async with on_stage(leaving()) as stage:
        sound = AgentAudioFrame(audio=b"", sample_rate=8000, num_channels=1)
        sound.utterance_id = "old"
        await stage.down(sound)
        await greets(stage, PLEASE)
        await stage.at(4.0, BeepFrame(), AgentSaidFrame(utterance_id="old", text=MESSAGE))
        await stage.until(8.0)
        assert stage.downs(HangUpFrame) == []
        await says(stage, MESSAGE, "new")
        await stage.until(12.0)
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["voicemail"]


async def test_half_a_message_is_none() -> None:
    """A model that was lost in the middle leaves a line that ends too early: it is said again."""
    async with on_stage(leaving()) as stage:
        await greets(stage, PLEASE)
        await stage.at(4.0, BeepFrame())
        await says(stage, "Please ring us", "u1", ms=800)
        await stage.until(8.0)
        assert [frame.text for frame in stage.ups(SayFrame)] == [MESSAGE, MESSAGE]
        await says(stage, "Please ring us back at 555. Goodbye.", "u2")
        await stage.until(12.0)
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["voicemail"]


async def test_a_person_is_greeted_both_ways() -> None:
    """So that the model and the timers know."""
    async with on_stage(leaving()) as stage:
        await greets(stage, PLEASE)
        await stage.at(4.0, BeepFrame())
        await says(stage, "Please", "u1", interrupted=True, ms=400)
        await greets(stage, "Hello, hello?", secs=0.5)
        await stage.until(30.0)
    assert len(stage.ups(GreetFrame)) == len(stage.downs(GreetFrame)) == 1
    assert stage.downs(HangUpFrame) == []
    last = stage.downs(MachineNoteFrame)[-1].note
    assert last is not None and last["is"] == "person"


async def test_the_carriers_verdict_counts_from_the_answer() -> None:
    """Twice is once; with nobody speaking it is believed after a while."""
    async with on_stage(AnsweringMachine(then="hang_up")) as stage:
        verdict = MachineVerdictFrame(answered_by="machine_start", after_ms=2500)
        await stage.at(2.0, verdict)
        await stage.at(2.1, MachineVerdictFrame(answered_by="machine_start", after_ms=2500))
        await stage.until(10.0)
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["machine"]
    assert stage.down_secs(HangUpFrame) == [3.5]
    last = stage.downs(MachineNoteFrame)[-1].note
    assert last is not None
    assert last["votes"] == [{"by": "carrier", "says": "machine_start", "after_ms": 2000}]


async def test_ignore_adds_nothing() -> None:
    """The list may hold it in every call."""
    async with on_stage(AnsweringMachine(then="ignore", voicemail=MESSAGE)) as stage:
        await stage.down(MachineVerdictFrame(answered_by="machine_start"))
        await greets(stage, PLEASE)
        await stage.at(4.0, BeepFrame())
        await stage.until(60.0)
    assert stage.ups(HushFrame) + stage.ups(SayFrame) + stage.downs(MachineNoteFrame) == []
    assert stage.downs(HangUpFrame) == []


# -- the ear --------------------------------------------------------------------------------------


def sound(hz: float, ms: int) -> list[CallerAudioFrame]:
    """A tone as the line brings it, 20 ms a frame."""
    moments = np.arange(ms * 8) / 8000
    pcm = (np.sin(2 * np.pi * hz * moments) * 6000).astype("<i2").tobytes()
    pieces = [pcm[at : at + 320] for at in range(0, len(pcm), 320)]
    return [
        CallerAudioFrame(audio=piece, sample_rate=8000, num_channels=1, ulaw=pcm_to_ulaw(piece))
        for piece in pieces
    ]


async def test_a_beep_is_told_once_behind_its_sound() -> None:
    """The sound itself has passed by then."""
    async with on_stage(BeepDetector()) as stage:
        await stage.down(*sound(1000, 400), *sound(0, 1000))
    assert len(stage.downs(BeepFrame)) == 1
    passed = [type(seen.frame) for seen in stage.sink.seen]
    assert passed.count(CallerAudioFrame) == 70
    assert 30 < passed[: passed.index(BeepFrame)].count(CallerAudioFrame) < 40


async def test_a_fax_is_told_once_while_its_tone_lasts() -> None:
    """And no beep."""
    async with on_stage(BeepDetector()) as stage:
        await stage.down(*sound(2100, 3300), *sound(0, 1500), *sound(2100, 3300), *sound(0, 1000))
    assert len(stage.downs(FaxFrame)) == 1
    assert stage.downs(BeepFrame) == []


async def test_nobody_listens_for_beeps_for_ever() -> None:
    """No greeting lasts that long."""
    async with on_stage(BeepDetector(for_secs=2.0)) as stage:
        await stage.down(*sound(0, 2000), *sound(1000, 400), *sound(0, 1000))
    assert stage.downs(BeepFrame) == []


# -- the others -----------------------------------------------------------------------------------


async def test_nobody_asks_into_a_hushed_silence() -> None:
    """Nor is a model reminded or given up; when a person has come, all clocks begin anew."""
    ladder = SilenceLadder(prompts=("Hello?",), goodbye="Bye.", wait_secs=8.0)
    async with on_stage(ladder, AnswerWatchdog()) as stage:
        await stage.at(1.0, HushFrame())
        await greets(stage, PLEASE)
        await stage.until(100.0)
        assert stage.ups(SayFrame) + stage.ups(AnswerNowFrame) + stage.downs(HangUpFrame) == []
        await stage.down(GreetFrame())
        await stage.until(107.0)
        assert len(stage.ups(AnswerNowFrame)) == 1
        assert stage.ups(SayFrame) == []
        await stage.until(120.0)
    assert [frame.text for frame in stage.ups(SayFrame)][0] == "Hello?"
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["model_silent"]


async def test_a_message_that_says_goodbye_is_no_farewell() -> None:
    """Who left it hangs up, for its own reason; a wish to take leave of before is forgotten."""
    detector = GoodbyeDetector(patterns=("goodbye",))
    async with on_stage(detector, AutoHangup(grace_secs=0.5)) as stage:
        await stage.up(WrapUpFrame(text="Goodbye.", reason="silence"))
        await stage.at(1.0, HushFrame())
        await says(stage, MESSAGE, "u1")
        await stage.until(60.0)
        assert len(stage.downs(FarewellFrame)) == 1
        assert stage.downs(HangUpFrame) == []
        await stage.down(GreetFrame())
        await says(stage, "Goodbye.", "u2")
        await stage.until(70.0)
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["goodbye"]


async def test_the_hush_is_told_to_the_model_first() -> None:
    """It cancels what it says before it hears how much of it was heard."""
    order: list[str] = []

    class Watch(AutoHangup):
        def _note(self, frame: object) -> None:  # type: ignore[override]
            if isinstance(frame, HushFrame):
                order.append(self.name)

    above, below = Watch(), Watch()
    async with on_stage(above, AnsweringMachine(then="hang_up"), below) as stage:
        assert isinstance(stage.sink.seen[0].frame, StartFrame)
        await stage.down(words(PLEASE))
    assert order == [above.name, below.name]
