"""What GET /calls/{id} shows of a call that has just ended, while it is still being summed up."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from talk_kit import Event, Tap

from bot.simulator.caller import CallerScript, StayOn
from bot.simulator.model import ModelScript
from bot.testing.line import CALLER, HASTY, agent_file
from tests.service.line_kit import ToneVoice, open_line

SUMMING_UP_SECS = 4.0


class SlowSummary(Tap):
    """A model that takes its time to sum a call up."""

    async def to_model(self, event: Event) -> Sequence[Event | str]:
        if (event.get("response") or {}).get("output_modalities") == ["text"]:
            await asyncio.sleep(SUMMING_UP_SECS)
        return [event]


async def test_a_record_has_its_outcome_when_the_call_ends(tmp_path: Path) -> None:
    """Status, outcome and cost; the summary and the fields follow when they are made."""
    tap = SlowSummary()
    async with (
        tap.open() as model_url,
        open_line(
            tmp_path,
            manner=HASTY,
            voice=ToneVoice(),
            script=ModelScript(summary='{"summary": "Said hello.", "topic": "none"}'),
            agents={
                "front": agent_file(outcome='{ summary = true, fields = { topic = "What." } }')
            },
            inbound_agent="front",
            openai_realtime_url=model_url,
        ) as line,
    ):
        tap.model_url = line.model.url
        loop = asyncio.get_running_loop()
        sim = await line.carrier.dial(CALLER, caller=CallerScript(actions=(StayOn(),)))
        await line.until(sim.sid, lambda record: bool(record["turns"]))
        await sim.hang_up()
        hung_up_at = loop.time()
        record = await line.until(sim.sid, lambda record: record["ended_at"] is not None)
        assert loop.time() - hung_up_at < 0.5
        assert record["outcome"] == {
            "result": "completed",
            "reason": "caller_hung_up",
            "summary": None,
            "fields": {},
        }
        assert record["status"] == "completed"
        assert record["cost"]["model"] > 0
        whole = await line.ended(sim.sid)
        assert loop.time() - hung_up_at > SUMMING_UP_SECS
        assert whole["outcome"]["summary"] == "Said hello."
        assert whole["outcome"]["fields"] == {"topic": "none"}
        assert whole["cost"]["model"] > record["cost"]["model"]
        assert whole["ended_at"] == record["ended_at"]
