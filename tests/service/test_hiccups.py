"""The network has a hiccup, or dies without a word: the call goes on."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from talk_kit import Scene, Scenes, asked_by
from test_model_comes_back import (
    AGENT,
    ANSWER,
    ASK,
    FILLER,
    GREETING,
    ONE_TURN,
    SCHEDULING_MS,
    SCRIPT,
    SILENCE_MS,
    SLOW,
    SOON,
    assert_answered,
    assert_never_silent,
    broken,
)

from bot.simulator.caller import Pause, Say, WaitForAgent
from bot.simulator.model import Faults, Incident, Mishap, Moment
from bot.simulator.voices import Voice

pytestmark = pytest.mark.timeout(600)

SCENES = Scenes()


def scene(*first_faults: Faults, **more: Any) -> Scene:
    """A call with a prepared greeting; with one question, unless `more` says otherwise."""
    what: dict[str, Any] = {"clips": (GREETING, FILLER, SOON), "actions": ONE_TURN, **more}
    return SCENES.add(
        script=SCRIPT, agent=AGENT, first_line=GREETING, first_faults=first_faults, **what
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def calls(
    spoken: Voice, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Scenes]:
    folder = tmp_path_factory.mktemp("hiccups")
    await SCENES.play(folder, spoken, at_once=4, asked=asked_by(request))
    yield SCENES


HICCUPS = {
    (secs, prepared): scene(
        faults=Faults(
            incidents=(
                Incident(
                    moment=Moment.LISTENING,
                    mishap=Mishap.PAUSE,
                    after_secs=1.2,
                    for_secs=secs,
                    times=3,
                ),
            )
        ),
        clips=(GREETING, FILLER, SOON) if prepared else (GREETING,),
        actions=(
            WaitForAgent(300),
            *(Say(ASK), WaitForAgent(2000, timeout_secs=20.0), Pause(7000)) * 3,
        ),
        within_secs=90.0,
    )
    for secs in (1.2, 2.0, 3.0)
    for prepared in (True, False)
}


@pytest.mark.parametrize("how", SCENES.thorough_but(HICCUPS, (2.0, True), (3.0, False)))
def test_a_wire_that_stands_still_and_loses_nothing(calls: Scenes, how: tuple[float, bool]) -> None:
    """Three times within a minute: the same session answers each time, and the call goes on. One
    that was opened beside it came second, and was not even configured.
    """
    call, prepared = calls[HICCUPS[how]], how[1]
    session, *others = call.sessions
    assert all(other.received("session.update") == [] for other in others)
    assert call.outcome == ("completed", "caller_hung_up")
    assert [text for role, text in call.turns if role == "agent"].count(ANSWER) == 3
    assert len(session.received("session.update")) <= 1 + 3
    if prepared:
        stood_still_ms = call.spoke_at(ASK) + 1200
        first = call.sounds_between(stood_still_ms, call.ended_ms)[0]
        assert first.start_ms - stood_still_ms <= SILENCE_MS + SCHEDULING_MS


DEAD = {
    "and back at once": scene(broken(Mishap.DEAD, Moment.LISTENING)),
    "and slow to come back": scene(broken(Mishap.DEAD, Moment.LISTENING), SLOW),
}


@pytest.mark.parametrize("how", SCENES.thorough_but(DEAD, "and slow to come back"))
def test_dead_without_closing(calls: Scenes, how: str) -> None:
    """A socket that answers no ping: the caller is asked to wait within a second, and another
    session answers them.
    """
    call = calls[DEAD[how]]
    assert_answered(call)
    assert_never_silent(call)
    assert call.heard(FILLER) is not None
    assert len(call.sessions) == 2
