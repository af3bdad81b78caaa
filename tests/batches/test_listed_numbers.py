"""Cells of do-not-call lists: whatever can be read in them is not called."""

import pytest

from bot.batches.reading.cell_numbers import BadNumber, read_number
from bot.batches.reading.listed_numbers import listed_numbers

ONE, TWO = "+12125550401", "+12125550402"


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("2125550401.0", [ONE]),
        ("'2125550401", [ONE]),
        ('="2125550401"', [ONE]),
        ("=2125550401", [ONE]),
        ("1.2125550401E+10", [ONE]),
        ("2125550401 cell", [ONE]),
        ("Cell: (212) 555-0401", [ONE]),
        ("tel:+12125550401", [ONE]),
        ("tel:+1-212-555-0401;ext=5", [ONE]),
        ("\u202b2125550401\u202c", [ONE]),
        ("(212) 555-0401 x123", [ONE]),
        ("212-555-0401 ext. 12", [ONE]),
        ("2125550401 #4", [ONE]),
        ("+1 (212) 555-0401 ask for Ann", [ONE]),
        ("2125550401 / 2125550402", [ONE, TWO]),
        ("2125550401/2125550402", [ONE, TWO]),
        ("2125550401\n2125550402", [ONE, TWO]),
        ("2125550401; 2125550402", [ONE, TWO]),
        ("2125550401|2125550402", [ONE, TWO]),
        ("2125550401 or 2125550402", [ONE, TWO]),
        ("2125550401 2125550402", [ONE, TWO]),
        ("2125550401.0; 2125550402.0", [ONE, TWO]),
        ("'2125550401;'2125550402", [ONE, TWO]),
        ("h 212-555-0401 w 212-555-0402", [ONE, TWO]),
        ("Home: 212-555-0401 x7, Cell: 212-555-0402", [ONE, TWO]),
        ("2125550401 (wife 2125550402)", [ONE, TWO]),
        ("212-555-0401 / n/a", [ONE]),
        ("2125550401, 2125550401", [ONE]),
        ("+52 1 55 1234 5678", ["+525512345678"]),
        ("6215550101", ["+16215550101"]),  # in no plan yet
        ("621-555-0101.0", ["+16215550101"]),
        ("6215550101; 6215550102", ["+16215550101", "+16215550102"]),
        ("+15551234567", ["+15551234567"]),
        ("sip:desk@example.com", ["sip:desk@example.com"]),
    ],
)
def test_all_numbers_of_a_cell_are_read(cell: str, numbers: list[str]) -> None:
    """As a batch reads them; where a batch would hand the row back for doubt, all count."""
    listed = listed_numbers(cell, country="US")
    assert (list(listed.numbers), listed.problem) == (numbers, "")


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("0171 1234567 / 0171 1234568", ["+491711234567", "+491711234568"]),
        ("+49 171 1234567, 0171 1234568 Durchwahl 3", ["+491711234567", "+491711234568"]),
        ("030/90182012", ["+493090182012"]),
    ],
)
def test_numbers_are_those_of_the_country(cell: str, numbers: list[str]) -> None:
    """Of those without a code."""
    assert list(listed_numbers(cell, country="DE").numbers) == numbers


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("", "there is no telephone number"),
        ("nobody", "there is no telephone number"),
        ("1.2E+10", "a spreadsheet has cut the number"),
        ("12", "this number of 2 digits"),
        ("911", "this number of 3 digits"),
        ("2125550401-2125550402", "this number of 20 digits"),
        ("0012125550401", "if it is +1 212-555-0401, write it so"),
    ],
)
def test_what_cannot_be_read_is_told(cell: str, why: str) -> None:
    """Nothing is guessed."""
    listed = listed_numbers(cell, country="US")
    assert listed.numbers == ()
    assert why in listed.problem


def test_a_part_that_cannot_be_read_keeps_the_rest_off_no_list() -> None:
    """The number that can be is listed, and the cell is named."""
    listed = listed_numbers("2125550401 555-0402", country="US")
    assert listed.numbers == (ONE,)
    assert listed.problem.startswith(f"only {ONE} could be read")


@pytest.mark.parametrize("cell", ["2125550401", "+49 30 901820", "(212) 555-0401 cell", "12", "x"])
def test_what_a_batch_would_call_is_listed(cell: str) -> None:
    """The two readers never disagree on a number."""
    try:
        number = read_number(cell, country="US")
    except BadNumber:
        return
    assert listed_numbers(cell, country="US").numbers == (number,)
