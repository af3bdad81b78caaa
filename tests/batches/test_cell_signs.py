"""Signs, boxes and shorthand say as much as words: for and against a call."""

import pytest
from row_kit import called, read_column, read_rows

from bot.batches.reading.cell_consent import consent_in
from bot.batches.reading.cell_signs import ticked
from bot.batches.reading.header_words import protective_field


@pytest.mark.parametrize(
    "cell",
    [
        "🚫📞",
        "❌ call",
        "📵",
        "☎️ ❌",
        "no calls 🙏",
        "D.N.C.",
        "d n c",
        "D.N.C. per pt",
        "dnt call",
    ],
)
def test_calls_that_are_crossed_out_are_not_made(cell: str) -> None:
    """In notes and beside a number."""
    assert called(read_column("Notes", [cell, ""])) == [3]
    found = read_rows(
        f"Patient,Phone,State,Date,Time\nAnn,212-555-0101 {cell},NY,2027-06-01,10:00\n"
    )
    assert called(found) == []


@pytest.mark.parametrize(
    "cell",
    ["☎️", "📞 ok", "✅ call", "❌ insurance", "👍", "🙂", "🎂", "U.S. veteran", "P.O. Box 5"],
)
def test_other_signs_are_left_alone(cell: str) -> None:
    """A cross is about what stands beside it."""
    assert called(read_column("Notes", [cell, "wheelchair"])) == [2, 3]


@pytest.mark.parametrize(
    ("number", "is_called"),
    [("212-555-0101 📱", True), ("☎️ 212-555-0101", True), ("212-555-0101 📵", False)],
)
def test_a_sign_for_a_telephone_beside_a_number_is_no_part_of_it(
    number: str, is_called: bool
) -> None:
    """Unless it is crossed out."""
    found = read_rows(f"Patient,Phone,State,Date,Time\nAnn,{number},NY,2027-06-01,10:00\n")
    assert bool(called(found)) == is_called


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("📵", "do_not_call"),
        ("🚫 Calls", "do_not_call"),
        ("D.N.C.", "do_not_call"),
        ("☎️ OK?", "may_call"),
        ("📞 Consent", "consent_source"),
        ("Deceased/Inactive", "status"),
        ("Cancelled / No Show", "status"),
        ("📞", None),
        ("❌ Insurance", None),
    ],
)
def test_columns_are_known_by_signs(header: str, field: str | None) -> None:
    """As by words."""
    assert protective_field(header) == field
    if field in ("do_not_call", "status"):
        assert called(read_column(header, ["yes", "no", ""])) == [3, 4]


@pytest.mark.parametrize(
    "cell", ["† 3/2", "💀", "⚰️", "R.I.P.", "dec'd", "expired 3/2", "passed on", "obit 3/2"]
)
def test_the_dead_are_not_called(cell: str) -> None:
    """Whatever stands for it, in notes and beside a name."""
    assert called(read_column("Notes", [cell, ""])) == [3]
    found = read_rows(
        f'Patient,Phone,State,Date,Time\n"Ann Lee ({cell})",2125550101,NY,2027-06-01,10:00\n'
    )
    assert called(found) == []


@pytest.mark.parametrize("cell", ["insurance expired", "passed hearing test", "lives near Rippon"])
def test_words_that_may_mean_a_death_do_so_alone(cell: str) -> None:
    """Beside others they mean something else."""
    assert called(read_column("Notes", [cell, ""])) == [2, 3]


@pytest.mark.parametrize(
    ("cell", "choice"),
    [
        ("☑ Yes ☐ No", "Yes"),
        ("☐ Yes ☑ No", "No"),
        ("☐ Yes ☒ No", "No"),
        ("Yes ☐ No ☑", "No"),
        ("[X] yes [ ] no", "yes"),
        ("( ) Ja / (x) Nein", "Nein"),
        ("☑ Calls ☐ Texts", "Calls"),
        ("☑ Yes ☑ No", None),
        ("☐ Yes ☐ No", None),
        ("☑", None),
        ("☑ yes", None),
        ("a ☑ b ☐ c", None),
        ("☑ ☐ No", None),
    ],
)
def test_of_several_boxes_the_ticked_one_counts(cell: str, choice: str | None) -> None:
    """Where exactly one is, and each has words."""
    assert ticked(cell) == choice


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("☑ Yes ☐ No", "yes"),
        ("☐ Yes ☑ No", "no"),
        ("[X] yes [ ] no", "yes"),
        ("Oui ☑ Non ☐", "yes"),
        ("☑ Yes ☑ No", "no"),
        ("☐ Yes ☐ No", "no"),
        ("☑ Email ☐ Phone", "no"),
        ("☑ Maybe ☐ No", "no"),
        ("S.O.F.", "yes"),
    ],
)
def test_a_ticked_box_answers(cell: str, says: str) -> None:
    """What is not plain is no consent."""
    assert consent_in(cell) == says


def test_a_day_as_consent_comes_back_with_a_way() -> None:
    """It may be the day of a no."""
    found = read_column("Consent", ["3/2/2026", "Signed 3/2/2026"])
    assert called(found) == [3]
    assert '--map consent_at="Consent"' in found.bad_rows[0].why
