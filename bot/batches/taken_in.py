"""What became of a file: what its sender is told of rows and columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from bot.batches.earlier_batches import InEarlier
from bot.batches.joining import Stopped
from bot.batches.model_variables import spoken_names, told_names
from bot.batches.opened_files import OpenedFile
from bot.batches.reading.columns import ColumnMap, column_names
from bot.batches.reading.drafts import BadRow
from bot.batches.reading.file_reader import People
from bot.batches.reading.left_out import LeftOut
from bot.batches.reading.no_calls import NoCallsCsv
from bot.batches.reading.problems import ProblemsCsv
from bot.batches.settings import BatchSettings
from bot.slices import slices
from bot.store import BatchRecord
from config import Agent

LISTED = 500  # rows of a kind that are told of one by one; `problems_csv` has all bad ones
_AT_ONCE = 100  # rows made in one piece: some milliseconds of the event loop


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """What became of a file: each of its rows is in one of the numbers."""

    batch: BatchRecord | None  # None: no row could be used, or nothing was to be stored
    contacts: int
    merged: int  # rows whose number an earlier row has, or one that waits in the batch
    known: int  # rows that are in the batch already
    unusable: int  # bad rows
    bad_rows: Sequence[BadRow]  # the first of them
    problems_csv: (
        str  # the bad rows, to be put right there and taken in again; empty: there are none
    )
    columns: ColumnMap
    header: Sequence[str]  # the names of its columns, in its order
    times_in: str  # the zone on whose clock its times were read; empty: none had to be
    not_called: Mapping[str, int]  # rows that lead to no call, by kind (`left_out.LABELS`)
    left_out: Sequence[LeftOut]  # rows whose contacts are not to be called: the first of them
    told: Sequence[str]  # variables that the model may be told, once it is the right person
    unread: Sequence[str]  # columns that nothing looks at
    no_calls_csv: str  # who asked for no calls at all, for the suppressions; empty: nobody
    # Sentences: what of the file was not read, and why; then what else was found in good rows.
    notes: Sequence[str] = ()
    stopped: Sequence[Stopped] = ()
    earlier: Sequence[InEarlier] = ()  # batches that have some of the new contacts, oldest first
    lines_after: int = 0  # its line n is line n + this of the batch; 0: it is line n there too


class ToldOfRows(TypedDict):
    """What is told of single rows."""

    bad_rows: Sequence[BadRow]
    problems_csv: str
    left_out: Sequence[LeftOut]
    no_calls_csv: str
    notes: Sequence[str]


async def told_of_rows(file: OpenedFile, people: People, bad_rows: Iterable[BadRow]) -> ToldOfRows:
    """The first of each kind; all of the bad ones and of those who want no calls as CSV."""
    problems, asked = ProblemsCsv(file.header, width=people.width), NoCallsCsv()
    first: list[BadRow] = []
    async for some in slices(bad_rows, most=_AT_ONCE):
        for row in some:
            problems.add(row)
        first += some[: LISTED - len(first)]
    left_out: list[LeftOut] = []
    async for out in slices(people.left_out(), most=_AT_ONCE):
        left_out += out[: LISTED - len(left_out)]
    nobody = True
    async for ones in slices(people.no_calls(), most=_AT_ONCE):
        nobody = False
        for one in ones:
            asked.add(one)
    found = list(file.notes)
    async for notes in slices(people.notes(), most=_AT_ONCE):
        found += [str(one) for one in notes[: LISTED - len(found)]]
    return {
        "bad_rows": tuple(first),
        "problems_csv": problems.text() if first else "",
        "left_out": tuple(left_out),
        "no_calls_csv": "" if nobody else asked.text(),
        "notes": tuple(found),
    }


class ToldOfColumns(TypedDict):
    """What is told of columns."""

    columns: ColumnMap
    header: Sequence[str]
    told: Sequence[str]
    unread: Sequence[str]


def told_of_columns(file: OpenedFile, agent: Agent, settings: BatchSettings) -> ToldOfColumns:
    columns = file.columns.telling(told_names(agent, settings))
    return {
        "columns": columns,
        "header": column_names(file.header),
        "told": [*spoken_names(columns), *columns.variables],
        "unread": columns.unread(file.header),
    }
