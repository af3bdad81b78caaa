"""What may go wrong while a person is asked whether they take the caller."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from warm_kit import (
    AGENT,
    ASK,
    EVENTS,
    MARIA,
    MOMENT,
    MORE,
    OFFER,
    TAKES,
    TOM,
    a_line,
    asks_for,
    assert_taken,
    begun,
    legs_to,
    person,
    played,
    steps,
)

from bot.app import Service, open_service
from bot.simulator.caller import HangUp, Pause, Press, Say, StayOn, WaitForAgent
from bot.simulator.carrier import Answers, CallbackFaults, NoAnswer
from bot.simulator.model import Call, Faults, Incident, Mishap, ModelScript, Moment, Step
from bot.simulator.voices import Voice
from bot.testing.line import HUMAN, serving
from config import Settings


async def test_the_caller_hangs_up_while_the_carrier_is_asked_to_call(
    tmp_path: Path, spoken: Voice
) -> None:
    """It answers when the call is over, and reports nothing before: no phone is left ringing."""
    async with a_line(tmp_path, asks_for(), tom=Answers(ring_secs=20)) as line:
        sim = await begun(line, spoken, StayOn())
        line.carrier.callback_faults = CallbackFaults(dropped=frozenset({"initiated", "ringing"}))
        line.rest.late_secs = 3.0
        leg = await line.carrier.wait_for_call(to=TOM)
        await sim.hang_up()
        await leg.wait_ended(timeout_secs=12)
        assert (await line.ended(sim.sid))["outcome"]["reason"] == "caller_hung_up"


async def test_nobody_else_rings_while_the_carriers_answer_is_lost(
    tmp_path: Path, spoken: Voice
) -> None:
    """Nor does it report anything: the call is found there, and the second one's phone rings when
    that of the first has fallen silent, and no later than the next look.
    """
    maria, tom = NoAnswer(ring_secs=25.0), person(spoken, *TAKES)
    async with a_line(tmp_path, asks_for("maria"), maria=maria, tom=tom) as line:
        sim = await begun(line, spoken, StayOn())
        line.carrier.callback_faults = CallbackFaults(dropped=EVENTS)
        line.carrier.rest_faults.lose_reply_next()
        await line.carrier.wait_for_call(to=MARIA)
        second = await line.carrier.wait_for_call(to=TOM, timeout_secs=90)
        line.carrier.callback_faults = CallbackFaults()
        (first,) = legs_to(line, MARIA)
        assert first.state.is_final
        await sim.wait_ended()
        assert second.state.is_final
        record = await line.ended(sim.sid)
        assert steps(record) == [
            ("called", "maria"),
            ("no_answer", "maria"),
            ("called", "tom"),
            ("answered", "tom"),
        ]


async def test_a_yes_is_a_yes_whatever_the_carrier_has_told(tmp_path: Path, spoken: Voice) -> None:
    """Of a leg that it has never named, that of the caller is told; the two meet."""
    async with a_line(tmp_path, asks_for(), tom=person(spoken, *TAKES)) as line:
        sim = await begun(line, spoken, StayOn())
        line.carrier.callback_faults = CallbackFaults(dropped=EVENTS)
        line.carrier.rest_faults.lose_reply_next()
        await sim.wait_ended()
        await assert_taken(line, sim, await line.ended(sim.sid))


@pytest.mark.parametrize("refused", [False, True])
async def test_the_service_stops_after_a_yes(tmp_path: Path, spoken: Voice, refused: bool) -> None:
    """Before the carrier has moved the caller: the person who has taken the call keeps it. Where
    the carrier does not do that when it is told to, it does when it asks what follows the stream.
    """
    services: list[Service] = []

    @asynccontextmanager
    async def kept(settings: Settings) -> AsyncIterator[str]:
        async with open_service(settings) as service, serving(service) as url:
            services.append(service)
            yield url

    tom = person(spoken, Pause(4000), Press("1"), Pause(20_000), HangUp())  # some of it alone
    async with a_line(tmp_path, asks_for(), serving=kept, tom=tom) as line:
        sim = await begun(line, spoken, StayOn())
        leg = await line.carrier.wait_for_call(to=TOM)
        if refused:
            line.carrier.rest_faults.fail_next(30)
        else:
            line.carrier.rest_faults.delay_next(secs=4.0)
        await leg.wait_for("conference_joined", timeout_secs=30)
        await services[0].calls.drain(within_secs=1.0)
        await sim.wait_ended()
        await assert_taken(line, sim, await line.ended(sim.sid), least=5, most=17)


async def test_another_agent_goes_on_while_a_person_is_asked(tmp_path: Path, spoken: Voice) -> None:
    """It is told of them, asks nobody whether they are still there, and hears what they say."""
    to_billing = Call(name="hand_over", arguments={"agent": "billing", "reason": "A bill."})
    desk = ModelScript(
        steps=(
            asks_for().steps[0],
            Step(hears=("open",), say=MOMENT, calls=(to_billing,)),
        ),
        by_words=True,
        expects=(ASK, MORE),
    )
    billing = ModelScript(steps=(Step(nudged=True, say=OFFER, once=False),))

    def script_for(instructions: str) -> ModelScript:
        return billing if "BILLING" in instructions else desk

    agents = {
        "desk": AGENT.replace("people.maria", 'hand_over_to = { billing = "bills" }\npeople.maria'),
        "billing": 'pipeline = "reception"\ninstructions = "You are BILLING."\n'
        "outcome = { summary = false }\nsilence = { wait_secs = 6.0 }\n",
    }
    tom = person(spoken, Pause(26000), Press("2"), StayOn())
    async with a_line(tmp_path, script_for, agents=agents, tom=tom) as line:
        talk = (WaitForAgent(900), Say(MORE), Pause(30000), HangUp())
        _, record = await played(line, spoken, *talk)
        assert [each["agent"] for each in record["agents"]] == ["desk", "billing"]
        assert steps(record) == [("called", "tom"), ("declined", "tom")]
        _, second = line.model.sessions
        known = str(second.received("conversation.item.create"))
        assert "tom is being asked whether they take the caller" in known
        assert "tom cannot take the call now" in known
        assert record["turns"][-1]["text"] == OFFER
        assert not any("still there" in turn["text"] for turn in record["turns"])


@pytest.mark.parametrize(
    ("mishap", "actions", "reason"),
    [(Mishap.STALL, (Pause(500), Press("0")), "transfer"), (Mishap.DROP, (), "model_lost")],
)
async def test_the_model_dies_meanwhile(
    tmp_path: Path, spoken: Voice, mishap: Mishap, actions: Sequence[Any], reason: str
) -> None:
    """The caller is put through without asking, by key or once the model is given up; nobody is
    left to be asked.
    """
    dies = Faults(incidents=(Incident(moment=Moment.TOOL_CALL, mishap=mishap),))
    async with a_line(tmp_path, asks_for(), tom=NoAnswer()) as line:
        line.model.faults = Faults(refuse_with=503)
        line.model.next_faults(dies)
        line.carrier.answer(HUMAN, Answers(ring_secs=0.5, talk_secs=1.0))
        sim, record = await played(line, spoken, WaitForAgent(900), *actions, StayOn())
        (leg,) = legs_to(line, TOM)
        assert str(leg.state) == "canceled"
        assert [each.address for each in sim.legs] == [HUMAN]
        assert record["outcome"]["reason"] == reason
        assert ("cancelled", "tom") in steps(record)
