"""Which spans a call becomes, item by item."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.calls.feed import (
    Began,
    Feed,
    HoldBegan,
    HoldEnded,
    Interrupted,
    Item,
    ModelSession,
    ModelSessionLost,
    Moved,
    Over,
    Said,
    ToolFinished,
    ToolStarted,
    TransferStep,
)
from bot.calls.state import Stage
from bot.store import CallRecord, Cost, Outcome, StoreError
from bot.traces import Traces
from bot.traces.export import trace_id_of

sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="needs the extra otel")
from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: E402
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: E402

BEGAN = datetime(2026, 11, 30, 12, tzinfo=UTC)
CALL, SECRET = "call_1", "My number is +15551230009."


def at(secs: float) -> datetime:
    return BEGAN + timedelta(seconds=secs)


def a_record(**more: Any) -> CallRecord:
    return CallRecord(
        id=CALL,
        direction="inbound",
        agent="front",
        from_number="+15551230002",
        to_number="+15551230001",
        started_at=BEGAN,
        status="completed",
        **more,
    )


class Kept:
    """Spans that are kept here; the record of the call is `record`."""

    def __init__(self, record: CallRecord | None = None, *, words: bool = False) -> None:
        self.feed, self.closed = Feed(), False
        self._kept = InMemorySpanExporter()
        provider = sdk.TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._kept))
        self._tracer = provider.get_tracer("test")
        self._record = record
        self.traces = Traces(self, record_of=self._record_of, words=words)

    def tracer_of(self, call_id: str) -> Any:
        return self._tracer

    async def close(self) -> None:
        self.closed = True

    async def _record_of(self, call_id: str) -> CallRecord | None:
        if self._record is None:
            raise StoreError("it does not answer")
        return self._record

    async def told(self, *items: Item) -> dict[str, Any]:
        """The spans by name, after a call in which this happened."""
        with self.feed.read(self.traces.take):
            for item in items:
                self.feed.publish(item)
        await self.traces.close()
        spans = self._kept.get_finished_spans()
        assert len({span.name for span in spans}) == len(spans)
        return {span.name: span for span in spans}


def began(secs: float = 0) -> Began:
    return Began(call_id=CALL, at=at(secs), agent="front", direction="inbound")


def over(secs: float) -> Over:
    return Over(call_id=CALL, at=at(secs))


def session(secs: float, model: str, failed: str = "") -> ModelSession:
    return ModelSession(
        call_id=CALL,
        at=at(secs),
        brain="openai",
        provider="openai",
        model=model,
        asked_at=at(secs - 0.5),
        failed=failed,
    )


def said(who: Any, begun: float, ended: float, latency_ms: int | None = None) -> Said:
    return Said(
        call_id=CALL,
        who=who,
        key=f"{who}_{begun}",
        text=SECRET,
        started_at=at(begun),
        ended_at=at(ended),
        latency_ms=latency_ms,
    )


def step(secs: float, what: str) -> TransferStep:
    return TransferStep(call_id=CALL, at=at(secs), step=what, to="office")


def secs_of(span: Any) -> tuple[float, float]:
    zero = BEGAN.timestamp() * 1e9
    return round((span.start_time - zero) / 1e9, 3), round((span.end_time - zero) / 1e9, 3)


async def test_the_call_is_the_root_and_knows_what_its_record_says() -> None:
    """Who, how it ended, what it used and cost; from its first moment to its last."""
    record = a_record(
        call_sid="CA1",
        outcome=Outcome(result="completed", reason="goodbye", summary=SECRET),
        first_words_ms=420,
        usage={"text_in": 10, "audio_in": 20, "text_cached": 3, "text_out": 4, "audio_out": 5},
        cost=Cost(
            currency="USD", model=Decimal("0.1"), carrier=Decimal("0.02"), total=Decimal("0.12")
        ),
    )
    spans = await Kept(record).told(
        began(),
        session(0.6, "big"),
        Moved(
            call_id=CALL, at=at(1), stage=Stage.TALKING, connected=True, ending=None, transfer=None
        ),
        Interrupted(call_id=CALL, at=at(2)),
        over(9),
    )
    root = spans["invoke_agent front"]
    assert (root.parent, secs_of(root), root.status.is_ok) == (None, (0, 9), True)
    assert [event.name for event in root.events] == ["talking", "interrupted"]
    assert dict(root.attributes) == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "front",
        "gen_ai.conversation.id": CALL,
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "big",
        "gen_ai.usage.input_tokens": 33,
        "gen_ai.usage.cache_read.input_tokens": 3,
        "gen_ai.usage.output_tokens": 9,
        "trunkline.call.direction": "inbound",
        "trunkline.call.sid": "CA1",
        "trunkline.call.status": "completed",
        "trunkline.call.result": "completed",
        "trunkline.call.reason": "goodbye",
        "trunkline.call.first_words_ms": 420,
        "trunkline.call.cost_usd": 0.12,
    }


HAPPENED = (
    began(),
    said("caller", 1, 2),
    said("agent", 2.5, 4, latency_ms=500),
    ToolStarted(call_id=CALL, at=at(5), key="t", name="book", arguments={"name": SECRET}),
    ToolFinished(
        call_id=CALL, at=at(6), key="t", result={"error": SECRET}, ok=False, duration_ms=1000
    ),
    ToolFinished(call_id=CALL, at=at(7), key="t", result={}, ok=True, duration_ms=None),
    HoldBegan(call_id=CALL, at=at(8), by="music"),
    HoldEnded(call_id=CALL, at=at(10), secs=2),
    step(11, "called"),
    step(12, "busy"),
    step(13, "back"),
    over(20),
)


async def test_turns_tools_transfers_and_waits_are_its_children() -> None:
    """Each for as long as it took; a tool and a person that failed are errors by a slug."""
    spans = await Kept(a_record()).told(*HAPPENED)
    root = spans.pop("invoke_agent front")
    assert {span.parent.span_id for span in spans.values()} == {root.context.span_id}
    assert {name: secs_of(span) for name, span in spans.items()} == {
        "caller turn": (1, 2),
        "agent turn": (2.5, 4),
        "execute_tool book": (5, 6),
        "hold": (8, 10),
        "transfer": (11, 12),
    }
    assert errors(spans) == {"execute_tool book": "tool_failed", "transfer": "busy"}
    assert spans["agent turn"].attributes["trunkline.turn.latency_ms"] == 500
    assert spans["transfer"].attributes["trunkline.transfer.to"] == "office"


@pytest.mark.parametrize("wanted", [False, True])
async def test_what_was_said_is_there_only_if_it_is_wanted(wanted: bool) -> None:
    """Neither turns nor tools tell it; numbers of the two parties are never in a trace."""
    record = a_record(outcome=Outcome(result="completed", reason="goodbye", summary=SECRET))
    spans = await Kept(record, words=wanted).told(*HAPPENED)
    telling = {name for name, span in spans.items() if "+1555" in span.to_json()}
    assert telling == ({"caller turn", "agent turn", "execute_tool book"} if wanted else set())


async def test_sessions_of_the_model_follow_each_other() -> None:
    """From when one was asked for until it is lost, another takes its place, or the call is over;
    one that could not be had says why.
    """
    spans = await Kept(a_record()).told(
        began(),
        session(1, "none", failed="model_refused"),
        session(2, "first"),
        ModelSessionLost(call_id=CALL, at=at(5)),
        session(6, "second"),
        session(8, "third"),
        ModelSessionLost(call_id=CALL, at=at(9), expected=True),  # its time was up
        over(10),
    )
    del spans["invoke_agent front"]
    assert {name: secs_of(span) for name, span in spans.items()} == {
        "chat none": (0.5, 1),
        "chat first": (1.5, 5),
        "chat second": (5.5, 8),
        "chat third": (7.5, 9),
    }
    assert errors(spans) == {"chat none": "model_refused", "chat first": "session_lost"}


async def test_a_call_that_failed_is_an_error_and_what_is_open_ends_with_it() -> None:
    """By the slug of its outcome."""
    record = a_record(outcome=Outcome(result="failed", reason="model_lost"))
    asks = ToolStarted(call_id=CALL, at=at(3), key="t", name="book", arguments={})
    spans = await Kept(record).told(began(), asks, over(4))
    assert errors(spans) == {"invoke_agent front": "model_lost"}
    assert secs_of(spans["execute_tool book"]) == (3, 4)


async def test_a_trace_ends_also_where_the_record_cannot_be_read() -> None:
    """And where the service stops before the call is over. What comes later is left out."""
    unread = await Kept(None).told(began(), over(4), said("agent", 5, 6))
    assert {name: secs_of(span) for name, span in unread.items()} == {"invoke_agent front": (0, 4)}
    kept = Kept(a_record())
    assert list(await kept.told(began())) == ["invoke_agent front"]
    assert kept.closed


def test_all_processes_give_a_call_the_same_trace() -> None:
    """Its id can be told from that of the call, as docs/operators.md says."""
    assert f"{trace_id_of('call_1'):032x}" == "74196fe72e4cdc135c1033e05a2e020c"


def errors(spans: dict[str, Any]) -> dict[str, Any]:
    return {
        name: span.attributes["error.type"] for name, span in spans.items() if not span.status.is_ok
    }
