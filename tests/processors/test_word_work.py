"""What it costs to look through words: as much as there are of them, however they repeat.

A turn has up to 10,000 characters (`bot.brains.openai.memory.LONGEST_TURN`), and all calls wait
while one is looked through.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from processors.words import no_more_calls, phrases, pleas
from processors.words.claims import Claims
from processors.words.no_more_calls import NoMoreCalls
from processors.words.nuisance import nuisance_in
from processors.words.pleas import Pleas, mentions_emergency
from tools.names import may_be_one

TURN = 10_000


def said(words: str, characters: int) -> str:
    """Again and again, without a full stop that these words do not have."""
    return (words * characters)[:characters]


class Counted:
    """A pattern that notes how many characters it had to look through."""

    looked_through = 0

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def search(self, text: str) -> re.Match[str] | None:
        Counted.looked_through += len(text)
        return self._pattern.search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        Counted.looked_through += len(text)
        return self._pattern.finditer(text)


@pytest.mark.parametrize(
    ("listens", "words"),
    [
        (lambda: Pleas(language="en").emergency, "he collapsed last year "),
        (lambda: Pleas(language="en").emergency, "i am not having a heart attack "),
        (lambda: Pleas(language="en").person, "i don't want to talk to a person "),
        (lambda: NoMoreCalls(language="en").wanted, "you don't have to stop calling me "),
    ],
)
def test_what_is_denied_again_and_again_costs_its_length(
    monkeypatch: pytest.MonkeyPatch, listens: Callable[[], Callable[[str], bool]], words: str
) -> None:
    """Twice the words are twice the work, and not four times."""

    def counted(patterns: Sequence[str], *, kind: str) -> list[Counted]:
        return [Counted(pattern) for pattern in phrases.compiled(patterns, kind=kind)]

    for module in (pleas, no_more_calls):
        monkeypatch.setattr(module, "compiled", counted)
    is_meant = listens()
    work = []
    for characters in (TURN // 2, TURN):
        Counted.looked_through = 0
        assert not is_meant(said(words, characters))
        work.append(Counted.looked_through)
    assert work[1] < 2.2 * work[0]


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("look", "words"),
    [
        (Claims("en").made, "p.m. a. "),
        (Claims("en").made, "I've booked it if "),
        (Claims("de").made, "am 3. Mai z. B. "),
        (mentions_emergency, "1-"),
        (nuisance_in, "1-"),
        (lambda text: may_be_one(text, text[1:]), "ab"),
    ],
)
def test_the_longest_turn_is_looked_through_in_no_time(
    look: Callable[[str], object], words: str
) -> None:
    """Of the processor's time, the best of three, with room for a slow machine: before there was a
    bound, some took ten seconds of it.
    """
    text = said(words, TURN)
    took_secs = []
    for _ in range(3):
        began = time.thread_time()
        look(text)
        took_secs.append(time.thread_time() - began)
    assert min(took_secs) < 0.5


def test_who_speaks_without_end_may_be_in_danger() -> None:
    """What is too long to be looked through in all languages is not taken for harmless."""
    assert mentions_emergency(said("hello there ", 2500))
    assert not mentions_emergency(said("hello there ", 1500))
    assert nuisance_in(said("hello there ", 5000)) is None


def test_what_stands_near_still_denies() -> None:
    """In the middle of a long speech too."""
    before, after = said("and so on and on ", 3000), said(" and that is all", 3000)
    assert Pleas(language="en").person(f"{before} i want to talk to a person. {after}")
    assert not Pleas(language="en").person(f"{before} i don't want to talk to a person. {after}")
    assert Claims("en").made(f"{before}. I've booked it for you. {after[:500]}")
    assert not Claims("en").made(f"{before}. I have not booked it for you. {after[:500]}")
