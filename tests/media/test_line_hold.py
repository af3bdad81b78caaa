"""The agent's sound is held and goes on, or is taken from it: positions exact to the byte."""

import asyncio
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    InterruptionFrame,
)

from bot.carriers.twilio.serializer import TwilioSerializer
from bot.media import BotAudio
from bot.media.g711 import pcm_to_ulaw, ulaw_to_pcm
from bot.media.utterance import STEP_BACK_MS
from bot.simulator.carrier.messages import Clear
from bot.testing.stage import Stage, on_stage
from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    HangUpFrame,
    HoldFrame,
    ResumeFrame,
    UtterancePlayedFrame,
)
from tests.media.far_carrier import STREAM_SID, FarCarrier


def ruler(ms: int, *, seed: int = 1) -> bytes:
    """Noise of which no two stretches are alike."""
    chance = np.random.default_rng(seed)
    samples = chance.integers(1000, 4000, ms * 8) * chance.choice((-1, 1), ms * 8)
    return pcm_to_ulaw(samples.astype("<i2").tobytes())


class OnTheLine:
    """A `BotAudio` with a carrier in memory behind it."""

    def __init__(self, **carrier: Any) -> None:
        self.carrier = FarCarrier(**carrier)
        self.bot_audio = BotAudio(leg=self.carrier.leg())
        self._stage = on_stage(self.bot_audio)
        self.stage: Stage

    async def __aenter__(self) -> "OnTheLine":
        self.stage = await self._stage.__aenter__()
        self._echoes = asyncio.create_task(self._echo())
        return self

    async def __aexit__(self, *error: Any) -> None:
        self._echoes.cancel()
        await asyncio.gather(self._echoes, return_exceptions=True)
        await self._stage.__aexit__(*error)

    async def _echo(self) -> None:
        reader = TwilioSerializer(stream_sid=STREAM_SID)
        while True:
            frame = reader.read(await self.carrier.receive())
            await self.bot_audio.reached(frame.name_of_mark)  # type: ignore[union-attr]

    async def sound(self, utterance_id: str, ulaw: bytes) -> None:
        await self.stage.down(
            AgentAudioFrame(
                audio=ulaw_to_pcm(ulaw),
                sample_rate=8000,
                num_channels=1,
                ulaw=ulaw,
                utterance_id=utterance_id,
            )
        )

    async def speak(self, utterance_id: str, ulaw: bytes) -> None:
        await self.sound(utterance_id, ulaw)
        await self.stage.down(AgentAudioEndFrame(utterance_id=utterance_id))

    async def hold(self, secs: float) -> None:
        await self.stage.down(HoldFrame())
        await self.stage.after(secs)

    @property
    def played(self) -> list[UtterancePlayedFrame]:
        return self.stage.ups(UtterancePlayedFrame)


def repeated_ms(heard: bytes, sound: bytes) -> list[float]:
    """The caller heard the sound once, apart from these repetitions; fails if anything lacks."""
    found, at, offset = [], 0, 0
    while at < len(heard):
        if offset < len(sound) and heard[at] == sound[offset]:
            at, offset = at + 1, offset + 1
            continue
        again = sound.rfind(heard[at : at + 160], 0, offset)
        assert again >= 0, f"unknown sound at {at / 8} ms"
        found.append((offset - again) / 8)
        offset = again
    assert offset == len(sound)
    return found


@pytest.mark.parametrize("after_secs", [0.05, 0.333, 1.0, 1.437, 2.5])
@pytest.mark.parametrize("echo_after_secs", [0.0, 0.04])
async def test_the_sentence_goes_on_where_it_was_heard(
    after_secs: float, echo_after_secs: float
) -> None:
    """All of it once, the last word before the hold twice, and it counts once."""
    sound = ruler(3000)
    async with OnTheLine(echo_after_secs=echo_after_secs) as line:
        await line.speak("a", sound)
        await line.stage.until(after_secs)
        await line.hold(0.001)
        heard = line.carrier.heard
        assert heard == sound[: len(heard)]
        assert len(line.carrier.commands(Clear)) == 1
        await line.stage.after(1.0)
        assert line.carrier.heard == heard
        await line.stage.down(ResumeFrame())
        await line.stage.until(10)
        (back_ms,) = repeated_ms(line.carrier.heard, sound)
        nearest, furthest = STEP_BACK_MS
        lag_ms = 2 * echo_after_secs * 1000
        assert min(nearest, after_secs * 1000) <= back_ms <= furthest + lag_ms + 1
        (played,) = line.played
        assert (played.heard_ms, played.interrupted) == (3000, False)
        assert played.held_ms == pytest.approx(1001, abs=1)
        assert len(line.stage.downs(BotStartedSpeakingFrame)) == 1
        assert len(line.stage.downs(BotStoppedSpeakingFrame)) == 1
        assert len(line.carrier.commands(Clear)) == 1


async def test_a_hold_that_becomes_an_interruption_cuts_where_it_began() -> None:
    """One clear, no sound of the old sentence any more, the position of the hold."""
    sound = ruler(3000)
    async with OnTheLine() as line:
        await line.speak("a", sound)
        await line.stage.until(1.25)
        await line.hold(1.0)
        assert line.played == []
        await line.stage.down(InterruptionFrame())
        await line.sound("a", sound)
        await line.speak("b", ruler(200, seed=2))
        await line.stage.until(6)
        assert len(line.carrier.commands(Clear)) == 1
        assert line.carrier.heard == sound[:10_000] + ruler(200, seed=2)
        assert [(p.utterance_id, p.heard_ms, p.interrupted) for p in line.played] == [
            ("a", 1250, True),
            ("b", 200, False),
        ]


async def test_sound_that_comes_in_a_hold_is_kept() -> None:
    """The model goes on generating: none of it is lost, and the next utterance follows."""
    first, second = ruler(2000), ruler(500, seed=2)
    async with OnTheLine() as line:
        await line.sound("a", first[:8000])
        await line.stage.until(0.8)
        await line.stage.down(HoldFrame())
        await line.sound("a", first[8000:])
        await line.stage.down(AgentAudioEndFrame(utterance_id="a"))
        await line.speak("b", second)
        await line.stage.after(1)
        await line.stage.down(ResumeFrame())
        await line.stage.until(10)
        assert len(repeated_ms(line.carrier.heard, first + second)) == 1
        assert [(p.utterance_id, p.heard_ms) for p in line.played] == [("a", 2000), ("b", 500)]


async def test_two_holds_count_no_sound_twice() -> None:
    """Also where the second comes in what is being repeated, and then takes the turn."""
    sound = ruler(3000)
    async with OnTheLine() as line:
        await line.speak("a", sound)
        await line.stage.until(1.0)
        await line.hold(1.0)
        await line.stage.down(ResumeFrame())
        await line.stage.after(0.05)
        await line.hold(1.0)
        await line.stage.down(InterruptionFrame())
        await line.stage.after(0.01)
        (played,) = line.played
        assert (played.heard_ms, played.interrupted) == (1000, True)
    async with OnTheLine() as line:
        await line.speak("a", sound)
        for secs in (1.0, 1.0, 0.04):
            await line.stage.after(secs)
            await line.hold(0.5)
            await line.stage.down(ResumeFrame())
        await line.stage.until(12)
        assert len(repeated_ms(line.carrier.heard, sound)) == 3
        assert [(p.heard_ms, p.held_ms) for p in line.played] == [(3000, 1500)]


async def test_a_hold_between_two_utterances_loses_neither() -> None:
    """Sound of the second was at the carrier already when it was cleared."""
    first, second = ruler(1000), ruler(1500, seed=2)
    async with OnTheLine() as line:
        await line.speak("a", first)
        await line.speak("b", second)
        await line.stage.until(0.95)
        await line.hold(1.0)
        await line.stage.down(ResumeFrame())
        await line.stage.until(10)
        assert len(repeated_ms(line.carrier.heard, first + second)) == 1
        assert [(p.utterance_id, p.heard_ms) for p in line.played] == [("a", 1000), ("b", 1500)]


async def test_over_its_last_syllables_nothing_is_held() -> None:
    """What is said there is an answer: the turn is taken at once, and all others are told."""
    async with OnTheLine() as line:
        await line.speak("a", ruler(2000))
        await line.stage.until(1.7)
        await line.hold(0.001)
        (played,) = line.played
        assert (played.heard_ms, played.interrupted) == (1700, True)
        assert len(line.stage.ups(InterruptionFrame)) == 1
        assert len(line.carrier.commands(Clear)) == 1
        await line.stage.down(ResumeFrame())
        await line.stage.until(5)
        assert len(line.carrier.heard) == 1700 * 8


async def test_a_held_sentence_is_not_lost_without_a_trace() -> None:
    """The call ends in a hold: what was heard is told, and no more is sent."""
    async with OnTheLine() as line:
        await line.speak("a", ruler(3000))
        await line.stage.until(1.0)
        await line.hold(0.5)
        await line.stage.down(HangUpFrame(reason="time_limit"))
        await line.stage.down(ResumeFrame())
        await line.stage.until(5)
        assert [(p.heard_ms, p.interrupted) for p in line.played] == [(1000, True)]
        assert len(line.carrier.heard) == 8000


async def test_holding_silence_does_nothing() -> None:
    """Nothing is cleared, and what comes then is played."""
    async with OnTheLine() as line:
        await line.hold(0.1)
        await line.speak("a", ruler(300))
        await line.stage.after(1)
        assert line.carrier.commands(Clear) == []
        assert [(p.heard_ms, p.interrupted) for p in line.played] == [(300, False)]
