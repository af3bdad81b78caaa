"""An agent is put on hold: it waits without the model, and answers the person who comes."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from talk_kit import Scene, Scenes, Told

from bot.media.g711 import pcm_to_ulaw
from bot.simulator.caller import HangUp, Menu, Pause, Say, Sound, StayOn, WaitForAgent
from bot.simulator.model import Call, Faults, Incident, Mishap, ModelScript, Moment, Step
from bot.simulator.voices import Voice

pytestmark = pytest.mark.asyncio(loop_scope="module")

MENU = "Welcome to the bicycle shop. For repairs, press two."
HOLD = "All our agents are busy at the moment. Please hold the line."
LOOP = "Thank you for waiting. We will be with you as soon as we can."
PERSON = "Repairs, this is Lena, how can I help you?"
ASKS = "I am calling about a bicycle. Is it ready?"
READY = "Yes, it is ready."
BYE = "Thank you, goodbye."
WAIT = (Call(name="wait_on_hold"),)
MUSIC_SECS = 60
SCENES = Scenes()


def music(secs: float) -> Sound:
    """Chords and a melody that go on for so long."""
    chance = np.random.default_rng(7)
    beat = 0.5
    out = np.zeros(round(secs * 8000))
    for number in range(int(secs / beat)):
        hz = 330 * 2 ** (int(chance.choice([0, 2, 4, 7, 9])) / 12)
        at = np.arange(round(beat * 8000)) / 8000
        tune = sum(np.sin(2 * np.pi * hz * k * at) / k for k in (1, 2, 3, 4)) * np.exp(-2 * at)
        chord = sum(np.sin(2 * np.pi * 220 * 2 ** (n / 12) * at) for n in (0, 4, 7))
        begin = round(number * beat * 8000)
        out[begin : begin + len(at)] += (1200 * tune + 600 * chord)[: len(out) - begin]
    return Sound(pcm_to_ulaw(out.clip(-32000, 32000).astype("<i2").tobytes()))


def scene(*steps: Step, actions: Sequence[Any], expects: Sequence[str], **changes: Any) -> Scene:
    return SCENES.add(
        order={},
        pipeline="errand",
        actions=actions,
        script=ModelScript(steps=steps, expects=expects, by_words=True, greeting="Hello."),
        within_secs=changes.pop("within_secs", 400.0),
        **changes,
    )


TALK = (WaitForAgent(500), Say(READY), WaitForAgent(500), HangUp())
ANSWERS = (Step(hears=("this is Lena",), say=ASKS), Step(hears=("it is ready",), say=BYE))
to_a_person = scene(
    Step(hears=("press two",), calls=(Call(name="press_keys", arguments={"digits": "2"}),)),
    Step(hears=("Please hold",), calls=WAIT),
    *ANSWERS,
    actions=(
        Pause(300),
        Menu(
            MENU,
            {"2": (Pause(500), Say(HOLD), Pause(300), music(MUSIC_SECS), Pause(400), Say(PERSON))},
        ),
        *TALK,
    ),
    expects=(MENU, HOLD, PERSON, READY),
)
announced = scene(
    Step(hears=("Please hold",), calls=WAIT),
    Step(hears=("Thank you for waiting",), calls=WAIT, once=False),
    *ANSWERS,
    actions=(
        Say(HOLD),
        Pause(300),
        *(action for _ in range(3) for action in (music(10), Pause(300), Say(LOOP), Pause(300))),
        music(5),
        Pause(300),
        Say(PERSON),
        *TALK,
    ),
    expects=(HOLD, LOOP, PERSON, READY),
)
too_long = scene(
    Step(hears=("Please hold",), calls=WAIT),
    actions=(Say(HOLD), Pause(300), music(40), StayOn()),
    expects=(HOLD,),
    agent="[hold]\nmax_secs = 25\n",
)
gone = scene(
    Step(hears=("Please hold",), calls=WAIT),
    actions=(Say(HOLD), Pause(300), music(15), HangUp()),
    expects=(HOLD,),
)
by_words = scene(
    Step(hears=("Please hold",), calls=(Call(name="wait_on_line"),)),
    *ANSWERS,
    actions=(Say(HOLD), Pause(20_000), Say(PERSON), *TALK),
    expects=(HOLD, PERSON, READY),
)
_lost_scripts = [
    ModelScript(
        steps=(Step(hears=("Please hold",), calls=WAIT),),
        expects=(HOLD,),
        by_words=True,
        greeting="Hello.",
    ),
    ModelScript(steps=ANSWERS, expects=(PERSON, READY), by_words=True),
]
lost = SCENES.add(
    order={},
    pipeline="errand",
    actions=(Say(HOLD), Pause(300), music(30), Pause(400), Say(PERSON), *TALK),
    script=lambda instructions: _lost_scripts.pop(0),
    first_faults=(
        Faults(incidents=(Incident(moment=Moment.TOOL_CALL, mishap=Mishap.DROP, after_secs=15),)),
    ),
    within_secs=400.0,
)
by_music = scene(
    *ANSWERS,
    actions=(Pause(2500), music(25), Pause(400), Say(PERSON), *TALK),
    expects=(PERSON, READY),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def played(tmp_path_factory: pytest.TempPathFactory, spoken: Voice) -> AsyncIterator[None]:
    await SCENES.play(tmp_path_factory.mktemp("holds"), spoken)
    yield


def heard_secs(told: Told) -> float:
    """How much sound the model was sent, at its own side of the wire."""
    sent = told.session.received("input_audio_buffer.append")
    return sum(len(event["audio"]) * 3 / 4 for event in sent) / 8000


def said(told: Told) -> list[str]:
    return [text for role, text in told.turns if role == "agent" and text != "Hello."]


async def test_a_menu_then_music_then_a_person() -> None:
    """The model hears nothing of a minute of music, and the person from their first word; they
    are answered as at any time."""
    told = SCENES[to_a_person]
    assert told.errors == []
    assert said(told) == [ASKS, BYE]
    (hold,) = told.record["holds"]
    assert hold["by"] == "model"
    assert MUSIC_SECS - 5 < hold["secs"] < MUSIC_SECS + 5
    assert hold["saved_usd"] > 0.05 / 3
    assert told.ended_ms / 1000 - heard_secs(told) > MUSIC_SECS - 5
    assert (await_ms := told.heard(ASKS)) is not None
    assert await_ms.start_ms - told.fell_silent_at(PERSON) < 1000 + 700
    assert ("caller", PERSON) in told.turns
    assert told.outcome == ("completed", "caller_hung_up")


async def test_an_announcement_wakes_the_model_once() -> None:
    """It goes back on hold; the same words later do not wake it, and a person does."""
    told = SCENES[announced]
    assert told.errors == []
    assert [role for role, text in told.turns if text == LOOP] == ["caller"]
    assert len(told.record["holds"]) == 2
    assert said(told) == [ASKS, BYE]


async def test_a_hold_that_is_too_long() -> None:
    """The call ends, for a reason of its own, and without a word."""
    told = SCENES[too_long]
    assert told.outcome == ("unreached", "held_too_long")
    (hold,) = told.record["holds"]
    assert hold["secs"] == pytest.approx(25, abs=0.5)
    assert said(told) == []


async def test_they_hang_up_on_hold() -> None:
    """As at any time; the hold ends with the call."""
    told = SCENES[gone]
    assert told.outcome == ("completed", "caller_hung_up")
    (hold,) = told.record["holds"]
    assert hold["to"] is not None and 10 < hold["secs"] < 20


async def test_words_put_it_on_hold() -> None:
    """Whatever the model makes of them; in the silence nobody asks whether they are there."""
    told = SCENES[by_words]
    assert [hold["by"] for hold in told.record["holds"]] == ["words"]
    assert said(told) == [ASKS, BYE]
    assert heard_secs(told) < told.ended_ms / 1000 - 12


async def test_music_puts_it_on_hold() -> None:
    """Eight seconds of it, with no words at all."""
    told = SCENES[by_music]
    assert [hold["by"] for hold in told.record["holds"]] == ["music"]
    assert said(told)[-2:] == [ASKS, BYE]
    assert heard_secs(told) < told.ended_ms / 1000 - 12


async def test_the_model_is_lost_meanwhile() -> None:
    """Another session hears the person from their first word, and knows what was said before."""
    told = SCENES[lost]
    first, second = told.sessions
    assert first.received("input_audio_buffer.append")
    assert HOLD in str(second.received("conversation.item.create"))
    (hold,) = told.record["holds"]
    assert 25 < hold["secs"] < 35
    assert heard_secs(told) < 12  # of the music, nothing: the second one's part is the talk
    assert ("caller", PERSON) in told.turns
    assert said(told) == [ASKS, BYE]
    assert told.outcome == ("completed", "caller_hung_up")
