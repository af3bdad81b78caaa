"""While the agent speaks and the line is quiet, the model is sent larger pieces of it."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from bot.brains.config import Turns
from bot.brains.realtime.sound import joined
from bot.media.g711 import loudness, ulaw_to_pcm
from processors.frames import HoldFrame, LineBackFrame, LineLostFrame, RanDryFrame
from processors.sound import CallerSound
from tests.brains.realtime.far_model import FarSession
from tests.brains.realtime.test_realtime_model import GREETING, Scene, caller_sound, scene
from tests.wire import openai_events

QUIET, LOUD = 0xF0, 0x10  # codes of μ-law: 120 and 16,000 of 32,768


@asynccontextmanager
async def listening(folder: Path, *, turns: Turns = "hybrid") -> AsyncIterator[Scene]:
    """The agent is heard to greet the caller, who says nothing."""
    async with scene(folder, clips=[GREETING], turns=turns) as s:
        await s.stage.up(BotStartedSpeakingFrame())
        yield s


async def hears(s: Scene, *codes: int) -> list[int]:
    """How many milliseconds each message has that the model is sent of this."""
    before = len(s.session.appended)
    for code in codes:
        await s.stage.down(caller_sound(code))
    return milliseconds(s.session)[before:]


def milliseconds(session: FarSession) -> list[int]:
    return [len(base64.b64decode(payload)) // 8 for payload in session.appended]


def of(*codes: int) -> bytes:
    return b"".join(bytes([code]) * 160 for code in codes)


async def test_a_quiet_line_comes_in_tenths_of_a_second(tmp_path: Path) -> None:
    """All of it, in order."""
    codes = [QUIET + number % 16 for number in range(12)]
    async with listening(tmp_path) as s:
        assert await hears(s, *codes) == [100, 100]
        await s.stage.up(BotStoppedSpeakingFrame())
        assert await hears(s, QUIET) == [60]
        assert s.session.heard == of(*codes, QUIET)


async def test_the_first_loud_sound_is_heard_at_once(tmp_path: Path) -> None:
    """With what was gathered before it; our own ear needs a fifth of a second to be sure."""
    async with listening(tmp_path) as s:
        assert await hears(s, QUIET, QUIET, LOUD) == [60]
        assert await hears(s, LOUD, LOUD) == [20, 20]
        assert s.session.heard == of(QUIET, QUIET, LOUD, LOUD, LOUD)


async def test_what_was_gathered_goes_before_the_callers_first_word(tmp_path: Path) -> None:
    """Where our ear hears them in soft sound."""
    async with listening(tmp_path) as s:
        assert await hears(s, QUIET, QUIET) == []
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        assert s.session.heard == of(QUIET, QUIET)
        assert await hears(s, QUIET, QUIET) == [20, 20]


@pytest.mark.parametrize(
    "changes",
    [
        [("up", BotStoppedSpeakingFrame())],
        [("up", RanDryFrame())],
        [("up", HoldFrame())],
        [("down", VADUserStartedSpeakingFrame(start_secs=0.2))],
        [
            ("down", VADUserStartedSpeakingFrame(start_secs=0.2)),
            ("down", VADUserStoppedSpeakingFrame(stop_secs=0.4)),
        ],
    ],
    ids=["silent", "dry", "held", "spoken over", "was spoken over"],
)
async def test_nothing_is_gathered_while_anybody_waits(
    changes: list[tuple[str, Frame]], tmp_path: Path
) -> None:
    """The silence that ends a turn above all."""
    async with listening(tmp_path) as s:
        for way, frame in changes:
            await (s.stage.up(frame) if way == "up" else s.stage.down(frame))
        assert await hears(s, QUIET, QUIET, QUIET) == [20, 20, 20]


async def test_a_silence_of_both_sides_is_gathered_when_it_has_lasted(tmp_path: Path) -> None:
    """A second and a half: a word before it, which no ear has told of yet, is over by then."""
    async with listening(tmp_path) as s:
        await s.stage.up(BotStoppedSpeakingFrame())
        await hears(s, LOUD, LOUD, LOUD)
        assert await hears(s, *[QUIET] * 74) == [20] * 74
        assert await hears(s, *[QUIET] * 10) == [100, 100]
        assert await hears(s, LOUD) == [20]


async def test_a_click_is_no_word(tmp_path: Path) -> None:
    """It is heard at once, and what follows is gathered again; after three loud pieces nothing is,
    for they may have been a word.
    """
    async with listening(tmp_path) as s:
        await s.stage.up(BotStoppedSpeakingFrame())
        await hears(s, *[QUIET] * 79)
        assert await hears(s, QUIET, LOUD, *[QUIET] * 5) == [40, 100]
        assert await hears(s, LOUD, LOUD, *[QUIET] * 5) == [20, 20, 100]
        assert await hears(s, LOUD, LOUD, LOUD, *[QUIET] * 5) == [20] * 8


async def test_a_caller_who_waits_is_heard_at_once_however_long_it_takes(tmp_path: Path) -> None:
    """The model's ear may not have ended their turn yet."""
    async with listening(tmp_path) as s:
        await s.stage.up(BotStoppedSpeakingFrame())
        await s.stage.down(VADUserStartedSpeakingFrame(start_secs=0.2))
        await s.stage.down(VADUserStoppedSpeakingFrame(stop_secs=0.4))
        assert await hears(s, *[QUIET] * 150) == [20] * 150


async def test_nothing_is_gathered_while_the_models_ear_hears_the_caller(tmp_path: Path) -> None:
    """It waits for the silence that ends their turn, whether or not our ear has heard them."""
    async with listening(tmp_path) as s:
        started, stopped, *_ = openai_events.caller_turn("turn_1", "When?")
        assert await hears(s, QUIET, QUIET) == []
        await s.tell(started)
        assert await hears(s, QUIET, QUIET) == [60, 20]
        await s.tell(stopped)
        assert await hears(s, *[QUIET] * 5) == [100]


async def test_nothing_is_gathered_where_the_models_ear_alone_listens(tmp_path: Path) -> None:
    """It is the one that tells of a caller who cuts in."""
    async with listening(tmp_path, turns="server") as s:
        assert await hears(s, QUIET, QUIET, QUIET) == [20, 20, 20]


async def test_what_was_gathered_outlasts_a_lost_line(tmp_path: Path) -> None:
    """It is sent before what comes next."""
    async with listening(tmp_path) as s:
        assert await hears(s, QUIET, QUIET + 1) == []
        await s.stage.down(LineLostFrame())
        await s.stage.down(LineBackFrame())
        await hears(s, LOUD)
        assert s.session.heard == of(QUIET, QUIET + 1, LOUD)


def test_soft_is_what_is_nobodys_speech() -> None:
    """The codes of these tests are on either side of the limit: -48 dB."""
    assert 0 < loudness(of(QUIET)) < 130 < loudness(of(LOUD))


@given(st.lists(st.integers(1, 200), max_size=80))
def test_joined_sound_is_the_same_sound(lengths: list[int]) -> None:
    """In one piece, whatever the pieces were."""
    sounds = []
    for number, ms in enumerate(lengths):
        ulaw = bytes([number]) * (8 * ms)
        sounds.append(CallerSound(ulaw, base64.b64encode(ulaw).decode(), ulaw_to_pcm(ulaw)))
    fewer = joined(sounds)
    assert b"".join(s.ulaw for s in fewer) == b"".join(s.ulaw for s in sounds)
    assert b"".join(s.pcm for s in fewer) == b"".join(s.pcm for s in sounds)
    assert [base64.b64decode(s.payload) for s in fewer] == [s.ulaw for s in fewer]
    assert len(fewer) == min(1, len(sounds))
