"""What passes a line on hold, and when the hold begins and ends."""

import wave
from pathlib import Path

import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.media.g711 import pcm_to_ulaw
from bot.testing.stage import Stage, on_stage
from processors import CallTimeLimit, HoldGate, SilenceLadder
from processors.frames import (
    CallerAudioFrame,
    HangUpFrame,
    HoldRequestFrame,
    OnHoldFrame,
    SayFrame,
    TakenOverFrame,
    WrapUpFrame,
)

SPOKEN = Path("/usr/share/asterisk/sounds/en_US_f_Allison/demo-congrats.wav")
HOLD_WORDS = "All our agents are busy, please hold the line."
prompts = pytest.mark.skipif(not SPOKEN.is_file(), reason="asterisk-core-sounds-en-wav is missing")


def pieces() -> list[CallerAudioFrame]:
    """Real speech, 20 ms each."""
    with wave.open(str(SPOKEN)) as file:
        pcm = file.readframes(8000 * 3)
    return [
        CallerAudioFrame(
            audio=pcm[at : at + 320],
            sample_rate=8000,
            num_channels=1,
            ulaw=pcm_to_ulaw(pcm[at : at + 320]),
        )
        for at in range(0, len(pcm), 320)
    ]


async def play(stage: Stage, frames: list[CallerAudioFrame], at: float, *, vad_after: int) -> None:
    """As the line and Silero tell it."""
    for number, frame in enumerate(frames):
        if number == vad_after:
            await stage.at(at + number * 0.02, VADUserStartedSpeakingFrame(start_secs=0.2))
        await stage.at(at + number * 0.02, frame)


def holds(stage: Stage) -> list[tuple[float, bool]]:
    frames = stage.downs(OnHoldFrame)
    return list(zip(stage.down_secs(OnHoldFrame), [f.begins for f in frames], strict=True))


async def test_the_model_asks_for_it_once_the_agent_is_silent() -> None:
    """Both ways it is told."""
    async with on_stage(HoldGate()) as stage:
        await stage.at(1, BotStartedSpeakingFrame())
        await stage.at_up(2, HoldRequestFrame())
        await stage.at(3, BotStoppedSpeakingFrame())
        await stage.until(4)
    assert holds(stage) == [(3.0, True)]
    assert [frame.by for frame in stage.ups(OnHoldFrame)] == ["model"]


async def test_words_alone_put_it_on_hold() -> None:
    """A second and a half after them, unless something else is said; not where a key is asked
    for."""
    async with on_stage(HoldGate()) as stage:
        await stage.at_up(
            1, TranscriptionFrame("Please hold, or press 1 to leave a message.", "", "")
        )
        await stage.at_up(3, TranscriptionFrame(HOLD_WORDS, "", ""))
        await stage.at_up(4, TranscriptionFrame("Hello, this is Lena.", "", ""))
        await stage.at_up(6, TranscriptionFrame(HOLD_WORDS, "", ""))
        await stage.until(10)
    assert holds(stage) == [(7.5, True)]


@prompts
async def test_nothing_passes_on_hold_and_all_that_was_said_after_it() -> None:
    """Real speech wakes the model, which gets it from its first sound on, in order, before what
    comes live; the speech that began is told first."""
    speech = pieces()
    quiet = [
        CallerAudioFrame(audio=bytes(320), sample_rate=8000, num_channels=1, ulaw=b"\xff" * 160)
    ] * 100
    async with on_stage(HoldGate()) as stage:
        await stage.at_up(1, HoldRequestFrame())
        await play(stage, quiet, 1.1, vad_after=-1)
        assert stage.downs(CallerAudioFrame) == []
        await play(stage, speech, 3.2, vad_after=12)
        await stage.until(8)
    (began, begins), (ended, ends) = holds(stage)
    assert (began, begins, ends) == (1.0, True, False)
    assert 3.2 + 0.6 < ended < 3.2 + 1.0
    (told,) = stage.downs(VADUserStartedSpeakingFrame)
    assert 0.6 < told.start_secs < 1.0
    came = b"".join(frame.ulaw for frame in stage.downs(CallerAudioFrame))
    assert came.endswith(b"".join(frame.ulaw for frame in speech))
    assert len(came) < 8000 * 4


@prompts
async def test_words_that_come_late_begin_no_second_hold() -> None:
    """They are transcribed when the hold has begun already; who is heard after it is heard on."""
    async with on_stage(HoldGate()) as stage:
        await stage.at_up(1, HoldRequestFrame())
        await stage.at_up(1.5, TranscriptionFrame(HOLD_WORDS, "", ""))
        await play(stage, pieces(), 6, vad_after=12)
        await stage.at_up(9.5, TranscriptionFrame("Hello, this is Lena.", "", ""))
        await stage.until(20)
    assert [begins for _, begins in holds(stage)] == [True, False]


async def test_a_hold_has_an_end() -> None:
    """All of them together; then the call is over."""
    async with on_stage(HoldGate(max_secs=30)) as stage:
        await stage.at_up(1, HoldRequestFrame())
        await stage.until(60)
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["held_too_long"]
    assert stage.down_secs(HangUpFrame) == [31.0]


@prompts
async def test_timers_stand_still_on_hold() -> None:
    """Nobody asks into it, and its time is not that of the call."""
    ladder = SilenceLadder(prompts=("Are you there?",), goodbye="Bye.", wait_secs=8)
    limit = CallTimeLimit(secs=100, goodbye="Bye.")
    async with on_stage(HoldGate(max_secs=1000), ladder, limit) as stage:
        await stage.at_up(1, HoldRequestFrame())
        await stage.until(500)
        assert stage.ups(SayFrame) == []
        await play(stage, pieces(), 500, vad_after=12)
        await stage.at(504, VADUserStoppedSpeakingFrame(stop_secs=0.4))
        for second in range(506, 700, 5):
            await stage.at(second, VADUserStartedSpeakingFrame(start_secs=0.2))
            await stage.at(second + 1, VADUserStoppedSpeakingFrame(stop_secs=0.4))
        await stage.until(700)
    wrapped = stage.up_secs(WrapUpFrame)
    assert wrapped == [pytest.approx(599.8, abs=0.5)]


@pytest.mark.parametrize("speaks", [False, True])
async def test_an_operator_ends_a_hold(speaks: bool) -> None:
    """They wait in the agent's place, for as long as they like; what is heard passes from there on,
    and an announcement in the middle of which they come from its first sound."""
    sound = CallerAudioFrame(audio=bytes(320), sample_rate=8000, num_channels=1, ulaw=b"\xff" * 160)
    async with on_stage(HoldGate(max_secs=30)) as stage:
        await stage.at_up(1, HoldRequestFrame())
        if speaks:
            await stage.at(9.8, VADUserStartedSpeakingFrame(start_secs=0.2))
        await stage.at(10, TakenOverFrame(begins=True, by="operator"))
        await stage.at(10.1, sound)
        await stage.at(10.2, VADUserStoppedSpeakingFrame(stop_secs=0.0))
        await stage.at(100, TakenOverFrame())
        await stage.until(200)
    told = [frame for frame in stage.downs(OnHoldFrame) if not isinstance(frame, TakenOverFrame)]
    assert [frame.begins for frame in told] == [True, False]
    assert stage.downs(CallerAudioFrame)[-1:] == [sound]
    assert len(stage.downs(VADUserStartedSpeakingFrame)) == speaks
    assert len(stage.downs(VADUserStoppedSpeakingFrame)) == 1
    assert stage.downs(HangUpFrame) == []
