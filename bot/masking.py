"""Takes numbers of cards, accounts and people out of text, and telephone numbers out of the log.

Plain code. Each kind has a rule of its own, and a check digit where there is one: what only looks
like such a number stays. Numbers said in words ("four one one one") are not recognised.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from processors.numbers import is_card_number

CARD, ACCOUNT, PERSON = "[card number]", "[account number]", "[ID number]"

_FEW_DIGITS = re.compile(r"\d(?:\D{0,3}\d){3}")  # text without this holds none of them
_CARD = re.compile(r"(?<![\w+])[2-6](?:[ ,.-]{0,2}\d){12,18}(?![\w])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?!\w)")
_SSN = re.compile(r"(?<![\w+-])(?!000|666|9)\d{3}([ .-])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_SSN_NAMED = re.compile(
    r"(?i)(\b(?:ssn|social(?: security)?)\b[^\d.!?]{0,30})"
    r"(?!000|666|9)\d{3} ?(?!00)\d{2} ?\d{4}(?!\w)"
)
_GERMAN_TAX = re.compile(r"(?<![\w+])[1-9]\d[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}(?!\w)")
_GERMAN_CARD = re.compile(r"(?<!\w)[LMNPRTVWXY][0-9CFGHJKLMNPRTVWXYZ]{8}\d?(?!\w)", re.IGNORECASE)
_SPANISH = re.compile(r"(?<!\w)(?:\d{8}|[XYZ][ -]?\d{7})[ -]?[A-Z](?!\w)", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w+])\+[1-9]\d{6,14}(?!\d)")
_SIP = re.compile(r"(?i)\b(sips?:)[^\s@<>\"']{1,256}@")  # bounded: else it costs the square
_OF_SPAIN = "TRWAGMYFPDXBNJZSQVHLCKE"
_LEAST_DIGITS = 4  # of a German card: fewer are a word
_NAMES = frozenset({"name", "caller_name", "contact_name"})  # of what is bound to a line of the log


def without_numbers(text: str) -> str:
    """The text without numbers of cards, accounts and people: transcripts, summaries and all that
    is made of them are kept so.
    """
    if not _FEW_DIGITS.search(text):
        return text
    for pattern, check, name in _RULES:
        text = pattern.sub(partial(_masked, check, name), text)
    return _SSN_NAMED.sub(rf"\1{PERSON}", text)


def without_numbers_in(value: Any) -> Any:
    """The same of all texts in a JSON value. Its keys stay."""
    match value:
        case str():
            return without_numbers(value)
        case Mapping():
            return {key: without_numbers_in(each) for key, each in value.items()}
        case list() | tuple():
            return [without_numbers_in(each) for each in value]
        case int() if not isinstance(value, bool) and without_numbers(str(value)) != str(value):
            return without_numbers(str(value))
        case _:
            return value


def for_log(text: str) -> str:
    """The same, with telephone numbers as +1******0123 and users of sip: addresses hidden."""
    text = without_numbers(text)
    return _SIP.sub(r"\1***@", _PHONE.sub(lambda found: _phone(found[0]), text))


def bound_for_log(name: str, value: str) -> str:
    """What is bound to a line of the log under this name: of a name the first letter."""
    if name in _NAMES and value:
        return f"{value[0]}***"
    return for_log(value)


def _masked(check: Callable[[str], bool], name: str, found: re.Match[str]) -> str:
    return name if check(found[0]) else found[0]


def _phone(number: str) -> str:
    kept = 2 if number[1] in "17" else 3  # the sign, and the country or its begin
    return number[:kept] + "*" * (len(number) - kept - 4) + number[-4:]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_iban(text: str) -> bool:
    """ISO 13616: the rest of a division by 97 is 1."""
    plain = re.sub(r"[ -]", "", text).upper()
    turned = plain[4:] + plain[:4]
    return len(plain) >= 15 and int("".join(str(int(each, 36)) for each in turned)) % 97 == 1


def _is_german_tax_number(text: str) -> bool:
    """ISO 7064, mod 11, 10; of its first ten digits one comes twice or thrice."""
    digits = _digits(text)
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    most = max(digits[:10].count(digit) for digit in digits[:10])
    return (11 - product) % 10 == int(digits[10]) and most in (2, 3)


def _is_german_card(text: str) -> bool:
    """Of an identity card or a passport; a tenth place is a check digit (ICAO 9303)."""
    plain = text.upper()
    if len(_digits(plain)) < _LEAST_DIGITS:
        return False
    if len(plain) == 9:
        return True
    total = sum(int(each, 36) * (7, 3, 1)[at % 3] for at, each in enumerate(plain[:9]))
    return total % 10 == int(plain[9])


def _is_spanish(text: str) -> bool:
    """DNI and NIE: the letter follows from the number."""
    plain = re.sub(r"[ -]", "", text).upper()
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return _OF_SPAIN[int(number) % 23] == plain[-1]


def _is_card(text: str) -> bool:
    return is_card_number(_digits(text))


_Rule = tuple[re.Pattern[str], Callable[[str], bool], str]
_RULES: tuple[_Rule, ...] = (
    (_IBAN, _is_iban, ACCOUNT),
    (_CARD, _is_card, CARD),
    (_SSN, lambda _: True, PERSON),
    (_SPANISH, _is_spanish, PERSON),
    (_GERMAN_CARD, _is_german_card, PERSON),
    (_GERMAN_TAX, _is_german_tax_number, PERSON),
)
