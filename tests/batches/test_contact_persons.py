"""Columns that name a person to turn to say nothing of how somebody wants to be reached."""

import pytest
from row_kit import called, read_column, read_rows

from bot.batches.reading.columns import guess_columns
from bot.batches.reading.header_words import protective_field


def each(text: str) -> list[str]:
    return [name for line in text.strip().splitlines() for name in line.split("|")]


PERSONS = """
Preferred Contact Name|Contact Person|Best Contact|Preferred Name|Preferred Contact Person
Primary Contact Name|Preferred Contact First Name|Person to contact|Preferred First Name
Ansprechpartner|Bevorzugte Kontaktperson|Bevorzugter Name|Name der Kontaktperson|Rufname
Persona de contacto|Nombre del contacto preferido|Nombre preferido|Personne à contacter
Nom du contact préféré|Prénom préféré|Persona di contatto|Nome del contatto preferito|Nome preferito
Pessoa de contato|Nome do contato preferido|Contactpersoon|Voorkeur contactpersoon|Roepnaam
Osoba kontaktowa|Preferowana osoba kontaktowa|Preferowane imię|İrtibat kişisi
Tercih edilen iletişim kişisi|Tercih edilen isim
"""
CHANNELS = """
Preferred Contact|Preferred Contact Method|Contact Preference|Contact Preference - Phone
Preferred contact: email or phone|Preferred contact (name or text)|Contact via|Kontaktwunsch
Bevorzugter Kontakt|Bevorzugter Kontaktweg|Contacto preferido|Contact préféré|Voie de contact
Contatto preferito|Contato preferido|Voorkeurskanaal|Preferowany kontakt|Tercih edilen iletişim
"""


@pytest.mark.parametrize("header", each(PERSONS))
def test_a_column_of_persons_stops_nobody(header: str) -> None:
    """Whoever they are; the column is told of as looked at by nothing."""
    assert protective_field(header) is None
    assert called(read_column(header, ["Maria Lopez", "Ann", "n/a", ""])) == [2, 3, 4, 5]


@pytest.mark.parametrize("header", each(CHANNELS))
def test_a_column_of_channels_is_known(header: str) -> None:
    """A call goes to whom it suits, by name too where it is the patient's own."""
    assert protective_field(header) == "may_call"
    cells = ["Phone", "", "Ann", "Email", "Text only", "No", "Maria Lopez"]
    assert called(read_column(header, cells)) == [2, 3, 4]


@pytest.mark.parametrize("header", ["Preferred Contact Name", "Contact Person", "Kontaktperson"])
def test_a_bare_channel_in_a_column_of_persons_comes_back(header: str) -> None:
    """The column may be named wrongly."""
    found = read_column(header, ["Email", "Maria Lopez"])
    assert called(found) == [3]
    assert f'may_call="{header}"' in found.bad_rows[0].why


@pytest.mark.parametrize("header", ["Speak to", "Ask for", "Sprechen mit", "Aranacak kişi"])
def test_whom_to_ask_for_is_the_patient_or_the_row_comes_back(header: str) -> None:
    """The agent asks for nobody else."""
    assert called(read_column(header, ["Ann", "self", "", "Maria Lopez"])) == [2, 3, 4]


def test_the_sender_learns_that_others_are_named() -> None:
    """And how to have the agent ask for them."""
    (note,) = read_column("Contact Person", ["Maria Lopez", "Ann"]).notes
    assert '"Contact Person" names other people than "Patient"' in note.what
    assert '--map name="Contact Person"' in note.what
    assert read_column("Contact Person", ["Ann", "ANN", "n/a", ""]).notes == ()


def test_names_are_those_of_the_row_however_they_are_written() -> None:
    """ "Jane" is of "SMITH, JANE Q", and so is "Smith" beside a column of first names."""
    head = "First Name,Last Name,Phone,State,Date,Time,Speak to\n"
    rows = 'Jane,Smith,2125550101,NY,2027-06-01,10:00,"SMITH, JANE"\n'
    rows += "Jane,Smith,2125550102,NY,2027-06-01,10:00,Jane Miller\n"
    assert called(read_rows(head + rows)) == [2]


@pytest.mark.parametrize("header", ["Preferred Contact Phone", "Best Contact Number", "Best phone"])
def test_a_preferred_number_is_the_one_to_call(header: str) -> None:
    """Before others of the row, which are called where it is empty."""
    assert guess_columns(["Phone", header]).fields["number"] == (header, "Phone")
    found = read_column(header, ["917-555-0199", ""])
    assert [contact.number for contact in found.contacts] == ["+19175550199", "+12125550102"]
