"""What people write in passing, in notes and comments, that changes whether, whom or where to call.

What is meant by it cannot be told from some words, so each of these errs on the side of no call, or
of a call at the strictest hours. The words are those of `cell_words`, under [notes].
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.batches.reading.addresses import BadAddress, named_region, read_country
from bot.batches.reading.cell_attempts import tells_of_attempts, tells_of_attempts_alone
from bot.batches.reading.cell_consent import is_none, plain_answer
from bot.batches.reading.cell_words import (
    Phrases,
    clauses,
    is_a_whole_clause,
    is_number,
    phrases,
    words_of,
)
from bot.batches.reading.spelling import normalised

_SHORT = 4  # words: a cell that is one clause, whatever stands between them
_LONG = 5  # words: a cell of a column with words of its own, as "Passed", has fewer
_FAR = 4  # words from "lives in" to the place that is meant
_TIME_OF_DAY = re.compile(r"\d{1,2}[:.]\d{2}(?:\s*[ap]\.?m\b\.?)?|\b[ap]\.m\b\.?", re.IGNORECASE)
_DATE = re.compile(r"\b\d{1,4}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b")
_HOUR = re.compile(r"\d{1,4}(?:[ap]m?|h\d*|uhr)?")  # "5", "5pm", "1730", "17h30"
_WORD = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*")


@lru_cache(maxsize=4096)
def wants_to_be_left_alone(cell: str, *, bare: bool = True) -> bool:
    """ "take me off your list", "TCPA complaint", "not interested": such a one is not called. Only
    where `bare` words count, as in notes, does "refused": a vaccine may be, in its column.
    """
    words = phrases("notes.other_lists").outside(words_of(cell))
    if phrases("notes.leave_alone").are_in(words) or _ends_a_clause(cell):
        return True
    return bare and is_a_whole_clause(cell, "notes.refusing_alone")


def _ends_a_clause(cell: str) -> bool:
    """ "please take her off", not "take her off blood thinners"."""
    ending = phrases("notes.leave_alone_ending")
    return ending.are_in(words_of(cell)) and any(
        ending.at(words, place) == len(words) - place
        for words in map(words_of, clauses(_DATE.sub(" ", cell)))
        for place in range(len(words))
    )


@lru_cache(maxsize=4096)
def comes_no_more(cell: str, *, bare: bool = True) -> bool:
    """ "switched dentists", "no longer a patient"; of `bare` words "inpatient"."""
    gone = phrases("notes.gone").are_in(words_of(cell))
    return gone or bare and is_a_whole_clause(cell, "notes.gone_alone")


@lru_cache(maxsize=4096)
def is_for_notes(column: str) -> bool:
    """Whether a column of this name is for running text, or for what came of calls: "Comments",
    "Call Result", "Patient Info", a column without a name; not "Eligibility", "Patient Class".
    """
    words = words_of(column)
    if phrases("notes.headers", "consent.calls").are_in(words):
        return True
    known = phrases(
        "notes.headers_alone",
        "status.subjects",
        "status.qualifiers",
        "do_not_call.contacts",
        "do_not_call.reminders",
    )
    nameless = [word for word in words if not is_number(word) and len(word) > 1]
    return known.cover(nameless)


@lru_cache(maxsize=4096)
def reads_as_a_note(cell: str) -> bool:
    """Whether a column that holds it has no closed vocabulary: running text, or "LM 3/2"."""
    if "@" in cell:
        return False
    return len(words_of(cell)) >= _LONG or plain_answer(cell) is None and tells_of_attempts(cell)


@lru_cache(maxsize=4096)
def names_another_number(cell: str) -> bool:
    """ "new number 212...", "call daughter instead": its column may be the wrong one."""
    return phrases("notes.new_numbers").are_in(words_of(cell))


@lru_cache(maxsize=4096)
def names_hours(cell: str) -> bool:
    """ "not before 10am", "call after 5pm", "evenings only": hours of their own, which nothing here
    would keep. "nothing to eat after midnight" and "prefers morning appointments" are none.
    """
    if tells_of_attempts(cell):
        return False
    words, limits = words_of(cell), phrases("notes.not_then")
    forbidden = any(
        (count := limits.at(words, place))
        and any(map(is_number, words[place + count : place + count + 2]))
        for place in range(len(words))
    )
    if forbidden or phrases("notes.unavailable").are_in(words) and _is_unavailable_until(cell):
        return True
    return any(_wishes_for_hours(words_of(clause)) for clause in _wishes(cell))


def _is_unavailable_until(cell: str) -> bool:
    """ "not available until June": no call before, which nothing here keeps either."""
    unavailable, untils = phrases("notes.unavailable"), phrases("notes.untils")
    return any(
        unavailable.are_in(words) and untils.are_in(words) for words in map(words_of, clauses(cell))
    )


def _wishes(cell: str) -> list[str]:
    """Clauses, with times of day left whole: "5:30 p.m." is not three of them."""
    whole = _TIME_OF_DAY.sub(lambda found: found[0].replace(":", "").replace(".", ""), cell)
    return [whole] if len(words_of(whole)) <= _SHORT else clauses(whole)


def _wishes_for_hours(words: Sequence[str]) -> bool:
    calls = _calling().are_in(words)
    if _names_hour(words) and (calls or _about_hours().cover(_no_hours(words))):
        return True
    parts, better = phrases("notes.day_parts"), phrases("notes.better")
    if not (parts.are_in(words) and better.are_in(words)):
        return False
    return not phrases("status.subjects").are_in([word.removesuffix("s") for word in words])


def _names_hour(words: Sequence[str]) -> bool:
    """An hour or a part of the day, with a word before or after it that makes it a limit."""
    limits, later = phrases("notes.limits"), phrases("notes.later")
    moments = phrases("notes.day_parts", "notes.moments")
    for place in range(len(words)):
        after = place + limits.at(words, place)
        if after > place and (_is_hour(words, after) or moments.at(words, after)):
            return True
        if _is_hour(words, place) and any(later.at(words, place + n) for n in (1, 2)):
            return True
    return False


def _is_hour(words: Sequence[str], place: int) -> bool:
    return place < len(words) and _HOUR.fullmatch(words[place]) is not None


def _no_hours(words: Sequence[str]) -> list[str]:
    return [word for place, word in enumerate(words) if not _is_hour(words, place)]


def _calling() -> Phrases:
    return phrases("notes.callings")


def _about_hours() -> Phrases:
    lists = ("limits", "later", "day_parts", "moments", "better")
    return phrases("consent.beside", *(f"notes.{name}" for name in lists))


def _without_people(column: str) -> tuple[str, ...]:
    """ "Patient Best Time to Call" is "best time to call"."""
    words = words_of(column)
    return words[1:] if phrases("status.qualifiers").at(words, 0) == 1 else words


@lru_cache(maxsize=4096)
def is_about_call_times(column: str) -> bool:
    """Whether a column says when people may be called: "Best Time to Call"."""
    return phrases("notes.call_times").are_all(_without_people(column))


@lru_cache(maxsize=4096)
def wants_any_time(cell: str) -> bool:
    """Of such a column: "Any", "Anytime", nothing, or what came of a call before."""
    if tells_of_attempts_alone(cell):
        return True
    nothing = phrases("answers.nothing", "do_not_call.any", "notes.any_time")
    return not words_of(cell) or nothing.are_all(words_of(cell))


@lru_cache(maxsize=4096)
def is_about_reminders(column: str) -> bool:
    """Whether a column is about nothing but reminders: "Reminder", "Appt Reminders"."""
    words, reminders = words_of(column), phrases("do_not_call.reminders")
    beside = phrases("do_not_call.reminders", "status.subjects", "status.qualifiers")
    return reminders.are_in(words) and beside.cover(words)


@lru_cache(maxsize=4096)
def turns_reminders_off(cell: str) -> bool:
    """Of a column about reminders: "None", "Off", "Email". "Sent by email" tells of one."""
    words = words_of(cell)
    if phrases("do_not_call.switched_off").are_all(words):
        return True
    if is_none(cell) or plain_answer(cell) == "no":
        return True
    against = phrases("answers.no", "consent.refusals", "consent.channels")
    beside = ("answers.no", "consent.refusals", "consent.channels", "consent.only")
    return against.are_in(words) and phrases(*beside, "consent.beside").cover(words)


@lru_cache(maxsize=4096)
def elsewhere(cell: str, country: str) -> tuple[str, ...]:
    """Where a contact may be who "moved to Florida": the regions that are named, as "US-FL"; the
    country alone, if none is. Empty: nothing says that they are elsewhere.

    Raises:
        BadAddress: another country is named.
    """
    found: list[str] = []
    for clause in clauses(cell):
        words = _WORD.findall(clause)
        plain = [normalised(word) for word in words]
        moves = phrases("notes.elsewhere")
        for place in range(len(words)):
            if count := moves.at(plain, place):
                found += _named(words[place + count : place + count + _FAR], country) or [country]
    regions = [region for region in found if "-" in region]
    return tuple(dict.fromkeys(regions or found))


def _named(words: Sequence[str], country: str) -> list[str]:
    for begin in range(len(words)):
        for count in (3, 2, 1):
            text = " ".join(words[begin : begin + count])
            if len(words) < begin + count or len(text) == 2 and not text.isupper():
                continue
            if region := named_region(text, country):
                return [region]
            if len(text) > 3 and (other := _country_in(text)) not in ("", country):
                raise BadAddress(f"speaks of another country ({other})")
    return []


def _country_in(text: str) -> str:
    try:
        return read_country(text, default="")
    except BadAddress:
        return ""
