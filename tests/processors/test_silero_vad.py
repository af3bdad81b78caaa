"""SileroVAD: from the caller's audio to the frames that say they speak."""

from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    InputAudioRawFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.testing.stage import Stage, on_stage
from processors import SileroVAD
from processors.frames import CallerAudioFrame, ModelListensFrame
from processors.listening.silero import Floats, SileroModel

SPEECH_FRAMES = (VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame)


async def play(stage: Stage, pcm: bytes, *, sample_rate: int = 8000) -> None:
    """Sends the sound in frames of 20 ms, one every 20 ms."""
    size = sample_rate // 50 * 2
    for start in range(0, len(pcm), size):
        audio = pcm[start : start + size]
        await stage.down(CallerAudioFrame(audio=audio, sample_rate=sample_rate, num_channels=1))
        await stage.after(0.02)


async def test_speech_starts_and_stops_both_ways(speech_8k: bytes) -> None:
    """One sentence between silences is one start and one end, told up and down alike."""
    async with on_stage(SileroVAD(start_secs=0.2, stop_secs=0.6)) as stage:
        await play(stage, bytes(16_000) + speech_8k + bytes(16_000))
    for seen in (stage.downs, stage.ups):
        assert [frame.start_secs for frame in seen(VADUserStartedSpeakingFrame)] == [0.2]
        assert [frame.stop_secs for frame in seen(VADUserStoppedSpeakingFrame)] == [0.6]
    [started], [stopped] = map(stage.down_secs, SPEECH_FRAMES)
    ends = 1.0 + len(speech_8k) / 16_000
    assert 1.2 <= started <= 1.5  # the sound begins 60 ms into the clip
    assert ends + 0.3 <= stopped <= ends + 0.8


async def test_silence_and_hiss_are_not_speech(noise_8k: bytes) -> None:
    """Ten seconds of each, then a click, start nothing."""
    async with on_stage(SileroVAD()) as stage:
        await play(stage, bytes(160_000) + noise_8k + b"\xff\x7f" * 20 + bytes(16_000))
    assert stage.downs(VADUserStartedSpeakingFrame) == []


async def test_plain_audio_at_16_khz_is_heard_as_well(speech_16k: bytes) -> None:
    """The frame's own rate decides, even when it changes in mid-call."""
    async with on_stage(SileroVAD()) as stage:
        await play(stage, bytes(1600))
        await play(stage, speech_16k + bytes(32_000), sample_rate=16_000)
    assert len(stage.downs(VADUserStartedSpeakingFrame)) == 1
    assert len(stage.downs(VADUserStoppedSpeakingFrame)) == 1


@pytest.mark.parametrize(
    ("audio", "sample_rate", "num_channels"),
    [(b"", 8000, 1), (b"\x01", 8000, 1), (b"\x01" * 321, 8000, 1), (bytes(320), 24_000, 1),
     (bytes(640), 8000, 2), (bytes(320), 0, 1)],
)  # fmt: skip
async def test_a_bad_frame_passes_and_harms_nothing(
    audio: bytes, sample_rate: int, num_channels: int, speech_8k: bytes
) -> None:
    """Whatever a frame holds, it travels on and the speech that follows is still heard."""
    async with on_stage(SileroVAD()) as stage:
        bad = InputAudioRawFrame(audio=audio, sample_rate=sample_rate, num_channels=num_channels)
        await stage.down(bad)
        await play(stage, speech_8k)
    assert stage.downs(InputAudioRawFrame)[0] is bad
    assert len(stage.downs(VADUserStartedSpeakingFrame)) == 1


async def test_a_frame_of_something_else_passes_and_harms_nothing(speech_8k: bytes) -> None:
    """Even a frame that holds no bytes at all raises nothing."""
    async with on_stage(SileroVAD()) as stage:
        bad = InputAudioRawFrame(audio=b"", sample_rate=8000, num_channels=1)
        bad.audio = "no sound"  # type: ignore[assignment]
        await stage.down(bad)
        await play(stage, speech_8k)
    assert stage.downs(InputAudioRawFrame)[0] is bad
    assert len(stage.downs(VADUserStartedSpeakingFrame)) == 1


def radio(speech_8k: bytes) -> bytes:
    """Twelve seconds of it, without a pause."""
    return speech_8k[1600:-4800] * 4


async def test_the_agents_echo_starts_nothing(speech_8k: bytes) -> None:
    """Nor by the way of frames, where each says how loud the agent was."""
    samples = np.frombuffer(speech_8k, "<i2").astype(float)
    echo = (samples * 0.1).astype("<i2").tobytes()
    for sent_rms, starts in ((8000, 0), (0, 1)):
        async with on_stage(SileroVAD()) as stage:
            for start in range(0, len(echo), 320):
                sound = {"audio": echo[start : start + 320], "sent_rms": sent_rms}
                await stage.down(CallerAudioFrame(sample_rate=8000, num_channels=1, **sound))
                await stage.after(0.02)
        assert len(stage.downs(VADUserStartedSpeakingFrame)) == starts


async def test_what_the_model_does_not_hear_is_over_after_two_seconds(speech_8k: bytes) -> None:
    """It is told once, and the end of the sound is not told again."""
    async with on_stage(SileroVAD()) as stage:
        await stage.up(ModelListensFrame(listens=True))
        await play(stage, radio(speech_8k) + bytes(16_000))
    [started], [stopped] = map(stage.down_secs, SPEECH_FRAMES)
    assert stopped - started == pytest.approx(2.0, abs=0.05)
    assert stage.downs(VADUserStoppedSpeakingFrame)[0].stop_secs == 2.0


async def test_after_the_models_ear_has_heard_him_out_ours_has_two_seconds(
    speech_8k: bytes,
) -> None:
    """While it hears the caller ours is believed, and again when it hears them once more."""
    async with on_stage(SileroVAD()) as stage:
        await stage.up(ModelListensFrame(listens=True))
        await stage.up(UserStartedSpeakingFrame())
        sound = radio(speech_8k)
        await play(stage, sound[: 16_000 * 4])
        await stage.up(UserStoppedSpeakingFrame())
        await play(stage, sound[16_000 * 4 : 16_000 * 7])
        await stage.up(UserStartedSpeakingFrame())
        await play(stage, sound[16_000 * 7 : 16_000 * 9] + bytes(16_000))
    started, stopped = map(stage.down_secs, SPEECH_FRAMES)
    assert len(started) == len(stopped) == 2
    assert stopped[0] == pytest.approx(6.0, abs=0.1)
    assert started[1] == pytest.approx(7.0, abs=0.1)


async def test_where_no_model_listens_ours_alone_is_believed(speech_8k: bytes) -> None:
    """With local turns, and while there is no session."""
    async with on_stage(SileroVAD()) as stage:
        await play(stage, radio(speech_8k)[: 16_000 * 5])
        assert stage.downs(VADUserStoppedSpeakingFrame) == []


@pytest.mark.parametrize("noise", [0, 15, 60])
async def test_silero_is_not_asked_on_a_quiet_line(
    noise: int, speech_8k: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only at the beginning; a caller who speaks after that is heard as soon as ever."""
    asked = 0
    run = SileroModel.run

    def counted(self: SileroModel, samples: Floats, *others: Any) -> Any:
        nonlocal asked
        asked += len(samples)
        return run(self, samples, *others)

    quiet = np.random.default_rng(8).normal(0, noise, 32_000).astype("<i2").tobytes()
    async with on_stage(SileroVAD(start_secs=0.2, stop_secs=0.4)) as stage:
        await play(stage, bytes(1600))  # and what is prepared at the first silence
        monkeypatch.setattr(SileroModel, "run", counted)
        await play(stage, quiet)
        asked_in_quiet = asked
        await play(stage, speech_8k + quiet)
    assert asked_in_quiet <= 10
    assert asked > len(speech_8k) / 512
    [started], [stopped] = map(stage.down_secs, SPEECH_FRAMES)
    assert 4.3 <= started <= 4.6
    assert 0.3 <= stopped - 4.1 - len(speech_8k) / 16_000 <= 0.6
