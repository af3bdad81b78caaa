"""Columns that say who must not be called, by whatever name, in whatever words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from row_kit import called, read_column

from bot.batches.reading.cell_do_not_call import (
    BadMark,
    asks_for_no_calls,
    is_marked,
    is_refused,
)
from bot.batches.reading.cell_words import by_language
from bot.batches.reading.columns import guess_columns, map_columns, remembered


def cells(text: str) -> list[str]:
    return [cell for line in text.strip().splitlines() for cell in line.split("|")]


MARKED = """
Yes|YES|y|true|TRUE|t|1|1.0|X|x|☑|✓|✅|[x]|5/3/2026|2026-05-01|DNC|do not call
Do Not Call since May|opted out 5/3
Opted-Out|Unsubscribed|revoked|blocked|Yes - patient request|yes 5/3/2026|Calls|no calls
STOP CALLING|on DNC list
ja|Ja, seit 2026|WAHR|gesperrt|oui|VRAI|sí|VERDADERO|sim|VERDADEIRO|vero|tak|PRAWDA|evet|DOĞRU
waar|ne pas appeler
"""
UNMARKED = """
No|no|N|false|FALSE|f|0|0.0|nein|FALSCH|non|FAUX|não|nee|nie|hayır|YANLIŞ|☐|[ ]||-|N/A|none|null
"""
UNCLEAR = """
OK|ok to call|no - ok to call|pending|?|Yes?|sms|text|never|45231|7|not on list|not on DNC|maybe
unknown|in|yes no|★
no, opted out|❌
"""


@pytest.mark.parametrize("cell", cells(MARKED))
def test_a_mark_is_read_in_any_form(cell: str) -> None:
    """A yes, a tick, a day, or words that ask for no calls."""
    assert is_marked(cell)


@pytest.mark.parametrize("cell", cells(UNMARKED))
def test_a_no_and_an_empty_cell_are_no_mark(cell: str) -> None:
    """In a column "Do Not Call"."""
    assert not is_marked(cell)


@pytest.mark.parametrize("cell", cells(UNCLEAR))
def test_what_is_neither_is_told_of_whole(cell: str) -> None:
    """Nobody is called on the strength of it."""
    with pytest.raises(BadMark) as fault:
        is_marked(cell)
    assert f'"{cell}"' in str(fault.value)


@pytest.mark.parametrize(
    ("cell", "refused"),
    [
        ("No", True), ("N", True), ("0", True), ("FALSE", True), ("nein", True),
        ("text only", True),
        ("Declined", True), ("do not call", True), ("☐", True), ("Yes", False), ("1", False),
        ("", False), ("n/a", False), ("ja", False), ("OK", False), ("✓", False),
    ],
)  # fmt: skip
def test_the_other_way_round_a_no_marks(cell: str, refused: bool) -> None:
    """In a column "OK to Call"."""
    assert is_refused(cell) is refused


@pytest.mark.parametrize("cell", ["pending", "?", "ask", "2026-05-01", "Phone"])
def test_an_unknown_permission_is_none(cell: str) -> None:
    with pytest.raises(BadMark):
        is_refused(cell)


DO_NOT_CALL = """
Do Not Call|DO NOT CALL|do_not_call|DoNotCall|Do-Not-Call?|DNC|DNC Flag|DNC (Y/N)|Patient DNC
DND|Opt Out|Opt-Out|OptOut
Opted Out|Opted Out Of Call|Opted out of calls|Opt Out Date|Do Not Contact|Unsubscribed|No Calls
No Phone Calls|Blocked
Suppressed|Suppression List|Blacklist|Do Not Phone|Do Not Disturb|Stop Calls|Consent Revoked
Revoked At|Refuses calls
Nicht anrufen|Keine Anrufe|Telefonsperre|Werbesperre|Widerruf|Gesperrt|Ne pas appeler
Ne plus contacter|Opposition|Désabonné
No llamar|No contactar|Lista Robinson|Bloqueado|Non chiamare|Non contattare|Revoca|Não ligar
Não perturbe|Descadastrado
Niet bellen|Bel-me-niet|Geblokkeerd|Nie dzwonić|Nie kontaktować|Sprzeciw|Aramayın|Aranmasın
Rahatsız etmeyin|Kara liste
"""
MAY_CALL = """
Calls|Call (Y/N)|Voice|Robocalls|Automated Calls|Anrufe|Appels|Llamadas|Chiamate|Ligações|Bellen
OK to Call|Ok to call?|OK To Phone|Can Call|Can we call|May we call?|Allow Calls|Allow Call
Calls Allowed|Accepts calls
Okay to contact|Callable|Contactable|Phone OK|Call OK (Y/N)|Send Reminders|Reminder Calls
Wants Reminders
Anruf erlaubt|Darf angerufen werden|Anrufe erwünscht|Appels autorisés|Peut être appelé
Accepte les appels|Acepta llamadas
Se puede llamar|Chiamate consentite|Accetta chiamate|Pode ligar|Aceita ligações
Mag gebeld worden|Bellen toegestaan
Można dzwonić|Wolno dzwonić|Aranabilir|Arama izni
"""
CONSENT = """
Call Permission|Permission to Call|Phone Opt In|Voice Opt-In|Opt In|Call Consent|Consent on file
TCPA Consent|Consent (Y/N)
Einwilligung Telefon|Zustimmung|Consentement|Consentimiento|Consenso|Consentimento|Toestemming
Zgoda na telefon|Onay|Rıza
"""
NEITHER = """
Email Opt Out|SMS Opt-Out|Do Not Text|Do Not Email|Do Not Mail|Text Consent|SMS Consent
Email Opt In|HIPAA Consent
Photo Consent|DNC Scrub Date|State|Name|Doctor|Notes|Provider|Call Time|Phone Type|Last Call
Country|Reason
"""


@pytest.mark.parametrize(
    ("field", "names"),
    [("do_not_call", DO_NOT_CALL), ("may_call", MAY_CALL), ("consent_source", CONSENT)],
)
def test_columns_that_protect_are_known_by_their_words(field: str, names: str) -> None:
    """In every language of the import."""
    for name in cells(names):
        assert guess_columns(["Phone", name]).fields.get(field) == (name,), name  # type: ignore[call-overload]


@pytest.mark.parametrize("name", cells(NEITHER))
def test_columns_about_something_else_protect_nobody(name: str) -> None:
    """Another channel, another consent."""
    fields = guess_columns(["Phone", name]).fields
    assert not {"do_not_call", "may_call", "consent_source", "status"} & fields.keys()


def test_several_such_columns_all_count() -> None:
    """And none of them is said by the agent."""
    columns = guess_columns(["Phone", "DNC", "Opt Out", "OK to call", "Consent", "Verbal consent"])
    assert columns.fields["do_not_call"] == ("DNC", "Opt Out")
    assert columns.fields["may_call"] == ("OK to call",)
    assert columns.fields["consent_source"] == ("Consent", "Verbal consent")
    assert not columns.variables


def test_a_map_of_before_does_not_hide_who_must_not_be_called() -> None:
    """It was remembered when the import knew no such field; what somebody ignored stays ignored."""
    header = ["Phone", "DNC", "Appt Status"]
    before = {"fields": {"number": ["Phone"]}, "variables": {"dnc": "DNC", "x": "Appt Status"}}
    columns = remembered(before, header)
    assert (columns.fields["do_not_call"], columns.fields["status"]) == (("DNC",), ("Appt Status",))
    assert not columns.variables
    told = map_columns(header, {"do_not_call": ""}, base=columns)
    again = remembered(told.as_json(), header)
    assert "do_not_call" not in again.fields
    assert again.fields["ignored"] == ("DNC",)


STOP = [entry for lists in by_language().values() for entry in lists.get("do_not_call.stop", ())]


@given(
    st.sampled_from(STOP),
    st.sampled_from(["", "pt called 5/3: ", "Mrs. Lee, ", "PLEASE "]),
    st.sampled_from(["", "!!", " (5/3/2026)", ", moved"]),
)
def test_words_that_ask_for_no_calls_are_found_anywhere(stop: str, before: str, after: str) -> None:
    """In notes, for one."""
    assert asks_for_no_calls(before + stop + after)


NO_WISHES = """
No calls yet|no contact made|No contact made 3/2|no contact info on file|no contact lenses
Do not contact insurance|do not call insurance, call patient
no calls received|noch kein Kontakt|bisher keine Anrufe|Versicherung nicht kontaktieren
sin llamadas todavía|no llamar al seguro|aucun appel reçu|ne pas contacter la mutuelle
nessuna chiamata ricevuta|nog geen contact|nie dzwonić do pracodawcy|ainda sem ligações
sigortayı aramayın
"""


@pytest.mark.parametrize("cell", cells(NO_WISHES))
def test_what_only_looks_like_a_wish_for_no_calls_bars_nobody(cell: str) -> None:
    """Of calls that were not made, or to others: no number is kept from all calls for it. Where a
    yes is needed the row comes back; a note stops nothing.
    """
    assert not asks_for_no_calls(cell)
    for header in ("Appt Status", "Consent", "Do Not Call"):
        assert not read_column(header, [cell, ""]).no_calls, header
    assert called(read_column("Do Not Call", [cell, "no"])) == [3]
    assert called(read_column("Consent", [cell, "yes"])) == [3]
    assert called(read_column("Notes", [cell, ""])) == [2, 3]


WISHES = """
no calls|no contact|no calls yet, DNC|do not contact insurance or patient|do not contact, insurance
no contact info, do not call|no calls yet and no calls please|wants no contact made
kein Kontakt|noch kein Kontakt, keine Anrufe|no llamar al seguro ni al paciente|aucun appel
Versicherung nicht anrufen und keine Anrufe
"""


@pytest.mark.parametrize("cell", cells(WISHES))
def test_a_wish_for_no_calls_beside_such_words_counts(cell: str) -> None:
    """Nobody with one of them is called."""
    assert asks_for_no_calls(cell)
    assert called(read_column("Notes", [cell, ""])) == [3]
    assert read_column("Appt Status", [cell, ""]).no_calls
