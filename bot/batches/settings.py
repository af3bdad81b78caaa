"""What a sender may set for a batch. Agents are files; the rules of a batch travel with it."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Part):
    """When people may be called, on their own clock; the law of their place narrows it further."""

    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat")
    begin: dt.time = dt.time(9)
    end: dt.time = dt.time(20)  # no call begins then or later
    holidays: bool = False  # call on public holidays of their place

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.begin >= self.end:
            raise ValueError("begin must be before end")
        if not self.days:
            raise ValueError("days: name at least one")
        return self


class Caps(_Part):
    """How often a number may be called; the law of its place narrows it further.

    A reminder is mostly sent the day before, so one day has room for all calls of a contact, as
    many as the strictest state limits allow; the pauses of `bot.batches.retry` keep them apart.
    A week has room for a second appointment's reminder.
    """

    per_contact: int = Field(default=3, ge=1, le=20)  # in this batch
    per_day: int = Field(default=3, ge=1, le=10)  # in 24 hours, all batches together
    per_week: int = Field(default=6, ge=1, le=30)  # in 7 days, all batches together


class Machines(_Part):
    """What is done when a machine answers."""

    then: Literal["hang_up", "leave_message"] = "hang_up"
    # Who called and a number to ring back: nothing private, others may hear it. {variables}.
    message: str = Field(default="", max_length=600)

    @model_validator(mode="after")
    def _has_message(self) -> Self:
        if self.then == "leave_message" and not self.message.strip():
            raise ValueError("leave_message needs a message")
        return self


class Breaker(_Part):
    """What pauses a batch by itself, looked for in its last `window` calls."""

    window: int = Field(default=20, ge=5, le=500)
    carrier_errors: float = Field(default=0.3, gt=0, le=1)  # share of calls the carrier failed
    quick_hang_ups: float = Field(default=0.4, gt=0, le=1)  # of those answered, under 5 s
    opt_outs: float = Field(default=0.2, gt=0, le=1)  # of those answered
    wrong_persons: float = Field(default=0.3, gt=0, le=1)  # of those answered


class BatchSettings(_Part):
    """The rules of one batch."""

    country: str = Field(default="US", pattern=r"^[A-Z]{2}$")  # of numbers written without one
    zone: str = ""  # of contacts whose file says nothing: the sender's word that they live there
    # Of the business, whose clock the file's times without an offset are on; empty: the agent's
    # timezone, else `zone`.
    times_in: str = ""
    hours: Hours = Hours()
    caps: Caps = Caps()
    # How we know that people want these calls, where the file has no such column, e.g. "intake form
    # 2026"; it is then the source of each row's consent. Empty: it is for the rows to say.
    consent: str = Field(default="", max_length=200)
    # Of all contacts, for the agent's texts, such as {business}; a column of the file wins.
    variables: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], str] = Field(
        default_factory=dict
    )
    consent_required: bool = True
    call_confirmed: bool = False  # also those of whom the file says that they have confirmed
    # Also where the file does not say on which day the appointment is: nothing then keeps a call
    # from coming after it, and the agent cannot say when it is.
    without_day: bool = False
    # Rows of its files whose contacts are not called, by kind: the import counts them.
    left_out: dict[str, int] = Field(default_factory=dict)
    check_standing: bool = True  # ask the business before each dial if the appointment still is
    machines: Machines = Machines()
    breaker: Breaker = Breaker()
    calls_per_second: float = Field(default=1.0, gt=0, le=100)
    concurrency: int = Field(default=5, ge=1, le=1000)
    canary: int = Field(default=0, ge=0)  # so many calls first, then wait for approval; 0: none
    budget_usd: Decimal | None = Field(default=None, gt=0)
    begin_at: AwareDatetime | None = None
    end_at: AwareDatetime | None = None  # no call begins then or later
    # Before the appointment: a contact who is called later has no time left to act on it.
    # A call that the contact has asked for is made up to the appointment itself.
    not_later_than_hours: float = Field(default=2, ge=0, le=168)
    ring_back_days: int = Field(default=3, ge=0, le=30)  # who rings back lands in their reminder
    results_url: Annotated[str, Field(pattern=r"^https?://")] | None = None

    def no_call_from(self, deadline: dt.datetime, *, asked_for: bool) -> dt.datetime:
        """From when on no contact is called about an appointment at that time."""
        before = dt.timedelta(hours=0 if asked_for else self.not_later_than_hours)
        return deadline.astimezone(dt.UTC) - before  # else they were hours of the clock on the wall

    @field_validator("zone", "times_in")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key if name else name
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is no time zone like Europe/Berlin") from error
