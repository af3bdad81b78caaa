"""Whom a row is about, by number, and where they are."""

import re
from collections.abc import Sequence

from bot.batches.reading.addresses import implied_country, read_country, read_region, read_zone
from bot.batches.reading.cell_numbers import BadNumber, NoNumber, pluses_were_lost, read_number
from bot.batches.reading.drafts import Note, Problem
from bot.batches.reading.listed_numbers import listed_numbers
from bot.batches.reading.row_cells import RowCells, attempt
from bot.batches.reading.tables import Row

_HAS_DIGITS = re.compile(r"\d")


class RowPlaces:
    """Reads numbers, countries, regions and zones. `home` is the country of the batch."""

    def __init__(self, cells: RowCells, rows: Sequence[Row], *, home: str) -> None:
        self._cells = cells
        self._home = home
        self._plus_lost = {
            name: pluses_were_lost(cells.column(rows, name), home) for name in cells.named("number")
        }

    def number(
        self, row: Row, country: str, region: str, problems: list[Problem], notes: list[Note]
    ) -> str:
        """The first number that there is; a column that holds none is told of."""
        columns = self._cells.named("number")
        empty: list[Problem] = []
        for column in columns:
            try:
                number = self._number_in(row, column, country, region)
            except NoNumber as fault:
                if self._cells.cell(row, column):
                    empty.append(Problem(column=column, why=str(fault)))
                continue
            except BadNumber as fault:
                problems.append(Problem(column=column, why=str(fault)))
                return ""
            notes += [
                Note(line=row.line, what=f"{one.column}: {one.why}; {column} is called")
                for one in empty
            ]
            return number
        told = [
            one for one in empty if _HAS_DIGITS.search(self._cells.cell(row, one.column))
        ] or empty
        nothing = Problem(column=columns[0], why="there is no telephone number")
        problems.append(next(iter(told), nothing))
        return ""

    def written(self, row: Row, country: str) -> tuple[str, ...]:
        """All that a row with a refusal holds, with whatever words beside them."""
        found: list[str] = []
        for column in self._cells.named("number"):
            cell, lost = self._cells.cell(row, column), self._lost_plus(column, country)
            found += listed_numbers(cell, country=country, plus_lost=lost).numbers
        return tuple(found)

    def _lost_plus(self, column: str, country: str) -> bool:
        return self._plus_lost[column] and country == self._home

    def _number_in(self, row: Row, column: str, country: str, region: str) -> str:
        """Raises BadNumber; NoNumber where the cell holds none."""
        return read_number(
            self._cells.cell(row, column),
            country=country,
            plus_lost=self._lost_plus(column, country),
            placed="-" in region,
        )

    def country(self, row: Row, problems: list[Problem]) -> str:
        column, cell = self._cells.first(row, "country")
        usual = implied_country(
            state=self._cells.first(row, "region")[1],
            postcode=self._cells.first(row, "postcode")[1],
            usual=self._home,
        )
        return attempt(problems, column, usual, read_country, cell, default=usual)

    def region(self, row: Row, country: str, problems: list[Problem]) -> str:
        """Of its state or postcode, else the country where the file names one."""
        state_column, state = self._cells.first(row, "region")
        code_column, postcode = self._cells.first(row, "postcode")
        column = state_column if state else code_column
        region = attempt(
            problems, column, "", read_region, state=state, postcode=postcode, country=country
        )
        return region or (country if self._cells.first(row, "country")[1] else "")

    def zone(self, row: Row, problems: list[Problem]) -> str:
        column, cell = self._cells.first(row, "zone")
        return attempt(problems, column, "", read_zone, cell)
