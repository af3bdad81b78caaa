"""What the store keeps of batches: plain values, free of the database.

Every time is an aware `datetime`; what is read back is in UTC. Every dict holds JSON values.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict

# "importing": its file is still being stored; no contact is called before all of it is.
BatchState = Literal["importing", "planned", "running", "held", "paused", "cancelled", "done"]
OVER: tuple[BatchState, ...] = ("cancelled", "done")  # no more calls are made for it
ContactState = Literal["waiting", "dialling", "done", "skipped", "cancelled"]
AttemptState = Literal["planned", "placing", "placed", "ended"]

REFUSED = "refused:"


@dataclass(frozen=True, kw_only=True)
class BatchRecord:
    """A list of people to be called by one agent, and the rules for it."""

    id: str
    name: str
    agent: str
    settings: dict[str, Any]  # bot.batches.settings.BatchSettings as JSON
    created_at: datetime
    state: BatchState = "planned"
    why: str = ""  # it is held or paused: a slug and a sentence, for the sender
    moved_at: datetime | None = None  # to the state it is in
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One of several appointments of the same contact."""

    deadline: datetime | None  # no call about it makes sense from then on
    name: str
    variables: dict[str, str]
    appointments: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ContactRecord:
    """One person of a batch, with their state and disposition."""

    id: str
    batch_id: str
    line: int  # in the file, from 1, the header being 1
    number: str  # E.164
    name: str = ""
    variables: dict[str, str] = field(default_factory=dict)  # columns, for the agent's texts
    appointments: tuple[str, ...] = ()  # ids at the business; several after a merge
    zone: str = ""  # IANA, as the file says
    region: str = ""  # e.g. "US-FL", as the file or its address column says
    consent_source: str = ""
    consent_at: datetime | None = None
    deadline: datetime | None = None  # of the first appointment: it is to be reminded of by then
    # Where the contact is about several appointments: each of those that are not over yet.
    visits: tuple[Visit, ...] = ()
    state: ContactState = "waiting"
    due_at: datetime | None = None  # waiting: when to look at it next; None: at once
    attempts: int = 0  # calls placed
    disposition: str = ""  # of the last attempt: bot.batches.dispositions.Disposition
    detail: dict[str, Any] = field(default_factory=dict)
    decision: dict[str, Any] = field(default_factory=dict)  # the gate's last, with its reasons
    # The disposition the business API was told last; after "refused:" one it would not hear of.
    written_back: str = ""

    @property
    def last_deadline(self) -> datetime | None:
        """The moment after which no call makes sense; None: there is none."""
        deadlines = [visit.deadline for visit in self.visits] or [self.deadline]
        known = [deadline for deadline in deadlines if deadline is not None]
        return max(known) if len(known) == len(deadlines) else None

    @property
    def business(self) -> Literal["", "told", "untold", "refused"]:
        """Whether the business has heard what became of them; empty: there is nothing to tell."""
        if not (self.disposition and self.appointments):
            return ""
        if self.written_back == REFUSED + self.disposition:
            return "refused"
        return "told" if self.written_back == self.disposition else "untold"


class ContactChanges(TypedDict, total=False):
    """The fields of a contact that may change once it is stored."""

    state: ContactState
    due_at: datetime | None
    attempts: int
    disposition: str
    detail: dict[str, Any]
    decision: dict[str, Any]
    written_back: str


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How far a batch is: contacts by state, and by the disposition of those that have one."""

    states: dict[ContactState, int]
    dispositions: dict[str, int]
    outcomes: dict[str, int] = field(default_factory=dict)  # the same, of those who are done

    @property
    def contacts(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True, kw_only=True)
class Unheard:
    """Contacts of whose disposition the business has not heard."""

    untold: int
    refused: int  # of them: it would not


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """One call to a contact in the ledger: planned, placing, placed, ended, and never back.

    One that the gate held back, or that came to no call, ends without having been placed.
    """

    id: str  # also the Idempotency-Key of the call and the id of its workflow
    batch_id: str
    contact_id: str
    number: str
    ordinal: int  # of the contact's attempts, from 1
    planned_at: datetime
    state: AttemptState = "planned"
    decision: dict[str, Any] = field(default_factory=dict)  # the gate's, right before the dial
    placing_at: datetime | None = None
    placed_at: datetime | None = None
    ended_at: datetime | None = None
    call_id: str | None = None
    call_sid: str | None = None
    disposition: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OtherContact:
    """A contact of another batch, and how that batch stands."""

    contact: ContactRecord
    batch_state: BatchState
    started_at: datetime | None  # the batch
    batch_name: str = ""

    @property
    def batch(self) -> str:
        """What people call that batch: by its name, or by its id where it has none."""
        return f'"{self.batch_name}"' if self.batch_name else self.contact.batch_id


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """A number that must never be called again."""

    number: str  # E.164
    at: datetime
    source: str  # "call", "key", "import", "cli", "api", "text"
    call_id: str | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """A suppression that was taken off the list again, and by what right."""

    id: str
    number: str  # as it stood on the list
    suppressed_at: datetime
    source: str  # of the suppression, as are the call and the note
    call_id: str | None
    note: str
    at: datetime
    by: str  # who took it off
    consent: str  # the person's new consent, as evidence; empty: a keeper's own slip


@dataclass(frozen=True, kw_only=True)
class NumberFacts:
    """The calls and suppressions known of one number at one moment."""

    suppressed_at: datetime | None
    calls_at: list[datetime]  # calls that were placed, or may have been, by any batch; oldest first
    in_flight: bool  # a call with it is under way, in any batch or none
