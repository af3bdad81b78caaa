"""The spans of one call, made of what the feed tells of it.

The call is the root; turns, tools, sessions of the model, transfers and waits are its children.
Names are those of OpenTelemetry's conventions for generative AI where they have one. Nothing that
was said, and no number, is in them unless `words` are wanted.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from bot.brains.counts import count
from bot.calls.feed import (
    Began,
    HoldBegan,
    HoldEnded,
    Interrupted,
    Item,
    ModelSession,
    ModelSessionLost,
    Moved,
    Said,
    ToolFinished,
    ToolStarted,
    TransferStep,
)
from bot.calls.state import Stage
from bot.store import CallRecord

Attributes = dict[str, str | int | float | bool]

TRANSFER, HOLD, SESSION = "transfer", "hold", "session"  # of each one is open at a time


class CallTrace:
    """One call as this process has it."""

    def __init__(self, tracer: Tracer, began: Began, *, words: bool) -> None:
        self._tracer = tracer
        self._words = words
        self._stage = Stage.EXPECTED
        self._open: dict[str, Span] = {}  # by kind, and tools by their keys
        self._session: Attributes = {}  # who was asked first
        self._root = tracer.start_span(
            f"invoke_agent {began.agent}",
            context=Context(),  # of nothing else that is under way
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": began.agent,
                "gen_ai.conversation.id": began.call_id,
                "trunkline.call.direction": began.direction,
            },
            start_time=_ns(began.at),
        )
        self._context = set_span_in_context(self._root, Context())

    def take(self, item: Item) -> None:
        """Something has happened in the call."""
        match item:
            case Said():
                self._turn(item)
            case ToolStarted():
                self._tool_started(item)
            case ToolFinished():
                self._tool_finished(item)
            case ModelSession():
                self._session_asked(item)
            case ModelSessionLost():
                self._finish(SESSION, item.at, error="" if item.expected else "session_lost")
            case TransferStep():
                self._transfer(item)
            case HoldBegan():
                self._begin(HOLD, "hold", item.at, {"trunkline.hold.by": item.by})
            case HoldEnded():
                self._finish(HOLD, item.at)
            case Interrupted():
                self._root.add_event("interrupted", timestamp=_ns(item.at))
            case Moved() if item.stage is not self._stage:
                self._stage = item.stage
                self._root.add_event(item.stage.name.lower(), timestamp=_ns(item.at))

    def end(self, record: CallRecord | None, at: datetime) -> None:
        """The call is over, or gone from this process. `record` is what is stored of it; None: that
        could not be read.
        """
        for each in tuple(self._open):
            self._finish(each, at)
        if record is not None:
            self._root.set_attributes({**self._session, **_facts(record)})
            if record.outcome is not None and record.outcome.result == "failed":
                _fail(self._root, record.outcome.reason)
        self._root.end(_ns(at))

    # -- its children -------------------------------------------------------------------------

    def _turn(self, said: Said) -> None:
        attributes: Attributes = {"trunkline.turn.interrupted": said.interrupted}
        if said.latency_ms is not None:
            attributes["trunkline.turn.latency_ms"] = said.latency_ms
        if self._words:
            role, way = ("user", "input") if said.who == "caller" else ("assistant", "output")
            told = [{"role": role, "parts": [{"type": "text", "content": said.text}]}]
            attributes[f"gen_ai.{way}.messages"] = orjson.dumps(told).decode()
        self._begin(said.key, f"{said.who} turn", said.started_at, attributes)
        self._finish(said.key, said.ended_at)

    def _tool_started(self, tool: ToolStarted) -> None:
        attributes: Attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": tool.name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.id": tool.key,
        }
        if self._words:
            attributes["gen_ai.tool.call.arguments"] = _json(tool.arguments)
        self._begin(f"tool {tool.key}", f"execute_tool {tool.name}", tool.at, attributes)

    def _tool_finished(self, tool: ToolFinished) -> None:
        """One that ended after its deadline is told of twice: the first time counts."""
        span = self._open.get(f"tool {tool.key}")
        if span is not None and self._words:
            span.set_attribute("gen_ai.tool.call.result", _json(tool.result))
        self._finish(f"tool {tool.key}", tool.at, error="" if tool.ok else "tool_failed")

    def _session_asked(self, asked: ModelSession) -> None:
        """One that is open takes the place of the one before it."""
        model: Attributes = {
            "gen_ai.provider.name": asked.provider,
            "gen_ai.request.model": asked.model,
        }
        self._session = self._session or model
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.output.type": "speech",
            "trunkline.brain": asked.brain,
            "trunkline.session.opened_ms": _ms(asked.asked_at, asked.at),
            **model,
        }
        name = f"chat {asked.model}"
        if asked.failed:
            self._begin("no session", name, asked.asked_at, attributes, kind=SpanKind.CLIENT)
            self._finish("no session", asked.at, error=asked.failed)
        else:
            self._finish(SESSION, asked.at)
            self._begin(SESSION, name, asked.asked_at, attributes, kind=SpanKind.CLIENT)

    def _transfer(self, step: TransferStep) -> None:
        if step.step == "back":
            self._root.add_event("back from transfer", timestamp=_ns(step.at))
            self._finish(TRANSFER, step.at)
            return
        if step.step == "called" or TRANSFER not in self._open:
            named: Attributes = {"trunkline.transfer.to": step.to} if step.to else {}
            self._begin(TRANSFER, "transfer", step.at, named)
        if step.step != "called":
            self._open[TRANSFER].set_attribute("trunkline.transfer.outcome", step.step)
            error = "" if step.step == "answered" else step.step
            self._finish(TRANSFER, step.at, error=error)

    def _begin(
        self,
        key: str,
        name: str,
        at: datetime,
        attributes: Attributes,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> None:
        self._finish(key, at)
        self._open[key] = self._tracer.start_span(
            name, context=self._context, kind=kind, attributes=attributes, start_time=_ns(at)
        )

    def _finish(self, key: str, at: datetime, *, error: str = "") -> None:
        span = self._open.pop(key, None)
        if span is None:
            return
        if error:
            _fail(span, error)
        span.end(_ns(at))


def _facts(record: CallRecord) -> Attributes:
    """What is known of the whole call at its end; of usage, what is billed by the token."""
    used = record.usage
    read = count(used, "text_cached") + count(used, "audio_cached")
    facts: Attributes = {
        "trunkline.call.status": record.status,
        "gen_ai.usage.input_tokens": count(used, "text_in") + count(used, "audio_in") + read,
        "gen_ai.usage.cache_read.input_tokens": read,
        "gen_ai.usage.output_tokens": count(used, "text_out") + count(used, "audio_out"),
    }
    if record.call_sid is not None:
        facts["trunkline.call.sid"] = record.call_sid
    if record.agent_version is not None:
        facts["gen_ai.agent.version"] = record.agent_version.hash
    if record.outcome is not None:
        facts["trunkline.call.result"] = record.outcome.result
        facts["trunkline.call.reason"] = record.outcome.reason
    if record.first_words_ms is not None:
        facts["trunkline.call.first_words_ms"] = record.first_words_ms
    if record.cost is not None:
        facts["trunkline.call.cost_usd"] = float(record.cost.total)
    return facts


def _fail(span: Span, error: str) -> None:
    span.set_attribute("error.type", error)
    span.set_status(Status(StatusCode.ERROR, error))


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, default=str).decode()


def _ms(begun: datetime, ended: datetime) -> int:
    return round((ended - begun).total_seconds() * 1000)


def _ns(at: datetime) -> int:
    """Nanoseconds since 1970."""
    return round(at.timestamp() * 1_000_000) * 1000
