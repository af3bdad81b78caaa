"""A worker is killed while a person is asked whether they take its caller."""

import os
import signal
from pathlib import Path

import pytest
from process_kit import GIVES_UP_SECS, ServiceProcess
from talk_kit import RULER
from warm_kit import (
    AGENT,
    ASK,
    GONE,
    MOMENT,
    OFFER,
    TOM,
    asks_for,
    begun,
    legs_to,
    person,
    says,
    steps,
)

from bot.call_ids import worker_of
from bot.simulator.caller import StayOn, render_words
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import HASTY
from tests.service.line_kit import open_line

pytestmark = [pytest.mark.thorough, pytest.mark.realtime]


async def test_the_caller_goes_on_and_the_person_is_told(tmp_path: Path, spoken: Voice) -> None:
    """The other worker has the caller, whose agent knows that nobody came; who says yes after that
    hears that nobody waits any more, and their line ends.
    """
    scripts = [asks_for(), ModelScript(steps=(Step(hears=ANYTHING, say=OFFER),))]
    service = ServiceProcess(tmp_path, workers=2)
    tom = person(spoken, StayOn())
    await render_words(tom.caller)
    async with open_line(
        tmp_path,
        script=lambda instructions: scripts.pop(0),
        manner=HASTY,
        voice=RULER,
        agents={"desk": AGENT},
        inbound_agent="desk",
        serving=service.serving,
    ) as line:
        line.carrier.answer(TOM, tom)
        sim = await begun(line, spoken, StayOn())
        leg = await line.carrier.wait_for_call(to=TOM, timeout_secs=90)
        await leg.wait_for("say", timeout_secs=20)  # the question
        record = await line.call(sim.sid)
        victim = service.worker_pid(worker_of(record["id"]) or 0)
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        await line.until(
            sim.sid, lambda known: len(known["transfer_steps"]) == 2, within_secs=GIVES_UP_SECS
        )
        await leg.press("1")
        await leg.wait_ended(timeout_secs=60)
        assert says(leg)[-1] == GONE
        await line.until(sim.sid, lambda known: len(known["turns"]) == 4, within_secs=GIVES_UP_SECS)
        await sim.hang_up()
        record = await line.ended(sim.sid, within_secs=GIVES_UP_SECS)
        assert steps(record) == [("called", "tom"), ("failed", "tom")]
        assert record["transfer"]["outcome"] == "failed"
        assert record["outcome"]["reason"] == "caller_hung_up"
        assert legs_to(line, TOM) == [leg]
        assert "offer to take a message" in str(
            line.model.sessions[-1].received("conversation.item.create")
        )
        texts = [turn["text"] for turn in record["turns"]]
        assert texts[:4] == ["Hello there.", ASK, MOMENT, OFFER]
        assert "Traceback" not in service.log
