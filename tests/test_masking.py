"""What must not stand in transcripts and in the log, kind by kind."""

import pytest
from loguru import logger

from bot.log_text import clean
from bot.masking import (
    ACCOUNT,
    CARD,
    PERSON,
    bound_for_log,
    for_log,
    without_numbers,
    without_numbers_in,
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It is 4111111111111111.", f"It is {CARD}."),
        ("It is 4111 1111 1111 1111, thanks", f"It is {CARD}, thanks"),
        ("4111-1111-1111-1111", CARD),
        ("4111, 1111, 1111, 1111", CARD),
        ("Amex 3782 822463 10005 it is", f"Amex {CARD} it is"),
        ("5555555555554444 and 4012888888881881", f"{CARD} and {CARD}"),
        ("6304000000000000", CARD),  # Maestro
        ("my social is 078-05-1120", f"my social is {PERSON}"),
        ("078 05 1120", PERSON),
        ("Social security number 078051120", f"Social security number {PERSON}"),
        ("SSN: 078 05 1120", f"SSN: {PERSON}"),
        ("DE89 3704 0044 0532 0130 00", ACCOUNT),
        ("DE89370400440532013000", ACCOUNT),
        ("ES91 2100 0418 4502 0005 1332 please", f"{ACCOUNT} please"),
        ("GB82WEST12345698765432", ACCOUNT),
        ("DNI 12345678Z", f"DNI {PERSON}"),
        ("12345678-Z", PERSON),
        ("NIE X1234567L", f"NIE {PERSON}"),
        ("y-1234567-x", PERSON),
        ("Ausweis L01X00T471", f"Ausweis {PERSON}"),
        ("T22000129", PERSON),
        ("Steuer-ID 86 095 742 719", f"Steuer-ID {PERSON}"),
        ("86095742719", PERSON),
    ],
)
def test_numbers_of_cards_accounts_and_people_go(text: str, kept: str) -> None:
    """With blanks and dashes, as people say and write them."""
    assert without_numbers(text) == kept
    assert for_log(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # its check digit is wrong
        "0000 0000 0000 0000",
        "order 1234567890",
        "call +491511234567 back",
        "+4111111111111111",  # a telephone number by its sign
        "415-555-0123",
        "(212) 555 0100 and 718 555 0199",
        "on 2026-11-30 at 14:30 for 4",
        "GB83 WEST 1234 5698 7654 32",
        "12345678A",
        "000-12-3456",
        "078051120",  # nine digits of anything
        "VOICEMAIL and PLMNRTVWX",
        "room 101, floor 12, 3 people, 45 minutes",
        "msg_0123456789abcdef0123456789abcdef",
        "",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    """Check digits are looked at, where there are any."""
    assert without_numbers(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("from +12125550123 to", "from +1******0123 to"),
        ("+4915112345678", "+49*******5678"),
        ("+1212555012", "+1*****5012"),
        ("sip:alice@desk.example", "sip:***@desk.example"),
        ("call_0123 has +12125550123, +12125550124", "call_0123 has +1******0123, +1******0124"),
        ("retry in 12 s", "retry in 12 s"),
    ],
)
def test_telephone_numbers_are_masked_in_the_log(text: str, kept: str) -> None:
    """Enough stays to tell two callers apart."""
    assert for_log(text) == kept


def test_names_that_are_bound_to_a_line_are_masked() -> None:
    assert bound_for_log("name", "Maria Diaz") == "M***"
    assert bound_for_log("agent", "reception") == "reception"


def test_every_line_of_the_log_is_masked() -> None:
    """The message, and what is bound beside it."""
    lines: list[str] = []
    logger.configure(patcher=clean)
    sink = logger.add(lambda m: lines.append(f"{m.record['message']} {m.record['extra']}"))
    logger.info("{} pays with {}", "+12125550123", "4111 1111 1111 1111", name="Maria Diaz")
    logger.remove(sink)
    logger.configure(patcher=lambda record: None)
    assert len(lines) == 1
    for told in ("2125550123", "4111", "Maria"):
        assert told not in lines[0]


def test_values_in_json_are_masked() -> None:
    """Wherever they stand in it, as text or as a number."""
    told = {"note": "card 4111111111111111", "deep": [{"n": 4111111111111111}], "ok": True, "n": 7}
    kept = {"note": f"card {CARD}", "deep": [{"n": CARD}], "ok": True, "n": 7}
    assert without_numbers_in(told) == kept
