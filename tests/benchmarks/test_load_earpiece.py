"""The playback buffer: when it is dry, when marks are due, what counts as an underrun."""

import pytest

from tests.benchmarks.load.earpiece import Earpiece


def test_sound_plays_one_after_the_other() -> None:
    """What comes early waits; what is buffered shrinks with time."""
    ear = Earpiece()
    assert ear.play(100, ends_loud=True, now=1.0) == 0
    assert ear.play(100, ends_loud=True, now=1.05) == 0
    assert ear.buffered_ms(1.1) == pytest.approx(100)


def test_a_gap_in_a_sentence_is_an_underrun_of_its_length() -> None:
    """The silence between the end of loud sound and the next sound is what the caller hears."""
    ear = Earpiece()
    ear.play(100, ends_loud=True, now=1.0)
    assert ear.play(100, ends_loud=True, now=1.13) == pytest.approx(30)


def test_a_pause_after_a_sentence_is_none() -> None:
    """Sound that ended quietly was over."""
    ear = Earpiece()
    ear.play(100, ends_loud=False, now=1.0)
    assert ear.play(100, ends_loud=True, now=9.0) == 0


def test_a_sentence_that_was_cleared_is_over() -> None:
    """After `clear` silence is what was wanted."""
    ear = Earpiece()
    ear.play(500, ends_loud=True, now=1.0)
    ear.clear(1.1)
    assert ear.buffered_ms(1.1) == 0
    assert ear.play(100, ends_loud=True, now=3.0) == 0


def test_marks_are_due_when_what_precedes_them_has_played() -> None:
    """In order, each once; at once when nothing is buffered."""
    ear = Earpiece()
    ear.mark("at once", 1.0)
    assert ear.pop_due(1.0) == ["at once"]
    ear.play(100, ends_loud=True, now=1.0)
    ear.mark("a", 1.0)
    ear.play(100, ends_loud=True, now=1.0)
    ear.mark("b", 1.0)
    assert ear.next_due == pytest.approx(1.1)
    assert ear.pop_due(1.09) == []
    assert ear.pop_due(1.11) == ["a"]
    assert ear.pop_due(5.0) == ["b"]
    assert ear.next_due is None


def test_clear_makes_every_mark_due() -> None:
    """As Twilio does, played or not."""
    ear = Earpiece()
    ear.play(1000, ends_loud=True, now=1.0)
    ear.mark("a", 1.0)
    ear.clear(1.2)
    assert ear.pop_due(1.2) == ["a"]
