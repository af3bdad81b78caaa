"""Files and sheets that are called like lists of people who must not be called."""

from collections.abc import Iterator

from bot.batches.reading.calendar_words import MONTHS
from bot.batches.reading.cell_words import is_number, phrases, words_of
from bot.batches.reading.no_calls import SUFFIX
from bot.batches.reading.tables import Sheet

_BESIDE_NAMES = (
    "csv tsv txt xls xlsx xlsm xlsb ods list lists liste lista lijst listesi registry register "
    "number numbers nummern rufnummern numeros numeri nummers numery numaralar phone call calls "
    "patient patients patienten pacientes pazienti pacjenci hastalar people clients "
    "customers kunden clientes clienti klanten klienci contacts members our the and of all full "
    "clinic practice office company dental praxis clinica cabinet studio praktijk klinik "
    "export exported internal master new current updated final copy v1 v2 v3 file sheet"
)
_BESIDE = frozenset(_BESIDE_NAMES.split())


def is_a_no_call_list(name: str) -> bool:
    """ "2026 DNC.xlsx", "suppressions.csv", what an import has written; not "DNC scrubbed.csv", and
    not "May, no DNC.csv".
    """
    words, lists = words_of(name), phrases("do_not_call.stop", "do_not_call.headers")
    beside = (is_number(word) or word in _BESIDE or word in MONTHS for word in lists.outside(words))
    return name.endswith(SUFFIX) or lists.are_in(words) and all(beside)


def why_no_batch(sheet: Sheet) -> str:
    """Its people would be called, by its name wrongly; empty: it may be one."""
    for name in filter(is_a_no_call_list, (sheet.name, sheet.worksheet)):
        return (
            f'"{name}" is called like a list of people who must not be called. To keep them from '
            "being called: trunkline suppress import; if they are to be called, give it another "
            "name."
        )
    return ""


def notes_on_no_call_lists(sheet: Sheet) -> Iterator[str]:
    """Of other sheets with such names: nobody is kept from being called by a sheet not read."""
    for name in filter(is_a_no_call_list, sheet.unread):
        yield (
            f'the people in the sheet "{name}" may be called; to keep them from it: trunkline '
            f'suppress import {sheet.name or "FILE"} --sheet "{name}"'
        )
