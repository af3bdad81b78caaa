"""Calls as the API shows them."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from bot.store import CallRecord, Dialled, Transfer


class TurnView(BaseModel):
    """One turn: what one side said and the other heard."""

    role: str
    text: str
    started_at: datetime
    ended_at: datetime | None
    interrupted: bool


class ToolCallView(BaseModel):
    """A function the model called; result, duration_ms and ok are null while it runs."""

    name: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None
    started_at: datetime
    duration_ms: int | None
    ok: bool | None


class OutcomeView(BaseModel):
    """How a call ended; `summary` is null, and `fields` empty, until it is summed up."""

    result: str
    reason: str
    summary: str | None
    fields: dict[str, Any]


class TransferView(BaseModel):
    """A hand-over to a person; the last four are null until the carrier has told."""

    reason: str
    at: datetime
    target: str
    outcome: str | None
    answered: bool | None
    status: str | None
    talked_secs: int | None

    @classmethod
    def of(cls, transfer: Transfer, dialled: Dialled | None) -> "TransferView":
        """The view of a transfer and of what became of it."""
        return cls(
            **vars(transfer),
            outcome=dialled.outcome if dialled else None,
            answered=dialled.outcome == "answered" if dialled else None,
            status=dialled.status if dialled else None,
            talked_secs=dialled.talked_secs if dialled else None,
        )


class AgentVersionView(BaseModel):
    """Which version of its agent a call has: the hash of its files, and when it came in force."""

    hash: str
    since: datetime


class LatencyView(BaseModel):
    """Milliseconds: stream start to first sound; end of the caller's speech to the agent's."""

    first_words_ms: int | None
    turns_ms: list[int]


class CostView(BaseModel):
    """Money, from real usage and begun minutes."""

    currency: str
    model: float
    carrier: float
    total: float


class WarningView(BaseModel):
    """What speaks against a call that was dialled all the same."""

    rule: str
    why: str


class CallView(BaseModel):
    """One call."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    call_sid: str | None
    direction: str
    agent: str
    agent_version: AgentVersionView | None
    from_: str = Field(serialization_alias="from")
    to: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    status: str
    outcome: OutcomeView | None
    transfer: TransferView | None
    transfer_steps: list[dict[str, Any]]
    machine: dict[str, Any] | None
    agents: list[dict[str, Any]] | None
    unproven: dict[str, Any] | None
    holds: list[dict[str, Any]] | None
    knowledge: list[dict[str, Any]] | None
    continues: str | None
    recording: dict[str, Any] | None
    turns: list[TurnView]
    tool_calls: list[ToolCallView]
    latency: LatencyView
    usage: dict[str, Any]
    cost: CostView | None

    @classmethod
    def of(cls, record: CallRecord) -> Self:
        """The view of a stored call."""
        outcome, transfer, cost = record.outcome, record.transfer, record.cost
        version = record.agent_version
        return cls(
            id=record.id,
            call_sid=record.call_sid,
            direction=record.direction,
            agent=record.agent,
            agent_version=AgentVersionView(**vars(version)) if version else None,
            from_=record.from_number,
            to=record.to_number,
            started_at=record.started_at,
            answered_at=record.answered_at,
            ended_at=record.ended_at,
            status=record.status,
            outcome=OutcomeView(**vars(outcome)) if outcome else None,
            transfer=TransferView.of(transfer, record.dialled) if transfer else None,
            transfer_steps=record.transfer_steps or [],
            machine=record.machine,
            agents=record.agents,
            unproven=record.unproven,
            holds=record.holds,
            knowledge=record.knowledge,
            continues=record.request.get("continues") or None,
            recording=record.recording,
            turns=[
                TurnView(
                    role=turn.role,
                    text=turn.text,
                    started_at=turn.started_at,
                    ended_at=turn.ended_at,
                    interrupted=turn.interrupted,
                )
                for turn in record.turns
            ],
            tool_calls=[
                ToolCallView(
                    name=tool_call.name,
                    arguments=tool_call.arguments,
                    result=tool_call.result,
                    started_at=tool_call.started_at,
                    duration_ms=tool_call.duration_ms,
                    ok=tool_call.ok,
                )
                for tool_call in record.tool_calls
            ],
            latency=LatencyView(
                first_words_ms=record.first_words_ms, turns_ms=list(record.turn_latencies_ms)
            ),
            usage=record.usage,
            cost=CostView(**vars(cost)) if cost else None,
        )


class DialledView(CallView):
    """A call that was ordered, and what its sender should know."""

    warnings: list[WarningView] = []  # empty also where the order had become a call before
