"""Who decides that the caller's turn begins and ends: both ears, the model's, or ours."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from talk_kit import QUICK, Event, Scene, Scenes, Tap

from bot.simulator.caller import InterruptAfter, Pause, Say, WaitForAgent
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.model.conversation import Item
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

GREETING = "Hello there."
ASK = "Tell me a story."
STORY = "one two three four five six seven eight nine ten eleven twelve"
WAIT = "Wait, please stop."
ALL_RIGHT = "All right then."
PRE_ROLL_MS, START_MS, STOP_MS = 500, 200, 400  # what local turns add to the words


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("turns"), spoken)
    yield SCENES


MODES = {
    mode: SCENES.add(
        script=ModelScript(
            greeting=GREETING,
            steps=(Step(hears=ANYTHING, say=STORY), Step(hears=ANYTHING, say=ALL_RIGHT)),
            expects=(ASK, WAIT),
        ),
        agent=f'turns = "{mode}"',
        actions=(WaitForAgent(300), Say(ASK), InterruptAfter(900, WAIT), WaitForAgent()),
    )
    for mode in ("hybrid", "server", "local")
}


@pytest.mark.parametrize("mode", MODES)
def test_a_call_of_two_turns_goes_its_way(calls: Scenes, mode: str) -> None:
    """Each turn is answered once, the second one cuts the agent short, and no event is refused."""
    call = calls[MODES[mode]]
    told = [(role, text) for role, text in call.turns if not text.startswith("one")]
    assert told == [
        ("agent", GREETING),
        ("caller", ASK),
        ("caller", WAIT),
        ("agent", ALL_RIGHT),
    ]
    assert call.turn("one")["interrupted"]
    story = call.heard(STORY)
    assert story is not None
    assert call.spoke_at(WAIT) < story.end_ms < call.spoke_at(WAIT) + 600
    assert abs(call.truncated_ms[0] - (story.end_ms - story.start_ms)) <= 60
    assert call.heard_ms(ALL_RIGHT) == 750
    assert call.errors == []


@pytest.mark.parametrize("mode", MODES)
def test_the_callers_turns_are_dated_as_they_were_spoken(calls: Scenes, mode: str) -> None:
    """In order, and about as long as the words."""
    call = calls[MODES[mode]]
    starts = [turn["started_at"] for turn in call.record["turns"]]
    assert starts == sorted(starts)


def whole(item: Item, voice: Voice, words: str) -> bool:
    """Whether a turn as the model has it holds all of these words, from the first sound on."""
    return voice.render(words) in bytes(item.ulaw)


def test_local_turns_commit_the_whole_utterance(calls: Scenes) -> None:
    """With the breath before it, and little more."""
    call = calls[MODES["local"]]
    turns = [i for i in call.session.conversation.items if i.body["role"] == "user"]
    for item, words in zip(turns, (ASK, WAIT), strict=True):
        assert whole(item, call.caller_voice, words)
        spoken_ms = len(call.caller_voice.render(words)) / 8
        assert item.audio_ms < spoken_ms + PRE_ROLL_MS + START_MS + STOP_MS + 100


def test_local_turns_send_nothing_while_the_caller_is_silent(calls: Scenes) -> None:
    """What the model received is what was committed."""
    call = calls[MODES["local"]]
    turns = [i for i in call.session.conversation.items if i.body["role"] == "user"]
    assert call.session.audio_received_ms == sum(item.audio_ms for item in turns)
    assert len(call.session.received("input_audio_buffer.commit")) == 2


def test_hybrid_and_server_turns_send_all_there_is(calls: Scenes) -> None:
    """The model's ear listens all the time."""
    for mode in ("hybrid", "server"):
        call = calls[MODES[mode]]
        assert abs(call.session.audio_received_ms - call.ended_ms) < 300


# -- a session that opens late --------------------------------------------------------------------


class OpensLate(Tap):
    """The session is ready three seconds after it was asked for."""

    async def to_service(self, event: Event) -> list[Event]:
        if event["type"] == "session.updated":
            await asyncio.sleep(3.0)
        return [event]


EARLY: dict[str, Scene] = {
    mode: SCENES.add(
        script=ModelScript(steps=(Step(hears=ANYTHING, say=ALL_RIGHT),), expects=(ASK,)),
        manner=QUICK,
        first_line=GREETING,
        clips=(GREETING,),
        tap=OpensLate,
        agent=f'turns = "{mode}"',
        actions=(WaitForAgent(300), Say(ASK), WaitForAgent(), Pause(200)),
    )
    for mode in ("hybrid", "local")
}


@pytest.mark.parametrize("mode", EARLY)
def test_words_spoken_before_the_session_is_open_are_not_lost(calls: Scenes, mode: str) -> None:
    """They wait, and are answered once it is."""
    call = calls[EARLY[mode]]
    assert call.sent_at("input_audio_buffer.committed")[0] > 2900 > call.fell_silent_at(ASK) + 400
    assert call.turns == [("agent", GREETING), ("caller", ASK), ("agent", ALL_RIGHT)]
    turn = next(i for i in call.session.conversation.items if i.body["role"] == "user")
    assert whole(turn, call.caller_voice, ASK)
    assert call.errors == []
