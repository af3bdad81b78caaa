"""The status of one call, from updates that come late, twice and in any order."""

from __future__ import annotations

from dataclasses import dataclass

from bot.carriers.carrier import CallStatus
from bot.carriers.events import StatusUpdate


@dataclass(frozen=True, kw_only=True)
class StatusLog:
    """How far the carrier has told that one call is; `status` only moves forward.

    A final status is never changed again, whatever comes later: the call ends once.
    """

    status: CallStatus = CallStatus.QUEUED

    def after(self, update: StatusUpdate) -> StatusLog:
        """The log with this update in it; of a duplicate or a late one, the log as it is."""
        return StatusLog(status=update.status) if self.status.comes_before(update.status) else self
