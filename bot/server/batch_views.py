"""Batches as the API shows them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from bot.batches.overview import Overview
from bot.batches.suppression_list import Listed
from bot.batches.taken_in import TakenIn
from bot.store import AttemptRecord, BatchRecord, ContactRecord, Suppression, TakenBack


class BatchView(BaseModel):
    """One batch; `why` says why it is held, paused or cancelled."""

    id: str
    name: str
    agent: str
    state: str
    why: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    settings: dict[str, Any]

    @classmethod
    def of(cls, batch: BatchRecord) -> "BatchView":
        names = cls.model_fields
        return cls(**{name: value for name, value in vars(batch).items() if name in names})


class LiveView(BaseModel):
    """A call that is active or about to be placed."""

    contact: str
    attempt: str
    state: str
    call_id: str | None
    since: datetime

    @classmethod
    def of(cls, attempt: AttemptRecord) -> "LiveView":
        return cls(
            contact=attempt.contact_id,
            attempt=attempt.id,
            state=attempt.state,
            call_id=attempt.call_id,
            since=attempt.placed_at or attempt.placing_at or attempt.planned_at,
        )


class StatusView(BatchView):
    """A batch with its progress."""

    contacts: int
    concluded: int  # with whom nothing more is tried
    states: dict[str, int]  # contacts by state
    outcomes: dict[str, int]  # of those who are done
    live: list[LiveView]
    not_called: dict[str, int]  # rows of its files that lead to no call, by kind
    calls: int
    spent_usd: float
    calls_per_second: float
    concurrency: int
    next_due_at: datetime | None
    done_by: datetime | None
    diallers: int
    results_untold: int
    business_untold: int
    business_refused: int  # of them

    @classmethod
    def of_overview(cls, overview: Overview) -> "StatusView":
        counts, settings = overview.counts, overview.settings
        return cls(
            **vars(overview.batch),
            contacts=counts.contacts,
            concluded=overview.concluded,
            states={str(state): number for state, number in counts.states.items()},
            outcomes=counts.outcomes,
            live=[LiveView.of(attempt) for attempt in overview.live],
            not_called=settings.left_out,
            calls=overview.calls,
            spent_usd=float(overview.spent_usd),
            calls_per_second=settings.calls_per_second,
            concurrency=settings.concurrency,
            next_due_at=overview.next_due_at,
            done_by=overview.done_by,
            diallers=overview.diallers,
            results_untold=overview.untold,
            business_untold=overview.unheard.untold,
            business_refused=overview.unheard.refused,
        )


class BatchList(BaseModel):
    """Newest first."""

    batches: list[BatchView]


class ContactView(BaseModel):
    """One person of a batch; `decision` is the gate's last, with each of its reasons."""

    id: str
    line: int
    number: str
    name: str
    variables: dict[str, str]
    appointments: list[str]
    zone: str
    region: str
    consent_source: str
    consent_at: datetime | None
    deadline: datetime | None
    state: str
    due_at: datetime | None
    attempts: int
    disposition: str
    detail: dict[str, Any]
    decision: dict[str, Any]

    @classmethod
    def of(cls, contact: ContactRecord) -> "ContactView":
        return cls(**{**vars(contact), "appointments": list(contact.appointments)})


class ContactList(BaseModel):
    """In the order of the file; `next_after` is the `after` of the next page, if there is one."""

    contacts: list[ContactView]
    next_after: str | None


class SuppressionView(BaseModel):
    """A number that is never called."""

    number: str
    at: datetime
    source: str
    call_id: str | None
    note: str

    @classmethod
    def of(cls, entry: Suppression) -> "SuppressionView":
        return cls(**vars(entry))


class TakenBackView(BaseModel):
    """A suppression that was taken off the list, and by what right."""

    number: str
    suppressed_at: datetime
    source: str
    call_id: str | None
    note: str
    at: datetime
    by: str
    consent: str

    @classmethod
    def of(cls, entry: TakenBack) -> "TakenBackView":
        return cls(**{name: getattr(entry, name) for name in cls.model_fields})


class SuppressionListView(BaseModel):
    """By number; `next_after` is the `after` of the next page, if there is one."""

    suppressions: list[SuppressionView]
    next_after: str | None


class BadRowView(BaseModel):
    """A row of a file that cannot be used, and why."""

    line: int
    why: str


class ListedView(BaseModel):
    """What became of a file of numbers. Something could not be read of `unread` rows; `problems`
    are the first 500 of them. `notes` says what of the file was not read, and why.
    """

    added: int
    known: int
    unread: int
    notes: list[str]
    problems: list[BadRowView]

    @classmethod
    def of(cls, listed: Listed) -> "ListedView":
        return cls(
            added=listed.added,
            known=listed.known,
            unread=listed.unread,
            notes=list(listed.notes),
            problems=[BadRowView(line=line, why=why) for line, why in listed.problems],
        )


class StoppedView(BaseModel):
    """A contact who is no longer called because a later row refuses calls."""

    line: int
    by_line: int
    dialling: bool  # a call is under way: it is the last


class LeftOutView(BaseModel):
    """A valid row of a file for which no call is made."""

    line: int
    kind: str
    why: str


class InEarlierView(BaseModel):
    """Contacts of the file that another batch has for the same appointment, and of how many of
    them it is settled: those are not called about it again.
    """

    batch: str
    contacts: int
    settled: int


class TakenInView(BaseModel):
    """What became of a file; `problems_csv` holds the bad rows, to be put right and sent again, of
    which there are `unusable` and `bad_rows` tells the first 500. `notes` says what of the file was
    not read, and why. Line n of a further file is line `lines_after` + n of the batch.
    """

    batch: BatchView | None
    contacts: int
    merged: int
    known: int
    unusable: int
    notes: list[str]
    columns: dict[str, Any]
    times_in: str
    earlier: list[InEarlierView]
    stopped: list[StoppedView]
    lines_after: int
    not_called: dict[str, int]  # rows that lead to no call, by kind
    left_out: list[LeftOutView]
    told: list[str]  # variables that the model may be told
    unread: list[str]  # columns that nothing looks at
    no_calls_csv: str  # who asked for no calls at all, for /suppressions/import
    bad_rows: list[BadRowView]
    problems_csv: str

    @classmethod
    def of(cls, taken: TakenIn) -> "TakenInView":
        return cls(
            batch=BatchView.of(taken.batch) if taken.batch else None,
            contacts=taken.contacts,
            merged=taken.merged,
            known=taken.known,
            unusable=taken.unusable,
            notes=list(taken.notes),
            columns=taken.columns.as_json(),
            times_in=taken.times_in,
            earlier=[
                InEarlierView(batch=one.batch_id, contacts=one.contacts, settled=one.settled)
                for one in taken.earlier
            ],
            stopped=[StoppedView(**vars(one)) for one in taken.stopped],
            lines_after=taken.lines_after,
            not_called=dict(taken.not_called),
            left_out=[
                LeftOutView(line=row.line, kind=row.kind, why=row.why) for row in taken.left_out
            ],
            told=list(taken.told),
            unread=list(taken.unread),
            no_calls_csv=taken.no_calls_csv,
            bad_rows=[BadRowView(line=row.line, why=row.why) for row in taken.bad_rows],
            problems_csv=taken.problems_csv,
        )
