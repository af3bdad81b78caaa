"""What a model sends beyond all measure: its own call is hurt at most, and no other has to wait."""

import asyncio
import base64
from collections import deque
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pipecat.frames.frames import Frame, InterruptionFrame

from bot.brains.openai.agent_turns import MOST_SOUND_MS
from bot.brains.openai.memory import LONGEST_TURN, MOST_WORDS, Memory
from bot.brains.openai.out_of_band import LONGEST_SUMMARY
from bot.brains.realtime import events as happened
from bot.brains.realtime.events import AgentSound
from bot.brains.realtime.sound import PIECE_CHARS, pieces
from processors.frames import AgentAudioFrame, AgentSaidFrame
from tests.brains.openai.test_conversation import NOW, Wire, of_kind
from tests.brains.realtime.test_realtime_model import GREETING, scene
from tests.wire import openai_events

MEGABYTES = 20
DELTA = "word " * 20_000


def test_megabytes_of_words_are_cut_to_one_long_turn() -> None:
    """Those of the agent, and no more is kept, told or recorded of them."""
    wire = Wire()
    wire.feed(openai_events.created("resp_1"), openai_events.message_added("resp_1", "item_1"))
    for _ in range(MEGABYTES * 10):
        wire.feed(openai_events.words("resp_1", "item_1", DELTA))
    wire.feed(openai_events.sound("resp_1", "item_1", b"\x01" * 8000), openai_events.done("resp_1"))
    wire.conversation.playback.played("item_1", 250, interrupted=False)
    (said,) = of_kind(happened.AgentSaid, wire.happened())
    assert said.text == DELTA[:LONGEST_TURN].strip()


def test_a_turn_of_the_caller_is_cut_too() -> None:
    """Transcripts come from the model's side as well."""
    seen = Wire().feed(*openai_events.caller_turn("turn_1", DELTA))
    (said,) = of_kind(happened.CallerSaid, seen)
    assert said.text == DELTA[:LONGEST_TURN]


def test_a_summary_beyond_measure_is_cut() -> None:
    """It could not be read anyhow."""
    wire = Wire()
    wire.feed(openai_events.created("resp_1", "summary"))
    for _ in range(50):
        wire.feed(openai_events.text("resp_1", "item_1", "x" * 1000))
    (made,) = of_kind(happened.SummaryMade, wire.feed(openai_events.done("resp_1")))
    assert made.text == "x" * LONGEST_SUMMARY


@given(st.lists(st.integers(0, LONGEST_TURN * 2), max_size=200))
def test_all_the_words_of_a_call_have_a_bound(lengths: list[int]) -> None:
    """Each turn its own, and all together theirs; what fits comes as it is."""
    memory = Memory(deque())
    total = 0
    for length in lengths:
        kept = memory.room_for("x" * length)
        assert len(kept) == min(length, LONGEST_TURN, MOST_WORDS - total)
        total += len(kept)
    assert total <= MOST_WORDS


def test_what_came_of_a_turn_before_counts() -> None:
    """Its words come in pieces."""
    memory = Memory(deque())
    assert memory.room_for("x" * 50, in_turn=LONGEST_TURN - 20) == "x" * 20
    assert memory.room_for("x", in_turn=LONGEST_TURN + 5) == ""


# -- sound ----------------------------------------------------------------------------------------


@given(st.binary(max_size=400_000))
def test_sound_in_pieces_is_the_same_sound(ulaw: bytes) -> None:
    """Each piece is base64 by itself, and short."""
    payload = base64.b64encode(ulaw).decode()
    parts = pieces(AgentSound(utterance_id="item_1", payload=payload))
    assert parts
    assert all(len(part.payload) <= PIECE_CHARS for part in parts)
    assert b"".join(base64.b64decode(part.payload) for part in parts) == ulaw


async def test_minutes_of_sound_at_once_leave_others_their_turn(tmp_path: Path) -> None:
    """All of it comes, in pieces between which the loop goes round."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        minutes = bytes(range(256)) * (10 * 60 * 8000 // 256)
        s.session.tell(
            openai_events.created("resp_1"), openai_events.sound("resp_1", "item_1", minutes)
        )
        come = set()
        for _ in range(300):
            await asyncio.sleep(0)
            come.add(len(s.stage.downs(AgentAudioFrame)))
        assert len(come) >= len(minutes) * 4 / 3 / PIECE_CHARS
        assert s.sound[8000:] == minutes


async def test_a_caller_who_cuts_in_hears_no_more_of_it(tmp_path: Path) -> None:
    """Also when the rest has come already and is in pieces."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        s.session.tell(
            openai_events.created("resp_1"),
            openai_events.sound("resp_1", "item_1", b"\x07" * 8000 * 300),
        )
        for _ in range(20):
            await asyncio.sleep(0)
        assert b"\x07" in s.sound
        await s.stage.down(InterruptionFrame())
        await s.stage.after(1)
        assert len(s.sound) < 8000 * 150


def test_hours_of_sound_are_not_kept() -> None:
    """Nobody listens for a quarter of an hour."""
    wire = Wire()
    wire.feed(openai_events.created("resp_1"))
    minute, kept = openai_events.sound("resp_1", "item_1", b"\x01" * 80), 0
    for _ in range(60):
        wire.conversation.server_event(dict(minute, event_id=None), NOW)
        sounds = of_kind(happened.AgentSound, list(wire.conversation.happened))
        wire.conversation.happened.clear()
        for sound in sounds:
            kept += 1
            wire.conversation.playback.received(sound.utterance_id, 60_000)
    assert kept == MOST_SOUND_MS / 60_000


async def test_megabytes_of_words_reach_the_others_as_one_long_turn(tmp_path: Path) -> None:
    """Whatever looks through what is said, or shows it as it grows, gets no more of it."""
    async with scene(tmp_path, clips=[GREETING]) as s:
        await s.tell(
            openai_events.created("resp_1"),
            openai_events.message_added("resp_1", "item_1"),
            *[openai_events.words("resp_1", "item_1", DELTA) for _ in range(MEGABYTES * 10)],
            openai_events.sound("resp_1", "item_1", b"\x01" * 8000),
            openai_events.done("resp_1"),
        )
        await s.play("item_1", 1000)
        (said,) = s.stage.downs(AgentSaidFrame)
        assert said.text == DELTA[:LONGEST_TURN].strip()
        handed_on = [
            len(text)
            for frame in (*s.stage.downs(Frame), *s.stage.ups(Frame))
            for text in vars(frame).values()
            if isinstance(text, str)
        ]
        assert sum(handed_on) < 2 * LONGEST_TURN
        assert sum(len(text) for _, text in s.notes.words) < 3 * LONGEST_TURN
