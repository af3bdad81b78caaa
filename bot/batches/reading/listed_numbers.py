"""The numbers in a cell of a list of people who are not to be called: all that can be read.

It is the reader of batches, but where that hands a cell back for its doubt, a "no" is kept: of
several numbers all count, of one with an extension or words around it the number itself, and one
that no plan has yet is taken as it is written.
"""

import re
import unicodedata
from dataclasses import dataclass

from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number

from bot.batches.reading.cell_numbers import BadNumber, read_number
from bot.carriers import parse_target

_AS_KEPT = re.compile(r"""^=?["'`]*|["'`]*$""")  # by spreadsheets, round a number
_WHOLE_FLOAT = re.compile(r"(?<=\d{6})[.,]0+(?!\d)")
_LEFT_DIGITS = 5  # so many digits beside the numbers may be another one


@dataclass(frozen=True, kw_only=True)
class ListedNumbers:
    """What a cell holds."""

    numbers: tuple[str, ...]  # E.164 or SIP
    problem: str = ""  # why it, or a part of it, cannot be read: a clause


def listed_numbers(cell: str, *, country: str, plus_lost: bool = False) -> ListedNumbers:
    """All numbers in a cell; those without a country code are of `country` (ISO 3166)."""
    try:
        return ListedNumbers(numbers=(read_number(cell, country=country, plus_lost=plus_lost),))
    except BadNumber as fault:
        problem = str(fault)
    written = _AS_KEPT.sub("", _clean(cell))
    try:  # a SIP address, or possible and in no plan
        return ListedNumbers(numbers=(parse_target(written, default_region=country),))
    except ValueError:
        found, rest = _found_in(cell, country)
    if not found:
        return ListedNumbers(numbers=(), problem=problem)
    if len(re.sub(r"\D", "", rest)) < _LEFT_DIGITS:
        return ListedNumbers(numbers=found)
    why = f"only {' and '.join(found)} could be read in it; write each number whole"
    return ListedNumbers(numbers=found, problem=why)


def _found_in(cell: str, country: str) -> tuple[tuple[str, ...], str]:
    """The numbers that exist in running text, and the text without them and their extensions."""
    text = rest = _clean(cell)
    numbers: dict[str, None] = {}
    for leniency in (Leniency.VALID, Leniency.POSSIBLE):
        for match in PhoneNumberMatcher(text, country, leniency):
            rest = rest.replace(match.raw_string, " ", 1)
            numbers[format_number(match.number, PhoneNumberFormat.E164)] = None
        if numbers:
            break
    return tuple(numbers), rest


def _clean(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return _WHOLE_FLOAT.sub("", text.strip())
