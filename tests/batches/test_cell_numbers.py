"""Numbers that are none, or somebody else's, and area codes that are newer than the tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.cell_numbers import (
    BadNumber,
    NoNumber,
    country_of_number,
    read_number,
)


@pytest.mark.parametrize(
    ("cell", "country", "number"),
    [
        ("621-555-0101", "US", "+16215550101"),
        ("1 (861) 555-0102", "US", "+18615550102"),
        ("+1 924 555 0102", "US", "+19245550102"),
        ("6215550101.0", "US", "+16215550101"),
        ("257-234-5678", "CA", "+12572345678"),
    ],
)
def test_a_new_area_code_is_believed_where_the_state_is_known(
    cell: str, country: str, number: str
) -> None:
    """Else it is handed back, with what to add."""
    assert read_number(cell, country=country, placed=True) == number


def test_a_new_area_code_without_a_state_says_what_to_add() -> None:
    """Nobody knows where it is."""
    with pytest.raises(BadNumber, match="area code 621 is not known here.*say the state"):
        read_number("621-555-0101", country="US")


@pytest.mark.parametrize(
    "cell",
    [
        "911-555-0102",
        "411-555-0102",
        "900-555-0102",
        "700-555-0102",
        "555-555-0102",
        "121-555-0102",
        "021-555-0102",
        "290-555-0102",  # kept for longer numbers
        "370-555-0102",
        "621-155-0102",
        "621-055-0102",
        "621-411-0102",
        "621-976-0102",
        "212-976-0102",
        "212-411-0102",
        "212-555-1212",
        "621-555-010",
        "621-555-01022",
    ],
)
def test_a_number_of_an_impossible_form_is_refused_also_with_a_state(cell: str) -> None:
    """Service codes, premium rate, and what no exchange gives out."""
    with pytest.raises(BadNumber):
        read_number(cell, country="US", placed=True)


@given(st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True))
def test_no_service_code_is_ever_a_number(digits: str) -> None:
    """Whatever the state says."""
    try:
        read_number(digits, country="US", placed=True)
    except BadNumber:
        return
    area, exchange = digits[:3], digits[3:6]
    assert area[1:] != "11"
    assert exchange[1:] != "11"
    assert area != "900"
    assert exchange != "976"


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "000-000-0000",
        "(999) 999-9999",
        "1111111111",
        "1-111-111-1111",
        "+1 000 000 0000",
        "123-456-7890",
        "0123456789",
        "9876543210",
        "123-123-1234",
        "555-5555",
        "917-000-0000",
        "917-999-9999",
        "unknown",
        "None",
        "refused",
        "N/A",
        "n.a.",
        "--",
        "?",
        "not given",
        "No phone",
        "unbekannt",
        "ninguno",
        "12",
        "917-55-0101",
    ],
)
def test_what_stands_for_no_number_is_none(cell: str) -> None:
    """Another column of the row may have one."""
    with pytest.raises(NoNumber):
        read_number(cell, country="US")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("(929) 555-0150 wife", r'"\(929\) 555-0150 wife" is the number of somebody else \(wife\)'),
        ("Mutter 0171 1234567", "somebody else"),
        ("Fax: 212-555-0101", "somebody else"),
        ("212-555-0101 do not call", 'letters in the telephone number: "212-555-0101 do not call"'),
        ("212-555-0101 no", "letters"),
        ("do not call", 'no telephone number in "do not call"'),
        ("ask the front desk", "no telephone number in"),
        ("212-555-0148 x2", "extension 2"),
        ("718-555-0153 / 917-555-0154", "several"),
        ("4.15551E+09", "has cut the number"),
        ("491711234567", r"if it is \+49 171 1234567"),
    ],
)
def test_a_cell_with_words_is_handed_back_and_no_other_column_taken(cell: str, words: str) -> None:
    """They may say something about calling this person."""
    with pytest.raises(BadNumber, match=words) as told:
        read_number(cell, country="US")
    assert not isinstance(told.value, NoNumber)


@pytest.mark.parametrize(
    "cell",
    [
        "Cellular: 212-555-0101",
        "212-555-0101 (landline)",
        "No. 212-555-0101",
        "٢١٢٥٥٥٠١٠١",
        "\u202a\u2066(212) 555-0101\u2069\u202c",
    ],
)
def test_labels_and_marks_around_a_number_do_not_matter(cell: str) -> None:
    """They say what kind of a number it is, or nothing."""
    assert read_number(cell, country="US") == "+12125550101"


@pytest.mark.parametrize(
    ("cell", "usual", "country"),
    [
        ("+44 20 7946 0101", "US", "GB"),
        ("416-555-0101", "US", "CA"),
        ("212-555-0101", "US", "US"),
        ("0171 1234567", "DE", "DE"),
        ("unknown", "US", "US"),
    ],
)
def test_a_number_shows_its_country(cell: str, usual: str, country: str) -> None:
    """As far as it can be seen."""
    assert country_of_number(cell, usual=usual) == country


@pytest.mark.parametrize("between", [" ", "/", "ext ", "(a"])
def test_a_cell_of_thousands_of_characters_is_no_number(between: str) -> None:
    """It is not looked through: what it would cost is the square of its length."""
    with pytest.raises(BadNumber, match="characters are no telephone number"):
        read_number(f"1{between * 9000}2", country="US")
