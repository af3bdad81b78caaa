"""Keys that are pressed before the caller has said a word, or the agent: the model is told,
answers, and the call goes on.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import Scene, Scenes

from bot.simulator.caller import HangUp, Pause, Press
from bot.simulator.model import ANYTHING, Faults, ModelScript, Step
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(150)

SCENES = Scenes()
GREETING = "Hello there, how can I help you today?"
ANSWER = "Thank you for that number."
SCRIPT = ModelScript(greeting=GREETING, steps=(Step(hears=ANYTHING, say=ANSWER, once=False),))
LATE = Faults(created_after_secs=1.5)


def pressed(keys: str, after_ms: int, **more: Any) -> Scene:
    actions = (
        Pause(after_ms),
        Press(keys),
        Pause(12_500),
        HangUp(),
    )  # longer than a model is given
    return SCENES.add(script=SCRIPT, actions=actions, within_secs=60.0, **more)


CALLS = {
    "as the line opens": (pressed("#", 400), "#"),
    "into the first words": (pressed("5", 700), "5"),
    "before there is a session": (pressed("1#", 700, faults=LATE), "1"),
    "while it rings for a session": (pressed("1#", 300, faults=LATE, order={}), "1"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(spoken: Voice, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("early_keys"), spoken, at_once=4)
    yield SCENES


@pytest.mark.parametrize("when", CALLS)
def test_an_early_key_is_answered_and_ends_no_call(calls: Scenes, when: str) -> None:
    """The model is not taken for silent while nobody has asked it anything since."""
    scene, keys = CALLS[when]
    call = calls[scene]
    assert call.outcome == ("completed", "caller_hung_up")
    assert ("caller", f"[The caller typed {keys} on the keypad.]") in call.turns
    assert ("agent", GREETING) in call.turns
    assert ("agent", ANSWER) in call.turns
    assert call.errors == []
