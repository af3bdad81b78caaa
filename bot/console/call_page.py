"""What one call's page shows, whole and in pieces."""

from typing import Any

from bot.clock import utcnow
from bot.console.costs import MeterOf, cost_so_far
from bot.console.pages import Pages
from bot.console.strip import strip
from bot.console.transcript import Transcript
from bot.console.words import state_words
from bot.store import CallRecord


class CallPage:
    """Fills the templates of one call in."""

    def __init__(self, pages: Pages, meter_of: MeterOf) -> None:
        self._pages = pages
        self._meter_of = meter_of

    def whole(self, record: CallRecord, transcript: Transcript, *, lost: int = 0) -> str:
        """All that changes on the page, as a message; `lost` things were not told."""
        transcript.changes()
        return self._pages.text(
            "call_whole.html",
            call=record,
            transcript=transcript,
            lost=lost,
            strip=strip(transcript.latencies_ms),
            **self.state(record),
        )

    def facts(self, record: CallRecord) -> str:
        """Where it stands, as a message."""
        return self._pages.text("call_facts_message.html", call=record, **self.state(record))

    def changes(self, transcript: Transcript, *, facts: CallRecord | None) -> str:
        """What has changed, as a message; "" for nothing. `facts` are shown anew if given."""
        changes = transcript.changes()
        pieces = [self.facts(facts)] if facts else []
        if changes:
            pieces.append(
                self._pages.text(
                    "call_changes.html",
                    transcript=transcript,
                    changes=changes,
                    strip=strip(transcript.latencies_ms),
                )
            )
        return "".join(pieces)

    def state(self, record: CallRecord) -> dict[str, Any]:
        """Where it stands, and what it costs so far."""
        now = utcnow()
        return {
            "state": state_words(record),
            "cost": cost_so_far(record, self._meter_of, now),
            "at": now,
        }
