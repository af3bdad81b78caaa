"""What an operator says goes the way of the agent's words, and only while they have the call."""

import asyncio

import pytest
from pipecat.frames.frames import InterruptionFrame

from bot.media import OperatorVoice
from bot.media.g711 import SILENCE
from bot.media.operator_voice import MOST_AHEAD_SECS
from bot.testing.stage import on_stage
from processors.frames import (
    AgentAudioEndFrame,
    AgentAudioFrame,
    HoldFrame,
    ResumeFrame,
    TakenOverFrame,
    UtterancePlayedFrame,
)

LOUD, QUIET = bytes([0x10, 0x90]) * 80, bytes([SILENCE]) * 160  # 20 ms

Said = list[tuple[str, bytes, int]]


def a_voice() -> tuple[OperatorVoice, Said]:
    said: Said = []
    voice = OperatorVoice(
        said=lambda ulaw, frame: said.append((frame.utterance_id, ulaw, frame.heard_ms))
    )
    return voice, said


async def speak(voice: OperatorVoice, *pieces: bytes) -> None:
    for piece in pieces:
        await voice.hear(piece)
        await asyncio.sleep(0.02)


async def test_nothing_is_heard_before_and_after() -> None:
    voice, _ = a_voice()
    async with on_stage(voice) as stage:
        await speak(voice, LOUD)
        await stage.down(TakenOverFrame(begins=True))
        assert len(stage.downs(InterruptionFrame)) == 1  # of the agent nothing more is heard
        await speak(voice, LOUD)
        await stage.down(TakenOverFrame(begins=False))
        await speak(voice, LOUD)
        assert [frame.ulaw for frame in stage.downs(AgentAudioFrame)] == [LOUD]


async def test_each_thing_said_is_an_utterance() -> None:
    """From pause to pause, and from where the other side cuts in; told of when it was heard."""
    voice, said = a_voice()
    async with on_stage(voice) as stage:
        await stage.down(TakenOverFrame(begins=True))
        await speak(voice, LOUD, *[QUIET] * 40, LOUD, LOUD)
        assert not voice.silent.is_set()
        await stage.down(InterruptionFrame())
        await speak(voice, LOUD)
        await voice.finish()
        keys = [frame.utterance_id for frame in stage.downs(AgentAudioFrame)]
        assert list(dict.fromkeys(keys)) == ["operator_1", "operator_2", "operator_3"]
        ended = [frame.utterance_id for frame in stage.downs(AgentAudioEndFrame)]
        assert ended == ["operator_1", "operator_3"]
        for key, heard_ms in (("operator_1", 720), ("operator_2", 20), ("operator_3", 20)):
            await stage.up(UtterancePlayedFrame(utterance_id=key, heard_ms=heard_ms))
        await stage.up(UtterancePlayedFrame(utterance_id="of_the_agent"))
        assert voice.silent.is_set()
        assert [(key, heard_ms) for key, _, heard_ms in said] == [
            ("operator_1", 720),
            ("operator_2", 20),
            ("operator_3", 20),
        ]
        assert said[2][1] == LOUD


async def test_no_hold_keeps_a_person_back() -> None:
    voice, _ = a_voice()
    async with on_stage(voice) as stage:
        await stage.down(HoldFrame(), ResumeFrame())
        await stage.down(TakenOverFrame(begins=True))
        await stage.down(HoldFrame(), ResumeFrame())
        await stage.down(TakenOverFrame(begins=False))
        assert (len(stage.downs(HoldFrame)), len(stage.downs(ResumeFrame))) == (1, 1)


async def test_what_was_held_up_on_the_way_is_left_out() -> None:
    """The other side hears the operator late by no more than a moment, however much comes at
    once."""
    voice, _ = a_voice()
    async with on_stage(voice) as stage:
        await stage.down(TakenOverFrame(begins=True))
        for _ in range(250):
            await voice.hear(LOUD)
        sent_secs = 0.02 * len(stage.downs(AgentAudioFrame))
        assert MOST_AHEAD_SECS <= sent_secs <= MOST_AHEAD_SECS + 0.05


@pytest.mark.parametrize(("pause_secs", "heard_ms"), [(0.02, 200), (0.0, 0)])
async def test_what_was_being_said_when_the_pipeline_ended_is_told(
    pause_secs: float, heard_ms: int
) -> None:
    """Once, and as far as there was time to hear it."""
    voice, said = a_voice()
    async with on_stage(voice) as stage:
        await stage.down(TakenOverFrame(begins=True))
        for _ in range(10):
            await voice.hear(LOUD)
            await asyncio.sleep(pause_secs)
        voice.break_off()
        voice.break_off()
    assert said == [("operator_1", LOUD * 10, heard_ms)]
