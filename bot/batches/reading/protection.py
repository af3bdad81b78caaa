"""What a row says against calling its person: consent, do-not-call columns, status, words in notes.

Where several columns say something, the one against the call counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.batches.reading.cell_consent import consent_in
from bot.batches.reading.cell_do_not_call import (
    asks_for_no_calls,
    is_for_another_channel,
    is_marked,
    is_refused,
)
from bot.batches.reading.cell_status import (
    KINDS,
    Standing,
    flag_of,
    read_flag,
    read_status,
    tells_of_no_visit,
)
from bot.batches.reading.columns import SPOKEN, ColumnMap, Field
from bot.batches.reading.drafts import Problem
from bot.batches.reading.header_words import may_be_about_calls
from bot.batches.reading.tables import BadCell

CellOf = Callable[[str], str]  # the cell of a row in a column

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A cell that says that somebody must not be called."""

    column: str
    cell: str
    asked: bool  # they asked for no calls at all: it is for the list of suppressions


@dataclass(frozen=True, kw_only=True)
class Stands:
    """How the appointment stands, by the cell that says the most against a call."""

    kind: Standing = "coming"
    column: str = ""
    cell: str = ""


class Protection:
    """Reads what the rows of one sheet say against calls. What it cannot read is a problem."""

    def __init__(self, columns: ColumnMap, names: Sequence[str]) -> None:
        self._fields = columns.fields
        used = {column for field, named in columns.fields.items() for column in named}
        spoken = {column for field in SPOKEN for column in columns.fields.get(field, ())}
        self._unread = [name for name in names if name not in used or name in spoken]

    def refusal(self, cell_of: CellOf, problems: list[Problem]) -> Refusal | None:
        """The first cell that refuses."""
        found = None
        for column in self._fields.get("do_not_call", ()):
            if _try(problems, column, False, is_marked, cell_of(column)):
                found = found or Refusal(column=column, cell=cell_of(column), asked=True)
        for column in self._fields.get("may_call", ()):
            if _try(problems, column, False, is_refused, cell_of(column)):
                found = found or Refusal(column=column, cell=cell_of(column), asked=True)
        fields: tuple[Field, ...] = ("consent_source", "consent_at", "status")
        for field in fields:
            for column in self._fields.get(field, ()):
                asked = asks_for_no_calls(cell_of(column))
                refuses = field != "status" and _refuses_consent(cell_of(column), field)
                if asked or refuses:
                    found = found or Refusal(column=column, cell=cell_of(column), asked=asked)
        return found

    def standing(self, cell_of: CellOf, problems: list[Problem]) -> Stands:
        """How the appointment stands; "coming" where nothing says."""
        said = [Stands()]
        for column in self._fields.get("status", ()):
            cell = cell_of(column)
            usual: Standing = "coming"
            if flag_of(column):
                kind = _try(problems, column, usual, read_flag, cell, column)
            else:
                kind = _try(problems, column, usual, read_status, cell)
            said.append(Stands(kind=kind, column=column, cell=cell))
        against = [stands for stands in said if stands.kind not in ("coming", "confirmed")]
        if against:
            return min(against, key=lambda stands: KINDS.index(stands.kind))
        return max(said, key=lambda stands: stands.kind == "confirmed")

    def doubts(self, cell_of: CellOf) -> Sequence[Problem]:
        """What columns that are looked at by nothing else say against a call."""
        return [
            Problem(column=column, why=why)
            for column in self._unread
            if (why := _doubt(cell_of(column), column))
        ]


def _refuses_consent(cell: str, field: str) -> bool:
    """A zero where a day should be is an empty cell."""
    if field == "consent_at" and not cell.strip("0. "):
        return False
    return consent_in(cell) == "no"


def _doubt(cell: str, column: str) -> str:
    if asks_for_no_calls(cell):
        return (
            f'"{cell}" asks for no calls: write yes into a column "Do Not Call", or, if it means '
            f'something else, import with --map ignored="{column}"'
        )
    if is_for_another_channel(cell):
        return (
            f'"{cell}" asks for another channel: write yes into a column "Do Not Call", or, if it '
            f'means something else, import with --map ignored="{column}"'
        )
    if may_be_about_calls(column, cell):
        return (
            f'"{cell}" may say whether they may be called: import with --map '
            f'do_not_call="{column}" (yes: nobody calls), --map may_call="{column}" (no: nobody '
            f'calls), or --map ignored="{column}"'
        )
    if tells_of_no_visit(cell):
        return (
            f'"{cell}" reads like the status of the appointment: import with '
            f'--map status="{column}", or, if it means something else, --map ignored="{column}"'
        )
    return ""


def _try(
    problems: list[Problem], column: str, otherwise: Value, read: Callable[..., Value], *cells: str
) -> Value:
    try:
        return read(*cells)
    except BadCell as fault:
        problems.append(Problem(column=column, why=str(fault)))
        return otherwise
