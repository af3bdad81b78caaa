"""What people write about consent, calls and appointments, in every language of the import: data.

The words stand in config/cell_words, a file for each language, and count in all files alike: people
mix languages. Each file has the lists that en.toml has; further.toml has the most needful of other
languages. Words are compared as `normalised` writes them; a * at the end of an entry stands for any
further letters. What means something plain in another of the languages does not stand bare; lists
called "..._alone" count only where nothing else stands in the cell, the clause or the name.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

import config
from bot.batches.reading.calendar_words import MONTHS
from bot.batches.reading.spelling import normalised

FOLDER = Path(config.__file__).with_name("cell_words")

_BETWEEN_CLAUSES = re.compile(r"[,;:.!?()\n]+|\s[-\u2010-\u2015]\s")
_NUMBER = re.compile(r"\d+(?:[a-z]{1,2}\d*)?")  # "5", "3rd", "05t10", "00z", "9am"
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # "D.N.C." is "DNC"


class Phrases:
    """Words, and words in a row, that stand for one thing."""

    def __init__(self, written: Iterable[str]) -> None:
        self._exact: set[tuple[str, ...]] = set()
        self._open: set[tuple[str, ...]] = set()  # the last word may go on
        for entry in written:
            words = _split(entry.removesuffix("*"))
            (self._open if entry.endswith("*") else self._exact).add(words)
        self._longest = max(map(len, self._exact | self._open), default=0)
        self._openings = tuple({words[-1] for words in self._open})
        whole = self._exact | {words for words in self._open if len(words) > 1}
        self._first = frozenset(words[0] for words in whole)
        self._first_openings = tuple({words[0] for words in self._open if len(words) == 1})

    def at(self, words: Sequence[str], place: int) -> int:
        """How many of the words from that place on are one of these phrases, the longest."""
        if place >= len(words):
            return 0
        if words[place] not in self._first and not words[place].startswith(self._first_openings):
            return 0
        for count in range(min(self._longest, len(words) - place), 0, -1):
            part = tuple(words[place : place + count])
            if part in self._exact:
                return count
            last = part[-1]
            if last.startswith(self._openings) and any(
                (*part[:-1], last[:length]) in self._open for length in range(1, len(last) + 1)
            ):
                return count
        return 0

    def are_in(self, words: Sequence[str]) -> bool:
        """Whether one of them stands anywhere there."""
        return any(self.at(words, place) for place in range(len(words)))

    def are_all(self, words: Sequence[str]) -> bool:
        """Whether the words are one of them, and no more."""
        return bool(words) and self.at(words, 0) == len(words)

    def outside(self, words: Sequence[str], *, unless: "Phrases | None" = None) -> list[str]:
        """The words that are part of none of them, or of one that goes on with one of `unless`."""
        left, place = list[str](), 0
        while place < len(words):
            count = self.at(words, place)
            if unless is not None and unless.at(words, place + count):
                count = 0
            left += words[place : place + 1] if not count else ()
            place += max(count, 1)
        return left

    def cover(self, words: Sequence[str]) -> bool:
        """Whether nothing else stands there."""
        place = 0
        while place < len(words):
            count = self.at(words, place)
            if not count:
                return False
            place += count
        return True


@cache
def by_language() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """The lists as they are written: language -> "consent.sources" -> entries."""
    languages = {}
    for path in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        languages[path.stem] = {
            f"{part}.{name}": tuple(entries)
            for part, lists in content.items()
            for name, entries in lists.items()
        }
    return MappingProxyType(languages)


@cache
def phrases(*lists: str) -> Phrases:
    """All languages of these lists together."""
    return Phrases(
        entry
        for language in by_language().values()
        for name in lists
        for entry in language.get(name, ())
    )


@lru_cache(maxsize=8192)
def words_of(cell: str) -> tuple[str, ...]:
    """The words of a cell, as `Phrases` compares them."""
    return _split(cell)


def _split(text: str) -> tuple[str, ...]:
    joined = _DOTTED.sub(lambda found: found[0].replace(".", "") + " ", text)
    return tuple(normalised(joined).split())


def clauses(text: str) -> list[str]:
    """Running text in parts of which each says one thing."""
    return [part for part in _BETWEEN_CLAUSES.split(text) if part.strip()]


_OF_WHOM_AND_WHEN = ("notes.themselves", "status.qualifiers", "status.marks")


def is_a_whole_clause(cell: str, name: str, *, beside: Sequence[str] = _OF_WHOM_AND_WHEN) -> bool:
    """Whether one clause says nothing else than what is in a list, and in those beside it, on some
    day: "Patient no viene el 5/3".
    """
    about = phrases(name, *beside)
    return any(
        phrases(name).are_in(words) and about.cover(words)
        for words in (without_days(words_of(clause)) for clause in clauses(cell))
    )


def is_number(word: str) -> bool:
    """Digits, as in a day or a time."""
    return _NUMBER.fullmatch(word) is not None


def without_days(words: Sequence[str]) -> list[str]:
    """Without numbers, and without names of months beside one: "3 de marzo de 2026".

    The "out" of "opted out 5/3" is no October, as in Portuguese, and the "mai" of "mai firmato" is
    no May: a month that is a word of refusal too has its day right before it, or its year after it.
    """
    numbers = [is_number(word) for word in words]
    refusals = phrases("consent.refusals", "do_not_call.stop")

    def is_month(place: int) -> bool:
        if words[place] not in MONTHS or refusals.at(words, max(place - 1, 0)) > 1:
            return False
        if not refusals.at(words, place):
            return any(numbers[max(place - 2, 0) : place + 3])
        before, after = words[max(place - 2, 0) : place], words[place + 1 : place + 2]
        has_day = bool(before) and is_number(before[-1]) and not is_number(" ".join(before[:-1]))
        return has_day or bool(after) and re.fullmatch(r"(19|20)\d\d", after[0]) is not None

    return [word for place, word in enumerate(words) if not numbers[place] and not is_month(place)]
