"""One utterance on its way: bytes and positions."""

from bot.media.g711 import SILENCE
from bot.media.utterance import OutgoingUtterance

LOUD = b"\x10"


def spoken(*, ms: int = 2000, sent_ms: int = 1500) -> OutgoingUtterance:
    """Sound with a gap of 40 ms at 780 ms, sent from position 100 on."""
    utterance = OutgoingUtterance("a")
    gap = bytes([SILENCE]) * 320
    utterance.add(LOUD * (780 * 8) + gap + LOUD * ((ms - 820) * 8))
    utterance.take(sent_ms * 8, position_ms=100)
    return utterance


def test_it_goes_on_at_the_gap_before_the_last_word() -> None:
    """The quietest moment a little before what was heard."""
    utterance = spoken()
    utterance.take_back(100 + 1000)
    rest = utterance.take(99_999, position_ms=5000)
    assert 2000 - 820 <= len(rest) / 8 <= 2000 - 780
    assert utterance.heard_ms(5000) == 1000
    assert utterance.heard_ms(5000 + len(rest) / 8) == 2000


def test_a_beginning_is_repeated_whole() -> None:
    """Who heard less than a word hears it from its start."""
    utterance = spoken()
    utterance.take_back(100 + 90)
    assert len(utterance.take(99_999, position_ms=5000)) == 2000 * 8


def test_what_was_never_heard_begins_anew() -> None:
    """It was at the carrier, and was cleared before its first sound."""
    utterance = spoken()
    utterance.take_back(60)
    assert utterance.heard_ms(60) == 0
    assert len(utterance.take(99_999, position_ms=400)) == 2000 * 8
    assert utterance.heard_ms(500) == 100


def test_sound_long_past_is_let_go() -> None:
    """No more is kept than may be repeated, and positions stay what they were."""
    utterance = spoken()
    utterance.played(100 + 1200)
    assert len(utterance._sound) == (2000 - 900) * 8
    assert utterance.heard_ms(100 + 1250) == 1250
    utterance.take_back(100 + 1250)
    rest = utterance.take(99_999, position_ms=3000)
    assert 100 <= len(rest) / 8 - 750 <= 300


def test_what_was_let_go_counts_as_heard_and_sent() -> None:
    """How much is left to hear and whether any is left to send stay what they were."""
    utterance = spoken()
    utterance.played(100 + 1200)
    assert utterance.unheard_ms(100 + 1200) == 800
    assert utterance.unsent
    utterance.take(99_999, position_ms=1600)
    assert not utterance.unsent
    assert utterance.unheard_ms(100 + 1250) == 750


def test_its_end_is_due_once_and_again_after_a_hold() -> None:
    """After the last sound; without any sound too."""
    for ms in (0, 500):
        utterance = OutgoingUtterance("a")
        utterance.add(LOUD * (ms * 8))
        assert utterance.due == bool(ms)
        utterance.take(99_999, position_ms=0)
        utterance.complete = True
        assert utterance.due
        utterance.end_marked = True
        assert not utterance.due
        utterance.take_back(0)
        assert utterance.due
