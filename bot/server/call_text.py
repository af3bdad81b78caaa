"""A call as text, for people."""

import json
from datetime import datetime
from typing import Any

from bot.store import CallRecord

_NAMES = {"agent": "Agent ", "caller": "Caller"}


def transcript(record: CallRecord) -> str:
    """The whole call: head, what was said and done in order of time, outcome, figures."""
    began = record.answered_at or record.started_at
    events: list[tuple[datetime, str]] = []
    for turn in record.turns:
        cut = "  [cut off]" if turn.interrupted else ""
        waited = f"  ({turn.latency_ms} ms)" if turn.latency_ms is not None else ""
        events.append((turn.started_at, f"{_NAMES[turn.role]}  {turn.text}{cut}{waited}"))
    for tool_call in record.tool_calls:
        took = f"{tool_call.duration_ms} ms" if tool_call.duration_ms is not None else "running"
        events.append(
            (
                tool_call.started_at,
                f"  tool  {tool_call.name}({_arguments(tool_call.arguments)}) "
                f"-> {_arguments(tool_call.result or {})}  [{took}]",
            )
        )
    for step in record.transfer_steps or ():
        events.append((datetime.fromisoformat(step["at"]), f"  step  {_step(**step)}"))
    lines = [f"{_clock(at, began)}  {text}" for at, text in sorted(events, key=lambda e: e[0])]
    return "\n".join([*_head(record), "", *lines, "", *_foot(record)])


def _head(record: CallRecord) -> list[str]:
    return [
        f"{record.id}  {record.direction}  agent {record.agent}",
        f"from {record.from_number}  to {record.to_number}  {record.call_sid or ''}".rstrip(),
        f"started {record.started_at.astimezone():%Y-%m-%d %H:%M:%S %Z}  status {record.status}",
    ]


def _foot(record: CallRecord) -> list[str]:
    lines = []
    if record.outcome:
        lines.append(f"outcome      {record.outcome.result}: {record.outcome.reason}")
        if record.outcome.summary:
            lines.append(f"summary      {record.outcome.summary}")
        lines += [f"  {name}: {value}" for name, value in record.outcome.fields.items()]
    if record.transfer:
        how = f", {record.dialled.outcome.replace('_', ' ')}" if record.dialled else ""
        lines.append(f"transfer     to {record.transfer.target}{how}: {record.transfer.reason}")
    if record.first_words_ms is not None:
        lines.append(f"first words  {record.first_words_ms} ms after the stream's start")
    if record.turn_latencies_ms:
        lines.append(f"turns        {', '.join(map(str, record.turn_latencies_ms))} ms")
    if record.cost:
        cost = record.cost
        lines.append(
            f"cost         {cost.total} {cost.currency} "
            f"(model {cost.model}, carrier {cost.carrier})"
        )
    return lines


def _step(*, step: str, to: str, at: str) -> str:
    if step == "back":
        return "the caller is back with the agent"
    return f"{to or 'the human'}: {step.replace('_', ' ')}"


def _clock(at: datetime, began: datetime) -> str:
    secs = max(0.0, (at - began).total_seconds())
    return f"{int(secs // 60):02d}:{secs % 60:04.1f}"


def _arguments(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in values.items()
    )
