"""Notes that limit the call: who cannot be spoken with by telephone, who is to be asked for, and
who wants no messages on a machine.
"""

import pytest
from row_kit import called, read_column, read_rows

from bot.batches.reading.cell_spoken_with import (
    cannot_be_heard,
    wants_another_person,
    wants_no_messages,
)
from bot.batches.settings import BatchSettings, Machines

LEAVES = BatchSettings(machines=Machines(then="leave_message", message="Please ring us back."))


def each(text: str) -> list[str]:
    return [cell for line in text.strip().splitlines() for cell in line.split("|")]


DEAF = """
deaf - use relay|DEAF|Deaf/TTY|hard of hearing|HOH|pt is HOH, speak slowly|uses relay service
TTY only|VRS|hearing impaired|ASL interpreter|non-verbal|cannot speak on phone|pt of Dr. Wu is deaf
gehörlos|schwerhörig|Pat. ist taub|sordo|sorda, usa relevo|dificultad auditiva|sourde|malentendant
non udente|ipoacusico|surda|deficiente auditivo|doof|slechthorend|głucha|niedosłyszący|sağır
işitme engelli
uses ASL|intérprete de libras|hearing loss|doesn't hear well|speech impaired|laryngectomy|es mudo
muda|kann nicht telefonieren|gehörlose Patientin|schwerhöriger Patient|dove patiënte
nie mówi|pacjentka nie mówi
"""
HEARING = """
appt at ASL Roma|ASL|12 Dove Street|dove sono i documenti|50 libras|nie mówi po polsku
muda de endereço|hearing aid|hearing test|not deaf|Dr. Taub|Taub, MD|relay race injury|nicht taub
wheelchair
"""
ANOTHER = """
speak to mother only|ask for daughter|do not speak with patient|talk to son only|husband only
speak with POA|contact guardian|dementia - speak to husband|minor - ask for parent|all calls to wife
don't talk to pt|mother handles all calls|bitte nur mit Ehemann sprechen|Tochter verlangen
nicht mit Patientin sprechen|hablar solo con la madre|preguntar por la hija
no hablar con el paciente|parler uniquement à la mère|demander la fille|ne pas parler au patient
parlare solo con la madre|chiedere della figlia|falar só com a mãe|falar somente com a filha
alleen met moeder praten|vraag naar dochter|rozmawiać tylko z matką|prosić córkę
sadece annesiyle konuşun|kızını isteyin
met zijn vrouw bellen|met nicht praten|bitte mit ihrem Mann sprechen|mit Schwiegertochter sprechen
mit dem Ehegatten sprechen|rozmawiać z wnuczką|rozmawiać z synową|rozmawiać z dziadkiem
anne ile görüşün|gelini ile görüşün|teyzesi ile görüşün|falar com a sua mãe|ligar para mãe
ask for stepdad|speak to grandparents only|do not contact her|no hablar con él|speak to her lawyer
son did not want us to speak with her|could not hear so speak with mother
"""
THEMSELVES = """
speak only to patient|confidential - patient only|mother will call back|daughter called|with husband
bring mother|emergency contact mother 5551212|spouse: Joe|left message with daughter|likes to talk
discussed with patient|discuss with spouse about plan|new mother|referred by her sister|only child
Mutter hat bestätigt
Unable to reach patient, LVM|could not reach pt|did not contact her|couldn't get hold of patient
unable to reach the patient's mother|No contesta el teléfono|no se pudo contactar al paciente
Befund nicht besprechen|n'a pas pu joindre le patient
não consegui falar com a paciente|nicht mit Patientin gesprochen
konnte nicht mit Patientin sprechen|kon niet met haar praten|nie udało się rozmawiać z pacjentem
begleitet von Tochter|hablamos con la paciente|viene con la madre|vient avec sa mère|met dochter
"""
SILENT = """
DO NOT LEAVE VM|no voicemail|don't leave message|do not leave a message|no VM|no msgs on machine
never leave a message|please, no messages|hang up on voicemail|nicht auf AB sprechen
keine Nachricht hinterlassen|no dejar mensaje|ne pas laisser de message|non lasciare messaggi
do not leave message on answering machine|no messages on answering machine
if no answer don't leave a message|vm full do not leave message|AB nicht besprechen
ne pas laisser de message sur le répondeur|no dejar mensaje si contesta el buzón|nicht draufsprechen
if unable to reach patient do not leave message
não deixar recado|geen bericht achterlaten|nie zostawiać wiadomości|mesaj bırakmayın
"""
SPOKEN = """
no answer, left vm|no answer left voicemail|vm full|no vm set up|left msg|message sent|no allergies
leave a message|keine Allergien|wheelchair|if no answer leave message|could not leave message
did not leave vm, machine full|no se pudo dejar mensaje|konnte nicht auf AB sprechen
"""


@pytest.mark.parametrize("cell", each(DEAF))
def test_a_voice_reaches_some_people_not(cell: str) -> None:
    """In every language of the import."""
    assert cannot_be_heard(cell)


@pytest.mark.parametrize("cell", each(HEARING))
def test_what_only_sounds_like_it_is_none(cell: str) -> None:
    """A doctor may be called so."""
    assert not cannot_be_heard(cell)


@pytest.mark.parametrize("cell", each(ANOTHER))
def test_some_want_another_person_to_be_asked_for(cell: str) -> None:
    """Whom the agent, which asks for the patient, would not ask for."""
    assert wants_another_person(cell)


@pytest.mark.parametrize("cell", each(THEMSELVES))
def test_others_are_spoken_of_only(cell: str) -> None:
    """Relatives stand in many notes."""
    assert not wants_another_person(cell)


@pytest.mark.parametrize("cell", each(SILENT))
def test_some_want_no_messages(cell: str) -> None:
    """Others hear a machine."""
    assert wants_no_messages(cell)


@pytest.mark.parametrize("cell", each(SPOKEN))
def test_a_message_that_was_left_or_could_not_be_is_no_wish(cell: str) -> None:
    """Such notes tell of calls before."""
    assert not wants_no_messages(cell)


@pytest.mark.parametrize("cell", each(DEAF) + each(ANOTHER))
def test_such_rows_come_back(cell: str) -> None:
    """With the cell, and the way to say that it means something else."""
    found = read_column("Notes", [cell, "wheelchair"])
    assert called(found) == [3]
    (bad,) = found.bad_rows
    assert cell in bad.why and 'ignored="Notes"' in bad.why


def test_no_messages_matter_where_some_are_left() -> None:
    """Elsewhere nothing is said to a machine, and the contact is called."""
    cells = each(SILENT)
    found = read_column("Notes", cells, LEAVES)
    assert called(found) == []
    assert all("no messages on a machine" in bad.why for bad in found.bad_rows)
    assert len(called(read_column("Notes", cells))) == len(cells)


@pytest.mark.parametrize(
    ("header", "against", "for_it"),
    [
        ("Deaf", ["Y", "x", "left ear"], ["N", ""]),
        ("Hearing Impaired", ["Yes"], ["No", ""]),
        ("Speak To", ["Mary (mother)", "Joe"], ["self", "patient", ""]),
        ("OK to leave message", ["No", "N"], ["Yes", ""]),
        ("No Voicemail", ["Yes", "x"], ["No", ""]),
        ("Anrufbeantworter", ["nein"], ["ja"]),
        ("Interpreter", ["ASL", "ASL, English", "Libras"], ["Spanish", "No"]),
        ("Notes", ["ASL", "Pt. ASL"], ["ASL Roma 1"]),
        ("Ente", [], ["ASL"]),
        ("Left message", [], ["N", "Y", ""]),
        ("Message Sent", [], ["No", "Yes"]),
        ("Unread messages", [], ["0", "1"]),
        ("Provider", [], ["Taub", "Dr. Sordo"]),
        ("Relation", [], ["HOH", "mother"]),
        ("Emergency contact", [], ["Joe (son)"]),
    ],
)
def test_columns_of_that_name_count(header: str, against: list[str], for_it: list[str]) -> None:
    """A doctor's name and who heads a household do not."""
    found = read_column(header, against + for_it, LEAVES)
    assert called(found) == list(range(2 + len(against), 2 + len(against) + len(for_it)))


@pytest.mark.parametrize(
    ("name", "is_called"),
    [
        ("Ann Taub", True),
        ("Joe Doof", True),
        ("Liam Foster (minor)", True),
        ("Ann Lee (mother: Sue)", True),
        ("Deaf - Ann Lee", False),
        ("Ann Taub (taub)", False),
        ("Ann Lee (HOH)", False),
        ("Ann Lee (speak to mother)", False),
        ("Ann Lee - ask for son", False),
    ],
)
def test_what_stands_beside_a_name_counts(name: str, is_called: bool) -> None:
    """And a name that is like such a word is a name."""
    found = read_rows(f'Patient,Phone,State,Date,Time\n"{name}",2125550101,NY,2027-06-01,10:00\n')
    assert bool(called(found)) is is_called
