"""Columns that say who must not be called: "Do Not Call" where a yes does, "OK to Call" where a no.

A mark is a yes, a tick, a day, or a word that asks for no calls. What is neither a mark nor clearly
none is told of, and no contact is called on the strength of it.
"""

from collections.abc import Sequence
from functools import lru_cache

from bot.batches.reading.cell_consent import consent_in, is_none, plain_answer
from bot.batches.reading.cell_signs import shows_a_telephone, signs_of
from bot.batches.reading.cell_words import (
    clauses,
    is_a_whole_clause,
    is_number,
    phrases,
    without_days,
    words_of,
)
from bot.batches.reading.tables import BadCell


class BadMark(BadCell):
    """A cell that says neither that the contact may be called nor that they may not."""


@lru_cache(maxsize=4096)
def is_marked(cell: str) -> bool:
    """Whether a cell of a column like "Do Not Call" is marked. Raises BadMark."""
    words = words_of(cell)
    said = without_days(words)
    if asks_for_no_calls(cell):
        denied = phrases("answers.no", "consent.refusals").at(words, 0)
        if denied and not phrases("do_not_call.stop").at(words, 0):
            raise _unclear(cell)
        return True
    if signs_of(cell) & {"no", "doubtful"}:  # a cross may be a mark, or say no to one
        raise _unclear(cell)
    answer = plain_answer(cell)
    if answer in ("no", "nothing") or not cell.strip("0-/.: T"):  # 0000-00-00
        return False
    if answer == "yes" and not phrases("answers.fine").are_all(words):
        return True
    is_day = not said and len(words) > 1 and all(map(is_number, words[:1] + words[-1:]))
    begins_with_yes = phrases("answers.yes").at(said, 0) and not phrases(
        "answers.no", "consent.refusals"
    ).are_in(said)
    if is_day or begins_with_yes:
        return True
    headers = phrases("do_not_call.headers", "do_not_call.headers_alone")
    if headers.at(said, 0) or phrases("consent.calls").cover(said) and said:
        return True
    raise _unclear(cell)


@lru_cache(maxsize=4096)
def is_refused(cell: str) -> bool:
    """Whether a cell of a column like "OK to Call" says no. Raises BadMark."""
    if is_none(cell):  # nothing wanted, or nothing known
        raise _unclear(cell)
    answer = consent_in(cell)
    if answer == "unclear" and not phrases("do_not_call.switched_on").are_all(words_of(cell)):
        raise _unclear(cell)
    return answer == "no"


@lru_cache(maxsize=4096)
def prefers_no_calls(cell: str) -> bool:
    """Whether a cell of a column like "Contact Preference" says no, or names other channels alone.
    Raises BadMark.
    """
    if phrases("do_not_call.any").are_all(words_of(cell)):
        return False
    calls = phrases("consent.calls").are_in(words_of(cell))
    return is_refused(cell) if consent_in(cell) != "unclear" or not calls else False


def is_about_preferences(column: str) -> bool:
    """Whether a column says through which channel the contact wants to hear."""
    words = words_of(column)
    if phrases("do_not_call.naming").are_in(words) and not names_another_channel(column):
        return False  # "Preferred Contact Name": a person
    if phrases("do_not_call.preferences").are_in(words):
        return True
    ways, contacts = phrases("do_not_call.ways"), phrases("do_not_call.contacts")
    named = phrases("do_not_call.ways", "do_not_call.contacts", "do_not_call.beside_ways")
    return ways.are_in(words) and contacts.are_in(words) and named.cover(words)


@lru_cache(maxsize=4096)
def may_name_a_channel(column: str, cell: str) -> bool:
    """Whether a cell that names other channels alone may be a wish: "Email" in a column "Comms"."""
    words, channels = words_of(column), phrases("consent.channels")
    if phrases("do_not_call.told").are_in(words) or channels.are_in(words):
        return False
    ways = phrases("do_not_call.ways", "do_not_call.beside_ways").cover(words)
    contacts = phrases("do_not_call.contacts", "notes.contact_headers").are_in(words)
    if not (ways or contacts):
        return False  # "Payment Method"
    named = phrases("consent.channels", "consent.only", "consent.beside", "answers.yes")
    return channels.are_in(words_of(cell)) and named.cover(words_of(cell))


@lru_cache(maxsize=4096)
def asks_for_no_calls(cell: str) -> bool:
    """Whether it says so in words, "DNC" or "please do not call", whatever the column is for."""
    words = words_of(cell)
    if phrases("do_not_call.stop_alone").are_all(words):
        return True
    if not phrases("do_not_call.stop").are_in(words):
        return False
    if phrases("do_not_call.no_wishes").are_in(words):
        words = tuple(
            word for clause in clauses(cell) for word in _but_for_no_wishes(words_of(clause))
        )
        if not phrases("do_not_call.stop").are_in(words):
            return False
    other_channel = phrases("consent.channels").are_in(words)
    return not other_channel or phrases("consent.calls").are_in(words)


def _but_for_no_wishes(words: Sequence[str]) -> list[str]:
    """Of a clause, without what only looks like a wish for no calls, "no calls yet", "do not
    contact insurance"; where it goes on with "or patient", or tells of a wish, that stays.
    """
    if phrases("do_not_call.wanting").are_in(words):
        return list(words)
    return phrases("do_not_call.no_wishes").outside(words, unless=phrases("do_not_call.joins"))


@lru_cache(maxsize=4096)
def ends_in_stop(cell: str) -> bool:
    """Whether it ends in what people answer to messages to get no more of them: "Reply: STOP"."""
    return any(
        phrases("do_not_call.replies").are_all(words_of(last)) for last in clauses(cell)[-1:]
    )


@lru_cache(maxsize=4096)
def speaks_of_a_wrong_number(cell: str) -> bool:
    """Whether the number is somebody else's, or nobody's."""
    return phrases("do_not_call.wrong_numbers").are_in(words_of(cell)) or is_a_whole_clause(
        cell, "do_not_call.wrong_numbers_alone", beside=_BESIDE_WRONG
    )


@lru_cache(maxsize=4096)
def is_about_wrong_numbers(column: str) -> bool:
    """Whether a mark in a column of this name says so: "Wrong Number", "Phone disconnected?"."""
    words = words_of(column)
    wrong = phrases("do_not_call.wrong_numbers", "do_not_call.wrong_numbers_alone")
    return wrong.are_in(words) and phrases("do_not_call.wrong_numbers", *_BESIDE_WRONG).cover(words)


_BESIDE_WRONG = (
    "do_not_call.wrong_numbers_alone",
    "attempts.outcomes",
    "attempts.beside",
    "status.qualifiers",
    "status.marks",
)


_NEAR = 3  # words between a "not" and the call that it is about
_MOST = 3  # words that refuse together: "doesn't" is two


@lru_cache(maxsize=4096)
def speaks_against_calls(cell: str) -> bool:
    """Whether running text does: "does not want to be called", "Anruf unerwünscht", "no reminder
    needed", "🚫📞".

    A word of refusal stands before one for calls, in the same clause and not far from it, or one
    of dislike right after it; that a call was not answered, or not made yet, is no refusal, nor
    that no reminder came, unless that is what is wanted.
    """
    return crosses_calls_out(cell) or any(
        _speaks_against_calls(words_of(clause)) for clause in clauses(cell)
    )


def crosses_calls_out(text: str) -> bool:
    """A sign for no beside one, or a word, for calls: "🚫📞", "❌ call", "📵"."""
    calls = shows_a_telephone(text) or phrases("consent.calls").are_in(words_of(text))
    return calls and "no" in signs_of(text)


def _speaks_against_calls(words: Sequence[str]) -> bool:
    calls = phrases("consent.calls", "do_not_call.reminding")
    refusing = phrases("answers.no", "consent.refusals")
    past, dislikes = phrases("do_not_call.attempts"), phrases("do_not_call.dislikes")
    if past.are_in(words):
        return False
    words = _but_for_no_wishes(words)
    if not phrases("do_not_call.wanting").are_in(words):
        words = phrases("do_not_call.untold").outside(words)
    for place in range(len(words)):
        if not calls.at(words, place):
            continue
        if any(
            max(len(words[before]) > 1 and refusing.at(words, before), dislikes.at(words, before))
            >= max(1, place - _NEAR - before)
            for before in range(max(0, place - _NEAR - _MOST), place)
        ):
            return True
        if dislikes.at(words, place + calls.at(words, place)):
            return True
    return False


def names_another_channel(cell: str) -> bool:
    """Whether texts, letters or the like are spoken of."""
    return phrases("consent.channels").are_in(words_of(cell))


_SHORT = 6  # words: more of them tell a story


@lru_cache(maxsize=4096)
def is_for_another_channel(cell: str) -> bool:
    """Whether it, or a clause of it, asks for texts or letters alone: "text only", "email instead",
    "vm full, wants text". Of "text only if no answer" a clause does not.
    """
    words = words_of(cell)
    if not phrases("consent.channels", "do_not_call.other_channels").are_in(words):
        return False
    if _is_for_another_channel(words, whole=True):
        return True
    if phrases("do_not_call.may_call_headers").are_in(words):
        return False
    return any(_is_for_another_channel(words_of(part), whole=False) for part in clauses(cell))


def _is_for_another_channel(words: Sequence[str], *, whole: bool) -> bool:
    if len(words) > _SHORT or phrases("consent.calls").are_in(words):
        return False
    other = phrases("consent.channels").are_in(words)
    if whole and other and phrases("consent.only").are_in(words):
        return True
    if phrases("do_not_call.told").are_in(words):
        return False
    ways = ("consent.channels", "do_not_call.other_channels")
    wishing = ("do_not_call.wishes", "consent.only")
    channels, wishes, themselves = phrases(*ways), phrases(*wishing), phrases("notes.themselves")
    named = phrases(*ways, *wishing, "consent.beside", "notes.themselves")
    of_themselves = themselves.at(words, channels.at(words, 0) or len(words)) > 0
    is_wish = wishes.are_in(words) or of_themselves
    return is_wish and channels.are_in(words) and named.cover(words)


def _unclear(cell: str) -> BadMark:
    return BadMark(f'"{cell}" does not say whether they may be called: write yes or no')
