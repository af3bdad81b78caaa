"""A person is asked whether they take the caller, who stays with the agent meanwhile."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from warm_kit import (
    ASK,
    GONE,
    MOMENT,
    MORE,
    NEVER_MIND,
    OFFER,
    OPEN,
    TAKES,
    TOM,
    a_line,
    asks_for,
    assert_taken,
    begun,
    legs_to,
    person,
    played,
    says,
    steps,
)

from bot.simulator.caller import HangUp, Pause, Press, Say, StayOn, WaitForAgent
from bot.simulator.carrier import AnswerPolicy, Answers, Busy, NoAnswer, RefusedByApi
from bot.simulator.model import Call, ModelScript, Step
from bot.simulator.voices import Voice


@pytest.mark.parametrize(
    "how",
    [
        pytest.param((Pause(4000), Press("1")), marks=pytest.mark.thorough),
        (Pause(9000), Say("Yes.")),
    ],
)
async def test_who_is_asked_takes_the_call(
    tmp_path: Path, spoken: Voice, how: Sequence[Any]
) -> None:
    """By key or by word. The caller is with the agent until both are in the conference."""
    tom = person(spoken, *how, Pause(5000), HangUp())
    async with a_line(tmp_path, asks_for(), tom=tom) as line:
        sim, record = await played(line, spoken, StayOn())
        await assert_taken(line, sim, record)
        assert record["turns"][-1]["text"] == MOMENT


async def test_the_caller_goes_on_talking_meanwhile(tmp_path: Path, spoken: Voice) -> None:
    """And the agent answers."""
    tom = person(spoken, Pause(14000), Press("1"), Pause(5000), HangUp())
    script = asks_for("tom", Step(hears=("open",), say=OPEN))
    async with a_line(tmp_path, script, tom=tom) as line:
        sim, record = await played(line, spoken, WaitForAgent(900), Say(MORE), StayOn())
        assert [turn["text"] for turn in record["turns"]][-2:] == [MORE, OPEN]
        await assert_taken(line, sim, record)


@pytest.mark.parametrize(
    ("actions", "how", "outcome", "told"),
    [
        ((Pause(3000), Press("2"), StayOn()), {}, "declined", "tom cannot take the call now"),
        pytest.param(
            (Pause(9000), Say("No, sorry."), StayOn()),
            {},
            "declined",
            "tom cannot take the call",
            marks=pytest.mark.thorough,
        ),
        ((StayOn(),), {"who": "machine"}, "voicemail", "only the voicemail of tom answers"),
        pytest.param(
            (StayOn(),), {}, "no_answer", "tom does not answer", marks=pytest.mark.thorough
        ),
    ],
)
async def test_who_does_not_take_it_is_told_to_the_agent(
    tmp_path: Path,
    spoken: Voice,
    actions: Sequence[Any],
    how: dict[str, Any],
    outcome: str,
    told: str,
) -> None:
    """Who declines, a voicemail, and who says nothing: the caller has never left the agent, which
    offers a message.
    """
    tom = person(spoken, *actions, **how)
    async with a_line(tmp_path, asks_for(), tom=tom) as line:
        sim, record = await played(line, spoken, WaitForAgent(30000, timeout_secs=60), HangUp())
        (leg,) = legs_to(line, TOM)
        assert leg.state.is_final
        assert line.carrier.conferences.all == []
        assert [turn["text"] for turn in record["turns"]][:4] == [
            "Hello there.",
            ASK,
            MOMENT,
            OFFER,
        ]
        (session,) = line.model.sessions
        assert told in str(session.received("conversation.item.create"))
        assert len(sim.streams) == 1
        assert steps(record) == [("called", "tom"), (outcome, "tom")]
        assert record["transfer"]["outcome"] == outcome


@pytest.mark.parametrize(
    ("first", "outcome"),
    [
        (NoAnswer(ring_secs=2.0), "no_answer"),
        pytest.param(Busy(), "busy", marks=pytest.mark.thorough),
        pytest.param(RefusedByApi(), "failed", marks=pytest.mark.thorough),
    ],
)
async def test_the_second_person_takes_it(
    tmp_path: Path, spoken: Voice, first: AnswerPolicy, outcome: str
) -> None:
    """After the first did not; the agent tells the caller that it takes a moment."""
    tom = person(spoken, *TAKES)
    async with a_line(tmp_path, asks_for("maria"), maria=first, tom=tom) as line:
        _, record = await played(line, spoken, StayOn())
        assert steps(record) == [
            ("called", "maria"),
            (outcome, "maria"),
            ("called", "tom"),
            ("answered", "tom"),
        ]
        (session,) = line.model.sessions
        assert "tom is being asked now" in str(session.received("conversation.item.create"))
        assert record["outcome"]["result"] == "transferred"


@pytest.mark.parametrize(("rings", "apology"), [(20.0, []), (0.5, [GONE])])
async def test_the_caller_hangs_up_while_waiting(
    tmp_path: Path, spoken: Voice, rings: float, apology: list[str]
) -> None:
    """The telephone that rings falls silent; who has answered is told."""
    tom = Answers(ring_secs=rings)
    async with a_line(tmp_path, asks_for(), tom=tom) as line:
        sim = await begun(line, spoken, Pause(6000), HangUp())
        await sim.wait_ended()
        record = await line.ended(sim.sid)
        (leg,) = legs_to(line, TOM)
        await leg.wait_ended(timeout_secs=15)
        assert says(leg)[1:] == apology
        assert record["outcome"]["reason"] == "caller_hung_up"
        assert record["transfer"]["outcome"] == "no_answer"
        assert steps(record) == [("called", "tom"), ("cancelled", "tom")]


async def test_never_mind(tmp_path: Path, spoken: Voice) -> None:
    """The person's telephone falls silent, and the call goes on."""
    never = Step(hears=("never",), say="All right.", calls=(Call(name="stop_asking"),))
    script = ModelScript(
        steps=(asks_for().steps[0], never, Step(nudged=True, say=OPEN, once=False)),
        by_words=True,
        expects=(ASK, NEVER_MIND),
    )
    async with a_line(tmp_path, script, tom=NoAnswer()) as line:
        _, record = await played(
            line, spoken, WaitForAgent(900), Say(NEVER_MIND), Pause(8000), HangUp()
        )
        (leg,) = legs_to(line, TOM)
        assert str(leg.state) == "canceled"
        assert steps(record) == [("called", "tom"), ("cancelled", "tom")]
        assert record["transfer"]["outcome"] == "cancelled"
        assert record["tool_calls"][-1]["result"] == {"stopped": True}
        assert record["outcome"]["reason"] == "caller_hung_up"
