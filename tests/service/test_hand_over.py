"""One agent hands the call to another: the same line, another mind, voice and language."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from talk_kit import CALLER, QUICK, RULER, stretch_of

from bot.simulator.caller import CallerScript, Pause, Say, StayOn, WaitForAgent, render_words
from bot.simulator.carrier import Answers, SimCall
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import Line
from config import AgentError
from tests.service.line_kit import open_line

ASK = "When are you open?"
LEAVING = "I hand you over to billing."
TAKES_OVER = "Your invoice is paid, I see it here."
HOLD_ON = "All our agents are busy at the moment. Please hold the line."
A_MINUTE = "hold = { max_secs = 60 }\n"
BYE = "Auf Wiederhören und vielen Dank."
TO_BILLING = Call(name="hand_over", arguments={"agent": "billing", "reason": "An invoice."})
TO_DESK = Call(name="hand_over", arguments={"agent": "desk", "reason": "A booking."})

DESK = """
pipeline = "reception"
instructions = "You are the DESK."
first_line = "Hello there."
outcome = { summary = false }
hand_over_to = { billing = "invoices and payments" }
"""
BILLING = """
pipeline = "errand"
instructions = "You are BILLING."
first_line = "Never said."
language = "de"
voice = "cedar"
model = "gpt-realtime-2.1-mini"
outcome = { summary = false }
goodbye = { grace_secs = 0.5 }
"""
DESK_SCRIPT = ModelScript(
    steps=(Step(hears=ANYTHING, say=LEAVING, calls=(TO_BILLING,)),), expects=(ASK,)
)
BILLING_SCRIPT = ModelScript(
    steps=(
        Step(hears=ANYTHING, say=TAKES_OVER),  # the words that it is told of
        Step(hears=ANYTHING, say=BYE),
    ),
    expects=(ASK,),
)


@asynccontextmanager
async def a_line(folder: Path, *, scripts: Any = None, **agents: str) -> AsyncIterator[Line]:
    def script_for(instructions: str) -> ModelScript:
        desk, billing = scripts or (DESK_SCRIPT, BILLING_SCRIPT)
        return billing if "BILLING" in instructions else desk

    async with open_line(
        folder,
        script=script_for,
        manner=QUICK,
        voice=RULER,
        agents={"desk": DESK, "billing": BILLING, **agents},
        inbound_agent="desk",
    ) as line:
        yield line


async def call(line: Line, spoken: Voice, *actions: Any) -> tuple[SimCall, dict[str, Any]]:
    script = CallerScript((WaitForAgent(300), Say(ASK), *actions), spoken)
    await render_words(script)
    sim = await line.carrier.dial(CALLER, caller=script)
    await sim.wait_ended()
    return sim, await line.ended(sim.sid)


async def test_another_agent_goes_on_with_the_call(tmp_path: Path, spoken: Voice) -> None:
    """Without a greeting, in its own voice, language and pipeline; it knows what was said."""
    async with a_line(tmp_path) as line:
        sim, record = await call(
            line, spoken, WaitForAgent(2500), Say(ASK), WaitForAgent(300), Pause(4000)
        )
        texts = [turn["text"] for turn in record["turns"]]
        assert texts == ["Hello there.", ASK, LEAVING, TAKES_OVER, ASK, BYE]
        leaving = stretch_of(sim.heard.agent, RULER.render(LEAVING))
        taking = stretch_of(sim.heard.agent, RULER.render(TAKES_OVER))
        assert leaving is not None and taking is not None
        assert leaving.end_ms <= taking.start_ms < leaving.end_ms + 1000
        first, second = line.model.sessions
        (opened, *_) = second.received("session.update")
        assert "You are BILLING." in opened["session"]["instructions"]
        assert "cedar" in str(opened["session"]["audio"])
        assert second.model == "gpt-realtime-2.1-mini" and first.model != second.model
        known = str(second.received("conversation.item.create"))
        assert LEAVING in known and ASK in known and "taken over this call from desk" in known
        assert len(sim.streams) == 1  # the same line
        assert record["agent"] == "desk"
        assert [each["agent"] for each in record["agents"]] == ["desk", "billing"]
        assert record["agents"][0]["until"] and record["agents"][1]["until"] is None
        assert record["outcome"]["reason"] == "goodbye"  # the goodbye of the second one's language
        assert record["usage"]["responses"] == 4


async def test_what_the_first_one_claimed_stays_in_the_record(
    tmp_path: Path, spoken: Voice
) -> None:
    """Whatever the second one claims."""
    claim = "You're booked for Tuesday."
    desk = ModelScript(
        steps=(Step(hears=ANYTHING, say=claim, calls=(TO_BILLING,)),), expects=(ASK,)
    )
    second = ModelScript(
        steps=(Step(hears=ANYTHING, say="I've sent you a text."), Step(nudged=True, say="Yes.")),
        expects=(ASK,),
    )
    billing = BILLING.replace("errand", "reception").replace('language = "de"', "")
    async with a_line(tmp_path, scripts=(desk, second), billing=billing) as line:
        _, record = await call(line, spoken, WaitForAgent(2500), Pause(300))
        assert set(record["unproven"]) == {"standing", "texted"}


async def test_the_usage_of_both_is_billed_by_their_models(tmp_path: Path, spoken: Voice) -> None:
    """The cheaper model makes the same call cheaper."""
    costs = []
    for name, billing in {"mini": BILLING, "full": BILLING.replace("-mini", "")}.items():
        (tmp_path / name).mkdir()
        async with a_line(tmp_path / name, billing=billing) as line:
            _, record = await call(line, spoken, WaitForAgent(2500), Pause(300))
            costs.append(record["cost"]["model"])
    assert 0 < costs[0] < costs[1]


async def test_holds_of_both_have_one_bound(tmp_path: Path, spoken: Voice) -> None:
    """A minute of holding in the whole call, whoever holds."""
    wait = Call(name="wait_on_hold")
    desk = ModelScript(
        steps=(Step(hears=("hold",), calls=(wait,)), Step(hears=("open",), calls=(TO_BILLING,))),
        expects=(HOLD_ON, ASK),
        by_words=True,
    )
    second = ModelScript(
        steps=(Step(hears=("hold",), calls=(wait,)),), expects=(HOLD_ON,), by_words=True
    )
    agents = {
        "desk": DESK.replace("reception", "errand").replace(
            "hand_over_to", f"{A_MINUTE}hand_over_to"
        ),
        "billing": BILLING.replace('language = "de"', "") + A_MINUTE,
    }
    actions = (Say(HOLD_ON), Pause(40_000), Say(ASK), Pause(3000), Say(HOLD_ON), StayOn())
    script = CallerScript((WaitForAgent(500), *actions), spoken)
    await render_words(script)
    async with a_line(tmp_path, scripts=(desk, second), **agents) as line:
        line.carrier.answer(CALLER, Answers(ring_secs=0.3, caller=script))
        answer = await line.api.post("/calls", json={"to": CALLER, "agent": "desk"})
        record = await line.ended(answer.json()["id"], within_secs=150)
        assert [each["agent"] for each in record["agents"]] == ["desk", "billing"]
        assert record["outcome"]["reason"] == "held_too_long"
        first, *others = (hold["secs"] for hold in record["holds"])
        assert 35 < first < 45
        assert first + sum(others) == pytest.approx(60, abs=0.5)


async def test_agents_that_send_a_caller_round_and_round_are_stopped(
    tmp_path: Path, spoken: Voice
) -> None:
    """Five times at most in a call; then the one who has it helps."""
    again = ModelScript(
        steps=(
            Step(hears=ANYTHING, say="One moment.", calls=(TO_BILLING,)),
            Step(after_tool="hand_over", say="I help you myself."),
        ),
        expects=(ASK,),
    )
    back = ModelScript(
        steps=(
            Step(hears=ANYTHING, say="One moment.", calls=(TO_DESK,)),
            Step(after_tool="hand_over", say="I help you myself."),
        ),
    )
    billing = BILLING + 'hand_over_to = { desk = "all else" }\n'
    async with a_line(tmp_path, scripts=(again, back), billing=billing) as line:
        _, record = await call(line, spoken, WaitForAgent(6000), Pause(300))
        assert [each["agent"] for each in record["agents"]] == ["desk", "billing"] * 3
        assert record["turns"][-1]["text"] == "I help you myself."


@pytest.mark.parametrize(
    ("to", "fault"), [("nobody", "there is no agent nobody"), ("desk", "over to itself")]
)
async def test_colleagues_that_there_are_not_are_refused_at_the_start(
    tmp_path: Path, to: str, fault: str
) -> None:
    """With the file and the line."""
    with pytest.raises(AgentError, match=fault):
        async with a_line(tmp_path, desk=DESK.replace("billing", to)):
            pass


async def test_an_agent_without_colleagues_has_no_such_tool(tmp_path: Path, spoken: Voice) -> None:
    """The model is not tempted."""
    alone = DESK.replace('hand_over_to = { billing = "invoices and payments" }', "")
    async with a_line(tmp_path, desk=alone) as line:
        await call(line, spoken, WaitForAgent(300))
        (opened, *_) = line.model.sessions[0].received("session.update")
        assert "hand_over" not in str(opened)
