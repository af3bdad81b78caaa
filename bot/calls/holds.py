"""How long the other side of one call has let us wait."""

from datetime import datetime
from typing import Any

from loguru import logger

from bot.calls.call import Call
from bot.clock import utcnow
from bot.store import CallRecord
from processors.frames import OnHoldFrame


class Holds:
    """Keeps each hold for the call's record, and tells those who watch: from when to when, and what
    the model would have charged to hear it once."""

    def __init__(self, call: Call) -> None:
        self._call = call
        noted = call.earlier.holds if call.earlier is not None else None
        self._holds = [_ended(hold) for hold in noted or ()]
        self._since: datetime | None = None

    @property
    def as_record(self) -> list[dict[str, Any]] | None:
        """All of them; None: there was none."""
        return self._holds or None

    def told(self, frame: OnHoldFrame) -> None:
        """The pipeline says that one begins or ends."""
        if frame.begins:
            self._begin(frame.by)
        else:
            self.end()

    def _begin(self, by: str) -> None:
        self._since = utcnow()
        self._holds.append({"from": _written(self._since), "to": None, "by": by})
        self._note()
        self._call.feed.hold_began(by)
        logger.info(
            "the line is on hold, known by {}", by, call_id=self._call.id, event="hold_began"
        )

    def end(self) -> None:
        """A person is heard, or the call is over. Nothing happens where nobody waits."""
        if self._since is None:
            return
        now = utcnow()
        secs = (now - self._since).total_seconds()
        self._since = None
        saved_usd = round(self._call.journal.hearing_usd(secs), 6)
        self._holds[-1] |= {"to": _written(now), "secs": round(secs, 1), "saved_usd": saved_usd}
        self._note()
        self._call.feed.hold_ended(secs)
        logger.info(
            "the hold is over after {:.1f} s", secs, call_id=self._call.id, event="hold_ended"
        )

    def _note(self) -> None:
        self._call.journal.changed(holds=[dict(hold) for hold in self._holds])


def held_secs(record: CallRecord) -> float:
    """How long a call was on hold until now."""
    return sum(float(_ended(hold)["secs"]) for hold in record.holds or ())


def _ended(hold: dict[str, Any]) -> dict[str, Any]:
    """A hold that goes on is over now, for the process that had it is gone; another begins if the
    line waits still.
    """
    if hold.get("secs") is not None:
        return dict(hold)
    now = utcnow()
    secs = max(0.0, (now - datetime.fromisoformat(hold["from"])).total_seconds())
    return {**hold, "to": _written(now), "secs": round(secs, 1)}


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
