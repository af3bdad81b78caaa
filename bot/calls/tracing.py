"""A call whose id the carrier has not told us, looked for among those it has."""

from dataclasses import dataclass
from datetime import timedelta

from loguru import logger

from bot.carriers import Carrier, CarrierError
from bot.store import CallRecord, Store, StoreError

CLOCK_SKEW = timedelta(seconds=30)  # between the carrier's clock and ours
# No trace of a call by then: there is none. The request to dial goes out within half a minute of
# the record (15 s for a busy database, 12 s for the carrier's API), the carrier's list shows calls
# within seconds, and status callbacks that bear our id come from the moment it dials. Too short
# a time dials a person twice; too long a time only delays the next attempt.
UNPLACED_AFTER = timedelta(minutes=5)


# The same where it is known when the request was over: no database is waited for any more, and the
# carrier has been found without the call twice, so far apart, since it answers again.
ABSENT_SECS = 45.0
ABSENT_APART_SECS = 15.0


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What the carrier has of a call."""

    call_sid: str | None  # None: nothing
    is_clear: bool  # False: it gave no answer, or several calls can be the one


class Absence:
    """Whether the carrier has no such call, by what it says again and again. `asked_at` is when the
    request to dial was over; all times are of `monotonic`.
    """

    def __init__(self, *, asked_at: float) -> None:
        self._asked_at = asked_at
        self._clear_since: float | None = None

    def is_proved(self, found: Trace, now: float) -> bool:
        """Takes account of one more look. Whoever finds it, or gets no answer, begins anew."""
        if not found.is_clear or found.call_sid is not None:
            self._clear_since = None
            return False
        if self._clear_since is None:
            self._clear_since = now
        apart = now - self._clear_since >= ABSENT_APART_SECS
        return apart and now - self._asked_at >= ABSENT_SECS


UNCLEAR = Trace(call_sid=None, is_clear=False)


async def trace(record: CallRecord, *, store: Store, carrier: Carrier) -> Trace:
    """Looks for this outbound call: to the same number, created when we began it, and no call
    that is stored.
    """
    if not record.to_number:  # erased: any call would do
        return Trace(call_sid=None, is_clear=True)
    earliest, latest = record.started_at - CLOCK_SKEW, record.started_at + UNPLACED_AFTER
    try:
        found = await carrier.find(to=record.to_number, from_=record.from_number, since=earliest)
        unknown = {
            call.call_sid
            for call in found
            if (call.created_at is None or call.created_at <= latest)
            and call.direction in ("", "outbound-api")
            and await store.get_call(call.call_sid) is None
        }
        if not unknown:
            return Trace(call_sid=None, is_clear=True)
        rivals = await _rivals(record, store)
    except (CarrierError, StoreError) as error:
        logger.warning(
            "the carrier's calls cannot be looked through: {}",
            error,
            event="carrier_calls_not_searched",
        )
        return UNCLEAR
    if len(unknown) > 1 or rivals:
        logger.warning(
            "{} calls at the carrier can be any of {} of ours",
            len(unknown),
            rivals + 1,
            event="carrier_call_ambiguous",
        )
        return UNCLEAR
    return Trace(call_sid=unknown.pop(), is_clear=True)


async def _rivals(record: CallRecord, store: Store) -> int:
    """Other calls to this number, of the same time, whose ids are not known either."""
    same_time = await store.find_calls(
        number=record.to_number,
        direction="outbound",
        since=record.started_at - UNPLACED_AFTER,
        until=record.started_at + UNPLACED_AFTER,
        open_only=True,
        limit=10,
    )
    return sum(other.call_sid is None and other.id != record.id for other in same_time)
