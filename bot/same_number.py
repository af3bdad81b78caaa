"""Whether two texts are one telephone number, and whether a text is a number at all.

Plain code, and the only place that answers both. A carrier, an old list and a person write the same
number in several ways that all begin with a plus: suppressions, caps, ring-backs, what is settled
and what is erased must find each of them.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, ValidationResult

# Digits that stand inside the number of a mobile telephone or not, by when and from where it is
# dialled: how the longer form is written, the shorter one, and the way back.
_TWINS = (
    # Mexico: until 2019 a 1 before mobile numbers for calls from abroad.
    (r"\+521(\d{10})", r"+52\1", r"\+52(\d{10})", r"+521\1"),
    # Argentina: a 9 before mobile numbers for calls from abroad.
    (r"\+549(\d{10})", r"+54\1", r"\+54(\d{10})", r"+549\1"),
    # Brazil: mobile numbers got a 9 before their eight digits, from 2012 to 2016.
    (r"\+55(\d\d)9([6-9]\d{7})", r"+55\1\2", r"\+55(\d\d)([6-9]\d{7})", r"+55\g<1>9\2"),
    # Benin: a 01 before all numbers since November 2024.
    (r"\+22901(\d{8})", r"+229\1", r"\+229(\d{8})", r"+22901\1"),
)
# What a caller who withholds the number is called, also by its letters on a keypad: Twilio sends
# +266696687 for "anonymous". https://help.twilio.com/articles/223179988
_WITHHELD = (
    "anonymous",
    "restricted",
    "blocked",
    "unknown",
    "unavailable",
    "private",
    "withheld",
)
_AND = ("", "number", "caller", "callerid", "user")  # what may follow such a word
_KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_AS_KEYS = frozenset(word.translate(_KEYS) for word in _WITHHELD)
_SIP = re.compile(r"sips?:(?:([^@;]*)@)?([^;?]+)(.*)", re.IGNORECASE | re.DOTALL)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NANP = re.compile(r"\+1[2-9][0-9]{9}")


@lru_cache(maxsize=65536)
def canonical(number: str) -> str:
    """The one text for all ways to write this number: to compare by, not to dial.

    Text that is no number is only cleared of blanks, and of a SIP address the host is lower case.
    """
    text = number.strip()
    if sip := _SIP.fullmatch(text):
        user, host, rest = sip[1], sip[2].lower(), sip[3]
        return f"sip:{user}@{host}{rest}" if user is not None else f"sip:{host}{rest}"
    parsed = _parsed(text)
    if parsed is None:
        return text
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    for longer, short, _, _ in _TWINS:
        text = re.sub(f"^{longer}$", short, text)
    return text


@lru_cache(maxsize=65536)
def spellings(number: str) -> tuple[str, ...]:
    """All texts under which this number may be stored, itself among them, in a fixed order."""
    one = canonical(number)
    found = {number, number.strip(), one}
    for _, _, shorter, long in _TWINS:
        found.add(re.sub(f"^{shorter}$", long, one))
    if (parsed := _parsed(one)) is not None:
        found.add(_with_trunk_prefix(parsed))
    return tuple(sorted(found - {""}))


def same_number(one: str, other: str) -> bool:
    """Whether both are the same number, however each is written."""
    return canonical(one) == canonical(other)


def is_withheld(number: str) -> bool:
    """Whether what a carrier gave as somebody's number is nobody's: none was sent, a word stands in
    its place, or digits that no telephone has.
    """
    text = number.strip()
    if sip := _SIP.fullmatch(text):
        user, host = (sip[1] or "").lower(), sip[2].lower()
        return _is_word(user) or host.endswith(".invalid") or _is_word(host)
    if _is_word(text) or not _E164.fullmatch(text):
        return True
    if text.startswith("+1"):
        return not _NANP.fullmatch(canonical(text))
    written = [parsed for each in spellings(text) if (parsed := _parsed(each)) is not None]
    return not any(_is_possible(parsed) for parsed in written)


def number_in_sip(address: str) -> str:
    """The telephone number before the @ of a SIP address; empty where there is none."""
    sip = _SIP.fullmatch(address.strip())
    user = (sip[1] or "") if sip else ""
    return "" if is_withheld(user) else user


def country_of(number: str) -> str | None:
    """The country (ISO 3166) that issued a number; None where that is not known."""
    parsed = _parsed(number.strip())
    region = phonenumbers.region_code_for_number(parsed) if parsed is not None else None
    return region if region in phonenumbers.SUPPORTED_REGIONS else None


def _parsed(text: str) -> PhoneNumber | None:
    if not _E164.fullmatch(text):
        return None
    try:
        return phonenumbers.parse(text)
    except NumberParseException:
        return None


def _is_possible(number: PhoneNumber) -> bool:
    return bool(phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE)


def _is_word(text: str) -> bool:
    letters = re.sub(r"[^a-z0-9]", "", text.lower())
    named = letters == "nocallerid" or letters in {w + more for w in _WITHHELD for more in _AND}
    return not text or named or letters in _AS_KEYS


def _with_trunk_prefix(number: PhoneNumber) -> str:
    """As whoever copies both the country's code and the 0 of the country writes it: +44 0 20..."""
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    metadata = PhoneMetadata.metadata_for_region(region, None)
    prefix = metadata.national_prefix if metadata is not None else None
    national = phonenumbers.national_significant_number(number)
    return f"+{number.country_code}{prefix or ''}{national}"
