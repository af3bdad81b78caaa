"""The status of one call, put together from updates that come in any order."""

from __future__ import annotations

from bot.carriers.carrier import CallStatus
from bot.carriers.events import StatusUpdate


class StatusLog:
    """Feed it every status update of one call; `status` only moves forward.

    A final status is never changed again, whatever comes later: the call ends once.
    """

    def __init__(self) -> None:
        self.status = CallStatus.QUEUED
        self._updates: list[StatusUpdate] = []

    @property
    def updates(self) -> tuple[StatusUpdate, ...]:
        """Everything that was told, each thing once, in the order in which it happened.

        Late updates are here too: they still carry the times at which the call rang or was
        answered. Those without a SequenceNumber are placed by how far along they are.
        """
        return tuple(self._updates)

    def feed(self, update: StatusUpdate) -> bool:
        """True when the update moved the call forward; False for a duplicate or a late one."""
        if any(_same(update, known) for known in self._updates):
            return False
        self._updates.append(update)
        self._updates.sort(key=_order)
        if not self.status.comes_before(update.status):
            return False
        self.status = update.status
        return True


def _same(one: StatusUpdate, other: StatusUpdate) -> bool:
    if one.sequence is not None and other.sequence is not None:
        return one.sequence == other.sequence
    return one.status == other.status


def _order(update: StatusUpdate) -> int:
    return update.status.rank if update.sequence is None else update.sequence
