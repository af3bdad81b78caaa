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
    """A row whose contact is not called, and all that is wrong with it."""

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
    """What its sender should know of a row that is good, or of a whole column."""

    line: int  # 0: it is of no one line
    what: str  # a clause

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}" if self.line else self.what


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A cell that says that the contact must not be called."""

    column: str
    cell: str
    asked: bool  # they asked for no calls at all: it is for the list of suppressions
    hint: str = ""  # a clause: what to do where it means something else


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A good row, before it meets the other rows of its number."""

    row: Row
    contact: ContactRecord
    refusal: Refusal | None = None  # then no contact of this number is called
    other_numbers: tuple[str, ...] = ()  # of a row that refuses: beside that of its contact
    notes: tuple[Note, ...] = ()
