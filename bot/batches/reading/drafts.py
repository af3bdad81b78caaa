"""Rows on their way to contacts: good ones, and bad ones with what is wrong: plain data."""

from dataclasses import dataclass

from bot.batches.reading.tables import Row
from bot.store.batch_records import ContactRecord


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with a row."""

    column: str  # empty: the row as a whole
    why: str


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that nobody is called for, and all that is wrong with it."""

    line: int
    cells: tuple[str, ...]
    problems: tuple[Problem, ...]
    refused: bool = False  # the row is understood: this number must not be called

    @property
    def why(self) -> str:
        """All problems in one line."""
        return "; ".join(f"{p.column}: {p.why}" if p.column else p.why for p in self.problems)


@dataclass(frozen=True, kw_only=True)
class Note:
    """What its sender should know of a row that is good."""

    line: int
    what: str  # a clause


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A good row, before it meets the other rows of its number."""

    row: Row
    contact: ContactRecord
    refused: str = ""  # the column that says no: nobody of this number is called
    refusal: str = ""  # what it says
    asks_for_no_calls: bool = False  # all their numbers are for the list of suppressions, too
    other_numbers: tuple[str, ...] = ()  # of a row that refuses: beside that of its contact
    notes: tuple[Note, ...] = ()
