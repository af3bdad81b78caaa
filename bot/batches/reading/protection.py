"""What a row says against calling its person: consent, do-not-call columns, status, words in notes.

Where several columns say something, the one against the call counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.batches.reading.cell_consent import consent_in, plain_answer
from bot.batches.reading.cell_do_not_call import (
    asks_for_no_calls,
    ends_in_stop,
    is_about_preferences,
    is_for_another_channel,
    is_marked,
    is_refused,
    names_another_channel,
    prefers_no_calls,
    speaks_against_calls,
    speaks_of_a_wrong_number,
)
from bot.batches.reading.cell_status import (
    KINDS,
    BadStatus,
    Standing,
    flag_of,
    is_marked_in_name,
    read_flag,
    read_status,
    reads_as_status,
    tells_of_a_death,
    tells_of_no_visit,
)
from bot.batches.reading.cell_words import clauses
from bot.batches.reading.columns import ColumnMap, column_names
from bot.batches.reading.drafts import Note, Problem, Refusal
from bot.batches.reading.fields import SPOKEN, Field
from bot.batches.reading.header_words import may_be_about_calls
from bot.batches.reading.row_cells import attempt
from bot.batches.reading.tables import Sheet

CellOf = Callable[[str], str]  # the cell of a row in a column

_NAMES: tuple[Field, ...] = ("name", "first_name", "last_name")


@dataclass(frozen=True, kw_only=True)
class Stands:
    """How the appointment stands, by the cell that says the most against a call."""

    kind: Standing = "coming"
    column: str = ""
    cell: str = ""


class Protection:
    """Reads what the rows of one sheet say against calls. What it cannot read is a problem."""

    def __init__(self, columns: ColumnMap, sheet: Sheet) -> None:
        names = column_names(sheet.header)
        self._fields = columns.fields
        used = {column for field, named in columns.fields.items() for column in named}
        spoken = {column for field in SPOKEN for column in columns.fields.get(field, ())}
        self._names = {column for field in _NAMES for column in columns.fields.get(field, ())}
        self._unread = [name for name in names if name not in used or name in spoken]
        cells = {
            name: [row.cells[at] for row in sheet.rows if at < len(row.cells)]
            for at, name in enumerate(names)
            if name in self._unread and name not in spoken
        }
        self._like_status = {name for name, each in cells.items() if reads_as_status(each)}
        self._about_calls = {
            name for name, each in cells.items() if any(map(asks_for_no_calls, each))
        }
        self._yes_or_no = [name for name, each in cells.items() if _are_answers(each)]

    def refusal(self, cell_of: CellOf, problems: list[Problem]) -> Refusal | None:
        """The first cell that refuses: in a column about it, beside a number, or in running text,
        where its sender may say that it means something else.
        """
        found = None
        for column in self._fields.get("do_not_call", ()):
            if attempt(problems, column, False, is_marked, cell_of(column)):
                found = found or Refusal(column=column, cell=cell_of(column), asked=True)
        for column in self._fields.get("may_call", ()):
            refuses = prefers_no_calls if is_about_preferences(column) else is_refused
            if attempt(problems, column, False, refuses, cell := cell_of(column)):
                asked = not names_another_channel(cell)  # a letter is fine, and so may calls be
                found = found or Refusal(column=column, cell=cell, asked=asked)
        fields: tuple[Field, ...] = ("consent_source", "consent_at", "status", "number")
        for field in fields:
            for column in self._fields.get(field, ()):
                cell = cell_of(column)
                asked = asks_for_no_calls(cell)
                if asked or _refuses(cell, field):
                    found = found or Refusal(column=column, cell=cell, asked=asked)
        return found or next(self._in_passing(cell_of), None)

    def _in_passing(self, cell_of: CellOf) -> Iterator[Refusal]:
        for column in self._unread:
            cell = cell_of(column)
            if asks_for_no_calls(cell) or ends_in_stop(cell) or speaks_against_calls(cell):
                what = "asks for no calls"
            elif is_for_another_channel(cell):
                what = "asks for another channel"
            else:
                continue
            hint = (
                f'{what}: write yes into a column "Do Not Call", or, if it means something else, '
                f'import with --map ignored="{column}"'
            )
            yield Refusal(column=column, cell=cell, asked=False, hint=hint)

    def standing(self, cell_of: CellOf, problems: list[Problem]) -> Stands:
        """How the appointment stands; "coming" where nothing says."""
        said = [Stands()]
        for column in self._fields.get("status", ()):
            cell = cell_of(column)
            usual: Standing = "coming"
            if flag_of(column):
                kind = attempt(problems, column, usual, read_flag, cell, column)
            else:
                kind = attempt(problems, column, usual, read_status, cell)
            said.append(Stands(kind=kind, column=column, cell=cell))
        against = [stands for stands in said if stands.kind not in ("coming", "confirmed")]
        if against:
            return min(against, key=lambda stands: KINDS.index(stands.kind))
        return max(said, key=lambda stands: stands.kind == "confirmed")

    def notes(self) -> Sequence[Note]:
        """What may say whether somebody may be called, and nothing shows it."""
        if not self._yes_or_no:
            return ()
        names = ", ".join(f'"{name}"' for name in self._yes_or_no)
        return [
            Note(
                line=0,
                what=f"nothing looks at {names}, which hold only yes and no: if one of them says "
                'who may be called, import with --map may_call="..." (no: nobody calls) or '
                '--map do_not_call="..." (yes: nobody calls)',
            )
        ]

    def doubts(self, cell_of: CellOf) -> Sequence[Problem]:
        """What columns that are looked at by nothing else may say against a call."""
        return [
            Problem(column=column, why=f'"{cell_of(column)}" {why}')
            for column in self._unread
            if (why := self._doubt(cell_of(column), column))
        ]

    def _doubt(self, cell: str, column: str) -> str:
        if (
            may_be_about_calls(column, cell)
            or column in self._about_calls
            and plain_answer(cell) == "no"
        ):
            return (
                f"may say whether they may be called: import with --map "
                f'do_not_call="{column}" (yes: nobody calls), --map may_call="{column}" (no: '
                f'nobody calls), or --map ignored="{column}"'
            )
        if column in self._names and is_marked_in_name(cell):
            return (
                "reads as if they were not to come: take the row out, or, if it means something "
                "else, the words that say so"
            )
        is_off = any(map(tells_of_no_visit, (cell, *clauses(cell))))
        if is_off or column in self._like_status and not _is_to_come(cell):
            return (
                f'reads like the status of the appointment: import with --map status="{column}", '
                f'or, if it means something else, --map ignored="{column}"'
            )
        if speaks_of_a_wrong_number(cell):
            return (
                "says that the number is not theirs: mend the number and take these words out, or, "
                f'if it is about another number, import with --map ignored="{column}"'
            )
        if tells_of_a_death(cell):
            return (
                "speaks of a death: take the row out, or, if it is about somebody else, import "
                f'with --map ignored="{column}"'
            )
        return ""


def _refuses(cell: str, field: Field) -> bool:
    if field == "number":
        return is_for_another_channel(cell)
    if field == "status" or field == "consent_at" and not cell.strip("0. "):
        return False  # a zero where a day should be is an empty cell
    return consent_in(cell) == "no"


def _is_to_come(cell: str) -> bool:
    try:
        return read_status(cell) in ("coming", "confirmed")
    except BadStatus:
        return False


def _are_answers(cells: Sequence[str]) -> bool:
    """Whether a column holds nothing but yes and no, or one of them and nothing."""
    answers = {plain_answer(cell) for cell in cells}
    return "no" in answers and answers <= {"yes", "no", "nothing"}
