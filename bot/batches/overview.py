"""How a batch stands, at a glance: what `status` shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.batches.settings import BatchSettings
from bot.store import AttemptRecord, BatchRecord, Counts, Unheard


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A batch at this moment."""

    batch: BatchRecord
    settings: BatchSettings
    counts: Counts
    live: Sequence[AttemptRecord]  # under way, the oldest first
    calls: int  # placed, or maybe placed
    spent_usd: Decimal  # as far as it is known
    next_due_at: datetime | None  # when the next contact that waits is looked at
    done_by: datetime | None  # about when nothing waits any more; None: it does not go on by itself
    diallers: int  # that are alive
    untold: int  # results that the sender's own system has not got
    unheard: Unheard  # by the business

    @property
    def concluded(self) -> int:
        """Contacts with whom nothing more is tried."""
        still = ("waiting", "dialling")
        return sum(number for state, number in self.counts.states.items() if state not in still)


def done_by(
    dues: Sequence[datetime | None],
    *,
    live: int,
    settings: BatchSettings,
    call_secs: float,
    now: datetime,
) -> datetime:
    """When the last call that is due by now or later will be over, if none has to be tried again.

    `dues` are those of the contacts that wait, in order; None, which comes first: at once. Calls
    begin no faster than the pace, no more at a time than the concurrency, none before it is due.
    """
    gap_secs = max(1 / settings.calls_per_second, call_secs / settings.concurrency)
    free_at = now + timedelta(seconds=live * call_secs / settings.concurrency)
    for due_at in dues:
        free_at = max(free_at, due_at or now) + timedelta(seconds=gap_secs)
    return free_at + timedelta(seconds=call_secs if dues or live else 0)
