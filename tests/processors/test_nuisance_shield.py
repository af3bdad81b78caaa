"""Machines and people who only sell: asked what they need, then cut; not after words of danger."""

from typing import Any

import pytest
from pipecat.frames.frames import (
    HeartbeatFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)

from bot.testing.stage import Stage, on_stage
from config import LANGUAGES
from processors import AutoHangup, HumanWords, NuisanceShield
from processors.frames import HangUpFrame, SayFrame, TransferFrame, WrapUpFrame
from processors.words.nuisance import Repetitions, nuisance_in
from processors.words.pleas import Pleas, mentions_emergency

ROBOCALL = "This is an automated message. Press one to speak with an agent."
PITCH = "Am I speaking with the business owner? We can lower your electricity bill."
WISH = "I would like to book a table."
NUISANCE, NO_PERSON, BYE = "What else do you need?", "Are you a person?", "Goodbye."


def shield(**changes: Any) -> NuisanceShield:
    values = {"nuisance": NUISANCE, "no_person": NO_PERSON, "farewell": BYE, "pitches": True}
    return NuisanceShield(**values | changes)


def words(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text=text, user_id="caller", timestamp="2026-11-20T12:00:00Z")


async def say(stage: Stage, *texts: str) -> None:
    for text in texts:
        await stage.down(UserStartedSpeakingFrame(), UserStoppedSpeakingFrame(), words(text))


def asked(stage: Stage) -> list[str]:
    return [frame.text for frame in stage.ups(SayFrame) if not isinstance(frame, WrapUpFrame)]


def endings(stage: Stage) -> list[str]:
    return [frame.reason for frame in stage.downs(HangUpFrame)]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [(ROBOCALL, NO_PERSON, "robocall"), (PITCH, NUISANCE, "sales_pitch")],
)
async def test_who_says_nothing_more_is_let_go(text: str, line: str, reason: str) -> None:
    """They are asked what they need; after five seconds of silence the call ends."""
    async with on_stage(shield(), AutoHangup()) as stage:
        await say(stage, text)
        assert asked(stage) == [line]
        for secs in (2, 4):  # other frames pass all the time, and are no answer
            await stage.until(secs)
            await stage.down(HeartbeatFrame(timestamp=secs))
        assert not stage.ups(WrapUpFrame)
        await stage.until(6)
        assert [frame.text for frame in stage.ups(WrapUpFrame)] == [BYE]
        await stage.until(30)
        assert endings(stage) == [reason]


async def test_who_needs_something_is_let_in() -> None:
    """Their words leave the call as it was."""
    async with on_stage(shield(), AutoHangup()) as stage:
        await say(stage, PITCH, WISH)
        await stage.until(60)
        assert (asked(stage), endings(stage)) == ([NUISANCE], [])


async def test_who_goes_on_is_cut() -> None:
    """Whatever they say into the farewell, within eight seconds."""
    async with on_stage(shield(), AutoHangup()) as stage:
        await say(stage, PITCH, PITCH)
        await say(stage, "Wait, just a minute of your time.", PITCH)
        await stage.until(7)
        assert endings(stage) == []
        await stage.until(9)
        assert endings(stage) == ["sales_pitch"]


async def test_who_is_speaking_is_heard_out() -> None:
    """Somebody speaks as the end is decided: no last line comes before their words are known."""
    async with on_stage(shield(), AutoHangup()) as stage:
        await say(stage, PITCH)
        await stage.down(UserStartedSpeakingFrame(), words(PITCH))
        await stage.until(4)
        assert not stage.ups(WrapUpFrame)
        await stage.down(UserStoppedSpeakingFrame())
        await stage.until(5)
        assert not stage.ups(WrapUpFrame)
        await stage.down(words(DANGER["en"]))
        await stage.until(60)
        assert endings(stage) == []


async def test_noise_is_no_answer() -> None:
    """Speech of which no words are known leaves the question open."""
    async with on_stage(shield(), AutoHangup()) as stage:
        await say(stage, PITCH)
        await stage.down(UserStartedSpeakingFrame(), UserStoppedSpeakingFrame())
        await stage.until(30)
        assert endings(stage) == ["sales_pitch"]


@pytest.mark.parametrize("code", LANGUAGES)
async def test_words_of_danger_call_off_the_end(code: str) -> None:
    """In every language of ours, in the last seconds of a call that is to be cut."""
    async with on_stage(shield(), AutoHangup()) as stage:
        await say(stage, PITCH, PITCH, DANGER[code])
        await stage.until(60)
        assert endings(stage) == []


@pytest.mark.parametrize("code", LANGUAGES)
async def test_nothing_is_cut_after_words_of_danger(code: str) -> None:
    """For the rest of the call: pitches, recordings and circles."""
    async with on_stage(shield(), AutoHangup()) as stage:
        await say(stage, DANGER[code], PITCH, PITCH, ROBOCALL, ROBOCALL, *[WISH] * 6)
        await stage.until(60)
        assert (asked(stage), endings(stage)) == ([], [])


async def test_words_of_danger_of_ones_own() -> None:
    """Those of the agent's file count as those of the languages."""
    async with on_stage(shield(emergencies=["gas leak"]), AutoHangup()) as stage:
        await say(stage, PITCH, PITCH, "There is a gas leak!")
        await stage.until(60)
        assert endings(stage) == []


async def test_who_asks_for_a_person_is_put_through() -> None:
    """In the last seconds, too."""
    wishes = HumanWords(
        pleas=Pleas(language="en"), human_available=True, emergency="Dial.", offer="Shall I?"
    )
    async with on_stage(wishes, shield(), AutoHangup()) as stage:
        await say(stage, PITCH, PITCH, "I want a human.")
        await stage.until(60)
        assert len(stage.downs(TransferFrame)) == 1
        assert endings(stage) == []


LOOP = "Hello, this is the assistant of Smith and Sons, how can I help you?"


async def test_who_talks_in_circles_is_cut() -> None:
    """At the fourth time they are asked; at the fifth the call ends."""
    async with on_stage(shield(), AutoHangup()) as stage:
        await say(stage, LOOP, "Hm.", LOOP, LOOP)
        assert asked(stage) == []
        await say(stage, LOOP)
        assert asked(stage) == [NO_PERSON]
        await say(stage, LOOP)
        await stage.until(12)
        assert endings(stage) == ["bot_loop"]


@pytest.mark.parametrize(
    "changes", [{"pitches": False, "robocalls": False, "repeats": 0}, {"pitches": False}]
)
async def test_what_is_switched_off_is_left_alone(changes: dict[str, Any]) -> None:
    """Each kind by itself."""
    async with on_stage(shield(**changes), AutoHangup()) as stage:
        await say(stage, *[PITCH] * (3 if "repeats" not in changes else 9))
        await stage.until(60)
        assert (asked(stage), endings(stage)) == ([], [])


REPEATED = [
    ("one two three four", "one two three four", 2),
    ("One, two; three FOUR!", "one two three four", 2),
    ("Is Monday at nine free?", "Is Tuesday at nine free?", 1),
    ("My number is 555 0143 please", "My number is 555 0144 please", 1),
    ("Yes, please.", "Yes, please.", 0),
    (LOOP, LOOP.replace("Sons", "Son"), 2),  # a slip of the ear
    (LOOP, LOOP.replace("Smith", "Jones").replace("help", "serve"), 1),
]


@pytest.mark.parametrize(("first", "second", "times"), REPEATED)
def test_what_is_the_same(first: str, second: str, times: int) -> None:
    """But for slips of the ear; who asks for one hour after the other is a person."""
    said = Repetitions()
    said.add(first)
    assert said.add(second) == times


def test_only_what_was_said_of_late_counts() -> None:
    said = Repetitions()
    said.add(LOOP)
    for number in range(12):
        said.add(f"something else is said now {number}")
    assert said.add(LOOP) == 1


# By language: a recording, somebody who sells, a caller like any other, and one in danger.
ROBOCALLS = {
    "de": "Dies ist eine automatische Ansage. Drücken Sie die Taste 1, um mehr zu erfahren.",
    "en": ROBOCALL,
    "es": "Este es un mensaje automático. Pulse uno para hablar con un agente.",
    "fr": "Ceci est un message automatique. Pour continuer, appuyez sur la touche 1.",
    "it": "Questo è un messaggio automatico. Prema il tasto 1 per continuare.",
    "nl": "Dit is een automatisch bericht. Druk op 1 om door te gaan.",
    "pl": "To jest automatyczna wiadomość. Naciśnij jeden, aby kontynuować.",
    "pt": "Esta é uma mensagem automática. Prima 1 para continuar.",
    "tr": "Bu otomatik bir arama. Devam etmek için bir tuşuna basın.",
}
PITCHES = {
    "de": "Spreche ich mit dem Geschäftsführer? Wir können Ihre Stromkosten senken.",
    "en": PITCH,
    "es": "¿Hablo con el dueño? Podemos reducir su factura de la luz.",
    "fr": "Suis-je avec le gérant ? Nous pouvons réduire vos factures.",
    "it": "Parlo con il titolare? Possiamo farle risparmiare sulla bolletta.",
    "nl": "Spreek ik met de eigenaar? Wij kunnen uw energiekosten verlagen.",
    "pl": "Czy rozmawiam z właścicielem? Możemy obniżyć państwa rachunki.",
    "pt": "Falo com o proprietário? Podemos reduzir a sua fatura.",
    "tr": "İşletme sahibiyle mi görüşüyorum? Size özel bir teklifimiz var.",
}
WISHES = {
    "de": "Guten Tag, ich möchte einen Termin für Dienstag um zehn, wenn das geht.",
    "en": "Hi, I am calling about my bill; can I speak to the owner about an offer I got?",
    "es": "Hola, quería una cita para el martes a las diez, si puede ser.",
    "fr": "Bonjour, je voudrais un rendez-vous mardi à dix heures, si possible.",
    "it": "Buongiorno, vorrei un appuntamento per martedì alle dieci, se si può.",
    "nl": "Goedemorgen, ik wil graag een afspraak voor dinsdag om tien uur, als dat kan.",
    "pl": "Dzień dobry, chciałbym umówić się na wtorek o dziesiątej, jeśli można.",
    "pt": "Bom dia, queria uma consulta na terça às dez, se for possível.",
    "tr": "Merhaba, salı günü saat on için bir randevu istiyorum, mümkünse.",
}
DANGER = {
    "de": "Das ist ein Notfall!",
    "en": "This is an emergency!",
    "es": "¡Es una emergencia!",
    "fr": "C'est une urgence !",
    "it": "È un'emergenza!",
    "nl": "Dit is een noodgeval!",
    "pl": "To nagły wypadek!",
    "pt": "É uma emergência!",
    "tr": "Bu acil bir durum!",
}


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_heard_in_each_language(code: str) -> None:
    """The kinds are told apart, and who wants something is none of them."""
    assert nuisance_in(ROBOCALLS[code]) == "robocall"
    assert nuisance_in(PITCHES[code]) == "sales_pitch"
    assert nuisance_in(WISHES[code]) is None
    assert mentions_emergency(DANGER[code])
    assert not mentions_emergency(WISHES[code])


def test_a_denied_word_of_danger_counts() -> None:
    """The model is not asked to act on it; what protects takes no chances."""
    text = "I am not having a heart attack."
    assert not Pleas(language="en").emergency(text)
    assert mentions_emergency(text)
