"""A whole call as a collector of traces gets it."""

from pathlib import Path
from typing import Any

import pytest

from bot.simulator.caller import CallerScript, Say, StayOn, WaitForAgent
from bot.simulator.model import ANYTHING, Call, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HASTY, LINE, agent_file
from tests.service.line_kit import open_line
from tests.traces.collector import attributes, collecting

pytest.importorskip("opentelemetry.sdk.trace", reason="needs the extra otel")
pytest.importorskip(
    "opentelemetry.exporter.otlp.proto.http.trace_exporter", reason="needs the extra otel"
)

ASK, ANSWER = "When do you close?", "Until six. Goodbye."


async def test_a_whole_call_is_one_trace(tmp_path: Path, spoken: Voice) -> None:
    """The call, its session, its turns and its tool, as the record has them; no words, numbers."""
    with collecting() as collector:
        async with open_line(
            tmp_path,
            manner=HASTY,
            script=ModelScript(
                steps=(
                    Step(hears=ANYTHING, calls=(Call(name="lookup_hours", arguments={}),)),
                    Step(after_tool="lookup_hours", say=ANSWER),
                ),
                expects=(ASK,),
            ),
            agents={"front": agent_file()},
            inbound_agent="front",
            otel_exporter_otlp_endpoint=collector.url,
        ) as line:
            script = CallerScript(
                voice=spoken, actions=(WaitForAgent(silence_ms=100), Say(ASK), StayOn())
            )
            sim = await line.carrier.dial(CALLER, caller=script)
            record = await line.ended(sim.sid)
        (root,) = collector.named("invoke_agent front")  # it has come when the service is closed
        assert_of_record(attributes(root), record)
        children = [span for span in collector.spans if span is not root]
        assert {span.parent_span_id for span in children} == {root.span_id}
        assert {span.trace_id for span in collector.spans} == {root.trace_id}
        names = sorted(span.name for span in children)
        turns = sorted(f"{turn['role']} turn" for turn in record["turns"])
        assert names == sorted([*turns, "execute_tool lookup_hours", f"chat {MODEL}"])
        for span in children:
            assert root.start_time_unix_nano <= span.start_time_unix_nano
            assert span.start_time_unix_nano <= span.end_time_unix_nano
            assert span.end_time_unix_nano <= root.end_time_unix_nano
        waits = [
            attributes(span)["trunkline.turn.latency_ms"]
            for span in collector.named("agent turn")
            if "trunkline.turn.latency_ms" in attributes(span)
        ]
        assert waits == record["latency"]["turns_ms"]
        assert waits
        for private in (CALLER, LINE, ASK, ANSWER, "six"):
            assert private not in collector.text


MODEL = "gpt-realtime-2.1"


def assert_of_record(told: dict[str, Any], record: dict[str, Any]) -> None:
    assert told["gen_ai.conversation.id"] == record["id"]
    assert told["gen_ai.request.model"] == MODEL
    assert told["trunkline.call.sid"] == record["call_sid"]
    assert told["trunkline.call.reason"] == record["outcome"]["reason"] == "goodbye"
    used = record["usage"]
    assert told["gen_ai.usage.output_tokens"] == used["text_out"] + used["audio_out"] > 0
