"""Records to columns and back."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping

from bot.store.records import (
    AgentVersion,
    CallRecord,
    Cost,
    Dialled,
    Outcome,
    ToolCallRecord,
    Transfer,
    TurnRecord,
)

# Each of these fields of a call is spread over columns named <field>_<its own field>.
_Spread = Outcome | Transfer | Dialled | Cost | AgentVersion
_SPREAD: dict[str, type[_Spread]] = {
    "agent_version": AgentVersion,
    "outcome": Outcome,
    "transfer": Transfer,
    "dialled": Dialled,
    "cost": Cost,
}


def call_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the calls table for these fields of a `CallRecord`."""
    columns: dict[str, Any] = {}
    for name, value in values.items():
        if name in _SPREAD:
            for part in fields(_SPREAD[name]):
                columns[f"{name}_{part.name}"] = getattr(value, part.name, None)
        elif name == "turn_latencies_ms":
            columns[name] = list(value)
        else:
            columns[name] = value
    return columns


def new_call_columns(call: CallRecord) -> dict[str, Any]:
    """All columns of a new row of the calls table."""
    names = [part.name for part in fields(CallRecord)]
    return call_columns(
        {name: getattr(call, name) for name in names if name not in ("turns", "tool_calls")}
    )


def child_columns(call_id: str, child: TurnRecord | ToolCallRecord) -> dict[str, Any]:
    """The row of a turn or a tool call."""
    return {"call_id": call_id} | {part.name: getattr(child, part.name) for part in fields(child)}


def call_record(
    row: RowMapping,
    turn_rows: Iterable[RowMapping] = (),
    tool_call_rows: Iterable[RowMapping] = (),
) -> CallRecord:
    """The call of this row.

    Turns and tool calls are sorted here: PostgreSQL would order keys by its locale.
    """
    values: dict[str, Any] = {}
    for part in fields(CallRecord):
        if part.name in _SPREAD:
            values[part.name] = _gathered(part.name, row)
        elif part.name in row:
            values[part.name] = row[part.name]
    values["turn_latencies_ms"] = tuple(values["turn_latencies_ms"])
    turns = [TurnRecord(**_own(turn)) for turn in turn_rows]
    tool_calls = [ToolCallRecord(**_own(tool_call)) for tool_call in tool_call_rows]
    values["turns"] = tuple(sorted(turns, key=_by_start))
    values["tool_calls"] = tuple(sorted(tool_calls, key=_by_start))
    return CallRecord(**values)


def _gathered(name: str, row: RowMapping) -> _Spread | None:
    record = _SPREAD[name]
    parts = {part.name: row[f"{name}_{part.name}"] for part in fields(record)}
    return None if all(value is None for value in parts.values()) else record(**parts)


def _own(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "call_id"}


def _by_start(child: TurnRecord | ToolCallRecord) -> tuple[Any, str]:
    return child.started_at, child.key
