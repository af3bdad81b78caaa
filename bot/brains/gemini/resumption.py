"""From which state another session may go on: plain data.

A session tells handles of its state while it lives, and not while it generates or waits for
functions (google-genai, `types.LiveServerSessionResumptionUpdate`).
"""

from contextvars import ContextVar
from dataclasses import dataclass

# By which handle a session that is being opened is to go on; empty: it begins anew.
HANDLE: ContextVar[str] = ContextVar("handle of a Gemini session", default="")


@dataclass(kw_only=True)
class Resumption:
    """That of one call."""

    handle: str = ""  # the last one; empty: there is none
    stamp: int = 0  # of what was said and done by then
    goes_on_from: int | None = None  # the session opened last, from a state with this stamp

    def opened(self, *, resumed: bool, stamp: int) -> None:
        """Another session is open, which may have taken the handle that had this stamp."""
        self.goes_on_from = stamp if resumed else None

    def told(self, handle: str, resumable: bool, stamp: int) -> None:
        """The session tells a handle of its state. One that cannot be resumed now may still be from
        where it could be last."""
        if resumable and handle:
            self.handle, self.stamp = handle, stamp
