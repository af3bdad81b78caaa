"""Reading back what a caller said: names spelled, numbers in groups. Plain code."""

import re
from dataclasses import dataclass, field

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

MISSES = 2  # of a number; then it is better pressed than said once more

_LONGEST_GROUP = 4


def spelled(name: str) -> str:
    """A name letter by letter: "Ana Ruiz" is "A-N-A, R-U-I-Z". What is no letter stays a pause."""
    words = re.findall(r"[^\W\d_]+", name)
    return ", ".join("-".join(word.upper()) for word in words)


def in_groups(number: str, *, home: str = "") -> str:
    """The digits of a number in E.164 as people say them.

    "+15550104477" is "5 5 5, 0 1 0, 4 4 7 7" with `home` in the same country. Groups are those
    of the number's country. Its country code is among them unless `home`, a number in E.164, has
    the same.
    """
    try:
        parsed = phonenumbers.parse(number, None)
        at_home = bool(home) and phonenumbers.parse(home, None).country_code == parsed.country_code
    except NumberParseException:
        return ", ".join(" ".join(group) for group in _short(re.findall(r"\d+", number)))
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    written = phonenumbers.format_number(parsed, form)
    said = ", ".join(" ".join(group) for group in _short(re.findall(r"\d+", written)))
    return said if at_home else f"plus {said}"


def _short(groups: list[str]) -> list[str]:
    """Groups of at most four digits."""
    short: list[str] = []
    for group in groups:
        while len(group) > _LONGEST_GROUP:
            short.append(group[:3])
            group = group[3:]
        short.append(group)
    return short


@dataclass
class ReadBack:
    """What of one call was read back to the caller, and how often a number was not right."""

    _asked: set[tuple[str, str]] = field(default_factory=set)
    _numbers: list[str] = field(default_factory=list)  # each that was read back, in order

    def was_asked(self, name: str, number: str) -> bool:
        """Whether exactly this name and number were read back."""
        return (name.strip().casefold(), number) in self._asked

    def ask(self, name: str, number: str) -> None:
        """These are read back now."""
        self._asked.add((name.strip().casefold(), number))
        if number and number not in self._numbers:
            self._numbers.append(number)

    @property
    def wants_keypad(self) -> bool:
        """So many numbers were read back wrongly that the next is better pressed than said."""
        return len(self._numbers) > MISSES
