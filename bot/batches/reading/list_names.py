"""Files and sheets that are called like lists of people who must not be called."""

from collections.abc import Iterator

from bot.batches.reading.cell_words import phrases, words_of
from bot.batches.reading.header_words import protective_field
from bot.batches.reading.no_calls import SUFFIX
from bot.batches.reading.tables import NoTable, Sheet


def is_a_no_call_list(name: str) -> bool:
    """ "DNC 2026.xlsx", "do_not_call_list.csv", what an import has written; not "DNC scrubbed.csv",
    and not "May, no DNC.csv".
    """
    begins = phrases("do_not_call.stop").at(words_of(name), 0) > 0
    return name.endswith(SUFFIX) or begins and protective_field(name) == "do_not_call"


def refuse_no_call_list(sheet: Sheet) -> None:
    """Raises NoTable: its people would be called."""
    for name in filter(is_a_no_call_list, (sheet.name, sheet.worksheet)):
        raise NoTable(
            f'"{name}" is called like a list of people who must not be called. To keep them from '
            "being called: trunkline suppress import; if they are to be called, give it another "
            "name."
        )


def notes_on_no_call_lists(sheet: Sheet) -> Iterator[str]:
    """Of other sheets with such names: nobody is kept from being called by a sheet not read."""
    for name in filter(is_a_no_call_list, sheet.unread):
        yield (
            f'the people in the sheet "{name}" may be called; to keep them from it: trunkline '
            f'suppress import {sheet.name or "FILE"} --sheet "{name}"'
        )
