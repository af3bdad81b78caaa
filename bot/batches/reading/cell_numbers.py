"""Telephone numbers as spreadsheets keep them: made whole where that is certain, else refused."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from bot.batches.reading.cell_attempts import tells_of_attempts
from bot.batches.reading.cell_signs import TELEPHONES
from bot.batches.reading.number_words import NOTHING, OTHERS
from bot.batches.reading.tables import BadCell
from bot.carriers.numbers import as_of_today, parse_target

_FORMULA = re.compile(r'="?(.*?)"?')  # ="0171...", with which exports keep zeros
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})")
_WHOLE_FLOAT = re.compile(r"(\+?[0-9]{6,15})[.,]0+")
# What people write in front of a number or after it.
_LABELS = re.compile(
    r"\b(?:telephone|telefono|telefon|telefone|teléfono|téléphone|phone|mobile|mobil|movil|móvil|"
    r"cellular|celular|cel|cell|handynummer|handy|portable|landline|festnetz|fijo|fixe|fixo|home|"
    r"casa|domicile|maison|work|office|büro|main|primary|preferred|privat|private|privé|tel|mob|nr|"
    r"no(?=[.:°])|c|h|m|w)\b[.:)°]*|^(?:tel|callto):",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"(?:[;,]?\s*\b(?:ext(?:ension)?|extn|x|durchwahl|dw|poste|int)\b[.:]*\s*|(?<=\d)\s*x|\s*#\s*)"
    r"([0-9]{1,6})\s*$",
    re.IGNORECASE,
)
_LONGEST = 500  # characters of a cell with a number and words beside it
_SEVERAL = re.compile(r"\s*(?:[/;|,&\n]|\bor\b|\boder\b|\bund\b|\band\b|\bo\b|\bou\b)\s*", re.I)
_DIGITS = re.compile(r"[0-9]+")
_BRACKETS = re.compile(r"[(\[][^()\[\]]{0,100}[)\]]")
_E164_LIKE = re.compile(r"\+?[0-9]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_DECORATION = re.compile(r"[\s()./\-\u2010-\u2015]+")
_MIN_EVIDENCE = 3

# Forms that a North American number has, its area code being one that the tables do not know yet:
# neither code is of the kind N11, the first is no toll-free, personal, premium or reserved one.
_NANP = re.compile(
    r"(?!.11|[68]00|70[0-9]|710|8([2-8])\1|88[0-9]|5([0-9])\2|52[0-9]|900|.9.|37.|96.)[2-9][0-9]{2}"
    r"(?!.11|950|958|959|976)[2-9][0-9]{6}"
)
_NEVER_A_PERSON = re.compile(r"[2-9][0-9]{2}(?:[2-9]11|976|950|958|959)[0-9]{4}|[0-9]{3}5551212")

# What stands for a number that is not known: one digit for all, or all of them in a row.
_ONE_DIGIT = re.compile(r"\+?1?([0-9])\1{5,}|1?[2-9][0-9]{2}([019])\2{6}")
_IN_A_ROW = re.compile(
    r"(?:\+?1)?(?:0?123456789?0?|1234567|9?87654321?0?|1231231234|1112223333|5551234)"
)


class BadNumber(BadCell):
    """A cell from which no number can be dialled; the message says why and what to write."""


class NoNumber(BadNumber):
    """The cell holds nothing that could be a number: another column may."""


def pluses_were_lost(cells: Iterable[str], country: str) -> bool:
    """Whether a spreadsheet has taken the plus from a whole column.

    So it is when every number in it that is digits alone, and begins with no zero, begins with
    the country's code and is valid with a plus before it. A few must agree.
    """
    code = str(phonenumbers.country_code_for_region(country))
    agreeing = 0
    for cell in cells:
        digits = _WHOLE_FLOAT.sub(r"\1", cell.strip())
        if not _DIGITS.fullmatch(digits) or digits.startswith("0"):
            continue
        if not digits.startswith(code) or _existing("+" + digits, None) is None:
            return False
        agreeing += 1
    return agreeing >= _MIN_EVIDENCE


def country_of_number(cell: str, *, usual: str) -> str:
    """The country that a cell's number is of, as far as it can be seen; else the usual one."""
    digits = _DECORATION.sub("", cell)
    if not digits.startswith(("+", "00")):
        if phonenumbers.country_code_for_region(usual) != 1:
            return usual
        digits = f"+1{digits.removeprefix('1')}"
    if digits.startswith("+1"):
        return _country_of_area(digits[2:5]) or usual
    try:
        number = phonenumbers.parse(digits, usual)
    except NumberParseException:
        return usual
    return phonenumbers.region_code_for_number(number) or usual


@lru_cache(maxsize=1024)
def _country_of_area(code: str) -> str | None:
    """Of an area code of North America."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{code}5550123"))
    except NumberParseException:
        return None


def read_number(cell: str, *, country: str, plus_lost: bool = False, placed: bool = False) -> str:
    """The number in a cell as E.164: one that exists by its country's plan and may be dialled.

    Numbers without a country code are of `country` (ISO 3166). Nothing is guessed: what can be
    read in two ways is refused. `placed` says that the row names the state: then an area code of
    North America may be newer than what is known of them here.

    Raises:
        NoNumber: it holds none; "none", 000-000-0000 and the like are none.
        BadNumber
    """
    if len(cell) > _LONGEST:
        raise BadNumber(f"{len(cell)} characters are no telephone number")
    text = _undone(cell)
    if not _DIGITS.search(text):
        _refuse_words(text)
    if _is_placeholder(text):
        raise NoNumber(f'"{text}" stands for a telephone number that is not known')
    numbers = {_one(part, country, plus_lost, placed) for part in _parts(text, country)}
    if len(numbers) > 1:
        raise BadNumber(f'there are several telephone numbers in "{text}": leave the one to call')
    return numbers.pop()


def _refuse_words(text: str) -> None:
    """Raises NoNumber, or BadNumber where the words may say something about calling them."""
    word = "".join(sign for sign in text.casefold() if sign.isalpha())
    if word and word not in NOTHING:
        raise BadNumber(f'there is no telephone number in "{text}"')
    raise NoNumber("there is no telephone number")


def _is_placeholder(text: str) -> bool:
    compact = _DECORATION.sub("", text)
    return bool(_ONE_DIGIT.fullmatch(compact) or _IN_A_ROW.fullmatch(compact))


def _undone(cell: str) -> str:
    """The cell without what spreadsheets and exports do to numbers."""
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text.isascii():
        text = "".join(
            str(unicodedata.decimal(sign, sign))
            for sign in text
            if unicodedata.category(sign) != "Cf" and sign not in TELEPHONES
        )
    text = _BRACKETS.sub(lambda found: " " if tells_of_attempts(found[0]) else found[0], text)
    if text.startswith("="):
        text = _FORMULA.sub(r"\1", text, count=1)
    text = text.strip().strip("'`´\u2018\u2019\"").strip()
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific:
        first, rest, power = scientific[1], scientific[2] or "", int(scientific[3])
        if len(rest) < power:
            raise BadNumber(
                f"a spreadsheet has cut the number to {text}: "
                "format the column as text there and save the file again"
            )
        return first + rest[:power]
    return _WHOLE_FLOAT.sub(r"\1", text)


def _parts(text: str, country: str) -> list[str]:
    """The numbers in a cell, if it holds several; a slash within one number parts nothing."""
    compact = _DECORATION.sub("", text)
    if _E164_LIKE.fullmatch(compact) and _existing(compact, country):
        return [text]
    parts = [part for part in _SEVERAL.split(text) if part.strip()]
    if len(parts) > 1 and all(len(_digits(part)) >= 7 for part in parts):
        return parts
    return [text]


def _one(text: str, country: str, plus_lost: bool, placed: bool) -> str:
    bare = _LABELS.sub(" ", text).strip()
    extension = _EXTENSION.search(bare)
    if extension and len(_digits(bare[: extension.start()])) >= 7:
        raise BadNumber(
            f'the extension {extension[1]} in "{text}" cannot be dialled: '
            "write a number without one"
        )
    _refuse_letters(bare, text)
    compact = _DECORATION.sub("", bare.replace("(0)", "")).replace("\u00a0", "")
    if not _E164_LIKE.fullmatch(compact):
        raise BadNumber("this is no telephone number")
    number = _existing(compact, country, placed)
    with_plus = _existing("+" + compact, None) if _may_lack_plus(compact, number, country) else None
    if plus_lost and with_plus is not None:
        number = with_plus
    elif number is not None and with_plus is not None and number != with_plus:
        raise BadNumber(
            f"this may be {_shown(number)} or {_shown(with_plus)}: write it with its plus"
        )
    if number is None:
        raise _fault(compact, with_plus, country)
    national = str(number.national_number)
    if number.country_code == 1 and _NEVER_A_PERSON.fullmatch(national):
        raise NoNumber(f"{_shown(number)} is nobody's: such numbers are for services")
    try:
        return parse_target(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    except ValueError as error:
        raise BadNumber(_as_clause(str(error))) from None


def _may_lack_plus(compact: str, number: PhoneNumber | None, country: str) -> bool:
    """A number that makes sense as it stands is doubted only if it begins with its own country."""
    code = str(phonenumbers.country_code_for_region(country))
    return compact[0] not in "+0" and (number is None or compact.startswith(code))


def _refuse_letters(bare: str, text: str) -> None:
    words = _LETTERS.findall(bare)
    if whose := [word for word in words if word.casefold() in OTHERS]:
        raise BadNumber(
            f'"{text}" is the number of somebody else ({whose[0]}): put there the number of the '
            "person to be called, or take the words away if it is theirs too"
        )
    if words:
        raise BadNumber(f'there are letters in the telephone number: "{text}"')


def _fault(compact: str, with_plus: PhoneNumber | None, country: str) -> BadNumber:
    if with_plus is not None:
        return BadNumber(
            f"this is no number of {country}: if it is {_shown(with_plus)}, write it with its plus"
        )
    if compact.startswith("00") and (abroad := _existing("+" + compact[2:], None)) is not None:
        return BadNumber(f"this is no number of {country}: if it is {_shown(abroad)}, write it so")
    if _existing(compact, country, True) is not None:
        return BadNumber(
            f"the area code {compact[-10:-7]} is not known here: if it is a new one, say the state "
            "in a column of its own"
        )
    digits = len(compact.lstrip("+"))
    where = "" if compact.startswith("+") else f" in {country}"
    return NoNumber(f"no telephone{where} has this number of {digits} digits")


@lru_cache(maxsize=4096)  # of one cell it is asked several times
def _existing(compact: str, country: str | None, placed: bool = False) -> PhoneNumber | None:
    """The number if its country's plan has it; if `placed`, or if it may have it by now."""
    try:
        number = phonenumbers.parse(as_of_today(compact), country)
    except NumberParseException:
        return None
    if phonenumbers.is_valid_number(number):
        return number
    new = placed and number.country_code == 1 and _NANP.fullmatch(str(number.national_number))
    return number if new else None


def _shown(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _digits(text: str) -> str:
    return "".join(_DIGITS.findall(text))


def _as_clause(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")
