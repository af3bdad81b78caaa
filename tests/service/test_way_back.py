"""Nobody takes the caller who is put through: they come back to the agent, on the same call."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from talk_kit import CALLER, QUICK, RULER

from bot.simulator.caller import CallerScript, Press, Say, StayOn, WaitForAgent, render_words
from bot.simulator.carrier import AnswerPolicy, Answers, Busy, Fails, NoAnswer, SimCall
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import HUMAN, Line
from tests.service.line_kit import open_line

ASK, OFFER, YES = (
    "A question about a bill.",
    "Nobody is there, may I take a message?",
    "No, thanks.",
)
BYE = "Then goodbye, and have a nice day."
HOLD, NOBODY = "Please hold.", "Nobody can take your call now."
BILLING, ANN, TOM = "+15558880000", "+15558880001", "+15558880002"
AGENT = f"""
pipeline = "reception"
instructions = "Be brief."
first_line = "Hello there."
outcome = {{ summary = false }}
goodbye = {{ grace_secs = 0.5 }}
lines = {{ hold = "{HOLD}", nobody = "{NOBODY}" }}
people.billing = {{ number = "{BILLING}", about = "bills", then = "ann" }}
people.ann = {{ number = "{ANN}" }}
people.tom = {{ number = "{TOM}" }}
"""


def asks_for(to: str) -> ModelScript:
    call = Call(name="transfer_to_human", arguments={"reason": "A bill.", "to": to})
    return ModelScript(
        steps=(Step(hears=ANYTHING, say="One moment.", calls=(call,)),), expects=(ASK,)
    )


BACK = ModelScript(
    steps=(Step(hears=ANYTHING, say=OFFER), Step(hears=ANYTHING, say=BYE)), expects=(YES,)
)
TALK = (WaitForAgent(300), Say(ASK))
GOES_ON = (*TALK, WaitForAgent(2500), Say(YES), StayOn())


@asynccontextmanager
async def a_line(
    folder: Path, *scripts: ModelScript, **answers: AnswerPolicy
) -> AsyncIterator[Line]:
    """The sessions of the model play these scripts, one each, the last one for ever."""
    left = list(scripts)

    def script_for(instructions: str) -> ModelScript:
        return left.pop(0) if len(left) > 1 else left[0]

    async with open_line(
        folder,
        script=script_for,
        manner=QUICK,
        voice=RULER,
        agents={"desk": AGENT},
        inbound_agent="desk",
    ) as line:
        for name, policy in answers.items():
            line.carrier.answer(globals()[name.upper()], policy)
        yield line


async def call(line: Line, spoken: Voice, *actions: Any) -> tuple[SimCall, dict[str, Any]]:
    script = CallerScript(actions, spoken)
    await render_words(script)
    sim = await line.carrier.dial(CALLER, caller=script)
    await sim.wait_ended()
    return sim, await line.ended(sim.sid)


def dialled(sim: SimCall) -> list[str]:
    return [leg.address for leg in sim.legs]


def steps(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["step"], step["to"]) for step in record["transfer_steps"]]


@pytest.mark.parametrize(
    ("policy", "outcome", "told"),
    [
        pytest.param(Busy(ring_secs=0.2), "busy", "The line was busy.", marks=pytest.mark.thorough),
        (NoAnswer(ring_secs=1.0), "no_answer", "Nobody answered."),
        pytest.param(
            Fails(ring_secs=0.2), "failed", "They could not be reached.", marks=pytest.mark.thorough
        ),
    ],
)
async def test_who_is_not_taken_comes_back_to_the_agent(
    tmp_path: Path, spoken: Voice, policy: AnswerPolicy, outcome: str, told: str
) -> None:
    """On a new stream of the same call and record; the agent knows what was said and what
    happened, greets nobody anew, and ends the call in its own way.
    """
    async with a_line(tmp_path, asks_for("tom"), BACK, tom=policy) as line:
        sim, record = await call(line, spoken, *GOES_ON)
        assert dialled(sim) == [TOM]
        assert [str(e.detail["text"]) for e in sim.events if e.kind == "say"] == [HOLD]
        assert len(sim.streams) == 2
        texts = [turn["text"] for turn in record["turns"]]
        assert texts == ["Hello there.", ASK, "One moment.", OFFER, YES, BYE]
        _, second = line.model.sessions
        known = str(second.received("conversation.item.create"))
        assert ASK in known and told in known and "offer to take a message" in known
        assert record["outcome"]["reason"] == "goodbye"
        assert record["outcome"]["result"] == "completed"
        assert (record["transfer"]["outcome"], record["transfer"]["answered"]) == (outcome, False)
        assert steps(record) == [("called", "tom"), (outcome, "tom"), ("back", "tom")]


async def test_the_second_person_is_called_first(tmp_path: Path, spoken: Voice) -> None:
    """One after the other, while the caller holds; then the agent is out of the call."""
    answers: dict[str, AnswerPolicy] = {
        "billing": NoAnswer(ring_secs=1.0),
        "ann": Answers(ring_secs=0.5, talk_secs=30),
    }
    async with a_line(tmp_path, asks_for("billing"), **answers) as line:
        sim, record = await call(line, spoken, *TALK, StayOn())
        assert dialled(sim) == [BILLING, ANN]
        assert len(sim.streams) == 1
        assert (record["outcome"]["result"], record["outcome"]["reason"]) == (
            "transferred",
            "transfer",
        )
        record = await line.until(sim.sid, lambda known: known["transfer"]["answered"] is not None)
        assert record["transfer"]["talked_secs"] == 30
        assert steps(record) == [
            ("called", "billing"),
            ("no_answer", "billing"),
            ("called", "ann"),
            ("answered", "ann"),
        ]


async def test_nobody_of_two_is_there(tmp_path: Path, spoken: Voice) -> None:
    """The caller comes back after both."""
    answers: dict[str, AnswerPolicy] = {"billing": Busy(), "ann": NoAnswer(ring_secs=1.0)}
    async with a_line(tmp_path, asks_for("billing"), BACK, **answers) as line:
        sim, record = await call(line, spoken, *GOES_ON)
        assert dialled(sim) == [BILLING, ANN]
        assert record["turns"][-1]["text"] == BYE
        assert record["transfer"]["outcome"] == "no_answer"


async def test_a_caller_is_not_sent_round_for_ever(tmp_path: Path, spoken: Voice) -> None:
    """An agent that puts them through again and again, whatever it is told: after three times it
    is refused, and the key to a person ends the call.
    """
    async with a_line(tmp_path, asks_for("tom"), tom=Busy(), human=Busy()) as line:
        actions: Sequence[Any] = (*TALK, WaitForAgent(9000), Press("0"), StayOn())
        sim, record = await call(line, spoken, *actions)
        assert dialled(sim) == [TOM, TOM, TOM, HUMAN]
        done = [each["result"] for each in record["tool_calls"]]
        assert [result.get("error") for result in done] == [None, None, None, "nobody_available"]
        says = [str(e.detail["text"]) for e in sim.events if e.kind == "say"]
        assert says == [HOLD] * 4 + [NOBODY]
        assert record["outcome"]["reason"] == "transfer"


async def test_who_hangs_up_while_it_rings_has_hung_up(tmp_path: Path, spoken: Voice) -> None:
    """Nobody else is called, and the record says so."""
    async with a_line(tmp_path, asks_for("billing"), billing=NoAnswer()) as line:
        script = CallerScript((*TALK, StayOn()), spoken)
        await render_words(script)
        sim = await line.carrier.dial(CALLER, caller=script)
        await sim.wait_for("dial", timeout_secs=30)
        await sim.hang_up()
        record = await line.ended(sim.sid)
        assert dialled(sim) == [BILLING]
        assert record["outcome"]["reason"] == "caller_hung_up"
        assert steps(record)[-1] == ("cancelled", "billing")
