"""Names are said as people say them; what is not known to be one person's stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.spoken_names import spoken_name, spoken_names, spoken_part


@pytest.mark.parametrize(
    ("cell", "spoken"),
    [
        ("SMITH, JANE Q", "Jane Smith"),
        ("SMITH,JANE", "Jane Smith"),
        ("Smith, Jane", "Jane Smith"),
        ("smith, jane", "Jane Smith"),
        ("ALVAREZ, MARIA T.", "Maria Alvarez"),
        ("O'BRIEN, PAT", "Pat O'Brien"),
        ("WILLIAMS-O'NEAL, TIA", "Tia Williams-O'Neal"),
        ("McDONALD, RON", "Ron McDonald"),
        ("MCDONALD, RON", "Ron McDonald"),
        ("DeLUCA, TONY", "Tony DeLuca"),
        ("VAN DER BERG, ANNA", "Anna van der Berg"),
        ("DE LA CRUZ, MARIA", "Maria de la Cruz"),
        ("GARCIA LOPEZ, MARIA JOSE", "Maria Jose Garcia Lopez"),
        ("ST. JOHN, IAN", "Ian St. John"),
        ("FOSTER, LIAM (minor)", "Liam Foster"),
        ("Smith, Jane - CASH", "Jane Smith"),
        ("SMITH, JANE *", "Jane Smith"),
        ("Smith-Lee, Mary-Ann - new patient", "Mary-Ann Smith-Lee"),
        ("Smith, Jane (Janie) Q.", "Jane Smith"),
        ("JEAN-PIERRE, MARIE-CLAIRE", "Marie-Claire Jean-Pierre"),
        ("MÜLLER, JÖRG", "Jörg Müller"),
        ("LE, ANH", "Anh Le"),
        ("LI, Wei", "Wei Li"),
        ("NG, WEI", "Wei Ng"),
        ("NGUYEN, DO", "Do Nguyen"),
        ("SMITH, JT", "JT Smith"),
        ("SMITH, J. Q.", "J. Q. Smith"),
        ("SMITH, DR. JANE", "Dr. Jane Smith"),
        ("DR SMITH, JANE", "Dr. Jane Smith"),
        ("Dr. Jane Smith", "Dr. Jane Smith"),
        ("SMITH, JOHN, JR", "John Smith Jr."),
        ("SMITH JR, JOHN", "John Smith Jr."),
        ("SMITH, JOHN III", "John Smith III"),
        ("SMITH, JANE MD", "Jane Smith"),
        ("Smith, Jane, DO", "Jane Smith"),
        ("Jane Smith, MD", "Jane Smith"),
        ("JANE SMITH MD", "Jane Smith"),
        ("SMITH, JANE & JOHN", "Jane & John Smith"),
        ("SMITH^JANE^Q^^DR", "Jane Smith"),
        ("JANE SMITH", "Jane Smith"),
        ("Jean DUPONT", "Jean Dupont"),
        ("CHURCH, CHARLOTTE", "Charlotte Church"),
        ("  Jane   Smith ", "Jane Smith"),
    ],
)
def test_a_name_is_said_as_a_person_says_it(cell: str, spoken: str) -> None:
    """The given name first, without initials in the middle, notes and degrees, in small letters."""
    assert spoken_name(cell) == spoken


@pytest.mark.parametrize(
    "cell",
    [
        "SMITH & SONS, LLC",
        "Acme, Inc.",
        "ACME MEDICAL SUPPLY, INC",
        "Bäckerei Huber, Inh. K. Huber GmbH",
        "First Bank, New York",
        "RIVERSIDE CLINIC",
        "Ann Lee, Bob Lee",
        "Smith, Jane, Ann",
        "Smith, Jane / Lee, Bob",
        "Patient 12, new",
        "田中, 太郎",
        "ИВАНОВ, ОЛЕГ",
        "كريم، ليلى",
        "Jane Q. Smith",
        "Jane van der Berg",
        "Ann McDonald-Lee",
        "",
        "?",
    ],
)
def test_what_is_not_known_stays_as_it_is(cell: str) -> None:
    """Companies, two people, other scripts, and names that are written out already."""
    assert spoken_name(cell) == cell


@pytest.mark.parametrize(
    ("cell", "spoken"),
    [
        ("JANE Q", "Jane"),
        ("MARIA JOSE", "Maria Jose"),
        ("J", "J"),
        ("JT", "JT"),
        ("anna", "Anna"),
        ("LIAM (minor)", "Liam"),
        ("太郎", "太郎"),
    ],
)
def test_a_first_name_is_said_alone(cell: str, spoken: str) -> None:
    """As in a column of its own."""
    assert spoken_part(cell, given=True) == spoken


@pytest.mark.parametrize(
    ("cell", "spoken"),
    [("VAN DER BERG", "van der Berg"), ("MCCOY", "McCoy"), ("O'NEIL III", "O'Neil III")],
)
def test_a_last_name_is_said_alone(cell: str, spoken: str) -> None:
    """As in a column of its own."""
    assert spoken_part(cell, given=False) == spoken


@pytest.mark.parametrize(
    ("first", "last", "whole", "family", "names"),
    [
        ("Jane", "", "JANE SMITH", True, ("Jane", "", "Jane Smith")),
        ("Petra", "", "Müller", False, ("Petra", "Müller", "Petra Müller")),
        ("Petra", "", "von der Heide", True, ("Petra", "von der Heide", "Petra von der Heide")),
        ("Robert", "", "Bob Lee", False, ("Robert", "", "Bob Lee")),
        ("JANE Q", "O'BRIEN", "", False, ("Jane", "O'Brien", "Jane O'Brien")),
        ("", "LEE", "", False, ("", "Lee", "Lee")),
        ("", "", "", False, ("", "", "")),
    ],
)
def test_the_columns_of_a_name_go_together(
    first: str, last: str, whole: str, family: bool, names: tuple[str, str, str]
) -> None:
    """A column of whole names needs no first name, one of family names does."""
    assert spoken_names(first, last, whole, is_family_name=family) == names


NAMES = st.lists(
    st.sampled_from(
        ["SMITH", "Jane", "o'neal", "VAN", "der", "MD", "JR", "III", "Dr.", ",", ", ", "(minor)"]
        + ["&", "LLC", "Q", "J.", "McDONALD", "-", '"Bo"', "^", "Å", "ß", "ı", "李", "3"]
    ),
    max_size=7,
).map(" ".join)


@given(st.text(max_size=40) | NAMES)
def test_any_cell_is_a_name(cell: str) -> None:
    """Nothing is raised, and nothing that was there becomes nothing."""
    assert bool(spoken_name(cell)) == bool(" ".join(cell.split()))


WORDS = st.from_regex(r"[AEINORST]{5,9}", fullmatch=True)  # long ones: no titles or degrees


@given(WORDS, WORDS)
def test_no_letter_of_a_name_is_lost(family: str, first: str) -> None:
    """They change places and size."""
    assert spoken_name(f"{family}, {first}") == f"{first.title()} {family.title()}"
