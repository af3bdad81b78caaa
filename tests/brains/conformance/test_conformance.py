"""Every brain passes the same scenes, each a call on the whole service with its simulated endpoint.

How a brain joins stands in `endpoints.py`. Times are virtual; a scene costs one to three seconds
of a processor.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.caller import (
    Action,
    CallerScript,
    InterruptAfter,
    Pause,
    Say,
    WaitForAgent,
    render_words,
)
from bot.simulator.carrier import Answers, SimCall
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HUMAN, Line
from tests.brains.conformance.brains import ENTRIES
from tests.brains.conformance.endpoints import Endpoint, Entry, Trouble
from tests.service.line_kit import open_line
from tests.voices import kept_voice

GREETING = "Hello, this is the desk."
ASK = "When are you open on Tuesday?"
ANSWER = "We are open from nine to five on Tuesday."
STORY = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
WAIT = "Wait, please stop."
RIGHT = "All right then."
BYE = "Goodbye, and thank you for calling."
HOURS = Call(name="lookup_hours", arguments={"day": "2027-03-09"})
BOOKING = Call(
    name="book_appointment", arguments={"name": "Sam", "day": "2027-03-09", "time": "10:00"}
)


@dataclass(kw_only=True)
class Told:
    """What a call left behind."""

    sim: SimCall
    record: Mapping[str, Any]
    endpoint: Endpoint
    line: Line
    booked: Sequence[Mapping[str, Any]]
    suppressed: Sequence[str]

    @property
    def turns(self) -> list[tuple[str, str]]:
        return [(turn["role"], turn["text"]) for turn in self.record["turns"]]

    @property
    def outcome(self) -> str:
        reason: str = self.record["outcome"]["reason"]
        return reason

    @property
    def said(self) -> str:
        """All that was heard of the agent."""
        return " ".join(text for role, text in self.turns if role == "agent")

    def happened(self, kind: str) -> list[Mapping[str, Any]]:
        return [event.detail for event in self.sim.events if event.kind == kind]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One call: what the model says, what the caller does, what must have come of it."""

    shows: str  # in a word or two, for the table in docs/brains.md
    steps: Sequence[Step]
    expects: Sequence[str] = (ASK,)
    actions: Sequence[Action] = (WaitForAgent(400), Say(ASK), WaitForAgent(600), Pause(200))
    holds: Callable[[Told], None]
    agent: str = ""
    pipeline: str = "reception"
    troubles: Sequence[Trouble | None] = ()
    business: Mapping[str, Any] = field(default_factory=dict)
    calls_out: bool = False


def greeted(told: Told) -> None:
    assert told.turns[0] == ("agent", GREETING)
    assert len(told.sim.heard.agent) > 8 * 500


def answered(told: Told) -> None:
    assert told.turns[:3] == [("agent", GREETING), ("caller", ASK), ("agent", ANSWER)]
    assert told.outcome == "caller_hung_up"


def interrupted(told: Told) -> None:
    """No more is in the record and in the model's memory than was heard."""
    cut = next(t for t in told.record["turns"] if t["text"].startswith("one"))
    assert cut["interrupted"] and STORY.startswith(cut["text"]) and cut["text"] != STORY
    assert told.sim.clears
    assert told.endpoint.knows_only(cut["text"], STORY)
    assert ("agent", RIGHT) in told.turns


def tool_done(told: Told) -> None:
    (ran,) = told.record["tool_calls"]
    assert ran["ok"] and ran["name"] == "lookup_hours"
    assert "2027-03-09" in told.endpoint.told and ANSWER in told.said


def tool_was_slow(told: Told) -> None:
    tool_done(told)
    assert told.record["tool_calls"][0]["duration_ms"] >= 1500


def tool_failed(told: Told) -> None:
    (ran,) = told.record["tool_calls"]
    assert not ran["ok"] and ANSWER in told.said


def booked_once(told: Told) -> None:
    assert len(told.booked) == 1 and ANSWER in told.said


def said_goodbye(told: Told) -> None:
    assert told.outcome == "goodbye" and told.turns[-1] == ("agent", BYE)


def hung_up(told: Told) -> None:
    assert told.outcome == "end_call" and BYE in told.said


def opted_out(told: Told) -> None:
    assert list(told.suppressed) == [CALLER] and ("opt_out", True) in [
        (ran["name"], ran["ok"]) for ran in told.record["tool_calls"]
    ]


def put_through(told: Told) -> None:
    assert told.record["outcome"]["result"] == "transferred"
    assert HUMAN in [str(dial["address"]) for dial in told.happened("dial")]


def went_on(told: Told) -> None:
    """The trouble is mended behind the caller's back: they get an answer, and no apology."""
    assert told.outcome == "caller_hung_up"
    assert RIGHT in told.said or ANSWER in told.said


def cost(told: Told) -> None:
    answered(told)
    assert float(told.record["cost"]["model"]) > 0


PATIENT = (WaitForAgent(400), Say(ASK), WaitForAgent(3000), Say(WAIT), WaitForAgent(800))
MENDED = (
    Step(hears=ANYTHING, say=ANSWER),
    Step(hears=ANYTHING, say=RIGHT),
    Step(nudged=True, say=RIGHT),
)
SPEAKS_OF = (Step(hears=ANYTHING, calls=(HOURS,)), Step(after_tool="lookup_hours", say=ANSWER))
WAITS = (WaitForAgent(400), Say(ASK), Pause(2000), WaitForAgent(600), Pause(200))

SCENES: Mapping[str, Scene] = {
    "greet": Scene(shows="greets", steps=(), actions=(WaitForAgent(600),), holds=greeted),
    "answer": Scene(shows="answers", steps=(Step(hears=ANYTHING, say=ANSWER),), holds=answered),
    "interrupt": Scene(
        shows="is interrupted, and knows what was heard",
        steps=(Step(hears=ANYTHING, say=STORY), Step(hears=ANYTHING, say=RIGHT)),
        expects=(ASK, WAIT),
        actions=(WaitForAgent(400), Say(ASK), InterruptAfter(1500, WAIT), WaitForAgent(800)),
        holds=interrupted,
    ),
    "tool slow": Scene(
        shows="waits for a slow tool",
        steps=SPEAKS_OF,
        actions=WAITS,
        business={"delay_secs": 1.6},
        holds=tool_was_slow,
    ),
    "tool fails": Scene(
        shows="says that a tool failed",
        steps=SPEAKS_OF,
        business={"fail_next": 9},
        actions=WAITS,
        holds=tool_failed,
    ),
    "tool twice": Scene(
        shows="books once, though it asks twice",
        steps=(
            Step(hears=ANYTHING, calls=(BOOKING, BOOKING)),
            Step(after_tool="book_appointment", say=ANSWER),
        ),
        holds=booked_once,
    ),
    "goodbye": Scene(
        shows="says goodbye",
        steps=(Step(hears=ANYTHING, say=BYE),),
        actions=(WaitForAgent(400), Say(ASK), WaitForAgent(6000)),
        holds=said_goodbye,
    ),
    "hang up": Scene(
        shows="hangs up",
        steps=(
            Step(
                hears=ANYTHING,
                say=BYE,
                calls=(Call(name="end_call", arguments={"summary": "Done."}),),
            ),
        ),
        agent="[goodbye]\ngrace_secs = 3.0\n",
        actions=(WaitForAgent(400), Say(ASK), WaitForAgent(6000)),
        holds=hung_up,
    ),
    "opt out": Scene(
        shows="takes an opt-out",
        pipeline="reminder",
        calls_out=True,
        steps=(
            Step(hears=ANYTHING, calls=(Call(name="opt_out"),)),
            Step(after_tool="opt_out", say=RIGHT),
        ),
        holds=opted_out,
    ),
    "transfer": Scene(
        shows="puts through",
        steps=(
            Step(
                hears=ANYTHING,
                calls=(Call(name="transfer_to_human", arguments={"reason": "They ask for one."}),),
            ),
        ),
        actions=(WaitForAgent(400), Say(ASK), Pause(6000)),
        holds=put_through,
    ),
    "refused": Scene(
        shows="cannot be opened, once",
        steps=MENDED,
        troubles=(Trouble.REFUSED,),
        holds=went_on,
    ),
    "lost": Scene(
        shows="is lost in a sentence",
        steps=MENDED,
        expects=(ASK, WAIT),
        actions=PATIENT,
        troubles=(Trouble.LOST,),
        holds=went_on,
    ),
    "stalled": Scene(
        shows="stalls in a sentence",
        steps=MENDED,
        expects=(ASK, WAIT),
        actions=PATIENT,
        troubles=(Trouble.STALLED,),
        holds=went_on,
    ),
    "expired": Scene(
        shows="expires in a sentence",
        steps=MENDED,
        expects=(ASK, WAIT),
        actions=PATIENT,
        troubles=(Trouble.EXPIRED,),
        holds=went_on,
    ),
    "garbled": Scene(
        shows="sends what cannot be read",
        steps=(Step(hears=ANYTHING, say=ANSWER),),
        troubles=(Trouble.GARBLED,),
        holds=went_on,
    ),
    "cost": Scene(
        shows="costs what it costs", steps=(Step(hears=ANYTHING, say=ANSWER),), holds=cost
    ),
}


def is_played(entry: Entry, name: str) -> bool:
    """Whether this brain has this scene."""
    return name not in entry.without and (entry.costs or name != "cost")


PLAYED = [
    pytest.param(
        entry, name, id=f"{entry.name}-{name}", marks=[pytest.mark.thorough] * entry.thorough
    )
    for entry in ENTRIES
    for name in SCENES
    if is_played(entry, name)
]


@pytest.mark.parametrize(("entry", "name"), PLAYED)
async def test_a_brain_plays_the_scene(entry: Entry, name: str, tmp_path: Path) -> None:
    """What the scene must come to is its own function above."""
    scene = SCENES[name]
    scene.holds(await play(entry, scene, tmp_path, kept_voice("caller")))


async def play(entry: Entry, scene: Scene, folder: Path, spoken: Voice) -> Told:
    """One call, to its end."""
    script = ModelScript(greeting=GREETING, steps=scene.steps, expects=scene.expects)
    caller = CallerScript(scene.actions, spoken)
    await render_words(caller)
    async with entry.start(folder, script) as endpoint:
        agent = (
            f'pipeline = "{scene.pipeline}"\ninstructions = "Be brief."\n'
            f"outcome = {{ summary = false }}\n{endpoint.agent}{scene.agent}"
        )
        async with open_line(
            folder,
            script=script,
            agents={"desk": agent},
            inbound_agent="desk",
            **endpoint.settings,
        ) as line:
            for name, value in scene.business.items():
                setattr(line.business.faults, name, value)
            endpoint.next_troubles(*scene.troubles)
            line.carrier.answer(HUMAN, Answers(ring_secs=0.2, talk_secs=0.2))
            sim = await _dialled(line, scene, caller)
            await sim.wait_ended()
            return Told(
                sim=sim,
                record=await line.ended(sim.sid),
                endpoint=endpoint,
                line=line,
                booked=await line.business.appointments(),
                suppressed=_suppressed(folder),
            )


async def _dialled(line: Line, scene: Scene, caller: CallerScript) -> SimCall:
    if not scene.calls_out:
        return await line.carrier.dial(CALLER, caller=caller)
    line.carrier.answer(CALLER, Answers(ring_secs=0.3, caller=caller))
    answer = await line.api.post("/calls", json={"to": CALLER, "agent": "desk"})
    assert answer.status_code == 201, answer.text
    return await line.carrier.wait_for_call(to=CALLER)


def _suppressed(folder: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(folder / "trunkline.db")) as db:
        return [row[0] for row in db.execute("SELECT number FROM suppressions ORDER BY at")]
