"""A session of the model gets old in mid-call: another takes its place, and nobody notices."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio
from talk_kit import Scenes, Told

from bot.brains.openai import brain
from bot.simulator.caller import Pause, Say, WaitForAgent
from bot.simulator.model import ANYTHING, Faults, ModelScript, Step
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)  # the fixture plays all calls

SCENES = Scenes()

SILENCE_MS = 1000
SCHEDULING_MS = 200  # the calls, and both sides of each, share this machine's cores

GREETING = "Hello there."
ASK = "When are you open?"
ANSWER = "We are open all day long."
FILLER = "One moment."
SCRIPT = ModelScript(
    greeting=GREETING,
    steps=(Step(hears=ANYTHING, say=ANSWER, once=False),),
    expects=(ASK,) * 4,
)
AGE_SECS = 3.0

# By the time at which the session is old: nobody speaks, the caller does, or the agent does; and
# the next one is there at once, or after three seconds.
MOMENTS = {
    "quiet": (WaitForAgent(300), Say(ASK), WaitForAgent(2500), Say(ASK), WaitForAgent(2500)),
    "busy": (
        WaitForAgent(300),
        Pause(700),
        Say(ASK),
        WaitForAgent(100),
        Say(ASK),
        WaitForAgent(100),
        Say(ASK),
        WaitForAgent(100),
        Say(ASK),
        WaitForAgent(2500),
    ),
}
RENEWED = {
    (moment, secs): SCENES.add(
        script=SCRIPT,
        # They ask the same four times, as a machine would.
        agent=f'lines = {{ filler = "{FILLER}" }}\nshield = {{ repeats = 0 }}',
        first_line=GREETING,
        clips=(GREETING, FILLER),
        first_faults=(Faults(), Faults(updated_after_secs=secs)),
        actions=actions,
    )
    for moment, actions in MOMENTS.items()
    for secs in (0.0, 3.0)
}


@pytest.fixture(scope="module")
def short_lives() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        vendor_of = brain.vendor_of
        patch.setattr(
            brain,
            "vendor_of",
            lambda member: replace(vendor_of(member), renew_after_secs=AGE_SECS),
        )
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(
    spoken: Voice, tmp_path_factory: pytest.TempPathFactory, short_lives: None
) -> AsyncIterator[Scenes]:
    await SCENES.play(tmp_path_factory.mktemp("renewed"), spoken, at_once=4)
    yield SCENES


def silences_ms(call: Told) -> list[float]:
    """From the end of each question to the answer's first sound."""
    asked = [
        float(event.detail["at_ms"]) + call.caller_ms(event.detail["text"])
        for event in call.sim.events
        if event.kind == "caller_says"
    ]
    return [call.sounds_between(at, call.ended_ms)[0].start_ms - at for at in asked]


@pytest.mark.parametrize(("moment", "secs"), RENEWED)
def test_the_caller_hears_nothing_of_it(calls: Scenes, moment: str, secs: float) -> None:
    """Each question is answered, once and in time; they are not asked to wait."""
    call = calls[RENEWED[moment, secs]]
    assert len(call.sessions) >= 2
    questions = sum(isinstance(action, Say) for action in MOMENTS[moment])
    assert call.turns == [("agent", GREETING), *[("caller", ASK), ("agent", ANSWER)] * questions]
    assert max(silences_ms(call)) <= SILENCE_MS + SCHEDULING_MS, silences_ms(call)
    assert call.heard(FILLER) is None
    assert call.outcome == ("completed", "caller_hung_up")
    assert call.errors == []


@pytest.mark.parametrize(("moment", "secs"), RENEWED)
def test_the_next_one_is_open_before_the_last_is_let_go(
    calls: Scenes, moment: str, secs: float
) -> None:
    """And it is told all that was said."""
    first, second, *_ = calls[RENEWED[moment, secs]].sessions
    assert second.sent("session.updated")
    last_of_first = first.client_events[-1].at_secs
    assert second.opened_at_secs + secs <= last_of_first + 0.1
    told = [item["item"] for item in second.received("conversation.item.create")]
    assert told[0]["content"][0]["text"] == GREETING
