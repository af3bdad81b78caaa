"""Columns that are known by words in their names, not by whole names: consent, calls, status.

They protect people, and they are called by more names than a list can hold: "Patient DNC Flag",
"OK to call (Y/N)", "State of appointment". See `cell_words`.
"""

from collections.abc import Sequence
from typing import Literal

from bot.batches.reading.cell_consent import plain_answer
from bot.batches.reading.cell_do_not_call import (
    crosses_calls_out,
    is_about_preferences,
    may_name_a_channel,
)
from bot.batches.reading.cell_signs import shows_a_telephone
from bot.batches.reading.cell_status import flag_of
from bot.batches.reading.cell_words import is_number, phrases, words_of

Protective = Literal["do_not_call", "may_call", "consent_source", "consent_at", "status"]

_DAYS = frozenset({"date", "dated", "timestamp", "datum", "fecha", "data", "tarih", "tarihi"})


def protective_field(column: str) -> Protective | None:
    """What a column of this name says of who may be called, if it is about that."""
    words, is_preference = words_of(column), is_about_preferences(column)
    if crosses_calls_out(column):
        return "do_not_call"
    if shows_a_telephone(column):
        words = (*words, *words_of("phone"))
    if _is_about_another_channel(words):
        return "may_call" if is_preference else None
    if phrases("do_not_call.stop", "do_not_call.headers").are_in(words):
        return None if phrases("do_not_call.checks").are_in(words) else "do_not_call"
    if phrases("do_not_call.headers_alone").are_all(words):
        return "do_not_call"
    if is_preference:
        return "may_call"
    calling = phrases("do_not_call.calling", "answers.yes", "answers.no", "answers.fine")
    is_calling = words and phrases("do_not_call.calling").at(words, 0) and calling.cover(words)
    if is_calling or phrases("do_not_call.may_call_headers").are_in(words):
        return "may_call"
    if _is_permission(words):
        return "may_call"
    if _is_consent(words):
        return "consent_at" if _DAYS & set(words) else "consent_source"
    return "status" if _is_status(words) or flag_of(column) else None


def may_be_about_calls(column: str, cell: str) -> bool:
    """Whether a bare yes or no in a column that is known for nothing may be about calls: either of
    them in "Permit Robocalls", a no in "Prior Express Consent"; or an "Email" in "Comms".
    """
    if may_name_a_channel(column, cell):
        return True
    answer = plain_answer(cell)
    if answer not in ("yes", "no"):
        return False
    words = words_of(column)
    if _is_about_another_channel(words):
        return False
    if phrases("do_not_call.calling").are_in(words):
        return True
    if phrases("consent.calls").are_in(words) and phrases("do_not_call.reminding").are_in(words):
        return True
    return answer == "no" and phrases("consent.headers").are_in(words)


def _is_about_another_channel(words: Sequence[str]) -> bool:
    """ "Do Not Text", "Email Opt Out": they say nothing of calls."""
    other = phrases("consent.channels").are_in(words)
    return other and not phrases("consent.calls").are_in(words)


def _is_permission(words: Sequence[str]) -> bool:
    """ "Okay to phone?", "Accepts automated calls": whether they are welcome, and nothing of other
    channels.
    """
    if phrases("consent.channels", "consent.refusals").are_in(words):
        return False
    return phrases("consent.calls").are_in(words) and phrases("do_not_call.permits").are_in(words)


def _is_consent(words: Sequence[str]) -> bool:
    """Consent, with nothing beside it that makes it one for something else."""
    headers = phrases("consent.headers")
    beside = phrases(
        "consent.headers",
        "consent.beside",
        "consent.calls",
        "consent.sources",
        "answers.yes",
        "answers.no",
        "status.headers",
        "status.qualifiers",
    )
    return headers.are_in(words) and beside.cover(words)


def _is_status(words: Sequence[str]) -> bool:
    """ "Status", "Appt Status", "ApptStatus", "State of appointment"; neither "State" nor "Marital
    Status".
    """
    status, states = phrases("status.headers"), phrases("status.states")
    subjects = phrases("status.subjects")
    beside = phrases("status.subjects", "status.qualifiers")
    says = about = False
    place = 0
    while place < len(words):
        word = words[place]
        if count := status.at(words, place):
            says = True
        elif word.endswith("status") and beside.at([word.removesuffix("status")], 0):
            says, count = True, 1
        elif count := states.at(words, place):
            says = says or subjects.are_in(words)
        elif count := subjects.at(words, place):
            about = True
        elif not (count := beside.at(words, place)) and not is_number(word):
            return False
        place += max(count, 1)
    return says or about and _is_confirmation(words)


def _is_confirmation(words: Sequence[str]) -> bool:
    """The subjects that hold a status without saying so."""
    return list(words) in (["confirmation"], ["attendance"], ["asistencia"])
