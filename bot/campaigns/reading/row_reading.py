"""One row of a table, read as one person to be called, or as a row with reasons why not."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.campaigns.reading.addresses import read_country, read_region, read_zone
from bot.campaigns.reading.cell_consent import NOTHING, read_consent
from bot.campaigns.reading.cell_numbers import pluses_were_lost, read_number
from bot.campaigns.reading.cell_times import NoClock, Order, Written, order_of, read_when
from bot.campaigns.reading.columns import ColumnMap, Field, check, column_names, normalised
from bot.campaigns.reading.drafts import BadRow, Draft, Problem
from bot.campaigns.reading.tables import BadCell, Row, Sheet
from bot.campaigns.settings import BatchSettings
from bot.same_number import canonical
from bot.store.campaign_records import ContactRecord

MAX_VARIABLES = 100  # what a call may be given
MAX_CHARACTERS = 2000  # of one variable

_WHENS: tuple[Field, Field, Field] = ("when", "day", "time")
_LIST = re.compile(r"[,;|\s]+")

_HAS_DIGITS = re.compile(r"\d")

Value = TypeVar("Value")


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
        self._names = column_names(sheet.header)
        self._index = {name: index for index, name in enumerate(self._names)}
        self._columns = columns
        self._batch_id = batch_id
        self._settings = settings
        self._now = now
        self._zone = ZoneInfo(zone) if zone else None
        self.used_clock = False
        self._orders: dict[str, Order | None] = {
            column: order_of(self._cells(sheet.rows, column), settings.country)
            for field in ("when", "day", "consent_at")
            for column in columns.fields.get(field, ())
        }
        self._plus_lost = {
            column: pluses_were_lost(self._cells(sheet.rows, column), settings.country)
            for column in columns.fields.get("number", ())
        }

    def read(self, row: Row) -> Draft | BadRow:
        """The row as a contact, or all that is wrong with it."""
        if row.problem:
            return _bad(row, [Problem(column="", why=row.problem)])
        if len(row.cells) > len(self._names):
            why = (
                f"the row has {len(row.cells)} cells and the header {len(self._names)}: "
                "put a cell that holds a separator into quotation marks"
            )
            return _bad(row, [Problem(column="", why=why)])
        problems: list[Problem] = []
        country = self._country(row, problems)
        number = self._number(row, country, problems)
        written, deadline = self._appointment(row, problems)
        source, consent_at, refused = self._consent(row, problems)
        region = self._region(row, country, problems)
        zone = self._try(problems, self._first(row, "zone")[0], "", self._zone_of, row)
        name, variables = self._variables(row, written, problems)
        if problems and not (refused and number):  # a refusal counts for all rows of its number
            return _bad(row, problems)
        return Draft(
            row=row,
            refused=refused,
            contact=ContactRecord(
                id=contact_id(self._batch_id, number),
                batch_id=self._batch_id,
                line=row.line,
                number=number,
                name=name,
                variables=variables,
                appointments=self._appointments(row),
                zone=zone,
                region=region,
                consent_source=source,
                consent_at=consent_at,
                deadline=deadline,
            ),
        )

    # -- cells ----------------------------------------------------------------------------------

    def _cells(self, rows: Iterable[Row], column: str) -> Iterable[str]:
        index = self._index[column]
        return (row.cells[index] for row in rows if index < len(row.cells))

    def _cell(self, row: Row, column: str) -> str:
        return row.cells[self._index[column]]

    def _first(self, row: Row, field: Field) -> tuple[str, str]:
        """The first column of that field that is filled, and its cell; else an empty one."""
        columns = self._columns.fields.get(field, ())
        for column in columns:
            if cell := self._cell(row, column):
                return column, cell
        return (columns[0] if columns else ""), ""

    @staticmethod
    def _try(
        problems: list[Problem],
        column: str,
        otherwise: Value,
        read: Callable[..., Value],
        *arguments: Any,
        **options: Any,
    ) -> Value:
        try:
            return read(*arguments, **options)
        except BadCell as error:
            problems.append(Problem(column=column, why=str(error)))
            return otherwise

    # -- whom, and where ------------------------------------------------------------------------

    def _number(self, row: Row, country: str, problems: list[Problem]) -> str:
        columns = self._columns.fields["number"]
        column = next((c for c in columns if _HAS_DIGITS.search(self._cell(row, c))), columns[0])
        cell = self._cell(row, column)
        plus_lost = self._plus_lost[column] and country == self._settings.country
        return self._try(
            problems, column, "", read_number, cell, country=country, plus_lost=plus_lost
        )

    def _country(self, row: Row, problems: list[Problem]) -> str:
        column, cell = self._first(row, "country")
        usual = self._settings.country
        return self._try(problems, column, usual, read_country, cell, default=usual)

    def _region(self, row: Row, country: str, problems: list[Problem]) -> str:
        """Of its state or postcode, else the country where the file names one."""
        state_column, state = self._first(row, "region")
        code_column, postcode = self._first(row, "postcode")
        column = state_column if state else code_column
        region = self._try(
            problems, column, "", read_region, state=state, postcode=postcode, country=country
        )
        return region or (country if self._first(row, "country")[1] else "")

    def _zone_of(self, row: Row) -> str:
        return read_zone(self._first(row, "zone")[1])

    # -- when -----------------------------------------------------------------------------------

    def _appointment(self, row: Row, problems: list[Problem]) -> tuple[Written, datetime | None]:
        """Its day and time on the business's clock, and the moment they are."""
        whole, day, hour = (self._written(row, field, problems) for field in _WHENS)
        columns = [self._first(row, field)[0] for field in _WHENS]
        written = Written(
            day=day.day or whole.day,
            time=hour.time or day.time or whole.time,
            offset=day.offset if whole.offset is None else whole.offset,
        )
        for told, column in ((day, columns[1]), (hour, columns[2])):
            other_day = told.day is not None and told.day != written.day
            other_day = other_day or None not in (told.day, whole.day) and told.day != whole.day
            other_time = None not in (told.time, whole.time) and told.time != whole.time
            if other_day or other_time:
                why = f"this is another day or time than in {columns[0] or columns[1]}"
                problems.append(Problem(column=column, why=why))
        if written.day is None and written.time is not None:
            column = next(name for name in (columns[2], columns[0], columns[1]) if name)
            problems.append(Problem(column=column, why="there is a time of day and no day"))
            return Written(), None
        moment = self._moment(row, written)
        if moment is not None and written.offset is not None and self._zone is not None:
            local = moment.astimezone(self._zone)
            written = Written(day=local.date(), time=local.time())
        return written, moment

    def _moment(self, row: Row, written: Written) -> datetime | None:
        """Raises NoClock."""
        self.used_clock |= written.needs_clock
        try:
            return written.moment(self._zone)
        except NoClock:
            raise NoClock(f"line {row.line}: ") from None

    def _written(self, row: Row, field: Field, problems: list[Problem]) -> Written:
        column, cell = self._first(row, field)
        return self._try(
            problems,
            column,
            Written(),
            read_when,
            cell if normalised(cell) not in NOTHING else "",
            order=self._orders.get(column),
            country=self._settings.country,
        )

    def _appointments(self, row: Row) -> tuple[str, ...]:
        cells = (self._cell(row, c) for c in self._columns.fields.get("appointment", ()))
        ids = (part.strip() for cell in cells for part in _LIST.split(cell))
        return tuple(dict.fromkeys(part for part in ids if part))

    # -- by what right --------------------------------------------------------------------------

    def _consent(self, row: Row, problems: list[Problem]) -> tuple[str, datetime | None, str]:
        """Source and time of consent, and the column that refuses it, if one does.

        The sender's general word (of the batch) counts where the file has no such columns at all.
        """
        fields = self._columns.fields
        if not fields.get("consent_source") and not fields.get("consent_at"):
            return self._settings.consent, None, ""
        column, cell = self._first(row, "consent_source")
        source = read_consent(cell, column)
        if source is None:
            return "", None, column
        column, _ = self._first(row, "consent_at")
        at = self._moment(row, self._written(row, "consent_at", problems))
        if at is not None and at > self._now:
            problems.append(Problem(column=column, why="the consent lies in the future"))
        if at is not None and not source and not fields.get("consent_source"):
            source = self._settings.consent or column
        return source, at, ""

    # -- what may be said -----------------------------------------------------------------------

    def _variables(
        self, row: Row, written: Written, problems: list[Problem]
    ) -> tuple[str, dict[str, str]]:
        """The name of the contact, and what the agent's texts may use; empty cells are left out."""
        first, last, name, language = (
            self._first(row, field)[1] for field in ("first_name", "last_name", "name", "language")
        )
        name = name or " ".join(part for part in (first, last) if part)
        variables = {}
        for variable, column in self._columns.variables.items():
            variables[variable] = self._cell(row, column)
            if len(variables[variable]) > MAX_CHARACTERS:
                why = f"the cell has more than {MAX_CHARACTERS} characters"
                problems.append(Problem(column=column, why=why))
        variables |= {"name": name, "first_name": first, "last_name": last, "language": language}
        variables["day"] = written.day.isoformat() if written.day else ""
        variables["time"] = f"{written.time:%H:%M}" if written.time else ""
        written_out = {variable: text for variable, text in variables.items() if text}
        return name, {**self._settings.variables, **written_out}


def _bad(row: Row, problems: Sequence[Problem]) -> BadRow:
    return BadRow(line=row.line, cells=row.cells, problems=tuple(problems))
