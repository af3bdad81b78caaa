"""The status of one call, put together from updates that come in any order."""

from __future__ import annotations

from dataclasses import dataclass

from bot.carriers.carrier import CallStatus
from bot.carriers.events import StatusUpdate


@dataclass(frozen=True, kw_only=True)
class StatusLog:
    """What the carrier has said of one call; `status` only moves forward.

    A final status is never changed again, whatever comes later: the call ends once.
    """

    status: CallStatus = CallStatus.QUEUED
    # Each thing once, in the order in which it happened. Late updates are here too: they still
    # carry the times at which the call rang or was answered. Those without a SequenceNumber are
    # placed by how far along they are.
    updates: tuple[StatusUpdate, ...] = ()

    def after(self, update: StatusUpdate) -> StatusLog:
        """The log with this update in it; of a duplicate, the log as it is."""
        if any(_same(update, known) for known in self.updates):
            return self
        moves_on = self.status.comes_before(update.status)
        return StatusLog(
            status=update.status if moves_on else self.status,
            updates=tuple(sorted((*self.updates, update), key=_order)),
        )


def _same(one: StatusUpdate, other: StatusUpdate) -> bool:
    if one.sequence is not None and other.sequence is not None:
        return one.sequence == other.sequence
    return one.status == other.status


def _order(update: StatusUpdate) -> int:
    return update.status.rank if update.sequence is None else update.sequence
