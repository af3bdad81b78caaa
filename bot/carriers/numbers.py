"""Where a call may go: a phone number in E.164, or a SIP address.

Numbers are read with `phonenumbers`, whose data for a country is loaded when first needed.
Its place and time zone data (2.6 s to load) is not used here.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult
from phonenumbers.shortnumberinfo import is_emergency_number

SIP_LIMIT = 254  # characters: carriers take SIP addresses shorter than 255

# Satellite networks and the international premium-rate code: the dearest minutes there are,
# and where toll fraud goes first.
_DEAR_COUNTRY_CODES = frozenset({870, 881, 882, 883, 979})

# No country's plan has longer ones; looking through all that share +1 takes its time.
_EMERGENCY_DIGITS = 6

_EMERGENCY = "Emergency numbers are never dialled by this service"

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_MEXICAN_MOBILE = re.compile(r"\+521([0-9]{10})")
_WRITTEN_NUMBER = re.compile(r"\+?[0-9 \u00a0().\-/]{2,40}")
_SIP = re.compile(
    r"sip:[A-Za-z0-9_.!~*'()&=+$,%-]+"  # user
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:;[A-Za-z0-9_.!~*'+%-]+(?:=[A-Za-z0-9_.!~*'+%-]+)?)*",  # parameters: ;transport=tls
    re.IGNORECASE,
)
_HIDDEN_CONTROL = re.compile(r"%(?:[01][0-9a-f]|7f)|%(?![0-9a-f]{2})", re.IGNORECASE)


def is_sip(target: str) -> bool:
    """True for a SIP address, False for a phone number."""
    return target[:4].lower() == "sip:"


def is_dialable(target: str) -> bool:
    """True for a target in the form `parse_target` returns; the number itself is not looked up."""
    return _sip_fault(target) is None if is_sip(target) else bool(_E164.fullmatch(target))


def as_of_today(digits: str) -> str:
    """A number as its country writes it now: until 2019 Mexican mobile numbers had a 1 before them
    for calls from abroad, and old lists still have it. Other text stays as it is.
    """
    return _MEXICAN_MOBILE.sub(r"+52\1", digits) if len(digits) == len("+5215512345678") else digits


def parse_target(text: str, *, default_region: str | None = None) -> str:
    """What a person wrote, as E.164 (`+15551234567`) or as a `sip:` address.

    A number without a country code is read as one of `default_region` (ISO 3166, "US"). However it
    is written, the same number is the same text: lists and contacts are compared by it.
    Emergency and premium-rate numbers are refused: no machine dials them, and the second kind
    is what stolen access is used for. Who may be dialled behind a SIP address is decided by
    the exchange it belongs to. A number need not be in use: 555 numbers pass.

    Raises ValueError with a sentence that says what to write instead.
    """
    written = text.strip()
    if is_sip(written):
        fault = _sip_fault(written)
        if fault is not None:
            raise ValueError(fault)
        return "sip:" + written[4:]
    if not _WRITTEN_NUMBER.fullmatch(written):
        raise ValueError("Write a phone number like +15551234567 or an address like sip:a@b.com")
    digits = as_of_today(re.sub(r"[^0-9+]", "", written))
    region = default_region.upper() if default_region else None
    if region is not None and is_emergency_number(digits, region):
        raise ValueError(_EMERGENCY)
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        raise ValueError("Write the number with its country code, like +15551234567") from None
    _refuse_what_must_not_be_dialled(number)
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise ValueError(f"This is not a complete number for country code +{number.country_code}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _refuse_what_must_not_be_dialled(number: phonenumbers.PhoneNumber) -> None:
    national = phonenumbers.national_significant_number(number)
    regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
    if len(national) <= _EMERGENCY_DIGITS and any(
        is_emergency_number(national, region) for region in regions
    ):
        raise ValueError(_EMERGENCY)
    if (
        number.country_code in _DEAR_COUNTRY_CODES
        or phonenumbers.number_type(number) == PhoneNumberType.PREMIUM_RATE
    ):
        raise ValueError("Premium-rate and satellite numbers are not dialled by this service")


def _sip_fault(address: str) -> str | None:
    if len(address) > SIP_LIMIT:
        return f"A SIP address may have {SIP_LIMIT} characters, this one has {len(address)}"
    if "?" in address:
        return "A SIP address must not carry headers (the part from ? on)"
    if not _SIP.fullmatch(address) or _HIDDEN_CONTROL.search(address):
        return "Write a SIP address like sip:desk@example.com or sip:desk@example.com;transport=tls"
    return None
