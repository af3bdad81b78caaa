"""Our number at the carrier: the account it belongs to, and where its calls and texts are sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

# What the carrier sends somewhere: a call that comes in, that call where the first address fails,
# how calls stand, a text that comes in.
Matter = Literal["calls", "fallback", "status", "texts"]
AccountState = Literal["active", "suspended", "closed", "unknown"]
# What comes of a signed opening of our media stream, as the carrier would do it.
StreamVerdict = Literal["passes", "refused", "no_upgrade", "silent", "unreachable"]


@dataclass(frozen=True, kw_only=True)
class CarrierAccount:
    """The account as the carrier sees it."""

    state: AccountState
    is_trial: bool
    answered_at: datetime | None  # by the carrier's own clock, in whole seconds; None: not told


@dataclass(frozen=True, kw_only=True)
class OurNumber:
    """A number of the account, with the addresses that its calls and texts are sent to."""

    sid: str
    number: str = field(repr=False)  # E.164
    addresses: dict[Matter, str]  # empty: none is set
    methods: dict[Matter, str]  # of HTTP: GET or POST
    takes_calls: bool
    takes_texts: bool
    # What the carrier goes by in place of these addresses, in its own words; empty: nothing.
    calls_go_to: str = ""
    texts_go_to: str = ""
    calls_can_be_freed: bool = False  # `set_up` takes calls back from there


@dataclass(frozen=True, kw_only=True)
class StreamTrial:
    """What came of opening our media stream."""

    verdict: StreamVerdict
    detail: str = ""  # without secrets


class OurNumbers(Protocol):
    """Looks at our numbers and sets them up. Every method raises CarrierError."""

    def wanted(self, matter: Matter) -> str:
        """Where it must be sent for us to answer; empty for the fallback, which others answer."""

    async def account(self) -> CarrierAccount:
        """The account, by the credentials that we have."""

    async def find(self, number: str) -> OurNumber | None:
        """The number with how it is set up; None: it is not one of the account."""

    async def set_up(self, ours: OurNumber, *, fallback: str = "") -> OurNumber:
        """Sends its calls and its texts to us, by POST; an empty `fallback` stays as it is."""
