"""What the service asks of a carrier, and the words both use for a call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.carriers.answers import Answer, Connect
from bot.carriers.numbers import is_dialable

KEYS = re.compile(r"[0-9*#w]{1,32}")  # that can be pressed in one go
CALL_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # the carrier's name of a call


class CallStatus(StrEnum):
    """Where a call is, in the carrier's words. A status only ever moves forward."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """True when the call is over."""
        return self not in _ON_THE_WAY

    @property
    def stored(self) -> str:
        """The word for it in a call's record, which does not tell queued from initiated."""
        return CallStatus.QUEUED.value if self is CallStatus.INITIATED else self.value

    def comes_before(self, other: CallStatus) -> bool:
        """True when a call in this status may move to `other`. Nothing follows a final status."""
        return not self.is_final and self.rank < other.rank

    @property
    def rank(self) -> int:
        """How far along the call is, from 0; all final statuses are equally far."""
        return len(_ON_THE_WAY) if self.is_final else _ON_THE_WAY.index(self)


_ON_THE_WAY = (
    CallStatus.QUEUED,
    CallStatus.INITIATED,
    CallStatus.RINGING,
    CallStatus.IN_PROGRESS,
)


@dataclass(frozen=True, kw_only=True)
class MachineDetection:
    """Finding out, beside the call, whether a person or a machine answered.

    The verdict comes as `MachineDetected` while the call goes on. It is right in 85-90 % of calls
    and costs extra: a hint, never proof.
    """

    await_message_end: bool = False  # True: report when the greeting is over (to leave a message)


@dataclass(frozen=True, kw_only=True)
class PlaceCall:
    """A call to place. Raises ValueError when the carrier could not place it as written."""

    to: str = field(repr=False)  # E.164 or a sip: address
    from_: str = field(repr=False)  # a number of the account, E.164
    on_answer: Answer
    call_id: str | None = None  # ours: the carrier tells how the call stands, and says this with it
    attempt: int | None = None  # it is for a person who is asked to take that call: which of them
    ring_timeout_secs: int = 30  # then the call ends as no-answer; the carrier adds up to 5 s
    time_limit_secs: int | None = None  # a cap kept by the carrier, should we be gone
    machine_detection: MachineDetection | None = None

    def __post_init__(self) -> None:
        if not is_dialable(self.to):
            raise ValueError("A call goes to a number like +15551234567 or to a sip: address")
        _within("ring_timeout_secs", self.ring_timeout_secs, 5, 600)
        if self.time_limit_secs is not None:
            _within("time_limit_secs", self.time_limit_secs, 1, 4 * 3600)
        if self.machine_detection is not None and self.call_id is None:
            raise ValueError("machine_detection needs the call_id to which its verdict belongs")


@dataclass(frozen=True, kw_only=True)
class PlacedCall:
    """A call the carrier has accepted; it may still wait in its queue."""

    call_sid: str
    status: CallStatus


@dataclass(frozen=True, kw_only=True)
class CarrierCall:
    """A call as the carrier remembers it."""

    call_sid: str
    status: CallStatus
    direction: str = ""  # inbound, outbound-api or outbound-dial
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_secs: int | None = None


class Carrier(Protocol):
    """A phone company. Every method raises CarrierError when it could not do its work."""

    def check(self, call: PlaceCall) -> None:
        """Raises ValueError, before anything is asked, for a call that it cannot be told of."""

    async def place(self, call: PlaceCall) -> PlacedCall:
        """Dial. Reason `unknown_whether_placed`: it may ring; `find` it before dialling again.
        Raises ValueError as `check` does.
        """

    async def end(self, call_sid: str) -> None:
        """End a call in any state. A call that is over already counts as done."""

    async def cancel(self, call_sid: str) -> None:
        """Take back a call that has not been answered. A call that is over counts as done."""

    async def redirect(self, call_sid: str, answer: Answer) -> None:
        """Do something else with a running call, at once; its media stream ends. Raises ValueError
        for an answer that the carrier only takes when it asks.
        """

    async def end_meeting(self, call_id: str) -> None:
        """End the conference of this call of ours (`Meet`): whoever is in it is let go. Where there
        is none, or it is over, that counts as done.
        """

    async def press_keys(self, call_sid: str, keys: str, then: Connect) -> bool:
        """Press keys (0-9 * #, w waits half a second) on a running call. Returns whether its media
        stream goes on meanwhile; if not it ends, and when the keys are through, another comes as
        `then` says. Raises ValueError for what cannot be sent.
        """

    async def fetch(self, call_sid: str) -> CarrierCall:
        """How a call stands."""

    async def find(
        self,
        *,
        to: str | None = None,
        from_: str | None = None,
        since: datetime | None = None,
        parent: str | None = None,
    ) -> Sequence[CarrierCall]:
        """The latest calls that match, newest first. `since` is a time of creation, with a zone;
        `parent` a call on behalf of which the carrier has dialled them.
        """


def _within(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise ValueError(f"{name} must be from {lowest} to {highest}, got {value}")
