"""What the store keeps for the front desk: plain values, free of the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Urgency = Literal["normal", "urgent"]
TextDirection = Literal["in", "out"]
# Of texts that go out: ours before the carrier has them (waiting, refused), then the carrier's own
# words. `received` is a text that came in.
TextStatus = Literal[
    "waiting", "refused", "queued", "sent", "delivered", "undelivered", "failed", "received"
]


@dataclass(frozen=True, kw_only=True)
class DeliveryRecord:
    """One event told to one address, and how far the telling is.

    The words are found when it is sent: a row names its subject and holds nothing personal, so
    whatever is erased meanwhile is not told.
    """

    id: str  # the same for the same event and address; receivers see it
    event: str  # like call.ended
    subject: str  # whose words: the id of a call, a message or a text; of a tool call, call/key
    channel: str  # who sends it: webhook, mail, text, or work of our own
    target: str  # a URL or an e-mail address; empty where the subject names the number
    made_at: datetime
    due_at: datetime  # when it is sent, or sent again
    tries: int = 0
    arrived_at: datetime | None = None
    gave_up_at: datetime | None = None
    problem: str = ""  # of the last try


@dataclass(frozen=True, kw_only=True)
class MessageRecord:
    """What a caller wanted passed on."""

    id: str
    call_id: str
    agent: str
    taken_at: datetime
    name: str
    number: str  # to call back, E.164; empty where they gave none
    caller_number: str  # they called from; empty where it was withheld
    reason: str
    urgency: Urgency = "normal"
    reminders: int = 0  # sent so far
    next_at: datetime | None = None  # the next reminder or the escalation; None: neither
    escalated_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""

    @property
    def is_erased(self) -> bool:
        return not (self.name or self.reason)


@dataclass(frozen=True, kw_only=True)
class RecordingRecord:
    """A recording of a call: first the carrier's, then, unless it is unwanted, ours too."""

    id: str
    call_id: str
    made_at: datetime
    sid: str | None = None  # the carrier's name of it; None: not known yet
    move: str = "going"  # at the carrier: going, done, absent or failed
    wanted: bool = True  # False: it was refused, erased or is too old, and is deleted
    duration_secs: int | None = None
    channels: int | None = None
    size: int | None = None  # bytes
    kept_at: datetime | None = None  # we have it
    left_carrier_at: datetime | None = None  # the carrier has it no more
    deleted_at: datetime | None = None  # neither has it

    @property
    def is_here(self) -> bool:
        """Whether its sound can be had from us."""
        return self.kept_at is not None and self.deleted_at is None and self.wanted


@dataclass(frozen=True, kw_only=True)
class TextRecord:
    """A text message, in either direction."""

    id: str
    direction: TextDirection
    our_number: str
    number: str  # the other side's, E.164
    body: str
    purpose: str  # why it was sent: call, missed, dropped, staff, reply; of one that came in: what
    made_at: datetime
    status: TextStatus
    call_id: str | None = None
    sid: str | None = None  # the carrier's id
    problem: str = ""  # why it was not delivered


@dataclass(frozen=True, kw_only=True)
class BlockedRecord:
    """A number that is not let in, or all numbers with one beginning."""

    pattern: str  # E.164, a sip: address, or the beginning of an E.164 number and a star
    agent: str = ""  # whose lines it is kept from; empty: all
    at: datetime
    source: str  # cli or api
    note: str = ""
