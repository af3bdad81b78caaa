"""Sound in another format than was agreed is never played."""

import base64
from pathlib import Path

import numpy as np
import pytest
import soxr

from bot.brains.realtime import RealtimeSession
from bot.media.g711 import ulaw_to_pcm
from processors.frames import HangUpFrame
from tests.brains.realtime.far_model import FarSession, opened
from tests.brains.realtime.test_realtime_model import GREETING, scene
from tests.voices import kept_voice
from tests.wire import openai_events
from tests.wire.openai_events import Event

ULAW = kept_voice("agent").render(GREETING)


def wide() -> bytes:
    """The same as PCM at 24 kHz."""
    narrow = np.frombuffer(ulaw_to_pcm(ULAW), "<i2")
    return bytes(soxr.resample(narrow, 8000, 24000).astype("<i2").tobytes())


PCM = wide()


def said(given: bytes, response: str = "resp_1", piece: int = 2400) -> list[Event]:
    """A response that is this sound; its deltas have this many bytes."""
    item = f"item_of_{response}"
    return [
        openai_events.created(response, "say"),
        openai_events.message_added(response, item),
        openai_events.words(response, item, GREETING),
        *(
            openai_events.sound(response, item, given[at : at + piece])
            for at in range(0, len(given), piece)
        ),
        openai_events.sound_done(response, item),
        openai_events.message_done(response, item, GREETING),
        openai_events.done(response, purpose="say"),
    ]


def is_sound(event: Event) -> bool:
    return bool(event["type"] == "response.output_audio.delta")


class Door:
    """Opens sessions in the other format."""

    def __init__(self) -> None:
        self.opened: list[FarSession] = []

    async def open(self) -> RealtimeSession:
        session = FarSession(sound="pcm")
        session.others = False
        self.opened.append(session)
        return await opened(session)


async def test_a_session_that_lies_is_replaced_before_a_sample_is_heard(tmp_path: Path) -> None:
    """By one in the other format, which is asked for the same line."""
    door = Door()
    async with scene(tmp_path, reopen=door.open) as s:
        await s.tell(*said(PCM))
        await s.stage.after(0.5)
        assert s.sound == b""
        assert s.session.disbelieved
        assert s.session.closed
        (session,) = door.opened
        assert session.asked_for() == [f'"{GREETING}"']
        session.tell(*said(PCM, "resp_2"))
        await s.stage.after(0.1)
        assert abs(len(s.sound) - len(ULAW)) <= 8
        assert s.stage.downs(HangUpFrame) == []


async def test_where_no_format_is_left_the_call_ends(tmp_path: Path) -> None:
    """The reason is one for which the carrier says an apology."""
    session = FarSession()
    session.others = False
    async with scene(tmp_path, session=session, reopen=Door().open) as s:
        await s.tell(*said(PCM))
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["protocol_broken"]
        assert s.sound == b""


async def test_a_session_that_cannot_be_replaced_ends_the_call(tmp_path: Path) -> None:
    async with scene(tmp_path) as s:
        await s.tell(*said(PCM))
        assert [frame.reason for frame in s.stage.downs(HangUpFrame)] == ["protocol_broken"]


@pytest.mark.parametrize("piece", [100, 160, 2400])
async def test_what_is_in_the_format_is_heard_to_its_last_byte(tmp_path: Path, piece: int) -> None:
    """In pieces of any length; less than two frames of it wait for the next."""
    async with scene(tmp_path) as s:
        given = 0
        for event in said(ULAW, piece=piece):
            await s.tell(event)
            given += len(base64.b64decode(event.get("delta", ""))) if is_sound(event) else 0
            assert given - len(s.sound) < 320
        assert s.sound == ULAW


async def test_a_short_sound_is_heard_at_its_end(tmp_path: Path) -> None:
    """It is shorter than what is looked at."""
    async with scene(tmp_path) as s:
        await s.tell(*said(ULAW[4000:4200]))
        assert s.sound == ULAW[4000:4200]


async def test_how_long_it_is_told_to_be_counts_where_nothing_else_tells(tmp_path: Path) -> None:
    """Sixteen seconds of what looks like silence, and the usage says two and a half."""
    door = Door()
    async with scene(tmp_path, reopen=door.open) as s:
        await s.tell(*said(b"\xff" * (16_000 * 8), piece=48_000))
        await s.stage.after(0.5)
        assert s.session.disbelieved
        assert len(door.opened) == 1
