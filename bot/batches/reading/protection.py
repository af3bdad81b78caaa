"""What a row says against calling its person: consent, do-not-call columns, status, words in notes.

Where several columns say something, the one against the call counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.batches.reading.addresses import BadAddress
from bot.batches.reading.cell_consent import consent_in, plain_answer
from bot.batches.reading.cell_do_not_call import (
    asks_for_no_calls,
    crosses_calls_out,
    ends_in_stop,
    is_about_preferences,
    is_about_wrong_numbers,
    is_for_another_channel,
    is_marked,
    is_refused,
    names_another_channel,
    prefers_no_calls,
    speaks_against_calls,
    speaks_of_a_wrong_number,
)
from bot.batches.reading.cell_notes import (
    elsewhere,
    is_about_reminders,
    is_for_notes,
    reads_as_a_note,
    turns_reminders_off,
    wants_to_be_left_alone,
)
from bot.batches.reading.cell_spoken_with import asks_for_a_person, names_the_same
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
from bot.batches.reading.column_notes import column_notes
from bot.batches.reading.columns import ColumnMap, column_names
from bot.batches.reading.drafts import Note, Problem, Refusal
from bot.batches.reading.fields import NAMES_OF_A_PERSON, SPOKEN, Field
from bot.batches.reading.header_words import may_be_about_calls
from bot.batches.reading.passages import (
    STRUCK,
    Passage,
    what_notes_say,
    what_stands_beside_a_name,
)
from bot.batches.reading.row_cells import attempt
from bot.batches.reading.tables import Row, Sheet

CellOf = Callable[[str], str]  # the cell of a row in a column


@dataclass(frozen=True, kw_only=True)
class Stands:
    """How the appointment stands, by the cell that says the most against a call."""

    kind: Standing = "coming"
    column: str = ""
    cell: str = ""


class Protection:
    """Reads what the rows of one sheet say against calls. What it cannot read is a problem."""

    def __init__(self, columns: ColumnMap, sheet: Sheet, *, leaves_messages: bool) -> None:
        self._leaves_messages = leaves_messages
        self._columns = names = column_names(sheet.header)
        self._fields = columns.fields
        used = {column for field, named in columns.fields.items() for column in named}
        spoken = {column for field in SPOKEN for column in columns.fields.get(field, ())}
        self._names = {
            column for field in NAMES_OF_A_PERSON for column in columns.fields.get(field, ())
        }
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
        self._for_notes = {
            name
            for name in self._unread
            if name in self._names
            or is_for_notes(name)
            or any(map(reads_as_a_note, cells.get(name, ())))
        }
        self._reminders = {name for name in cells if is_about_reminders(name)}
        self._ignored = set(columns.fields.get("ignored", ()))
        self._notes = tuple(column_notes(sheet, columns, cells))

    def refusal(
        self, cell_of: CellOf, problems: list[Problem], *, row: Row | None = None
    ) -> Refusal | None:
        """The first cell that refuses: in a column about it, beside a number, or in running text
        and comments, where its sender may say that it means something else.
        """
        found = None
        for column in self._fields.get("do_not_call", ()):
            if attempt(problems, column, False, is_marked, cell_of(column)):
                found = found or Refusal(column=column, cell=cell_of(column), asked=True)
        for column in self._fields.get("may_call", ()):
            refuses, cell = is_refused, cell_of(column)
            if is_about_preferences(column):
                refuses = prefers_no_calls
                if self._is_own_name(cell_of, cell):
                    continue
            if attempt(problems, column, False, refuses, cell):
                asked = not names_another_channel(cell)  # a letter is fine, and so may calls be
                found = found or Refusal(column=column, cell=cell, asked=asked)
        fields: tuple[Field, ...] = ("consent_source", "consent_at", "status", "number")
        for field in fields:
            for column in self._fields.get(field, ()):
                cell = cell_of(column)
                asked = asks_for_no_calls(cell)
                if asked or _refuses(cell, field):
                    found = found or Refusal(column=column, cell=cell, asked=asked)
        return found or next(self._in_passing(self._passages(cell_of, row)), None)

    def _is_own_name(self, cell_of: CellOf, cell: str) -> bool:
        return names_the_same(cell, [cell_of(column) for column in self._names])

    def _passages(self, cell_of: CellOf, row: Row | None) -> Iterator[Passage]:
        for column in self._unread:
            ignore = f'import with --map ignored="{column}"'
            yield Passage(
                column=column,
                text=cell_of(column),
                means_else=ignore,
                header=column,
                is_note=column in self._for_notes,
            )
        for at, text in row.remarks if row is not None else ():
            column = self._columns[at]
            if column not in self._ignored:
                yield Passage(
                    column=f"comment on {column}",
                    text=text,
                    means_else="delete the comment",
                    header=column,
                    is_comment=True,
                )

    def _in_passing(self, passages: Iterator[Passage]) -> Iterator[Refusal]:
        consents = {*self._fields.get("consent_source", ()), *self._fields.get("consent_at", ())}
        for one in passages:
            cell = one.text
            if (
                asks_for_no_calls(cell)
                or ends_in_stop(cell)
                or speaks_against_calls(cell)
                or wants_to_be_left_alone(cell, bare=one.is_note)
            ):
                what = "asks for no calls"
            elif is_for_another_channel(cell):
                what = "asks for another channel"
            elif one.header in self._reminders and turns_reminders_off(cell):
                what = "asks for no reminders, or for others than calls"
            elif one.is_comment and one.header in consents and consent_in(cell) == "no":
                what = "refuses"
            else:
                continue
            hint = (
                f'{what}: write yes into a column "Do Not Call", or, if it means something else, '
                f"{one.means_else}"
            )
            yield Refusal(column=one.column, cell=cell, asked=False, hint=hint)

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
        """What may say whether contacts may be called, and nothing shows it."""
        return self._notes

    def doubts(self, cell_of: CellOf, row: Row | None = None) -> Sequence[Problem]:
        """What columns that are looked at by nothing else, and comments, may say against a call;
        and cells that are struck through.
        """
        struck = [self._columns[at] for at in sorted(row.struck)] if row is not None else []
        return [
            *(
                Problem(column=column, why=f'"{cell_of(column)}" {STRUCK}')
                for column in struck
                if column not in self._ignored
            ),
            *(
                Problem(column=one.column, why=f'"{one.text}" {why}')
                for one in self._passages(cell_of, row)
                if not (asks_for_a_person(one.header) and self._is_own_name(cell_of, one.text))
                and (why := self._doubt(one))
            ),
        ]

    def elsewhere(
        self, cell_of: CellOf, row: Row, country: str, problems: list[Problem], notes: list[Note]
    ) -> tuple[str, ...]:
        """The regions where a contact may be too, as notes and comments say: "moved to Florida".
        That they are in another country is a problem.
        """
        found: list[str] = []
        for one in self._passages(cell_of, row):
            try:
                regions = elsewhere(one.text, country) if one.header not in self._names else ()
            except BadAddress as fault:
                why = (
                    f'"{one.text}" {fault}: write where they are into a column "Country", or, if '
                    f"it means something else, {one.means_else}"
                )
                problems.append(Problem(column=one.column, why=why))
                continue
            if regions:
                where = " or ".join(regions) if "-" in regions[0] else "elsewhere"
                what = (
                    f'{one.column}: "{one.text}" may mean that they are in {where}: called only '
                    "when that is lawful there too"
                ).replace("in elsewhere", "elsewhere")
                notes.append(Note(line=row.line, what=what))
                found += regions
        return tuple(dict.fromkeys(found))

    def _what_notes_say(self, one: Passage) -> str:
        header = "" if one.is_comment else one.header
        return what_notes_say(
            one.text, header, leaves_messages=self._leaves_messages, is_note=one.is_note
        )

    def _doubt(self, one: Passage) -> str:
        cell, column = one.text, one.header
        if not one.is_comment and (
            may_be_about_calls(column, cell)
            or column in self._about_calls
            and plain_answer(cell) == "no"
        ):
            return (
                f"may say whether they may be called: import with --map "
                f'do_not_call="{column}" (yes: nobody calls), --map may_call="{column}" (no: '
                f'nobody calls), or --map ignored="{column}"'
            )
        if not one.is_comment and column in self._names:
            if is_marked_in_name(cell):
                return (
                    "reads as if they were not to come: take the row out, or, if it means "
                    "something else, the words that say so"
                )
            if why := what_stands_beside_a_name(cell):
                return why
        elif why := self._what_notes_say(one):
            return f"{why}, or, if it means something else, {one.means_else}"
        is_off = any(map(tells_of_no_visit, (cell, *clauses(cell))))
        like_status = not one.is_comment and column in self._like_status
        if is_off or like_status and not _is_to_come(cell):
            mapped = "" if one.is_comment else f'import with --map status="{column}"'
            way = mapped or "take the row out"
            return (
                f"reads like the status of the appointment: {way}, "
                f"or, if it means something else, {one.means_else}"
            )
        answer = plain_answer(cell)
        marked = not one.is_comment and answer not in ("no", "nothing")
        if names_another_channel(column):  # "Fax Line": the number of one
            marked = marked and answer == "yes"
        if speaks_of_a_wrong_number(cell) or marked and is_about_wrong_numbers(column):
            return (
                "says that the number is not theirs: mend the number and take these words out, or, "
                f"if it is about another number, {one.means_else}"
            )
        if tells_of_a_death(cell, bare=one.is_note):
            return (
                "speaks of a death: take the row out, or, if it is about somebody else, "
                f"{one.means_else}"
            )
        return ""


def _refuses(cell: str, field: Field) -> bool:
    if field == "number":
        return is_for_another_channel(cell) or crosses_calls_out(cell)
    if field == "status" or field == "consent_at" and not cell.strip("0. "):
        return False  # a zero where a day should be is an empty cell
    return consent_in(cell) == "no"


def _is_to_come(cell: str) -> bool:
    try:
        return read_status(cell) in ("coming", "confirmed")
    except BadStatus:
        return False
