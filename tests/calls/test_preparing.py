"""Fixed lines are rendered once, in the agent's voice, before anybody calls."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.brains import Clips, ModelConfig
from bot.calls import CallRequest, Preparing
from bot.calls.prompts import model_config, speaker
from bot.media.g711 import loudness
from bot.simulator.model import Faults, Manner, RealtimeModelServer
from config import Agent
from tests.brains.some_brains import BRAINS, MARIN, brains_at
from tests.voices import kept_voice

AGENT = Agent(
    name="shop",
    pipeline="reception",
    instructions="Help.",
    first_line="Hello, the shop.",
    silence={"prompts": ["Hello?"], "goodbye": "Bye then."},
    lines={
        "filler": "One moment.",
        "waiting": ["Soon."],
        "farewell": "Bye.",
        "time_limit": "Over.",
    },
)
LINES = ("Hello, the shop.", "Hello?", "Bye then.", "One moment.", "Soon.", "Bye.", "Over.")
SPEAKER = MARIN
VOICE = kept_voice("agent")
AT_ONCE = Manner(speed=50, first_audio_after_secs=0)


async def prepare(model: RealtimeModelServer, clips: Clips, *agents: Agent) -> None:
    await preparing(model, clips).prepare(agents)


def preparing(model: RealtimeModelServer, clips: Clips) -> Preparing:
    return Preparing(clips=clips, brains=brains_at(model.url))


def in_another_voice() -> ModelConfig:
    """Of a call that brings its own."""
    request = CallRequest(voice="cedar")
    return model_config(AGENT, request, speaker(AGENT, request, BRAINS))


async def test_every_fixed_line_becomes_a_clip_once(tmp_path: Path) -> None:
    """One session renders all that is missing; a second start renders nothing."""
    clips = Clips(tmp_path)
    async with RealtimeModelServer(voice=VOICE, manner=AT_ONCE) as model:
        await prepare(model, clips, AGENT)
        for line in LINES:
            spoken = VOICE.render(line)
            assert clips.get(SPEAKER, line) == spoken
        assert len(model.sessions) == 1
        await prepare(model, Clips(tmp_path), AGENT)
        assert len(model.sessions) == 1


async def test_a_first_line_with_variables_is_not_prepared(tmp_path: Path) -> None:
    """It differs from call to call; the other lines are prepared all the same."""
    clips = Clips(tmp_path)
    agent = replace(AGENT, first_line="Hello {name}.")
    async with RealtimeModelServer(voice=VOICE, manner=AT_ONCE) as model:
        await prepare(model, clips, agent)
    assert len(list(tmp_path.iterdir())) == len(LINES) - 1


async def test_a_model_that_refuses_costs_the_clips_and_nothing_else(tmp_path: Path) -> None:
    """A voice whose session cannot be opened is left out; the next one is prepared."""
    clips = Clips(tmp_path)
    other = replace(AGENT, name="other", voice="cedar")
    async with RealtimeModelServer(voice=VOICE, manner=AT_ONCE) as model:
        model.next_faults(Faults(refuse_with=401))
        await prepare(model, clips, AGENT, other)
    assert clips.get(SPEAKER, "Bye.") is None
    assert clips.get(replace(MARIN, voice="cedar"), "Bye.") is not None


async def test_lines_in_the_wrong_format_are_no_clips(tmp_path: Path) -> None:
    """They are rendered by another session, in the other format; or not at all."""
    clips = Clips(tmp_path)
    async with RealtimeModelServer(voice=VOICE, manner=AT_ONCE) as model:
        model.faults = Faults(sends="other")
        await prepare(model, clips, AGENT)
        assert all(clips.get(SPEAKER, line) is None for line in LINES)
        model.faults = Faults(sends="pcm")
        await prepare(model, clips, AGENT)
        assert len(model.sessions) == 4
    for line in LINES:
        clip, spoken = clips.get(SPEAKER, line), VOICE.render(line)
        assert clip is not None
        assert abs(len(clip) - len(spoken)) <= 8
        assert loudness(clip) == pytest.approx(loudness(spoken), rel=0.1)


async def test_a_voice_that_a_call_brings_is_prepared_once(tmp_path: Path) -> None:
    """Beside the call, however many calls come in it; what is there already is left."""
    clips = Clips(tmp_path)
    told = in_another_voice()
    async with RealtimeModelServer(voice=VOICE, manner=AT_ONCE) as model:
        lines = preparing(model, clips)
        for _ in range(3):
            lines.begin(told)
        while any(clips.get(told.speaker, line) is None for line in LINES):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        lines.begin(told)
        await lines.stop()
        assert len(model.sessions) == 1
    assert told.speaker != SPEAKER


async def test_what_is_being_prepared_ends_with_the_service(tmp_path: Path) -> None:
    """A model that says nothing holds nobody up."""
    async with RealtimeModelServer(voice=VOICE, faults=Faults(never_answers=True)) as model:
        lines = preparing(model, Clips(tmp_path))
        lines.begin(in_another_voice())
        await model.until(lambda: bool(model.sessions and model.sessions[0].client_events))
        async with asyncio.timeout(3):
            await lines.stop()
    assert list(tmp_path.iterdir()) == []
