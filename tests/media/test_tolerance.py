"""How much nonsense a socket may carry."""

from collections.abc import Iterator

import pytest

from bot.media.tolerance import FLOOD, SLICE_SECS, SPOILED_FROM, SPOILED_SLICES, Tolerance

AS_LONG_AS_IT_TAKES = SLICE_SECS * (SPOILED_SLICES + 2)


def broke_at(messages: Iterator[tuple[float, bool]]) -> float | None:
    """When a socket with these messages (seconds, readable) is given up; None: never."""
    tolerance = Tolerance()
    for at_secs, readable in messages:
        if readable:
            tolerance.readable()
        else:
            tolerance.unreadable(at_secs)
        if tolerance.broken:
            return at_secs
    return None


def paced(secs: float, *kinds: bool, per_secs: int = 50) -> Iterator[tuple[float, bool]]:
    """These kinds of message, over and over, so many in a second."""
    for number in range(round(secs * per_secs)):
        yield number / per_secs, kinds[number % len(kinds)]


def test_sense_alone_breaks_nothing() -> None:
    """However long it lasts."""
    assert broke_at(paced(3600, True)) is None


def test_half_of_it_may_be_nonsense() -> None:
    """The other half is a conversation."""
    assert broke_at(paced(600, True, False)) is None


def test_more_nonsense_than_sense_is_too_much_after_five_seconds() -> None:
    """Not before: the other side may find its way back."""
    assert broke_at(paced(4.5, True, False, False)) is None
    assert broke_at(paced(60, True, False, False)) == pytest.approx(5, abs=0.6)


def test_nothing_but_nonsense_is_too_much_after_five_seconds() -> None:
    """At the pace of sound."""
    assert broke_at(paced(60, False)) == pytest.approx(5, abs=0.6)


def test_a_flood_without_sense_is_too_much_at_once() -> None:
    """So many in half a second; one readable message between them shows that all is not lost."""
    assert broke_at((0.0, False) for _ in range(FLOOD)) is None
    assert broke_at((0.0, False) for _ in range(FLOOD + 1)) == 0.0
    assert broke_at((0.0, number == FLOOD) for number in range(2 * FLOOD)) is None


def test_bursts_with_sense_between_them_break_nothing() -> None:
    """A second of conversation, hundreds of bad messages at once, and so on: 20,000 in all."""

    def messages() -> Iterator[tuple[float, bool]]:
        for second in range(50):
            yield from ((second, False) for _ in range(400))
            yield from ((second + at, True) for at, _ in paced(1, True))
            yield second + 0.99, False

    assert broke_at(messages()) is None


def test_a_socket_that_says_little_may_say_nonsense() -> None:
    """A silent model sends nothing: a stray message now and then is no reason to give it up."""
    few = int((SPOILED_FROM - 1) / SLICE_SECS)
    assert broke_at(paced(AS_LONG_AS_IT_TAKES * 10, False, per_secs=few)) is None


def test_once_given_up_it_stays_given_up() -> None:
    """Sense that comes later is too late."""
    tolerance = Tolerance()
    for _ in range(FLOOD + 1):
        tolerance.unreadable(0.0)
    tolerance.readable()
    tolerance.unreadable(100.0)
    assert tolerance.broken
