"""Running text that a row holds, and what notes and lines through cells mean for its sender."""

from dataclasses import dataclass

from bot.batches.reading.cell_notes import (
    comes_no_more,
    is_about_call_times,
    names_another_number,
    names_hours,
    wants_any_time,
)
from bot.batches.reading.cell_spoken_with import (
    cannot_be_heard,
    wants_another_person,
    wants_no_messages,
)
from bot.batches.reading.cell_status import beside_name
from bot.batches.reading.cell_words import phrases, words_of

STRUCK = (
    "is struck through, as what no longer counts: take the row out, or, if it does count, the line "
    "through it (~~ in text)"
)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Running text: a cell that no column is for, or a comment on one."""

    column: str  # as it is told
    text: str
    means_else: str  # a clause: what to do where it says nothing about calls
    header: str  # of the column
    is_comment: bool = False
    is_note: bool = True  # not a cell of a column with words of its own, as "Passed" is of a test


_UNHEARD = (
    "says that a voice on the telephone does not reach them: reach them in another way and take "
    "the row out"
)
_ANOTHER = (
    "names another person to speak with, whom the agent would not ask for: call them yourself and "
    "take the row out"
)


def what_notes_say(
    cell: str, header: str = "", *, leaves_messages: bool = False, is_note: bool = True
) -> str:
    """Why it leads to no call, and what to do; empty: it says nothing of calls. That no messages
    are wanted matters where the batch leaves some.
    """
    if comes_no_more(cell, bare=is_note):
        return "reads as if they came no more: take the row out"
    if cannot_be_heard(cell, header):
        return _UNHEARD
    if leaves_messages and wants_no_messages(cell, header):
        return (
            "asks for no messages on a machine, and this batch leaves some: call them in a batch "
            "that leaves none"
        )
    if names_another_number(cell):
        return (
            "speaks of another number or person to call: put the number to be called into its "
            "column, and take these words out"
        )
    if wants_another_person(cell, header):
        return _ANOTHER
    if names_hours(cell) or is_about_call_times(header) and not wants_any_time(cell):
        return (
            "names hours of their own, which nothing here keeps: call them yourself and take the "
            "row out"
        )
    return ""


def what_stands_beside_a_name(cell: str) -> str:
    """The same of a cell that holds a name, which may be like such a word: "Ann Taub (deaf)"."""
    for part in beside_name(cell):
        if words_of(part) and phrases("notes.unhearing").cover(words_of(part)):
            return _UNHEARD
        if wants_another_person(part):
            return _ANOTHER
    if names_hours(cell):
        return "names hours of their own, which nothing here keeps: call them yourself"
    return ""
