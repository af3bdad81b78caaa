"""One row of a table, read as one person to be called, or as a row with reasons why not."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.batches.reading.appointment_times import Told, together
from bot.batches.reading.cell_consent import NOTHING, read_consent
from bot.batches.reading.cell_times import NoClock, Written
from bot.batches.reading.columns import ColumnMap, check
from bot.batches.reading.dated_columns import DatedColumns
from bot.batches.reading.drafts import BadRow, Draft, Note, Problem
from bot.batches.reading.fields import Field
from bot.batches.reading.left_out import LeftOut
from bot.batches.reading.protection import Protection
from bot.batches.reading.row_cells import RowCells, attempt
from bot.batches.reading.row_places import RowPlaces
from bot.batches.reading.spelling import normalised
from bot.batches.reading.spoken_names import spoken_names
from bot.batches.reading.tables import Row, Sheet
from bot.batches.settings import BatchSettings
from bot.same_number import canonical
from bot.store.batch_records import ContactRecord

MAX_VARIABLES = 100  # what a call may be given
MAX_CHARACTERS = 2000  # of one variable

_WHENS: tuple[Field, Field, Field] = ("when", "day", "time")
_FAMILY_NAME = frozenset({"name", "naam", "nom", "nome"})  # as beside a column of first names
_LIST = re.compile(r"[,;|\s]+")


def contact_id(batch_id: str, number: str) -> str:
    """The same for the same number in the same batch, whichever file brings it."""
    digest = hashlib.blake2b(f"{batch_id}\n{canonical(number)}".encode(), digest_size=12)
    return f"con_{digest.hexdigest()}"


class RowReader:
    """Reads the rows of one sheet; what a whole column shows is found out once.

    `zone` is that of the clock that days and times without an offset are on; empty: there is none,
    and `read` raises NoClock at the first of them. `used_clock` says whether there was one.

    Raises:
        BadColumns: the map does not fit the sheet.
    """

    def __init__(
        self,
        sheet: Sheet,
        *,
        batch_id: str,
        settings: BatchSettings,
        columns: ColumnMap,
        now: datetime,
        zone: str,
    ) -> None:
        check(columns, sheet.header)
        self._cells = RowCells(sheet.header, columns)
        self._places = RowPlaces(self._cells, sheet.rows, home=settings.country)
        self._columns = columns
        leaves_messages = settings.machines.then == "leave_message"
        self._protection = Protection(columns, sheet, leaves_messages=leaves_messages)
        self._batch_id = batch_id
        self._settings = settings
        self._now = now
        self._zone = ZoneInfo(zone) if zone else None
        self.used_clock = False
        self._called = ("coming", "confirmed") if settings.call_confirmed else ("coming",)
        self._dated = DatedColumns(
            sheet.rows, names=self._cells.names, columns=columns, country=settings.country
        )

    def read(self, row: Row) -> Draft | LeftOut | BadRow:
        """The row as a contact, as one who is not to be called, or all that is wrong with it."""
        if row.problem:
            return _bad(row, [Problem(column="", why=row.problem)])
        if len(row.cells) > len(self._cells.names):
            why = (
                f"the row has {len(row.cells)} cells and the header {len(self._cells.names)}: "
                "put a cell that holds a separator into quotation marks"
            )
            return _bad(row, [Problem(column="", why=why)])
        problems: list[Problem] = []
        notes: list[Note] = []
        country = self._places.country(row, problems)
        misplaced: list[Problem] = []  # told of after the number, which it is needed for
        region = self._places.region(row, country, misplaced)
        number = self._places.number(row, country, region, problems, notes)
        written, deadline = self._appointment(row, problems)

        def cell_of(column: str) -> str:
            return self._cells.cell(row, column)

        further = self._protection.elsewhere(cell_of, row, country, misplaced, notes)
        refusal = self._protection.refusal(cell_of, problems, row=row)
        source, consent_at = ("", None) if refusal else self._consent(row, problems)
        others = self._places.written(row, country) if refusal else ()
        number = number or next(iter(others), "")
        stands = self._protection.standing(cell_of, problems)
        problems += misplaced
        zone = self._places.zone(row, problems)
        name, variables = self._variables(row, written, problems)
        contact = ContactRecord(
            id=contact_id(self._batch_id, number),
            batch_id=self._batch_id,
            line=row.line,
            number=number,
            name=name,
            variables=variables,
            appointments=self._appointments(row),
            zone=zone,
            region="|".join((region, *further)),
            consent_source=source,
            consent_at=consent_at,
            deadline=deadline,
        )
        if refusal is not None and number:  # it counts for all rows of its number
            return Draft(
                row=row,
                contact=contact,
                refusal=refusal,
                other_numbers=others,
            )
        if refusal is not None and refusal.hint:
            problems.append(Problem(column=refusal.column, why=f'"{refusal.cell}" {refusal.hint}'))
        if not refusal and stands.kind not in self._called:
            return LeftOut(
                line=row.line,
                kind=stands.kind,
                column=stands.column,
                cell=stands.cell,
                contact=contact,
            )
        problems += self._run_out(row, deadline, problems)
        problems += self._protection.doubts(cell_of, row)
        problems += self._missing_day(row, written, problems)
        if problems:
            return _bad(row, problems)
        return Draft(row=row, contact=contact, notes=tuple(notes))

    def notes(self) -> Iterable[Note]:
        """What their sender should know of whole columns."""
        dated = [c for field in _WHENS for c in self._cells.named(field)]
        yield from self._protection.notes()
        yield from self._dated.notes(dated)

    def _missing_day(
        self, row: Row, written: Written, problems: Sequence[Problem]
    ) -> Sequence[Problem]:
        """A file that has days should have one in each row."""
        columns = [c for field in _WHENS for c in self._cells.named(field)]
        told = any(problem.column in columns for problem in problems)
        if not columns or written.day or told or self._settings.without_day:
            return ()
        return (Problem(column=columns[0], why="the day of the appointment is missing"),)

    # -- when -----------------------------------------------------------------------------------

    def _appointment(self, row: Row, problems: list[Problem]) -> tuple[Written, datetime | None]:
        """Its day and time on the business's clock, and the moment they are."""
        whole, day, hour = (self._told(row, field, problems) for field in _WHENS)
        column = next((told.column for told in (hour, whole, day) if told.column), "")
        nothing: tuple[Written, list[Problem]] = (Written(), [])
        written, found = attempt(
            problems, column, nothing, together, whole, day, hour, zone=self._zone
        )
        problems += found
        moment = attempt(problems, column, None, self._moment, row, written)
        return written, moment

    def _told(self, row: Row, field: Field, problems: list[Problem]) -> Told:
        column = self._cells.first(row, field)[0]
        return Told(column=column, written=self._written(row, field, problems))

    def _moment(self, row: Row, written: Written) -> datetime | None:
        """Raises NoClock."""
        self.used_clock |= written.needs_clock
        try:
            return written.moment(self._zone)
        except NoClock:
            raise NoClock(f"line {row.line}: ") from None

    def _written(self, row: Row, field: Field, problems: list[Problem]) -> Written:
        column, cell = self._cells.first(row, field)
        if not cell or normalised(cell) in NOTHING:
            return Written()
        return attempt(problems, column, Written(), self._dated.read, row, column, cell)

    def _appointments(self, row: Row) -> tuple[str, ...]:
        cells = (self._cells.cell(row, c) for c in self._cells.named("appointment"))
        ids = (part.strip() for cell in cells for part in _LIST.split(cell))
        return tuple(dict.fromkeys(part for part in ids if part))

    # -- by what right --------------------------------------------------------------------------

    def _consent(self, row: Row, problems: list[Problem]) -> tuple[str, datetime | None]:
        """Source and time of consent, where nothing refuses it.

        The sender's general word (of the batch) counts where the file has no such columns at all.
        """
        fields = self._columns.fields
        if not fields.get("consent_source") and not fields.get("consent_at"):
            return self._settings.consent, None
        source = ""
        for column in fields.get("consent_source", ()):
            cell = self._cells.cell(row, column)
            said = attempt(problems, column, "", _source, cell, column)
            source = source or said
        column, _ = self._cells.first(row, "consent_at")
        written = self._written(row, "consent_at", problems)
        at = attempt(problems, column, None, self._moment, row, written)
        if at is not None and at > self._now:
            problems.append(Problem(column=column, why="the consent lies in the future"))
        if at is not None and not source and not fields.get("consent_source"):
            source = self._settings.consent or column
        return source, at

    def _run_out(
        self, row: Row, deadline: datetime | None, problems: list[Problem]
    ) -> Sequence[Problem]:
        """Consent that ends before the appointment may end before the call."""
        column = self._cells.first(row, "consent_until")[0]
        written = self._written(row, "consent_until", problems)
        until = attempt(problems, column, None, self._moment, row, written)
        if until is None or until >= max(deadline or self._now, self._now):
            return ()
        return (Problem(column=column, why="the consent ends before the appointment"),)

    # -- what may be said -----------------------------------------------------------------------

    def _variables(
        self, row: Row, written: Written, problems: list[Problem]
    ) -> tuple[str, dict[str, str]]:
        """The name of the contact, and what the agent's texts may use; empty cells are left out."""
        name_column, whole = self._cells.first(row, "name")
        first, last, name = spoken_names(
            self._cells.first(row, "first_name")[1],
            self._cells.first(row, "last_name")[1],
            whole,
            is_family_name=normalised(name_column) in _FAMILY_NAME,
        )
        language = self._cells.first(row, "language")[1]
        said: dict[Field, str] = {"first_name": first, "last_name": last, "name": name}
        spoken = {
            column: text for field, text in said.items() for column in self._cells.named(field)
        }
        variables = {}
        for variable, column in self._columns.variables.items():
            variables[variable] = spoken.get(column, self._cells.cell(row, column))
            if len(variables[variable]) > MAX_CHARACTERS:
                why = f"the cell has more than {MAX_CHARACTERS} characters"
                problems.append(Problem(column=column, why=why))
        variables |= {"name": name, "first_name": first, "last_name": last, "language": language}
        variables["day"] = written.day.isoformat() if written.day else ""
        variables["time"] = f"{written.time:%H:%M}" if written.time else ""
        written_out = {variable: text for variable, text in variables.items() if text}
        return name, {**self._settings.variables, **written_out}


def _source(cell: str, column: str) -> str:
    return read_consent(cell, column) or ""


def _bad(row: Row, problems: Sequence[Problem]) -> BadRow:
    return BadRow(line=row.line, cells=row.handed_back, problems=tuple(problems))
