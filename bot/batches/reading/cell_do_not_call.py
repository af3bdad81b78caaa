"""Columns that say who must not be called: "Do Not Call" where a yes does, "OK to Call" where a no.

A mark is a yes, a tick, a day, or a word that asks for no calls. What is neither a mark nor clearly
none is told of, and nobody is called on the strength of it.
"""

from functools import lru_cache

from bot.batches.reading.cell_consent import consent_in, plain_answer
from bot.batches.reading.cell_signs import signs_of
from bot.batches.reading.cell_words import is_number, phrases, without_days, words_of
from bot.batches.reading.tables import BadCell


class BadMark(BadCell):
    """A cell that says neither that somebody may be called nor that they may not."""


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
    if answer in ("no", "nothing"):
        return False
    if answer == "yes" and not phrases("answers.fine").are_all(words):
        return True
    is_day = not said and len(words) > 1 and all(map(is_number, words[:1] + words[-1:]))
    begins_with_yes = phrases("answers.yes").at(said, 0) and not phrases(
        "answers.no", "consent.refusals"
    ).are_in(said)
    if is_day or begins_with_yes:
        return True
    if phrases("do_not_call.headers").at(said, 0) or phrases("consent.calls").cover(said) and said:
        return True
    raise _unclear(cell)


@lru_cache(maxsize=4096)
def is_refused(cell: str) -> bool:
    """Whether a cell of a column like "OK to Call" says no. Raises BadMark."""
    answer = consent_in(cell)
    if answer == "unclear":
        raise _unclear(cell)
    return answer == "no"


@lru_cache(maxsize=4096)
def asks_for_no_calls(cell: str) -> bool:
    """Whether it says so in words, "DNC" or "please do not call", whatever the column is for."""
    words = words_of(cell)
    if not phrases("do_not_call.stop").are_in(words):
        return False
    other_channel = phrases("consent.channels").are_in(words)
    return not other_channel or phrases("consent.calls").are_in(words)


_SHORT = 6  # words: more of them tell a story


@lru_cache(maxsize=4096)
def is_for_another_channel(cell: str) -> bool:
    """Whether it asks for texts or letters alone: "text only"."""
    words = words_of(cell)
    return (
        len(words) <= _SHORT
        and phrases("consent.only").are_in(words)
        and phrases("consent.channels").are_in(words)
        and not phrases("consent.calls").are_in(words)
    )


def _unclear(cell: str) -> BadMark:
    return BadMark(f'"{cell}" does not say whether they may be called: write yes or no')
