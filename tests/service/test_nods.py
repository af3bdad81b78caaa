"""The caller nods, coughs or cuts in: who has the turn, and what the model knows of it."""

from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from talk_kit import Event, Scene, Scenes, Tap, Told, asked_by, silenced

from bot.media.g711 import BYTES_PER_MS, pcm_to_ulaw
from bot.simulator.caller import InterruptAfter, Pause, Say, Sound, StayOn, WaitForAgent
from bot.simulator.model import ANYTHING, Call, Manner, ModelScript, Step
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

STORY = (  # six seconds
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty alpha beta gamma delta"
)
STORY_MS = 6000
ASK = "Tell me a story."
NOD = "Uh-huh."
REAL = "Wait, stop, I need another day."
WRONG = "This must never be heard by anybody."
ALL_RIGHT = "All right then."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(
    spoken: Voice, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Scenes]:
    folder = tmp_path_factory.mktemp("nods")
    await SCENES.play(folder, spoken, at_once=5, asked=asked_by(request))
    yield SCENES


def story_goes_on(call: Told, line: str = STORY) -> None:
    """The caller heard all of the line; where it was held, the last word twice and no more."""
    sound, track = call.voice.render(line), call.sim.heard.agent
    at, offset, repeated = track.find(sound[:80]), 0, []
    assert at >= 0
    while offset < len(sound):
        if track[at : at + 160] == sound[offset : offset + 160]:
            at, offset = at + 160, offset + 160
        elif track[at] == sound[offset]:
            at, offset = at + 1, offset + 1
        else:  # a hold: silence, then a little of what was heard before
            start = next(p for p in range(at, len(track)) if sound.find(track[p : p + 80]) >= 0)
            again = sound.find(track[start : start + 80])
            repeated.append((offset - again) / BYTES_PER_MS)
            at, offset = start, again
    assert repeated
    assert all(0 < ms <= 450 for ms in repeated), repeated


def one_turn(call: Told, line: str = STORY) -> None:
    """In the record and in the model's memory the agent was never interrupted."""
    (turn,) = [t for t in call.record["turns"] if t["text"].startswith(line.split(".")[0])]
    assert (turn["text"], turn["interrupted"]) == (line, False)
    assert call.truncated_ms == []
    assert call.errors == []
    assert WRONG not in [text for _, text in call.turns]
    assert call.heard(WRONG) is None


# -- a nod in the middle of a long answer ---------------------------------------------------------

NODS = {
    mode: SCENES.add(
        script=ModelScript(
            greeting="Hello there.",
            steps=(
                Step(hears=ANYTHING, say=STORY),
                Step(hears=ANYTHING, say=WRONG),
                Step(hears=ANYTHING, say=WRONG),
            ),
            expects=(ASK, NOD),
        ),
        agent=f'turns = "{mode}"',
        actions=(
            WaitForAgent(300),
            Say(ASK),
            InterruptAfter(2500, NOD),
            Pause(2500),
            WaitForAgent(1500),
        ),
    )
    for mode in ("hybrid", "server", "local")
}
each_mode = pytest.mark.parametrize("mode", SCENES.thorough_but(NODS, "hybrid"))


@each_mode
def test_after_a_nod_the_answer_goes_on_where_it_was_heard(calls: Scenes, mode: str) -> None:
    """Silent soon after the nod began, it is complete in the end and is one turn."""
    call = calls[NODS[mode]]
    story_goes_on(call)
    one_turn(call)
    assert len(call.sim.clears) == 1
    spoke_at = call.spoke_at(NOD)
    assert spoke_at < call.sim.clears[0].at_ms < spoke_at + 600
    silence_ms = call.sounds_between(call.sim.clears[0].at_ms + 1, call.ended_ms)[0].start_ms
    assert silence_ms < call.fell_silent_at(NOD) + 1800


@each_mode
def test_the_model_knows_nothing_of_a_nod(calls: Scenes, mode: str) -> None:
    """What it made of it, an answer perhaps, is gone: its last words are those still spoken."""
    call = calls[NODS[mode]]
    roles = [item["role"] for item in call.session.items]
    assert roles == ["assistant", "user", "assistant"]
    completed = [r for r in call.session.responses if r["status"] == "completed"]
    assert len(completed) == 2


@each_mode
def test_the_record_keeps_the_nod_in_its_place(calls: Scenes, mode: str) -> None:
    """It was said, after the agent had begun."""
    turns = calls[NODS[mode]].turns
    assert turns == [
        ("agent", "Hello there."),
        ("caller", ASK),
        ("agent", STORY),
        ("caller", NOD),
    ]


# -- while the answer is still being generated ----------------------------------------------------

SLOW = SCENES.add(
    script=ModelScript(greeting=STORY, steps=(Step(hears=ANYTHING, say=WRONG),), expects=(NOD,)),
    manner=Manner(first_audio_after_secs=0.2, speed=1.2, delta_ms=100, transcript_after_secs=0.1),
    actions=(InterruptAfter(1200, NOD), Pause(3000), WaitForAgent(1500)),
)


def test_an_answer_that_is_still_made_is_completed(calls: Scenes) -> None:
    """It is neither cancelled nor followed by another; the refused answer to the nod is not asked
    for again."""
    call = calls[SLOW]
    story_goes_on(call)
    assert [r["status"] for r in call.session.responses] == ["completed"]
    assert call.session.received("response.cancel") == []
    assert call.asked == ["opening"]
    assert [item["role"] for item in call.session.items] == ["assistant"]
    assert [e["code"] for e in call.errors] == ["conversation_already_has_active_response"]
    assert call.truncated_ms == []


# -- a prepared greeting --------------------------------------------------------------------------

GREETED = SCENES.add(
    first_line=STORY,
    clips=(STORY,),
    script=ModelScript(steps=(Step(hears=ANYTHING, say=WRONG),), expects=(NOD,)),
    actions=(InterruptAfter(1500, NOD), Pause(3000), WaitForAgent(1500)),
)


def test_a_prepared_greeting_goes_on_too(calls: Scenes) -> None:
    """The model was told of it at its start, and that stays true."""
    call = calls[GREETED]
    story_goes_on(call)
    one_turn(call)
    (item,) = call.session.items
    assert item["content"][0]["text"] == STORY


# -- a cough --------------------------------------------------------------------------------------


def cough() -> bytes:
    """Two bursts of noise that die away, a third of a second in all."""
    chance = np.random.default_rng(3)
    burst = chance.normal(0, 9000, 1200) * np.exp(-np.arange(1200) / 300)
    return pcm_to_ulaw(np.concatenate([burst, burst * 0.7]).astype("<i2").tobytes())


class Deaf(Tap):
    """The model's ear takes for silence what is heard over its second answer."""

    def __init__(self) -> None:
        self._answers = 0

    async def to_model(self, event: Event) -> list[Event]:
        return [silenced(event) if self._answers >= 2 else event]

    async def to_service(self, event: Event) -> list[Event]:
        self._answers += event["type"] == "response.output_audio.done"
        return [event]


TELLS = ModelScript(
    greeting="Hello there.",
    steps=(Step(hears=ANYTHING, say=STORY), Step(hears=ANYTHING, say=WRONG)),
    expects=(ASK,),
)
NOISE = SCENES.add(
    script=TELLS,
    tap=Deaf,
    actions=(
        WaitForAgent(300),
        Say(ASK),
        InterruptAfter(2000, "Ah."),
        Pause(3000),
        WaitForAgent(1500),
    ),
)
COUGH = SCENES.add(
    script=TELLS,
    actions=(WaitForAgent(300), Say(ASK), Pause(3000), Sound(cough()), WaitForAgent(1500)),
)


def test_a_noise_that_the_models_ear_ignores_costs_a_moment(calls: Scenes) -> None:
    """The answer goes on by itself: nothing is asked for again."""
    call = calls[NOISE]
    story_goes_on(call)
    one_turn(call)
    assert len(call.session.responses) == 2
    assert [text for _, text in call.turns] == ["Hello there.", ASK, STORY]


def test_after_a_cough_the_whole_answer_has_been_heard(calls: Scenes) -> None:
    """Whether or not an ear took it for speech."""
    call = calls[COUGH]
    one_turn(call)
    assert len(call.session.responses) == 2
    if call.sim.clears:
        story_goes_on(call)
    else:
        assert call.heard_ms(STORY) == STORY_MS


# -- the turn is taken ----------------------------------------------------------------------------


def taken_by(words: str, **how: object) -> Scene:
    script = ModelScript(
        greeting="Hello there.",
        steps=(Step(hears=ANYTHING, say=STORY), Step(hears=ANYTHING, say=ALL_RIGHT)),
        expects=(ASK, words),
    )
    actions = (WaitForAgent(300), Say(ASK), InterruptAfter(2000, words), WaitForAgent())
    return SCENES.add(script=script, actions=actions, **how)


TAKEN = {words: taken_by(words) for words in (REAL, "Wait!", "Okay, but not on Tuesday.", "Okay?")}


@pytest.mark.parametrize("words", SCENES.thorough_but(TAKEN, REAL, "Okay?"))
def test_words_that_want_an_answer_take_the_turn(calls: Scenes, words: str) -> None:
    """Silence as soon as ever, the cut told exactly, nothing of the old answer, then the new."""
    call = calls[TAKEN[words]]
    story, spoke_at = call.heard(STORY), call.spoke_at(words)
    assert story is not None
    assert spoke_at < story.end_ms < spoke_at + 600
    assert len(call.sim.clears) == len(call.truncated_ms) == 1
    assert call.sim.clears[0].at_ms < spoke_at + 600
    assert abs(call.truncated_ms[0] - (story.end_ms - story.start_ms)) <= 60
    answer = call.heard(ALL_RIGHT)
    assert answer is not None
    assert call.heard_ms(ALL_RIGHT) == 750
    assert call.sounds_between(call.sim.clears[0].at_ms + 1, answer.start_ms) == []
    assert answer.start_ms < call.fell_silent_at(words) + 2000
    assert [t["interrupted"] for t in call.record["turns"]] == [False, False, True, False, False]
    assert [text for _, text in call.turns][3:] == [words, ALL_RIGHT]
    roles = [item["role"] for item in call.session.items]
    assert roles == ["assistant", "user", "assistant", "user", "assistant"]
    assert call.errors == []


TUESDAY = "But not on Tuesday."
NOD_THEN_WORDS = SCENES.add(
    script=ModelScript(
        greeting="Hello there.",
        steps=(
            Step(hears=ANYTHING, say=STORY),
            Step(hears=ANYTHING, say=ALL_RIGHT),
            Step(hears=ANYTHING, say=ALL_RIGHT),
        ),
        expects=(ASK, "Okay.", TUESDAY),
    ),
    actions=(
        WaitForAgent(300),
        Say(ASK),
        InterruptAfter(2000, "Okay."),
        Pause(1800),
        Say(TUESDAY),
        WaitForAgent(),
    ),
)


def test_a_nod_and_then_words_take_the_turn(calls: Scenes) -> None:
    """The story goes on after the first and is cut by the second, in one piece for the model."""
    call = calls[NOD_THEN_WORDS]
    assert len(call.sim.clears) == 2
    (cut_ms,) = call.truncated_ms
    assert 2200 < cut_ms < call.spoke_at(TUESDAY) - call.heard(STORY).start_ms  # type: ignore[union-attr]
    assert call.heard_ms(ALL_RIGHT) == 750
    turn = call.turn("one")
    assert turn["interrupted"]
    assert abs(len(turn["text"].split()) - cut_ms / 250) <= 1
    assert [text for _, text in call.turns][3:] == ["Okay.", TUESDAY, ALL_RIGHT]
    roles = [item["role"] for item in call.session.items]
    assert roles == ["assistant", "user", "assistant", "user", "assistant"]
    assert call.errors == []


AT_THE_END = SCENES.add(
    script=ModelScript(
        greeting="Hello there.",
        steps=(Step(hears=ANYTHING, say=STORY), Step(hears=ANYTHING, say=ALL_RIGHT)),
        expects=(ASK, "Okay."),
    ),
    actions=(WaitForAgent(300), Say(ASK), InterruptAfter(STORY_MS - 400, "Okay."), WaitForAgent()),
)


def test_a_nod_over_the_last_syllables_is_an_answer(calls: Scenes) -> None:
    """ "Shall I book that?" - "Okay." may overlap: it is no nod to the rest of a sentence."""
    call = calls[AT_THE_END]
    assert STORY_MS - 400 < call.heard_ms(STORY) < STORY_MS
    assert len(call.truncated_ms) == 1
    assert call.heard_ms(ALL_RIGHT) == 750
    assert [text for _, text in call.turns][3:] == ["Okay.", ALL_RIGHT]
    assert call.errors == []


IMPATIENT = taken_by(NOD, agent='barge_in = { style = "cut" }')


def test_an_agent_that_does_not_hold_is_cut_by_a_nod(calls: Scenes) -> None:
    """As its file says."""
    call = calls[IMPATIENT]
    assert len(call.truncated_ms) == 1
    assert call.heard_ms(ALL_RIGHT) == 750
    assert call.turn("one")["interrupted"]


OWN_WORDS = taken_by("Okay.", agent='barge_in = { backchannels = ["gotcha"] }')


def test_an_agent_may_have_nods_of_its_own(calls: Scenes) -> None:
    """Words that are none of them take the turn."""
    call = calls[OWN_WORDS]
    assert call.turn("one")["interrupted"]
    assert call.heard_ms(ALL_RIGHT) == 750


# -- a nod to the farewell ------------------------------------------------------------------------

FAREWELL = (
    "Your doctor will see you Tuesday at ten and we are all looking forward to it. "
    "Thank you very much for calling. Goodbye."
)
FAREWELLS = {
    how: SCENES.add(
        script=ModelScript(
            greeting="Hello there.",
            steps=(
                Step(hears=ANYTHING, say=FAREWELL, calls=calls_made),
                Step(hears=ANYTHING, say=WRONG),
            ),
            expects=("Book it, please.", NOD),
        ),
        actions=(WaitForAgent(300), Say("Book it, please."), InterruptAfter(1500, NOD), StayOn()),
    )
    for how, calls_made in {
        "goodbye": (),
        "end_call": (Call(name="end_call", arguments={"summary": "Booked."}),),
    }.items()
}


@pytest.mark.parametrize("how", SCENES.thorough_but(FAREWELLS, "goodbye"))
def test_a_nod_to_the_farewell_does_not_keep_the_line(calls: Scenes, how: str) -> None:
    """The farewell is heard to its end, and then the call ends as it would have."""
    call = calls[FAREWELLS[how]]
    story_goes_on(call, FAREWELL)
    one_turn(call, FAREWELL)
    assert call.outcome[1] == how
    last = call.sounds_between(0, call.ended_ms)[-1]
    assert call.ended_ms < last.end_ms + 3500


# -- a yes before the end of a question -----------------------------------------------------------

OFFER = "There is a place on Tuesday at ten in the morning. Shall I book it?"  # 3.75 s
LONG_QUESTION = "Shall I book the place on Tuesday at ten in the morning for you and your mother?"
ALL_SET = "Very good then."
YES = {
    f"{said} {before_ms} {mode}": (
        SCENES.add(
            script=ModelScript(
                greeting="Hello there.",
                steps=(
                    Step(hears=ANYTHING, say=question),
                    Step(hears=ANYTHING, say=ALL_SET),
                    Step(nudged=True, say=ALL_SET),
                ),
                expects=(ASK, said),
            ),
            agent=f'turns = "{mode}"',
            actions=(
                WaitForAgent(300),
                Say(ASK),
                InterruptAfter(250 * len(question.split()) - before_ms, said),
                Pause(6000),
            ),
        ),
        question,
        said,
    )
    for said, before_ms, mode, question in (
        ("Yeah.", 1100, "hybrid", OFFER),
        ("Yeah.", 1100, "local", OFFER),
        ("Yeah.", 1100, "server", OFFER),
        ("Sure.", 700, "hybrid", OFFER),
        ("Okay.", 2500, "hybrid", LONG_QUESTION),
        ("Yeah.", 2500, "local", LONG_QUESTION),
    )
}


ASKED = {case: scene for case, (scene, *_) in YES.items()}


@pytest.mark.parametrize(
    "case", SCENES.thorough_but(ASKED, "Yeah. 1100 hybrid", "Yeah. 2500 local")
)
def test_a_yes_to_a_question_that_is_being_asked_is_the_answer(calls: Scenes, case: str) -> None:
    """The question is asked to its end, and what follows from the answer is heard soon after."""
    scene, question, said = YES[case]
    call = calls[scene]
    assert [text for _, text in call.turns if text != said] == [
        *("Hello there.", ASK, question, ALL_SET)
    ]
    assert ("caller", said) in call.turns
    assert not call.turn(question.split(".")[0])["interrupted"]
    roles = [item["role"] for item in call.session.items]
    assert roles == ["assistant", "user", "assistant", "user", "assistant"]
    answer, sounds = call.heard(ALL_SET), call.sounds_between(0, call.ended_ms)
    assert answer is not None
    before = [sound for sound in sounds if sound.end_ms < answer.start_ms][-1]
    last_word_ms = max(before.end_ms, call.fell_silent_at(said))
    assert answer.start_ms < last_word_ms + 2000
    assert call.errors == []


EARLY_NOD = SCENES.add(
    script=ModelScript(
        greeting="Hello there.",
        steps=(
            Step(hears=ANYTHING, say=f"{STORY}. Shall I book it?"),
            Step(hears=ANYTHING, say=WRONG),
        ),
        expects=(ASK, "Yeah."),
    ),
    actions=(WaitForAgent(300), Say(ASK), InterruptAfter(2000, "Yeah."), Pause(7500)),
)


def test_a_yes_long_before_the_question_is_a_nod(calls: Scenes) -> None:
    """To what was said then: the question is still to be answered."""
    call = calls[EARLY_NOD]
    assert WRONG not in [text for _, text in call.turns]
    assert [item["role"] for item in call.session.items] == ["assistant", "user", "assistant"]
