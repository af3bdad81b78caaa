"""What listening costs beside Silero: bounds with much room, for a busy machine."""

from tests.benchmarks.listening import (
    MOST_MS,
    chords,
    in_doubt,
    of_ear,
    of_silero,
    of_words,
    on_hold_among,
)


def test_a_hold_costs_little_beside_silero() -> None:
    """Music, and the worst that can come: a singer in doubt, with much to compare them with."""
    music = chords(10)
    of_silero(chords(2))
    silero = of_silero(music)
    waiting = of_ear("", music, on_hold_among(0, 0.0))
    singer = in_doubt("", on_hold_among(6, 15.0), music)
    assert waiting.ms_a_second < silero.ms_a_second / 5
    assert singer.ms_a_second < 1.5 * silero.ms_a_second
    assert max(waiting.longest_ms, singer.longest_ms) < MOST_MS


def test_words_are_looked_through_in_time() -> None:
    """Minutes of them at once, in all languages."""
    of_words()  # the first time, patterns are made
    assert max(cost.longest_ms for cost in of_words()) < 2 * MOST_MS
