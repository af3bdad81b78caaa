"""How appointments stand, in the words of record and booking systems."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.cell_status import (
    NOT_TO_COME,
    BadStatus,
    flag_of,
    read_flag,
    read_status,
    tells_of_no_visit,
)
from bot.batches.reading.cell_words import by_language
from bot.batches.reading.columns import guess_columns

KINDS = {
    "coming": """
Scheduled|SCHEDULED|Booked|booked|Unconfirmed|Not confirmed|not yet confirmed|Active|New Patient
Open|Left message|LM
Scheduled 5/3|Booked online|Scheduled for 5 May|Reminder sent||N/A|geplant|gebucht
nicht bestätigt|prévu|à confirmer
programada|sin confirmar|agendada|programmato|da confermare|agendado|marcada|gepland
niet bevestigd|zaplanowana|planlandı
""",
    "confirmed": """
Confirmed|CONFIRMED|Confirmed by text 5/2|confirmed 5/2|Pre-confirmed|bestätigt|confirmé
confirmada|confermato|bevestigd
potwierdzona|onaylandı|Confirmed via SMS
""",
    "cancelled": """
Cancelled|Canceled|CANCELLED|CX|CXL|Pt cancelled 5/3|Cancelled by patient|Cancelled - late
Cancellation|declined
abgesagt|storniert|annulé|annulée|cancelada|anulada|annullato|disdetto|cancelado|desmarcado
geannuleerd|afgezegd|odwołana
anulowana|iptal edildi|Storno|Confirmed, then cancelled|Scheduled - cancelled
""",
    "no_show": """
No Show|NOSHOW|No-Show|NoShow|no_show|N/S|Missed|Broken|DNA|FTA|Did not attend
Left Without Being Seen|LWBS|Failed
nicht erschienen|absent|non présenté|no asistió|inasistencia|assente|non presentato|faltou
não compareceu
niet verschenen|nie przyszedł|gelmedi
""",
    "moved": """
Rescheduled|RESCHEDULED|Re-scheduled|Resched|R/S|Rescheduled to 6/3|moved|verschoben|reporté
reprogramada|spostato|remarcado
verzet|przełożona|ertelendi
""",
    "over": """
Completed|Complete|Checked In|Checked-Out|CheckedIn|Checked in 9:05|Arrived|In Room|Done|Seen
Fulfilled|Kept|In progress
erledigt|terminé|atendida|realizada|completato|concluído|voltooid|zakończona|tamamlandı
""",
    "deceased": """
Deceased|DECEASED|Patient deceased|deceased 2026-01-05|passed away|verstorben|décédé|fallecido
deceduto|falecido|overleden
zmarł|vefat etti
""",
    "inactive": """
Inactive|Discharged|Dismissed|Former|Archived|Moved away|inaktiv|inactif|inactivo|inattivo
inativo|inactief|nieaktywny|pasif
""",
    "not_booked": """
Waitlist|Wait list|Waitlisted|Tentative|Pending|Requested|Pinboard|On hold|Unscheduled|Proposed
Warteliste|liste d'attente
lista de espera|pendiente|lista d'attesa|pendente|wachtlijst|lista rezerwowa|bekleme listesi
""",
    "deleted": """
Deleted|Entered in error|entered-in-error|Duplicate|gelöscht|supprimé|eliminada|eliminato
excluído|verwijderd|usunięta|silindi
""",
    "refused": "Do Not Call|DNC|opted out 5/3|nicht anrufen",
}  # fmt: skip
UNCLEAR = """
Yes|No|?|X|C|Confirmed?|not cancelled|Dr. Smith|Scheduled - purple|7|45231|☑|Insurance|tbd|active?
""".strip().split("|")


def cells(text: str) -> list[str]:
    return [cell for line in text.strip("\n").splitlines() for cell in line.split("|")]


@pytest.mark.parametrize(
    ("kind", "cell"), [(kind, cell) for kind, text in KINDS.items() for cell in cells(text)]
)
def test_a_status_is_known_by_its_words(kind: str, cell: str) -> None:
    """In every language, with who, when and how beside it; what speaks against a visit counts."""
    assert read_status(cell) == kind


@pytest.mark.parametrize("cell", UNCLEAR)
def test_an_unknown_status_is_told_of_whole(cell: str) -> None:
    """Nobody is called on the strength of it."""
    with pytest.raises(BadStatus) as fault:
        read_status(cell)
    assert f'"{cell}"' in str(fault.value)


def written(*kinds: str) -> list[str]:
    return [
        entry.removesuffix("*")
        for lists in by_language().values()
        for kind in kinds
        for entry in lists.get(f"status.{kind}", ())
    ]


@given(
    st.sampled_from(written("coming", "confirmed")),
    st.sampled_from(written(*sorted(NOT_TO_COME))),
    st.sampled_from([" - ", ", ", "; ", " / ", " (5/3) "]),
    st.booleans(),
)
def test_a_visit_that_is_off_beats_one_that_is_on(
    on: str, off: str, between: str, first: bool
) -> None:
    """Whatever the cell said before is known or comes back: nobody is called."""
    cell = between.join((on, off) if first else (off, on))
    with contextlib.suppress(BadStatus):
        assert read_status(cell) not in ("coming", "confirmed")


@pytest.mark.parametrize("kind", ["coming", "confirmed", *sorted(NOT_TO_COME)])
def test_each_word_means_its_kind_in_all_languages(kind: str) -> None:
    """A word that is off in one language is not on in another."""
    alike = {"coming": {"coming"}, "confirmed": {"confirmed"}}.get(kind, set(NOT_TO_COME))
    for cell in written(kind):
        assert read_status(cell) in alike, cell


STATUS = """
Status|Appt Status|Appt. Status|ApptStatus|AppointmentStatus|Appointment Status|Visit Status
Booking status|Patient Status
Reservation Status|State of appointment|Appointment State|Status Description|Confirmation Status
Confirmation|Encounter Status
Terminstatus|Status des Termins|Statut|Statut du rendez-vous|État du RDV|Estatus
Estado de la cita|Estado cita|Stato appuntamento
Situação|Status da consulta|Estado da consulta|Afspraakstatus|Status afspraak|Status wizyty
Durum|Randevu Durumu
"""
OTHER = """
State|Region|Estado|Stato|Marital Status|Insurance Status|Payment Status|Employment Status
Home State|State/Province|Status Date
Vaccination Status|Smoking Status|Country|Staat|Confirmation Number|Cancellation Policy
Cancel URL|No Shows|Last Status
"""


@pytest.mark.parametrize("name", cells(STATUS))
def test_a_status_column_is_known_by_its_name(name: str) -> None:
    """In every language of the import."""
    assert guess_columns(["Phone", name.strip()]).fields.get("status") == (name.strip(),)


@pytest.mark.parametrize("name", cells(OTHER.strip()))
def test_a_state_and_other_statuses_are_none(name: str) -> None:
    """Where people live is not how their appointment stands."""
    assert "status" not in guess_columns(["Phone", name]).fields


def test_a_state_beside_a_status() -> None:
    """Each is taken for what it is."""
    fields = guess_columns(["Phone", "State", "Appointment State", "Status"]).fields
    assert fields["region"] == ("State",)
    assert fields["status"] == ("Appointment State", "Status")


@pytest.mark.parametrize(
    ("column", "cell", "kind"),
    [
        ("Cancelled", "Yes", "cancelled"), ("Is Cancelled?", "TRUE", "cancelled"),
        ("Canceled", "X", "cancelled"), ("Cancelled", "No", "coming"), ("Cancelled", "", "coming"),
        ("Cancelled At", "2026-05-03 10:00", "cancelled"), ("Cancel Reason", "ill", "cancelled"),
        ("No Show", "1", "no_show"), ("No Show", "0", "coming"), ("Deceased", "Y", "deceased"),
        ("Date of Death", "1/5/2026", "deceased"), ("Deceased", "N", "coming"),
        ("Active", "No", "inactive"), ("Active", "Yes", "coming"), ("Inactive", "yes", "inactive"),
        ("Confirmed", "Yes", "confirmed"), ("Confirmed", "No", "coming"),
        ("Confirmed At", "2026-05-03", "confirmed"), ("Storniert", "ja", "cancelled"),
        ("Décédé", "oui", "deceased"), ("Cancelada", "sí", "cancelled"),
        ("Zmarł", "tak", "deceased"),
    ],
)  # fmt: skip
def test_a_column_may_be_a_flag(column: str, cell: str, kind: str) -> None:
    """Its name says what a mark in it means."""
    assert flag_of(column) is not None
    assert guess_columns(["Phone", column]).fields.get("status") == (column,)
    assert read_flag(cell, column) == kind


@pytest.mark.parametrize("cell", ["?", "3", "★"])
def test_a_flag_that_may_mean_anything_is_told_of(cell: str) -> None:
    with pytest.raises(BadStatus):
        read_flag(cell, "Cancelled")


def test_notes_tell_of_no_visit_only_when_they_say_nothing_else() -> None:
    """ "Cancelled 5/3" does; a story about a visit of before does not."""
    assert tells_of_no_visit("Cancelled 5/3")
    assert tells_of_no_visit("NO SHOW")
    assert not tells_of_no_visit("cancelled the last one, likes mornings")
    assert not tells_of_no_visit("broken tooth")
