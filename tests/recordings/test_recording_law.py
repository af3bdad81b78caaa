"""Who must be told of a recording, and that an AI speaks: by the law of the places, as data."""

import re
from datetime import date

import pytest

from bot.batches.gate.places import place_of
from bot.recordings.law import ai_notice, recording_notice
from bot.recordings.notices import Notices, says_ai
from bot.store import CallRecord
from config import LANGUAGES, language_of, make_agent
from config.laws import DISCLOSURE, RECORDING, load_laws
from processors.words.refusals import Refusals
from tests.store.store_samples import NOON

LAWS, AI = load_laws(RECORDING), load_laws(DISCLOSURE)
STRICT = ("CA", "CT", "DE", "FL", "IL", "MA", "MD", "MI", "MT", "NH", "NV", "PA", "VT", "WA")
LENIENT = ("NY", "TX", "AZ", "GA", "OH", "OR", "NJ", "CO", "DC", "VA")
NEW_YORK, CALIFORNIA, TOLL_FREE = "+12125550123", "+14155550123", "+18005550123"


@pytest.mark.parametrize("state", STRICT)
def test_states_of_two_parties(state: str) -> None:
    """On either side, and nowhere else in the list."""
    region = {f"US-{state}"}
    assert recording_notice("by_law", LAWS, theirs=region, ours={"US-TX"}).told
    assert recording_notice("by_law", LAWS, theirs={"US-TX"}, ours=region).told


@pytest.mark.parametrize("state", LENIENT)
def test_states_of_one_party(state: str) -> None:
    """Recorded, and nothing is said of it."""
    notice = recording_notice("by_law", LAWS, theirs={f"US-{state}"}, ours={"US-TX"})
    assert (notice.done, notice.told, notice.laws) == (True, False, ())


def test_the_table_names_no_other_state() -> None:
    needed = {law.region for law in LAWS.by_region.values() if law.needed}
    assert needed == {f"US-{state}" for state in STRICT} | {"elsewhere"}
    for law in (*LAWS.by_region.values(), *AI.by_region.values()):
        assert law.law and law.source and law.checked >= date(2026, 1, 1)


@pytest.mark.parametrize(
    ("theirs", "ours", "told"),
    [
        ((), {"US-TX"}, True),  # not known: the strictest
        ({"US-TX"}, (), True),
        ({"US"}, {"US-TX"}, True),  # somewhere in the country
        ({"DE"}, {"US-TX"}, True),
        ({"CA"}, {"US-TX"}, True),  # Canada
        ({"US-TX", "US-CA"}, {"US-TX"}, True),  # in one of them
        ({"US-TX"}, {"US-NY"}, False),
    ],
)
def test_the_strictest_place_counts(theirs: set[str], ours: set[str], told: bool) -> None:
    assert recording_notice("by_law", LAWS, theirs=theirs, ours=ours).told is told


def test_off_and_on_ask_no_law() -> None:
    for theirs in ((), {"US-CA"}, {"US-TX"}):
        off = recording_notice("off", LAWS, theirs=theirs, ours=())
        on = recording_notice("on", LAWS, theirs=theirs, ours=())
        assert (off.done, off.told, on.done, on.told) == (False, False, True, True)


@pytest.mark.parametrize(
    ("number", "told"),
    [(NEW_YORK, False), (CALIFORNIA, True), (TOLL_FREE, True), ("anonymous", True), ("", True)],
)
def test_numbers_are_placed_by_table(number: str, told: bool) -> None:
    regions = place_of(number=number, zone="", region="", batch_zone="").regions
    ours = place_of(number=NEW_YORK, zone="", region="", batch_zone="").regions
    assert recording_notice("by_law", LAWS, theirs=regions, ours=ours).told is told


@pytest.mark.parametrize(
    ("when", "region", "told"),
    [
        ("off", "US-CA", False),
        ("on", "US-NY", True),
        ("by_law", "US-NY", False),
        ("by_law", "US-CO", False),
        ("by_law", "US-CA", True),
        ("by_law", "US-TX", True),
        ("by_law", "US-UT", True),
        ("by_law", "US-ME", True),
        ("by_law", "DE", True),
        ("by_law", "", True),
    ],
)
def test_where_an_ai_says_that_it_is_one(when: str, region: str, told: bool) -> None:
    assert ai_notice(when, AI, theirs={region} if region else ()).told is told  # type: ignore[arg-type]


# -- in a call ------------------------------------------------------------------------------------


def a_record(number: str, **changes: object) -> CallRecord:
    values = {
        "id": "call_a",
        "direction": "inbound",
        "agent": "a",
        "from_number": number,
        "to_number": NEW_YORK,
        "started_at": NOON,
        "status": "ringing",
    }
    return CallRecord(**(values | changes))  # type: ignore[arg-type]


def in_call(number: str, earlier: CallRecord | None = None, **content: object):  # noqa: ANN201
    agent = make_agent({"name": "a", "pipeline": "reception", "instructions": "-", **content})
    notices = Notices(recording=LAWS, disclosure=AI)
    return notices.agent_for(agent, a_record(number), earlier)


def test_the_agent_of_a_call_has_what_it_must_say() -> None:
    by_law = {"recording": {"when": "by_law"}, "ai_disclosure": "by_law"}
    here, there = in_call(NEW_YORK, **by_law), in_call(CALIFORNIA, **by_law)
    assert (here.recorded, here.announcement, here.disclosure) == (True, "", "")
    assert there.recorded and there.announcement == there.lines.recording
    assert there.disclosure == there.lines.ai


def test_that_it_is_an_ai_is_said_once() -> None:
    """Not where the first line or the disclosure says so."""
    for content in (
        {"first_line": "Hello, this is the automated assistant."},
        {"disclosure": "I am an AI."},
    ):
        agent = in_call(CALIFORNIA, ai_disclosure="on", **content)
        assert agent.disclosure == content.get("disclosure", "")


def test_a_call_that_goes_on_elsewhere_is_not_announced_twice() -> None:
    """And who has refused stays unrecorded."""
    when = {"recording": {"when": "on"}}
    heard = a_record(CALIFORNIA, recording={"steps": [{"what": "heard"}, {"what": "started"}]})
    agent = in_call(CALIFORNIA, heard, **when)
    assert (agent.recorded, agent.announcement) == (True, "")
    refused = a_record(CALIFORNIA, recording={"steps": [{"what": "heard"}, {"what": "refused"}]})
    assert not in_call(CALIFORNIA, refused, **when).recorded


# -- words ----------------------------------------------------------------------------------------

REFUSED = {
    "en": [
        "I don't want to be recorded",
        "Please don't record this.",
        "stop recording me",
        "No recording, please",
        "Don't tape this.",
        "I'd rather you didn't record this",
        "Please switch the recording off",
    ],
    "de": [
        "Ich möchte nicht aufgezeichnet werden",
        "Bitte nehmen Sie das nicht auf",
        "Ich will keine Aufnahme",
        "Zeichnen Sie das bitte nicht auf",
    ],
    "es": [
        "No quiero que me graben",
        "No grabe la llamada",
        "deje de grabar",
        "no autorizo la grabación",
    ],
    "fr": [
        "Je ne veux pas être enregistré",
        "N'enregistrez pas, s'il vous plaît",
        "Arrêtez d'enregistrer",
        "je refuse l'enregistrement",
    ],
    "it": [
        "Non voglio essere registrato",
        "Non registri la chiamata",
        "smetta di registrare",
        "Niente registrazione",
        "non acconsento",
    ],
    "nl": [
        "Ik wil niet worden opgenomen",
        "Neem dit niet op",
        "geen opname graag",
        "daar ben ik niet mee akkoord",
    ],
    "pl": [
        "Nie chcę być nagrywany",
        "Proszę nie nagrywać",
        "nie zgadzam się",
        "proszę wyłączyć nagrywanie, nie chcę nagrania",
    ],
    "pt": ["Não quero que gravem", "Não grave, por favor", "não quero ser gravado", "não autorizo"],
    "tr": [
        "Kaydedilmesini istemiyorum",
        "Kayıt istemiyorum",
        "lütfen kaydetmeyin",
        "kaydı durdurun",
    ],
}
NO = {
    "en": "No.",
    "de": "Nein, danke.",
    "es": "No, gracias.",
    "fr": "Non merci.",
    "it": "No, grazie.",
    "nl": "Nee, liever niet.",
    "pl": "Nie, dziękuję.",
    "pt": "Não, obrigado.",
    "tr": "Hayır.",
}
FINE = {
    "en": [
        "I don't mind being recorded.",
        "When are you open?",
        "I object to the bill.",
        "Is there a tape of it?",
        "No problem, record it.",
        "I have my medical records with me.",
    ],
    "de": ["Wann haben Sie geöffnet?", "Das ist in Ordnung."],
    "es": ["No me importa que graben", "¿A qué hora abren?"],
    "fr": ["Ça ne me dérange pas d'être enregistré", "À quelle heure ouvrez-vous ?"],
    "it": ["A che ora aprite?", "Va bene."],
    "nl": ["Hoe laat gaat u open?", "Prima."],
    "pl": ["O której otwieracie?", "Dobrze."],
    "pt": ["A que horas abrem?", "Não é grave."],
    "tr": ["Saat kaçta açılıyorsunuz?", "Tamam."],
}
every_language = pytest.mark.parametrize("code", LANGUAGES)


@every_language
def test_refusals_are_understood(code: str) -> None:
    """Whenever they are said."""
    refusals = Refusals(language=code)
    assert [text for text in REFUSED[code] if not refusals.refuses(text)] == []


@every_language
def test_other_words_refuse_nothing(code: str) -> None:
    refusals = Refusals(language=code)
    assert [text for text in FINE[code] if refusals.refuses(text, answers=True)] == []


@every_language
def test_a_plain_no_refuses_as_an_answer_only(code: str) -> None:
    refusals = Refusals(language=code)
    assert refusals.refuses(NO[code], answers=True)
    assert not refusals.refuses(NO[code])


@every_language
def test_the_lines_say_what_they_are_for(code: str) -> None:
    """The one about the AI is found as such; the ones of refusing are not taken for a refusal."""
    lines = language_of(code).lines
    assert says_ai(str(lines["ai"]), code)
    assert re.search(r"\w", str(lines["recording"])) and lines["recording"] != lines["not_recorded"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "I refuse."),
        ("en", "No, I object."),
        ("de", "Ich widerspreche."),
    ],
)
def test_who_refuses_in_one_word_does_so_as_an_answer_only(code: str, text: str) -> None:
    refusals = Refusals(language=code)
    assert refusals.refuses(text, answers=True)
    assert not refusals.refuses(text)


def test_who_speaks_an_unknown_language_can_refuse_in_english() -> None:
    assert Refusals(language="xx").refuses("Do not record this")
