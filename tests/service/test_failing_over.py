"""The brain of a call is lost for good: another goes on, told what was said, and the caller hears a
short pause at most; where it is lost as well, they hear the apology.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from talk_kit import CALLER, QUICK, RULER, prepare_clips, stretch_of

from bot.simulator.caller import Action, CallerScript, Pause, Say, WaitForAgent, render_words
from bot.simulator.carrier import SimCall
from bot.simulator.carrier.loudness import audible_spans
from bot.simulator.model import (
    ANYTHING,
    Call,
    Faults,
    Incident,
    Mishap,
    ModelScript,
    Moment,
    RealtimeModelServer,
    Step,
)
from bot.simulator.voices import Voice
from bot.testing.line import HUMAN, Line
from tests.service.line_kit import open_line

GREETING = "Hello, this is the desk."
ASK = "When are you open on Tuesday?"
STORY = "We are open from nine in the morning to five in the evening on Tuesday."
GOES_ON = "As I said, until five on Tuesday."
BYE = "Goodbye, and thank you for calling."
WAITING = "One moment, please."
BOOKING = Call(
    name="book_appointment", arguments={"name": "Sam", "day": "2027-03-09", "time": "10:00"}
)
LOST_FOR_GOOD = Faults(refuse_with=401)  # what other sessions of that server come to
STORIES = ModelScript(steps=(Step(hears=ANYTHING, say=STORY),), expects=(ASK,))
OTHER = ModelScript(
    greeting=GREETING,
    steps=(
        Step(hears=ANYTHING, say=GOES_ON),
        Step(nudged=True, say=GOES_ON),
        Step(opening=True, say=GOES_ON),
    ),
    expects=(ASK,),
)


@dataclass(kw_only=True)
class Told:
    sim: SimCall
    record: Mapping[str, Any]
    line: Line
    other: RealtimeModelServer

    @property
    def turns(self) -> list[tuple[str, str]]:
        return [(turn["role"], turn["text"]) for turn in self.record["turns"]]

    @property
    def brains(self) -> list[tuple[str, str | None]]:
        """Who spoke, and how they were lost."""
        return [(each["brain"], each.get("lost")) for each in self.record["agents"] or []]

    @property
    def told(self) -> str:
        """What the other brain was told."""
        return str([s.received("conversation.item.create") for s in self.other.sessions])

    def heard_ms(self, line: str) -> float:
        span = stretch_of(self.sim.heard.agent, RULER.render(line))
        return span.end_ms - span.start_ms if span else 0.0

    def longest_silence_secs(self, after: str) -> float:
        """Between two sounds of the agent, from when it was heard to begin this."""
        begun = stretch_of(self.sim.heard.agent, RULER.render(after))
        assert begun is not None
        spans = [s for s in audible_spans(self.sim.heard.agent) if s.end_ms > begun.start_ms]
        return max((b.start_ms - a.end_ms for a, b in pairwise(spans)), default=0.0) / 1000


AGENT = f"""
pipeline = "reception"
instructions = "Be brief."
first_line = "{GREETING}"
outcome = {{ summary = false }}
goodbye = {{ grace_secs = 0.5 }}
lines = {{ filler = "{WAITING}", sorry = "Sorry." }}
brain = "openai"
fallback_brain = "far"
"""
FILE = 'protocol = "openai-realtime"\nmodels = ["far-1"]\nvoice = "marin"\n'
PRICES = '[prices."far-1"]\naudio_out = 1000.0\n'


async def a_call(
    folder: Path,
    spoken: Voice,
    *,
    script: ModelScript = STORIES,
    first: Sequence[Faults] = (),
    other: ModelScript = OTHER,
    other_faults: Faults | None = None,
    business: Mapping[str, Any] | None = None,
    actions: Sequence[Action] = (WaitForAgent(300), Say(ASK), WaitForAgent(4500), Pause(300)),
    greeted: bool = False,
    agent: str = AGENT,
) -> Told:
    """A call in which the first brain has these faults, session by session, and then no session."""
    prepare_clips(folder, (WAITING, *([GREETING] if greeted else [])), RULER)
    async with _line(folder, script, other, agent) as (line, far):
        line.model.next_faults(*first)
        line.model.faults = LOST_FOR_GOOD
        if other_faults is not None:
            far.faults = other_faults
        for name, value in (business or {}).items():
            setattr(line.business.faults, name, value)
        caller = CallerScript(actions, spoken)
        await render_words(caller)
        sim = await line.carrier.dial(CALLER, caller=caller)
        await sim.wait_ended()
        return Told(sim=sim, record=await line.ended(sim.sid), line=line, other=far)


@asynccontextmanager
async def _line(
    folder: Path, script: ModelScript, other: ModelScript, agent: str
) -> AsyncIterator[tuple[Line, RealtimeModelServer]]:
    async with RealtimeModelServer(script=other, voice=RULER, key="", manner=QUICK) as far:
        home = folder / "brains"
        home.mkdir()
        (home / "far.toml").write_text(f'{FILE}url = "{far.url}"\n{PRICES}', encoding="utf-8")
        async with open_line(
            folder,
            script=script,
            manner=QUICK,
            voice=RULER,
            agents={"desk": agent},
            inbound_agent="desk",
            trunkline_brains=home,
        ) as line:
            yield line, far


def breaks(moment: Moment, after_secs: float = 0.3) -> Faults:
    return Faults(incidents=(Incident(moment=moment, mishap=Mishap.DROP, after_secs=after_secs),))


async def test_a_brain_that_cannot_be_reached_is_never_missed(
    tmp_path: Path, spoken: Voice
) -> None:
    """The other greets, with the first line, and answers."""
    told = await a_call(tmp_path, spoken)
    assert told.turns[0] == ("agent", GREETING)
    assert ("agent", GOES_ON) in told.turns
    assert told.heard_ms(GREETING) == 1250
    assert told.brains == [("openai", "model_refused"), ("far", None)]
    assert told.record["outcome"]["reason"] == "caller_hung_up"


async def test_in_mid_answer_the_other_goes_on_and_knows_what_was_heard(
    tmp_path: Path, spoken: Voice
) -> None:
    """It is told the words of both sides, and speaks soon; what is billed is both."""
    told = await a_call(tmp_path, spoken, first=(breaks(Moment.SPEAKING),), greeted=True)
    assert any(role == "agent" and STORY.startswith(text) for role, text in told.turns)
    assert told.brains[0][0] == "openai" and told.brains[1] == ("far", None)
    assert ("agent", GOES_ON) in told.turns
    assert ASK in told.told and "Go on at once" in told.told
    assert told.longest_silence_secs(STORY) < 1.5
    assert len(told.sim.streams) == 1


async def test_a_booking_under_way_is_done_once_and_told(tmp_path: Path, spoken: Voice) -> None:
    """It is waited for, and the other brain knows what came of it."""
    script = ModelScript(
        greeting=GREETING, steps=(Step(hears=ANYTHING, calls=(BOOKING,)),), expects=(ASK,)
    )
    told = await a_call(
        tmp_path,
        spoken,
        script=script,
        first=(breaks(Moment.TOOL_CALL, 0.1),),
        business={"delay_secs": 1.0},
    )
    (ran,) = told.record["tool_calls"]
    assert ran["ok"] and "book_appointment" in told.told and "need no second call" in told.told
    assert ("agent", GOES_ON) in told.turns


async def test_while_a_number_is_typed_what_is_recorded_goes_on(
    tmp_path: Path, spoken: Voice
) -> None:
    """It is paused for the number; the passage is over with the brain that asked for it."""
    asks = Step(hears=ANYTHING, calls=(Call(name="ask_for_number", arguments={"kind": "card"}),))
    told = "This call is recorded. If you do not want that, say so or press star."
    recorded = await a_call(
        tmp_path,
        spoken,
        agent='keypad_numbers = ["card"]\nrecording = { when = "on" }\n' + AGENT,
        script=ModelScript(greeting=f"{told} {GREETING}", steps=(asks,), expects=(ASK,)),
        first=(breaks(Moment.TOOL_CALL, 1.0),),
    )
    steps = [step["what"] for step in recorded.record["recording"]["steps"]]
    assert steps[steps.index("started") :] == ["started", "paused", "resumed"]
    assert ("agent", GOES_ON) in recorded.turns


async def test_in_a_farewell_the_other_says_it_and_hangs_up(tmp_path: Path, spoken: Voice) -> None:
    """The call ends as it was about to."""
    script = ModelScript(
        greeting=GREETING, steps=(Step(hears=ANYTHING, say=f"{STORY} {BYE}"),), expects=(ASK,)
    )
    other = ModelScript(steps=(Step(hears=ANYTHING, say=BYE), Step(nudged=True, say=BYE)))
    told = await a_call(
        tmp_path,
        spoken,
        script=script,
        first=(breaks(Moment.SPEAKING),),
        greeted=True,
        other=other,
        actions=(WaitForAgent(300), Say(ASK), WaitForAgent(9000)),
    )
    assert told.turns[-1] == ("agent", BYE)
    assert told.record["outcome"]["reason"] == "goodbye"


async def test_where_both_are_dead_the_caller_hears_the_apology_and_a_person(
    tmp_path: Path, spoken: Voice
) -> None:
    """As in any call without a brain."""
    told = await a_call(tmp_path, spoken, other_faults=Faults(refuse_with=401))
    assert told.record["outcome"]["reason"] == "model_refused"
    said = [str(e.detail["text"]) for e in told.sim.events if e.kind == "say"]
    assert "Sorry." in said
    assert HUMAN in [str(e.detail["address"]) for e in told.sim.events if e.kind == "dial"]
    assert told.brains == [("openai", "model_refused"), ("far", None)]


@pytest.mark.parametrize("dear", [True, False])
async def test_each_brain_is_billed_by_its_own_prices(
    tmp_path: Path, spoken: Voice, dear: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dear other brain makes the same call dearer."""
    monkeypatch.setattr(f"{__name__}.PRICES", PRICES if dear else '[prices."far-1"]\n')
    told = await a_call(tmp_path, spoken)
    assert (float(told.record["cost"]["model"]) > 0.01) is dear
