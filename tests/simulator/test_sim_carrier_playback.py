"""The playback buffer, in plain arithmetic."""

import pytest
from sim_carrier_service import tone

from bot.simulator.carrier.loudness import audible_spans
from bot.simulator.carrier.playback import LinePlayback
from bot.simulator.recording import lay_out

SILENCE_100MS = b"\xff" * 800


def test_sound_queues_behind_sound() -> None:
    """What arrives while something plays is played after it; after a gap it plays at once."""
    playback = LinePlayback()
    playback.add(tone(100), 0)
    playback.add(tone(100), 10)
    playback.add(tone(100), 500)
    assert [segment.start_ms for segment in playback.played(1000)] == [0, 100, 500]
    assert playback.buffered_ms(550) == 50


def test_a_mark_is_due_once_when_its_sound_is_over() -> None:
    """Not a moment earlier, and never twice."""
    playback = LinePlayback()
    playback.add(tone(100), 0)
    playback.mark("end", 1)
    assert playback.next_due_ms == 100
    assert playback.pop_due(99.9) == []
    assert playback.pop_due(100) == ["end"]
    assert playback.pop_due(200) == []


def test_clear_keeps_what_was_heard() -> None:
    """The piece that is playing is cut at the moment of the clear, later ones vanish."""
    playback = LinePlayback()
    playback.add(tone(100), 0)
    playback.add(tone(100), 0)
    playback.mark("end", 0)
    assert playback.clear(40) == 160
    assert playback.pop_due(40) == ["end"]
    assert [len(segment.ulaw) for segment in playback.played(1000)] == [320]
    assert playback.sounds(1000)[-1].end_ms == 40
    playback.add(tone(10), 50)
    assert playback.played(1000)[-1].start_ms == 50


def test_silence_that_is_played_is_not_sound() -> None:
    """Only audible frames count as the agent speaking."""
    playback = LinePlayback()
    playback.add(SILENCE_100MS + tone(100) + SILENCE_100MS, 0)
    (span,) = playback.sounds(1000)
    assert (span.start_ms, span.end_ms) == (100, 200)
    assert playback.sounds(90) == []
    assert playback.sounds(150)[0].end_ms == 150


@pytest.mark.parametrize("ulaw", [b"", SILENCE_100MS, b"\x7f" * 100])
def test_silence_has_no_audible_spans(ulaw: bytes) -> None:
    """Nothing, and both zeros of μ-law, are silent."""
    assert audible_spans(ulaw) == []


def test_a_track_has_exactly_its_length() -> None:
    """Sound beyond the end of the track is cut, gaps are silence."""
    playback = LinePlayback()
    playback.add(tone(100), 50)
    track = lay_out(playback.played(1000), 100 * 8)
    assert len(track) == 800
    assert track[: 50 * 8] == b"\xff" * 400
    assert track[50 * 8 :] == tone(100)[:400]
