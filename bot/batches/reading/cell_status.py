"""How an appointment stands, or who has it: who is not to come is not called."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, get_args

from bot.batches.reading.cell_attempts import tells_of_attempts
from bot.batches.reading.cell_consent import plain_answer
from bot.batches.reading.cell_do_not_call import asks_for_no_calls, speaks_of_a_wrong_number
from bot.batches.reading.cell_signs import shows_a_death, signs_of
from bot.batches.reading.cell_words import (
    is_number,
    phrases,
    without_days,
    words_of,
)
from bot.batches.reading.tables import BadCell

Standing = Literal[
    "coming",
    "confirmed",
    "refused",  # it says that they must not be called
    "deceased",
    "deleted",
    "cancelled",
    "no_show",
    "inactive",
    "moved",
    "over",
    "not_booked",  # on a waiting list, asked for, or not agreed yet
]
KINDS: tuple[Standing, ...] = get_args(Standing)  # of those against a call the first counts
NOT_TO_COME: frozenset[Standing] = frozenset(KINDS[KINDS.index("deceased") :])
# A column with such a name is a flag: "Cancelled", "No Show?", "Date of Death".
_FLAGS: tuple[Standing, ...] = (
    "confirmed",
    "deceased",
    "deleted",
    "cancelled",
    "no_show",
    "inactive",
    "moved",
)
# Of a column they show that it is about appointments; "completed" and the like may be of a form.
_TELLING: tuple[Standing, ...] = ("cancelled", "no_show", "moved", "over")
_BRACKETS = re.compile(r"[(\[{][^)\]}]{0,200}[)\]}]|\*{1,9}[^*]{1,200}\*{1,9}")
_LONG = 5  # letters
# What stands beside the words that matter: "by patient", "on 5/3", "via SMS".
_BESIDE = ("consent.beside", "consent.calls", "consent.channels", "status.marks")
_ATTEMPTS = ("attempts.outcomes", "attempts.beside")


class BadStatus(BadCell):
    """A cell that does not say whether the contact is to come."""


@lru_cache(maxsize=4096)
def read_status(cell: str) -> Standing:
    """What the cell says, "coming" where it is empty. Raises BadStatus."""
    if asks_for_no_calls(cell):
        return "refused"
    if plain_answer(cell) == "nothing" or tells_of_attempts(cell):
        return "coming"
    words = without_days(words_of(cell))
    kinds, strange, denied = _kinds_in(words, beside=(*_BESIDE, *_ATTEMPTS))
    for kind in KINDS:
        if kind in NOT_TO_COME & kinds and not denied:
            return kind
    if speaks_of_a_wrong_number(cell):
        raise BadStatus(
            f'"{cell}" says that the number is not theirs: mend the number, and write how the '
            "appointment stands"
        )
    if not kinds or kinds & NOT_TO_COME or strange or denied or signs_of(cell):
        raise BadStatus(
            f'"{cell}" is no status that is known: write scheduled, confirmed, cancelled, no show, '
            "or whatever comes nearest"
        )
    return "confirmed" if "confirmed" in kinds else "coming"


@lru_cache(maxsize=4096)
def tells_of_no_visit(cell: str) -> bool:
    """Whether a cell of any column says so, and nothing else: "Cancelled 5/3", "appt. cx'd"."""
    if tells_of_attempts(cell):  # "missed call"
        return False
    words = without_days(words_of(cell))
    if not phrases("status.cancelled", "status.no_show", "status.deceased").are_in(words):
        return False
    kinds, strange, _ = _kinds_in(words, beside=(*_BESIDE, "status.subjects", "consent.sources"))
    return not strange and bool(kinds & {"cancelled", "no_show", "deceased"})


@lru_cache(maxsize=4096)
def tells_of_a_death(cell: str, *, bare: bool = True) -> bool:
    """Whether a word or sign for it stands anywhere in it. Short words may be names or shorthand,
    and some mean it only where they stand alone and `bare` words count: "expired 3/2" in notes.
    """
    words, deceased = words_of(cell), phrases("status.deceased")
    alone = phrases("status.deceased_alone").are_all(without_days(words))
    if shows_a_death(cell) or bare and alone:
        return True
    return any(
        deceased.at(words, place) > 1 or deceased.at(words, place) and len(word) >= _LONG
        for place, word in enumerate(words)
    )


def beside_name(cell: str) -> list[str]:
    """The parts of a cell with a name: what stands in brackets, and between dashes."""
    parts = [found[0].strip("()[]{}* ") for found in _BRACKETS.finditer(cell)]
    return parts + re.split(r"\s[-\u2010-\u2015*]+\s", _BRACKETS.sub(" ", cell))


@lru_cache(maxsize=4096)
def is_marked_in_name(cell: str) -> bool:
    """Whether what stands beside a name calls the visit off: "Jane Doe (cancelled)"."""
    parts = beside_name(cell)
    for part in parts:
        kinds, strange, denied = _kinds_in(without_days(words_of(part)))
        if kinds & NOT_TO_COME and not (strange or denied):
            return True
    return any(map(tells_of_a_death, (cell, *parts)))


def reads_as_status(cells: Iterable[str]) -> bool:
    """Whether a column holds the status of appointments, by its cells: most are known for one, and
    some say that the contact comes, others that they do not. What came of calls before stands in
    notes too, and makes no other cell known.
    """
    filled = list(filter(None, cells))
    kinds: Counter[Standing | None] = Counter(map(_known, filled))
    usual = kinds["coming"] + kinds["confirmed"]
    others = sum(kinds[kind] for kind in _TELLING)
    attempts = sum(map(tells_of_attempts, filled))
    return usual > 0 and others > 0 and 2 * kinds[None] <= kinds.total() - attempts


def _known(cell: str) -> Standing | None:
    try:
        return None if plain_answer(cell) else read_status(cell)
    except BadStatus:
        return None


@lru_cache(maxsize=4096)
def flag_of(column: str) -> Standing | None:
    """What a mark means in a column of this name: "cancelled" in "Is Cancelled?"."""
    words = _without_subjects(column)
    for kind in _FLAGS:
        if phrases(f"status.{kind}").are_all(words):
            return kind
    several = [kind for kind in _FLAGS if phrases(f"status.{kind}").are_in(words)]
    if several and phrases(*(f"status.{kind}" for kind in several)).cover(words):
        return next((kind for kind in several if kind != "confirmed"), None)
    return "inactive" if phrases("status.active").are_all(words) else None


@lru_cache(maxsize=4096)
def read_flag(cell: str, column: str) -> Standing:
    """What a cell of such a column says. A day, a reason or any other word is a mark.

    Raises BadStatus: it may mean anything.
    """
    kind = flag_of(column) or "coming"
    answer = plain_answer(cell)
    if answer == "nothing":
        return "coming"
    if phrases("status.active").are_all(_without_subjects(column)):
        return "coming" if answer == "yes" else kind if answer == "no" else read_status(cell)
    if answer == "no":
        return "coming"
    count = len(words_of(cell)) == 1 and is_number(words_of(cell)[0])
    if answer == "unclear" and (count or not words_of(cell)) or "doubtful" in signs_of(cell):
        raise BadStatus(f'"{cell}" does not say yes or no')
    if answer is None and kind == "confirmed":
        days = all(map(is_number, words_of(cell)[:1]))
        return kind if days else read_status(cell)
    return kind


def _without_subjects(column: str) -> list[str]:
    beside = phrases("status.marks", "status.subjects", "status.qualifiers")
    words, place = words_of(column), 0
    left: list[str] = []
    flags = phrases("status.active", *(f"status.{kind}" for kind in _FLAGS))
    while place < len(words):
        count, skipped = flags.at(words, place), beside.at(words, place)
        if count >= skipped and count:
            left += words[place : place + count]
        elif not skipped:
            left.append(words[place])
        place += max(count, skipped, 1)
    return left


def _kinds_in(
    words: Sequence[str], *, beside: Sequence[str] = _BESIDE
) -> tuple[frozenset[Standing], bool, bool]:
    """The kinds that are named, whether there is an unknown word, and whether there is a "not"."""
    named: set[Standing] = set()
    strange = denied = False
    place = 0
    while place < len(words):
        lengths = {kind: phrases(f"status.{kind}").at(words, place) for kind in _NAMED}
        longest = max(lengths.values())
        skipped = phrases(*beside).at(words, place)
        if longest and longest >= skipped:
            named |= {kind for kind, length in lengths.items() if length == longest}
        elif not skipped:
            denied = denied or bool(phrases("answers.no", "consent.refusals").at(words, place))
            strange = True
        place += max(longest, skipped, 1)
    return frozenset(named), strange, denied


_NAMED = tuple(kind for kind in KINDS if kind != "refused")
