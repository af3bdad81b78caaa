"""The status of one call, from updates that come late, twice and in any order."""

from __future__ import annotations

from bot.carriers.carrier import CallStatus
from bot.carriers.events import StatusUpdate


class StatusLog:
    """Feed it every status update of one call; `status` only moves forward.

    A final status is never changed again, whatever comes later: the call ends once.
    """

    def __init__(self) -> None:
        self.status = CallStatus.QUEUED

    def feed(self, update: StatusUpdate) -> bool:
        """True when the update moved the call forward; False for a duplicate or a late one."""
        if not self.status.comes_before(update.status):
            return False
        self.status = update.status
        return True
