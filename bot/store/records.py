"""What the store takes and gives: plain values, free of the database.

Every time is an aware `datetime`; what is read back is in UTC. Every dict holds JSON values.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypedDict

# After its end a call hears out its last words, waits for a booking under way and is summed up, for
# 20 s at most. A process that died meanwhile leaves it so.
SUMMED_UP_WITHIN = timedelta(seconds=30)
# The phone of a person that a caller is put through to rings for less; that nobody took it is told
# by then, while those who talk are heard of at the end of their talk. A dialler asks the carrier
# before that (bot/calls/transfers.py).
PUT_THROUGH_WITHIN = timedelta(minutes=3)

Direction = Literal["inbound", "outbound"]
Role = Literal["caller", "agent"]


@dataclass(frozen=True, kw_only=True)
class TurnRecord:
    """One turn of the conversation: what one side said."""

    key: str  # unique within the call; a second turn with this key replaces the first
    role: Role
    text: str  # for the agent: what the caller heard of it
    started_at: datetime
    ended_at: datetime | None = None
    interrupted: bool = False
    latency_ms: int | None = None  # agent turns: end of the caller's speech to first sound


@dataclass(frozen=True, kw_only=True)
class ToolCallRecord:
    """A function the model called; `result`, `duration_ms` and `ok` are None until it returned."""

    key: str  # unique within the call; a second tool call with this key replaces the first
    name: str
    arguments: dict[str, Any]
    started_at: datetime
    result: dict[str, Any] | None = None
    duration_ms: int | None = None
    ok: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a call ended."""

    result: str
    reason: str  # a slug, never words of the caller
    summary: str | None = ""  # None: it is still being made, and so are the fields
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """A transfer of a call to a human."""

    reason: str  # in the model's words
    at: datetime
    target: str  # an E.164 number or a SIP address


@dataclass(frozen=True, kw_only=True)
class Dialled:
    """How dialling the human of a transfer ended."""

    outcome: str  # answered, declined, busy, no_answer, voicemail, cancelled or failed
    status: str  # one of bot.store.TERMINAL_STATUSES; in the carrier's words
    talked_secs: int | None = None


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a call cost, exact to the last digit."""

    currency: str  # ISO 4217
    model: Decimal
    carrier: Decimal
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class AgentVersion:
    """Which of its versions an agent was."""

    hash: str  # 12 hex digits of the content of its files
    since: datetime  # in force


@dataclass(frozen=True, kw_only=True)
class CallRecord:
    """All that is kept of one call."""

    id: str
    direction: Direction
    agent: str
    from_number: str
    to_number: str
    started_at: datetime
    status: str  # one of bot.store.STATUSES
    call_sid: str | None = None  # the carrier's id; no two calls share one
    agent_version: AgentVersion | None = None
    key: str | None = None  # the Idempotency-Key it was ordered with; no two calls share one
    request: dict[str, Any] = field(default_factory=dict)  # what an outbound call was asked to do
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    transfer: Transfer | None = None
    dialled: Dialled | None = None  # the human; None until that is over
    # What happened when they were put through, in order: `at`, `step` of
    # bot.store.announcing.STEPS, `to` one of the agent's people or "" for the human of the line.
    transfer_steps: list[dict[str, Any]] | None = None
    machine: dict[str, Any] | None = None  # what is known of an answering machine on the line
    # Where one handed it to another: `agent` and `until`, in order; the last has it to the end.
    agents: list[dict[str, Any]] | None = None
    # What the agent said that it had done, and nothing had: claim -> at, taken_back.
    unproven: dict[str, Any] | None = None
    # When the other side let us wait: from, to, by, secs, saved_usd; in order.
    holds: list[dict[str, Any]] | None = None
    # The sources of what its client's documents told the agent from the start.
    knowledge: list[dict[str, Any]] | None = None
    recording: dict[str, Any] | None = None  # whether it was recorded, by what right, and when
    holder: str | None = None  # the process that has it, or had it last
    stream_digest: str | None = None  # of the token of the stream that it awaits
    turns: tuple[TurnRecord, ...] = ()  # by time of start, then key
    tool_calls: tuple[ToolCallRecord, ...] = ()  # by time of start, then key
    first_words_ms: int | None = None  # answer to first sound of the agent
    turn_latencies_ms: tuple[int, ...] = ()
    usage: dict[str, Any] = field(default_factory=dict)
    cost: Cost | None = None

    @property
    def last_agent(self) -> str:
        """Who has it now, or had it last."""
        return str(self.agents[-1]["agent"]) if self.agents else self.agent

    def is_whole(self, now: datetime) -> bool:
        """It has ended, and all is here: the last words, the results of its tools, its summary.
        What is missing long after the end will not come any more.
        """
        if self.ended_at is None:
            return False
        summed_up = self.outcome is None or self.outcome.summary is not None
        return summed_up or now - self.ended_at > SUMMED_UP_WITHIN

    def is_settled(self, now: datetime) -> bool:
        """It is whole, and it is known, or late to learn, whether the person they were put through
        to came to the phone.
        """
        if self.ended_at is None or not self.is_whole(now):
            return False
        rings = self.transfer is not None and self.dialled is None
        return not rings or now - self.ended_at > PUT_THROUGH_WITHIN


class CallFacts(TypedDict, total=False):
    """The facts of a call that may arrive at any time, even after its end."""

    call_sid: str | None
    agent: str
    from_number: str
    to_number: str
    request: dict[str, Any]
    answered_at: datetime | None
    transfer: Transfer | None
    dialled: Dialled | None
    machine: dict[str, Any] | None
    agents: list[dict[str, Any]] | None
    unproven: dict[str, Any] | None
    holds: list[dict[str, Any]] | None
    knowledge: list[dict[str, Any]] | None
    recording: dict[str, Any] | None
    stream_digest: str | None
    first_words_ms: int | None
    turn_latencies_ms: tuple[int, ...]
    usage: dict[str, Any]
    cost: Cost | None


class CallChanges(CallFacts, total=False):
    """What `Store.set_call` may change: everything but the ending."""

    status: str
