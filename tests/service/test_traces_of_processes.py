"""Traces of a service as operators run it: they come from every worker, and hold up no end."""

import signal
from pathlib import Path

import pytest

from bot.simulator.caller import CallerScript, Say, StayOn, WaitForAgent
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HASTY, agent_file
from tests.service.line_kit import open_line
from tests.service.process_kit import ServiceProcess
from tests.traces.collector import attributes, collecting

pytestmark = [pytest.mark.realtime, pytest.mark.thorough]
pytest.importorskip("opentelemetry.sdk.trace", reason="needs the extra otel")
pytest.importorskip(
    "opentelemetry.exporter.otlp.proto.http.trace_exporter", reason="needs the extra otel"
)


@pytest.mark.parametrize("silent", [False, True])
async def test_two_workers_are_stopped(tmp_path: Path, spoken: Voice, silent: bool) -> None:
    """Each sends what it has left; for a collector that hangs they wait for a bound."""
    service = ServiceProcess(tmp_path, workers=2)
    with collecting(silent=silent) as collector:
        async with open_line(
            tmp_path,
            manner=HASTY,
            script=ModelScript(steps=(Step(hears=ANYTHING, say="Goodbye."),), expects=("Bye.",)),
            agents={"front": agent_file()},
            inbound_agent="front",
            otel_exporter_otlp_endpoint=collector.url,
            serving=service.serving,
        ) as line:
            ids = []
            for _ in range(2):
                script = CallerScript(
                    voice=spoken, actions=(WaitForAgent(silence_ms=100), Say("Bye."), StayOn())
                )
                sim = await line.carrier.dial(CALLER, caller=script)
                ids.append((await line.ended(sim.sid))["id"])
            service.signal(signal.SIGTERM)
            assert await service.exit_code() == 0
        if silent:
            assert "traces_lost" in service.log
        else:
            roots = collector.named("invoke_agent front")
            told = [attributes(root)["gen_ai.conversation.id"] for root in roots]
            assert sorted(told) == sorted(ids)
