"""Which column means what: guessed, corrected, remembered."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.column_names import NAMES, spelled
from bot.batches.reading.columns import (
    BadColumns,
    ColumnMap,
    check,
    column_names,
    guess_columns,
    header_key,
    map_columns,
    slug,
)
from bot.batches.reading.spelling import normalised


def test_known_names_are_written_as_names_are_compared() -> None:
    """Else none of them would ever be found."""
    for names in NAMES.values():
        assert list(names) == [normalised(name) for name in names]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            ["PatientName", "PhoneNumber", "ApptDate", "Appt Time", "State", "Zip Code"],
            {
                "name": ("PatientName",),
                "number": ("PhoneNumber",),
                "day": ("ApptDate",),
                "time": ("Appt Time",),
                "region": ("State",),
                "postcode": ("Zip Code",),
            },
        ),
        (
            [
                "Nachname",
                "Vorname",
                "Telefon",
                "Tel. mobil",
                "PLZ",
                "Termin-Nr.",
                "Zustimmung am",
            ],
            {
                "last_name": ("Nachname",),
                "first_name": ("Vorname",),
                "number": ("Tel. mobil", "Telefon"),
                "postcode": ("PLZ",),
                "appointment": ("Termin-Nr.",),
                "consent_at": ("Zustimmung am",),
            },
        ),
        (
            ["Nombre", "Apellidos", "Teléfono móvil", "Fecha y hora", "Idioma"],
            {
                "first_name": ("Nombre",),
                "last_name": ("Apellidos",),
                "number": ("Teléfono móvil",),
                "when": ("Fecha y hora",),
                "language": ("Idioma",),
            },
        ),
        (
            ["Nom", "Prénom", "N° de téléphone", "Date du rendez-vous", "Heure"],
            {
                "last_name": ("Nom",),
                "first_name": ("Prénom",),
                "number": ("N° de téléphone",),
                "day": ("Date du rendez-vous",),
                "time": ("Heure",),
            },
        ),
        (["Number", "Phone", "Fax", "Doctor phone"], {"number": ("Phone",)}),
        (["Number", "Name"], {"number": ("Number",), "name": ("Name",)}),
    ],
)
def test_columns_are_guessed_by_their_names(
    header: list[str], fields: dict[str, tuple[str, ...]]
) -> None:
    """In several languages; a mobile number goes before another one, a doctor's is none."""
    assert dict(guess_columns(header).fields) == fields


def test_every_name_is_known_for_one_thing_only() -> None:
    """And is written as names are compared."""
    names = [name for each in NAMES.values() for name in each]
    assert len(names) == len(set(names))
    assert [name for name in names if normalised(name) != name] == []


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Phone / Teléfono", "phone"),
        ("Phone (Teléfono)", "phone"),
        ("Date\nFecha", "date"),
        ("Phone (required)", "phone"),
        ("1. Phone", "phone"),
        ("State / Province", "state province"),
        ("Date / Time", "date time"),
        ("Phone (Spouse)", "phone spouse"),
        ("Phone / Email", "phone email"),
        ("Name (Doctor)", "name doctor"),
        ("Date (of birth)", "date of birth"),
        ("Date (DD/MM/YYYY)", "date dd mm yyyy"),
        ("Patient / Phone", "patient phone"),
    ],
)
def test_a_name_is_known_beside_its_translation(written: str, name: str) -> None:
    """And beside what forms write there; not beside what may make it another column."""
    assert spelled(written) == name


def test_other_columns_become_variables() -> None:
    """By slugs that never meet each other, nor the names that have a meaning."""
    columns = guess_columns(
        ["Phone", "Patient name", "Ort", "ort!", "2nd visit", "", "Time zone", "Appointments", "§"]
    )
    assert dict(columns.variables) == {
        "patient_name": "Patient name",
        "ort": "Ort",
        "ort_2": "ort!",
        "_2nd_visit": "2nd visit",
        "column_6": "column 6",
        "appointments_2": "Appointments",
        "column": "§",
    }


def test_a_guess_can_be_corrected() -> None:
    """Fields go by common names too; what was meant by a column before is not any more."""
    header = ["Name", "Tel. mobil", "Tel. privat", "Datum"]
    columns = map_columns(
        header, {"phone": "tel privat", "date": "", "first_name": "Name", "name": ""}
    )
    assert dict(columns.fields) == {"number": ("Tel. privat",), "first_name": ("Name",)}
    assert dict(columns.variables) == {
        "name_2": "Name",
        "tel_mobil": "Tel. mobil",
        "datum": "Datum",
    }
    several = map_columns(header, {"number": "Tel. privat|Tel. mobil"})
    assert several.fields["number"] == ("Tel. privat", "Tel. mobil")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"shoe size": "Name"}, "no field"),
        ({"phone": "Telefax"}, 'no column "Telefax".*"Name"'),
        ({"name": "Name|Phone"}, "Only one column"),
        ({"phone": "phone 1"}, "Several columns"),
    ],
)
def test_a_wrong_correction_is_refused_in_one_sentence(wanted: dict[str, str], words: str) -> None:
    """With what there is instead."""
    with pytest.raises(BadColumns, match=words):
        map_columns(["Name", "Phone", "Phone-1", "PHONE 1"], wanted)


def test_a_map_is_checked_against_its_file() -> None:
    """A number it must have; a line of people is no header."""
    with pytest.raises(BadColumns, match="--map phone"):
        check(guess_columns(["Name", "Ring"]), ["Name", "Ring"])
    with pytest.raises(BadColumns, match="names of the columns above"):
        check(guess_columns(["Ann", "4155552671"]), ["Ann", "4155552671"])
    with pytest.raises(BadColumns, match='no column "Phone"'):
        check(guess_columns(["Phone"]), ["Mobile"])


def test_a_map_survives_the_store() -> None:
    """As JSON, found again by the names of the columns in any order and spelling."""
    columns = guess_columns(["Phone", "Name", "Phone", "Arzt"])
    assert ColumnMap.of_json(columns.as_json()) == columns
    assert header_key(["Phone ", "Náme", ""]) == header_key(["name", "PHONE"])
    assert header_key(["Phone"]) != header_key(["Phone", "Name"])


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_header_gives_usable_names(header: list[str]) -> None:
    """Columns and variables are all different, and every variable can stand in braces."""
    names = column_names(header)
    assert len(set(names)) == len(header)
    columns = guess_columns(header)
    assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", name) for name in columns.variables)
    meant = {column for each in columns.fields.values() for column in each}
    assert set(names) == meant | set(columns.variables.values())
    assert re.fullmatch(r"[a-z_][a-z0-9_]*", slug("".join(header)))
    assert ColumnMap.of_json(columns.as_json()) == columns
