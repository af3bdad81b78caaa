"""Echo of the agent's own voice, a radio, a car, a café: the agent is heard to its end all the
same, and a caller who cuts in still silences it at once."""

import base64
from collections.abc import AsyncIterator
from functools import partial

import numpy as np
import pytest
import pytest_asyncio
import soxr
from talk_kit import Event, Scene, Scenes, Tap, Told, asked_by, silenced

from bot.media.g711 import BYTES_PER_MS, loudness, pcm_to_ulaw, ulaw_to_pcm
from bot.simulator.caller import InterruptAfter, Pause, Say, WaitForAgent
from bot.simulator.carrier.loudness import audible_spans
from bot.simulator.model import ANYTHING, Call, Manner, ModelScript, Step
from bot.simulator.surroundings import Surroundings
from bot.simulator.voices import PiperVoice, Voice
from tests.voices import kept, kept_voice

pytestmark = pytest.mark.timeout(600)

SCENES = Scenes()
AGENT_VOICE = kept_voice("agent")
RADIO_VOICE = kept(PiperVoice(pitch=0.9, pace=1.15))

STORY = (
    "Hello, this is the Riverside Clinic, and I am the assistant who answers the telephone. "
    "We are open from Monday to Friday, from eight in the morning until six in the evening. "
    "On Saturdays the doctors see patients until noon. Please tell me how I may help you today."
)
NEWS = (
    "And now the news at nine. Heavy rain has flooded several roads in the north of the country, "
    "and the police ask drivers to stay at home. The minister said this morning that help is on "
    "its way. In sports, the home team has won its third game in a row, to the joy of thousands. "
    "Tomorrow will be cloudy, with some sun in the afternoon, and a light wind from the west."
)
WAIT = "Wait, please stop, I need another day."
ALL_RIGHT = "All right then."
ASK = "When are you open on Tuesday?"
OPEN = "On Tuesday we are open from eight until six, and the doctors are in all day long."
WRONG = "This must never be heard by anybody."
MODEL_HEARS_RMS = 1600  # -26 dBFS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(
    spoken: Voice, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Scenes]:
    folder = tmp_path_factory.mktemp("echo")
    await SCENES.play(folder, spoken, at_once=4, asked=asked_by(request))
    yield SCENES


class HearsTheNear(Tap):
    """The model's ear takes what is soft for silence, as its noise reduction does."""

    async def to_model(self, event: Event) -> list[Event]:
        if event["type"] != "input_audio_buffer.append":
            return [event]
        near = loudness(base64.b64decode(event["audio"])) >= MODEL_HEARS_RMS
        return [event if near else silenced(event)]


def without_pauses(ulaw: bytes) -> bytes:
    """The same, spoken in one breath."""
    return b"".join(
        ulaw[round(s.start_ms) * BYTES_PER_MS : round(s.end_ms) * BYTES_PER_MS]
        for s in audible_spans(ulaw)
    )


def radio() -> bytes:
    return without_pauses(RADIO_VOICE.render(NEWS))


def car() -> bytes:
    """Ten seconds of a motor and a road: noise that falls by 6 dB an octave, and a hum."""
    chance, time = np.random.default_rng(11), np.arange(80_000) / 8000
    road = np.cumsum(chance.normal(0, 1, 80_000))
    road -= np.convolve(road, np.ones(400) / 400, "same")
    hum = sum(np.sin(2 * np.pi * hz * time) / n for n, hz in enumerate((31, 62, 93, 124), 1))
    return at_dbfs(road / road.std() + hum, -20)


def cafe() -> bytes:
    """Six people who talk at once, and cups."""
    voice = np.frombuffer(ulaw_to_pcm(RADIO_VOICE.render(NEWS)), "<i2").astype(float)
    people = [soxr.resample(voice, 8000, 8000 * p) for p in (0.9, 1.0, 1.1, 1.2, 1.3, 1.4)]
    length = min(map(len, people))
    babble = sum(np.roll(voice[:length], 9000 * n) for n, voice in enumerate(people))
    chance = np.random.default_rng(5)
    for at in chance.integers(0, length - 2000, 12):
        babble[at : at + 2000] += chance.normal(0, 6000, 2000) * np.exp(-np.arange(2000) / 200)
    return at_dbfs(babble, -20)


def at_dbfs(samples: np.ndarray, db: float) -> bytes:
    level = np.sqrt(np.mean(samples**2))
    scaled = np.clip(samples * (32768 * 10 ** (db / 20) / level), -32768, 32767)
    return pcm_to_ulaw(scaled.astype("<i2").tobytes())


AROUND = {
    **{
        f"echo {db} dB, {ms} ms": partial(Surroundings, echo_db=db, echo_delay_ms=ms)
        for db, ms in ((-20, 80), (-20, 300), (-30, 160), (-42, 300))
    },
    "radio -24 dB": lambda: Surroundings(background=radio(), background_db=-24),
    "radio -36 dB": lambda: Surroundings(background=radio(), background_db=-36),
    "radio and echo": lambda: Surroundings(background=radio(), background_db=-30, echo_db=-30),
    "car": lambda: Surroundings(background=car(), background_db=-18),
    "cafe": lambda: Surroundings(background=cafe(), background_db=-18),
}
USUAL = ("echo -20 dB, 80 ms", "radio and echo")


def scene(**what: object) -> Scene:
    manner = Manner(first_audio_after_secs=0.2, transcript_after_secs=0.1)
    return SCENES.add(tap=HearsTheNear, voice=AGENT_VOICE, manner=manner, within_secs=60, **what)


# -- nobody speaks but the agent ------------------------------------------------------------------

ALONE = {
    place: scene(
        script=ModelScript(greeting=STORY, steps=(Step(hears=ANYTHING, say=WRONG),) * 20),
        actions=(Pause(22_000),),
        surroundings=around,
    )
    for place, around in AROUND.items()
}


@pytest.mark.parametrize("place", SCENES.thorough_but(ALONE, *USUAL))
def test_the_agent_is_heard_to_its_end(calls: Scenes, place: str) -> None:
    """It is one turn, of which nothing was cut, and it took no more than two seconds longer."""
    call = calls[ALONE[place]]
    assert call.turn("Hello")["text"] == STORY
    assert not call.turn("Hello")["interrupted"]
    assert WRONG not in [text for _, text in call.turns]
    sounds = audible_spans(call.sim.heard.agent)
    said = audible_spans(AGENT_VOICE.render(STORY))
    longest_ms = said[-1].end_ms - said[0].start_ms + 2000
    assert end_of_story(call) - sounds[0].start_ms < longest_ms, call.sim.clears


def end_of_story(call: Told) -> float:
    """When the last sound of the story was heard, in ms of the line."""
    sound = AGENT_VOICE.render(STORY)
    last = audible_spans(sound)[-1].end_ms
    tail = sound[round((last - 500) * BYTES_PER_MS) : round(last * BYTES_PER_MS)]
    at = call.sim.heard.agent.find(tail)
    assert at >= 0
    return at / BYTES_PER_MS + 500


# -- the model's ear hears the echo, and writes down what it says ---------------------------------

OWN_WORDS = {
    "its beginning": "Hello, this is the Riverside Clinic.",
    "half words at both ends": "lo this is the river",
}


class WritesDown(Tap):
    """The model's ear hears all there is, and takes it for these words."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    async def to_service(self, event: Event) -> list[Event]:
        if event["type"] == "conversation.item.input_audio_transcription.completed":
            return [event | {"transcript": self._words}]
        return [event]


def echoed(words: str, **what: object) -> Scene:
    return SCENES.add(
        tap=partial(WritesDown, words),
        voice=AGENT_VOICE,
        manner=Manner(first_audio_after_secs=0.2, transcript_after_secs=0.1),
        within_secs=60,
        script=ModelScript(greeting=STORY, steps=(Step(hears=ANYTHING, say=WRONG),) * 20),
        **what,
    )


ECHOED = {
    what: echoed(
        words,
        actions=(Pause(22_000),),
        surroundings=partial(Surroundings, echo_db=-20, echo_delay_ms=160),
    )
    for what, words in OWN_WORDS.items()
}
ANOTHER = echoed(
    "No, I need another day.",
    actions=(Pause(22_000),),
    surroundings=partial(Surroundings, echo_db=-20, echo_delay_ms=160),
)


@pytest.mark.parametrize("what", OWN_WORDS)
def test_words_that_are_the_agents_own_take_no_turn(calls: Scenes, what: str) -> None:
    """Nothing is answered, nothing noted of a caller, and the agent says all it had to say."""
    call = calls[ECHOED[what]]
    assert call.session.heard  # else it shows nothing
    assert call.turn("Hello")["text"] == STORY
    assert not call.turn("Hello")["interrupted"]
    assert WRONG not in [text for _, text in call.turns]
    assert not [text for role, text in call.turns if role == "caller"]
    assert end_of_story(call) > 0


def test_other_words_in_an_echo_take_the_turn(calls: Scenes) -> None:
    """The model's ear has heard somebody, whatever ours makes of it."""
    call = calls[ANOTHER]
    assert call.turn("Hello")["interrupted"]


# -- the caller cuts in ---------------------------------------------------------------------------

CUT_IN = {
    place: scene(
        script=ModelScript(
            greeting=STORY, steps=(Step(hears=ANYTHING, say=ALL_RIGHT),), expects=(WAIT,)
        ),
        actions=(InterruptAfter(4000, WAIT), WaitForAgent(timeout_secs=6)),
        surroundings=around,
    )
    for place, around in AROUND.items()
}


@pytest.mark.parametrize("place", SCENES.thorough_but(CUT_IN, *USUAL))
def test_a_caller_who_cuts_in_silences_the_agent(calls: Scenes, place: str) -> None:
    """As soon as on a silent line, and the turn is theirs."""
    call = calls[CUT_IN[place]]
    spoke_at = call.spoke_at(WAIT)
    clear = next(clear for clear in call.sim.clears if clear.at_ms > spoke_at)
    assert clear.at_ms < spoke_at + 360
    assert call.turn("Hello")["interrupted"]
    assert ("agent", ALL_RIGHT) in call.turns


# -- a radio goes on after the caller's question --------------------------------------------------

ASKED = {
    place: scene(
        script=ModelScript(
            greeting="Hello there.",
            steps=(
                Step(hears=ANYTHING, calls=(Call(name="lookup_hours", arguments={}),)),
                Step(after_tool="lookup_hours", say=OPEN),
                *(Step(hears=ANYTHING, say=WRONG),) * 20,
            ),
            expects=(ASK,),
        ),
        actions=(WaitForAgent(300, timeout_secs=5), Say(ASK), Pause(14_000)),
        surroundings=around,
    )
    for place, around in AROUND.items()
    if "echo " not in place
}


@pytest.mark.parametrize("place", SCENES.thorough_but(ASKED, "radio and echo"))
def test_what_a_function_found_is_said_though_somebody_goes_on_speaking(
    calls: Scenes, place: str
) -> None:
    """The answer begins at most three seconds after the caller's question, and is complete."""
    call = calls[ASKED[place]]
    assert ("agent", OPEN) in call.turns
    asked_ms = call.fell_silent_at(ASK)
    assert call.sounds_between(asked_ms + 100, asked_ms + 3000)
