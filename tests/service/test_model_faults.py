"""The model misbehaves: what the caller hears then, and what is told of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np
import pytest
import pytest_asyncio
from talk_kit import Scene, Scenes, Told

from bot.brains.openai.failed_answers import WAITS_SECS
from bot.media.g711 import loudness, pcm_to_ulaw, ulaw_to_pcm
from bot.simulator.caller import Pause, Press, Say, StayOn, WaitForAgent
from bot.simulator.carrier.loudness import audible_spans
from bot.simulator.model import (
    ANYTHING,
    Faults,
    Incident,
    Manner,
    Mishap,
    ModelScript,
    Moment,
    Step,
)
from bot.simulator.voices import Voice
from bot.testing.line import HUMAN

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

GREETING = "Hello there."
ASK = "When are you open?"
ANSWER = "We are open all day long."
STORY = " ".join(["one two three four five six seven eight nine ten eleven twelve"] * 2)
SORRY = "Sorry, something broke."
SCRIPT = ModelScript(
    greeting=GREETING, steps=(Step(hears=ANYTHING, say=ANSWER, once=False),), expects=(ASK, ASK)
)
AGENT = f'lines = {{ sorry = "{SORRY}" }}'
REFUSES = Faults(refuse_with=503)
ONE_TURN = (WaitForAgent(300), Say(ASK), WaitForAgent(500))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("faults"), spoken, at_once=8)
    yield SCENES


def assert_handed_over(call: Told, reason: str) -> None:
    """The caller hears an apology and a person, once, and the record says why."""
    assert call.said_by_carrier == [SORRY]
    assert call.dialled == [HUMAN]
    assert call.outcome == ("failed", reason)
    assert call.record["status"] == "completed"


def assert_talked(call: Told, turns: int = 1) -> None:
    """The conversation went as if nothing had been."""
    expected = [("agent", GREETING), *[("caller", ASK), ("agent", ANSWER)] * turns]
    assert call.turns == expected
    assert call.outcome == ("completed", "caller_hung_up")


# -- no model -------------------------------------------------------------------------------------

ABSENT = {
    "model_refused": SCENES.add(agent=AGENT, faults=Faults(refuse_with=401)),
    "model_unreachable": SCENES.add(
        agent=AGENT, settings={"openai_realtime_url": "ws://127.0.0.1:9/v1/realtime"}
    ),
    "model_unreachable: 503": SCENES.add(agent=AGENT, faults=REFUSES),
}


@pytest.mark.parametrize("how", ABSENT)
def test_without_a_model_the_caller_hears_an_apology_and_a_person(calls: Scenes, how: str) -> None:
    """At once where there is nothing to wait for, else after some tries in three seconds."""
    call = calls[ABSENT[how]]
    assert_handed_over(call, how.partition(":")[0])
    assert call.turns == []
    assert call.noted("say", SORRY)
    assert call.at_ms("say") < (1500 if how == "model_refused" else 4500)


def test_a_refusal_for_good_is_not_asked_for_again(calls: Scenes) -> None:
    """A wrong key stays wrong; a server that is overloaded may not be a moment later."""
    assert calls[ABSENT["model_refused"]].refused == [401]
    assert calls[ABSENT["model_unreachable: 503"]].refused == [503] * 8


HOLD = "Please hold."
IMPATIENT = {
    "refuses": SCENES.add(
        agent=f'lines = {{ hold = "{HOLD}" }}',
        faults=REFUSES,
        actions=(Pause(200), Press("0"), StayOn()),
    ),
    "never answers": SCENES.add(
        agent=f'lines = {{ hold = "{HOLD}" }}',
        faults=Faults(never_answers=True),
        actions=(Pause(200), Press("0"), StayOn()),
    ),
    "goes away": SCENES.add(
        script=ModelScript(greeting=GREETING),
        agent=f'lines = {{ hold = "{HOLD}" }}',
        first_faults=(Faults(incidents=(Incident(moment=Moment.GREETING, mishap=Mishap.DROP),)),),
        faults=REFUSES,
        actions=(Pause(600), Press("0"), StayOn()),
    ),
}


@pytest.mark.parametrize("how", IMPATIENT)
def test_zero_reaches_a_person_while_there_is_no_model(calls: Scenes, how: str) -> None:
    """At once: the caller need not wait until the model is given up."""
    call = calls[IMPATIENT[how]]
    assert call.said_by_carrier == [HOLD]
    assert call.dialled == [HUMAN]
    assert call.outcome == ("transferred", "transfer")
    assert call.record["transfer"]["reason"] == "The caller pressed 0."
    assert call.at_ms("say") < 3000


ONCE_REFUSED = SCENES.add(script=SCRIPT, first_faults=(REFUSES,), actions=ONE_TURN)


def test_a_model_that_refuses_once_is_tried_again(calls: Scenes) -> None:
    """The caller notices nothing but a moment."""
    call = calls[ONCE_REFUSED]
    assert call.refused == [503]
    assert_talked(call)


# -- a strange model ------------------------------------------------------------------------------

LATE = SCENES.add(
    script=SCRIPT,
    faults=Faults(created_after_secs=0.8, first_audio_after_secs=1.5),
    actions=(WaitForAgent(300), Say(ASK), WaitForAgent(500, 8.0)),
)


def test_a_slow_model_is_waited_for(calls: Scenes) -> None:
    """A late session, a late first sound: the call goes its way."""
    call = calls[LATE]
    assert_talked(call)
    assert call.record["latency"]["turns_ms"][0] > 1500


STRANGE = SCENES.add(
    script=SCRIPT,
    faults=Faults(
        incidents=tuple(
            Incident(moment=moment, mishap=mishap)
            for moment in (Moment.UPDATED, Moment.GREETING, Moment.LISTENING)
            for mishap in (
                Mishap.ERROR,
                Mishap.UNKNOWN_EVENT,
                Mishap.UNKNOWN_LITERAL,
                Mishap.INVALID_JSON,
                Mishap.UNKNOWN_FIELD,
            )
        )
    ),
    actions=ONE_TURN,
)


def test_what_nobody_knows_does_not_disturb_the_call(calls: Scenes) -> None:
    """Errors of the server, unknown events, fields and values, and messages that are no JSON."""
    call = calls[STRANGE]
    assert_talked(call)
    assert [error["code"] for error in call.errors] == ["server_error"] * 3


# -- a model that goes away -----------------------------------------------------------------------

LOST = {
    mishap: SCENES.add(
        script=ModelScript(greeting=STORY),
        agent=AGENT,
        first_faults=(
            Faults(incidents=(Incident(moment=Moment.GREETING, mishap=mishap, after_secs=1.3),)),
        ),
        faults=REFUSES,  # and it does not come back
    )
    for mishap in (Mishap.DROP, Mishap.CLOSE, Mishap.EXPIRE)
}


@pytest.mark.parametrize("mishap", LOST)
def test_a_model_lost_in_mid_call_is_apologised_for(calls: Scenes, mishap: Mishap) -> None:
    """The caller is put through to a person within seconds."""
    call = calls[LOST[mishap]]
    assert_handed_over(call, "model_lost")
    assert call.ended_ms < 8000


@pytest.mark.parametrize("mishap", LOST)
def test_what_was_heard_of_a_lost_model_is_kept(calls: Scenes, mishap: Mishap) -> None:
    """The record ends with the words that were cut off."""
    call = calls[LOST[mishap]]
    heard_words = call.heard_ms(STORY) / 250
    assert heard_words > 2
    turn = call.turn("one")
    assert turn["interrupted"]
    assert abs(len(turn["text"].split()) - heard_words) <= 2  # it plays on until the apology


SILENT = SCENES.add(agent=AGENT, faults=Faults(never_answers=True))


def test_a_model_that_never_answers_is_given_up(calls: Scenes) -> None:
    """Ten seconds after it owed an answer: it lives, and says nothing."""
    call = calls[SILENT]
    assert_handed_over(call, "model_silent")
    assert 9500 < call.at_ms("say") < 12500


STALLING = SCENES.add(
    script=SCRIPT,
    agent=AGENT,
    faults=Faults(incidents=(Incident(moment=Moment.LISTENING, mishap=Mishap.STALL),)),
    actions=(WaitForAgent(300), Say(ASK), StayOn()),
)


def test_a_model_that_stalls_in_each_session_is_given_up(calls: Scenes) -> None:
    """None of them has shown that it answers at once, so each has time; the caller's is ten
    seconds.
    """
    call = calls[STALLING]
    assert_handed_over(call, "model_silent")
    assert call.at_ms("say") < call.fell_silent_at(ASK) + 11_500


FAILING = SCENES.add(agent=AGENT, faults=Faults(fails_with="inference_rate_limit_exceeded"))


def test_a_model_whose_answers_all_fail_is_given_up(calls: Scenes) -> None:
    """Asked for again after each of the waits there are, ten seconds at most."""
    call = calls[FAILING]
    assert_handed_over(call, "model_failed")
    failed = ["failed"] * (len(WAITS_SECS) + 1)
    assert [response["status"] for response in call.session.responses] == failed


FILLER = "One moment, please."
LIMITED = SCENES.add(
    script=SCRIPT,
    agent=f'lines = {{ filler = "{FILLER}" }}',
    clips=(FILLER,),
    faults=Faults(
        fails_with="rate_limit_exceeded",
        fails_after=1,
        fails_times=1,
        fails_saying="Rate limit reached. Please try again in 2.7s.",
    ),
    actions=(WaitForAgent(300), Say(ASK), WaitForAgent(1500, 9.0)),
)


def test_a_limit_that_passes_is_waited_for(calls: Scenes) -> None:
    """As long as the model's side says, and the caller is asked to wait."""
    call = calls[LIMITED]
    assert call.heard(FILLER) is not None
    assert ("agent", ANSWER) in call.turns
    statuses = [response["status"] for response in call.session.responses]
    assert statuses == ["completed", "failed", "completed"]
    assert call.outcome == ("completed", "caller_hung_up")


EMPTY = SCENES.add(script=SCRIPT, faults=Faults(empty_after=1), actions=ONE_TURN)


def test_an_answer_with_nothing_in_it_is_asked_for_again(calls: Scenes) -> None:
    """At once: the caller hears their answer."""
    call = calls[EMPTY]
    assert_talked(call)
    assert len(call.session.responses) == 3


# -- a model that does not speak μ-law ------------------------------------------------------------

WORDS = "We are open from nine to five on every day of the week."


@dataclass(frozen=True)
class ToneVoice:
    """Each word a tone of 250 ms that swells and fades, well within what a telephone carries."""

    def render(self, text: str) -> bytes:
        moments = np.arange(2000) / 8000
        tone = np.sin(2 * np.pi * 330 * moments) + 0.5 * np.sin(2 * np.pi * 1100 * moments)
        word = (tone * np.hanning(2000) * 9000).astype("<i2").tobytes()
        return pcm_to_ulaw(word * len(text.split()))


WIDE = SCENES.add(
    script=ModelScript(greeting=GREETING, steps=(Step(hears=ANYTHING, say=WORDS),), expects=(ASK,)),
    manner=Manner(first_audio_after_secs=0.2, transcript_after_secs=0.1, accepts_g711=False),
    voice=ToneVoice(),
    actions=ONE_TURN,
)


def loudness_db(ulaw: bytes) -> float:
    samples = np.frombuffer(ulaw_to_pcm(ulaw), "<i2").astype(float)
    return float(20 * np.log10(np.sqrt((samples**2).mean())))


def test_a_model_without_g711_is_spoken_with_in_pcm(calls: Scenes) -> None:
    """Its ear hears the caller's turn, and the caller hears the words as they were made."""
    call = calls[WIDE]
    assert call.session.session["audio"]["output"]["format"]["type"] == "audio/pcm"
    assert call.turns == [("agent", GREETING), ("caller", ASK), ("agent", WORDS)]
    made = call.voice.render(WORDS)
    spans = call.sounds_between(call.fell_silent_at(ASK), call.ended_ms)
    start, end = round(spans[0].start_ms) * 8, round(spans[-1].end_ms) * 8
    made_spans = audible_spans(made)
    made_start, made_end = round(made_spans[0].start_ms) * 8, round(made_spans[-1].end_ms) * 8
    assert abs((end - start) - (made_end - made_start)) < 60 * 8
    heard = call.sim.heard.agent[start:end]
    assert abs(loudness_db(heard) - loudness_db(made[made_start:made_end])) < 1.0


def test_the_model_hears_all_of_the_callers_sound(calls: Scenes) -> None:
    """As long as the call, and as loud as it was spoken."""
    call = calls[WIDE]
    received = bytes(call.session.audio_received)
    assert abs(len(received) - len(call.sim.heard.caller)) < 400 * 8
    assert abs(loudness_db(received) - loudness_db(call.sim.heard.caller)) < 1.0


# -- a model that says one format and sends another ------------------------------------------------

LIES = SCENES.add(
    script=SCRIPT, faults=Faults(sends="pcm"), voice=ToneVoice(), actions=ONE_TURN, agent=AGENT
)
LIES_ABOUT_ALL = SCENES.add(
    script=SCRIPT, faults=Faults(sends="other"), voice=ToneVoice(), agent=AGENT
)
PREPARED_LIES = SCENES.add(
    script=SCRIPT,
    faults=Faults(sends="pcm"),
    voice=ToneVoice(),
    first_line=GREETING,
    clips=(GREETING,),
    actions=ONE_TURN,
)


def loudest(ulaw: bytes) -> int:
    """Of any 20 ms."""
    return max(loudness(ulaw[at : at + 160]) for at in range(0, len(ulaw) - 160, 160))


@pytest.mark.parametrize("scene", [LIES, PREPARED_LIES], ids=["from the start", "with a clip"])
def test_what_is_in_the_wrong_format_is_not_heard(calls: Scenes, scene: Scene) -> None:
    """Another session takes its place, in PCM, and says the same; the caller waits a moment."""
    call = calls[scene]
    assert_talked(call)
    assert [each.session["audio"]["output"]["format"]["type"] for each in call.sessions] == [
        "audio/pcmu",
        "audio/pcm",
    ]
    made = max(loudest(call.voice.render(line)) for line in (GREETING, ANSWER))
    assert loudest(call.sim.heard.agent) < 1.1 * made
    assert call.said_by_carrier == []


def test_one_that_keeps_to_no_format_is_not_heard_at_all(calls: Scenes) -> None:
    """The caller hears an apology and a person."""
    call = calls[LIES_ABOUT_ALL]
    assert_handed_over(call, "protocol_broken")
    assert call.turns == []
    assert len(call.sessions) == 2
    assert loudest(call.sim.heard.agent) == 0
