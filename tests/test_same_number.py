"""Two texts are one number, or a text is nobody's: one place says so."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.same_number import (
    canonical,
    country_of,
    is_withheld,
    number_in_sip,
    same_number,
    spellings,
)

COUNTRIES = ("US", "MX", "AR", "BR", "GB", "DE", "IT", "FR", "BJ", "IN", "AU", "JP", "RU", "CI")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+5215512345678", "+525512345678"),  # Mexico's 1 of before 2019
        ("+5491123456789", "+541123456789"),  # Argentina's 9 of mobile numbers
        ("+54111523456789", "+5491123456789"),  # and its 15, as it is dialled at home
        ("+5511987654321", "+551187654321"),  # Brazil's ninth digit
        ("+2290197123456", "+22997123456"),  # Benin's 01 of 2024
        ("+4402071838750", "+442071838750"),  # the 0 of the country after its code
        ("+4901711234567", "+491711234567"),
        ("+112125550401", "+12125550401"),
        (" +12125550401 ", "+12125550401"),
        ("sip:desk@Example.COM", "sip:desk@example.com"),
        ("SIP:desk@example.com:5060", "sip:desk@example.com:5060"),
    ],
)
def test_one_number_is_written_in_several_ways(one: str, other: str) -> None:
    """All of them are the same text in the end, and each is found by each."""
    assert same_number(one, other)
    assert canonical(one) == canonical(other) == canonical(canonical(one))
    if not one.lower().startswith("sip"):
        assert canonical(one) in spellings(one) and canonical(one) in spellings(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+12125550401", "+12125550402"),
        ("+551134567890", "+5511934567890"),  # a landline, and a new mobile number
        ("+390612345678", "+39612345678"),  # in Italy the 0 is part of the number
        ("+525512345678", "+15512345678"),
        ("sip:a@example.com", "sip:b@example.com"),
        ("anonymous", "+266696687"),
    ],
)
def test_others_are_not_the_same(one: str, other: str) -> None:
    """However alike they look."""
    assert not same_number(one, other)
    assert not set(spellings(one)) & set(spellings(other))


@given(st.sampled_from(COUNTRIES), st.integers(2, 9), st.integers(0, 10**9 - 1))
def test_a_number_is_found_under_each_of_its_spellings(country: str, first: int, rest: int) -> None:
    """Whatever is stored of them, and whichever is asked for."""
    code = phonenumbers.country_code_for_region(country)
    number = f"+{code}{first}{rest:09}"
    written = spellings(number)
    assert number in written and canonical(number) in written
    for each in written:
        assert canonical(each) == canonical(number), each
        assert canonical(number) in spellings(each)
    assert canonical(canonical(number)) == canonical(number)


@given(st.text(max_size=30))
def test_any_text_may_be_asked_about(text: str) -> None:
    """What carriers send is not always a number."""
    assert canonical(canonical(text)) == canonical(text)
    assert is_withheld(text) in (True, False)
    assert "" not in spellings(text)


@pytest.mark.parametrize(
    "raw",
    [
        "+266696687",  # ANONYMOUS on a keypad, as Twilio sends it
        "+7378742833",  # RESTRICTED
        "+2562533",  # BLOCKED
        "+8656696",  # UNKNOWN
        "+86282452253",  # UNAVAILABLE
        "+7748283",  # PRIVATE
        "266696687",
        "anonymous",
        "Anonymous",
        "ANONYMOUS",
        "Restricted",
        "blocked",
        "unknown",
        "Unavailable",
        "private",
        "Private Number",
        "No Caller ID",
        "withheld",
        "",
        " ",
        "sip:anonymous@anonymous.invalid",
        "sip:Anonymous@anonymous.invalid;transport=tls",
        "sip:c8oqz84zk7z@privacy.invalid",
        "sip:restricted@203.0.113.7",
        "sip:unknown@carrier.example",
        "sip:+266696687@carrier.example",
        "client:bob",
        "+464",
        "+10000000000",
        "+1",
        "5550401",
    ],
)
def test_a_withheld_number_is_nobodys(raw: str) -> None:
    """A word, its letters on a keypad, an address that leads nowhere, or digits of no telephone."""
    assert is_withheld(raw)
    assert number_in_sip(raw) == ""


@pytest.mark.parametrize(
    "raw",
    [
        "+12125550401",
        "+17378742833",  # a number of Austin
        "+5215512345678",
        "+22997123456",
        "+493012345678",
        "+870776123456",  # a ship at sea
        "+8613012345678",
        "sip:desk@example.com",
        "sip:privateer@example.com",
        "sip:+12125550401@carrier.example",
    ],
)
def test_a_number_is_somebodys(raw: str) -> None:
    """Also where it is not one that we would dial."""
    assert not is_withheld(raw)


def test_a_sip_address_may_hold_a_number() -> None:
    """Before the @, with its plus."""
    assert number_in_sip("sip:+12125550401@carrier.example;user=phone") == "+12125550401"
    assert number_in_sip("sip:desk@carrier.example") == number_in_sip("+12125550401") == ""


def test_the_country_of_a_number() -> None:
    """By its plan; of a toll-free number it is the plan's too."""
    assert [country_of(n) for n in ("+493012345678", "+12125550401", "sip:a@b.c", "")] == [
        "DE",
        "US",
        None,
        None,
    ]
