"""Files and sheets that are called like lists of people who must not be called."""

from collections.abc import Iterator

from bot.batches.reading.cell_words import phrases, without_days, words_of
from bot.batches.reading.no_calls import SUFFIX
from bot.batches.reading.tables import NoTable, Sheet

_BESIDE = frozenset(
    {
        "csv",
        "tsv",
        "txt",
        "xls",
        "xlsx",
        "xlsm",
        "xlsb",
        "ods",
        "list",
        "lists",
        "liste",
        "lista",
        "lijst",
        "listesi",
        "numbers",
        "nummern",
        "numeros",
        "numeri",
        "nummers",
        "numery",
        "export",
        "internal",
        "master",
        "patients",
        "people",
        "new",
        "current",
        "updated",
        "final",
        "copy",
        "of",
    }
)


def is_a_no_call_list(name: str) -> bool:
    """ "DNC 2026.xlsx", "do_not_call_list.csv", what an import has written; not "DNC scrubbed.csv",
    and not "May, no DNC.csv".
    """
    words = words_of(name)
    count = phrases("do_not_call.stop").at(words, 0)
    beside = (word in _BESIDE for word in without_days(words[count:]))
    return name.endswith(SUFFIX) or count > 0 and all(beside)


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
