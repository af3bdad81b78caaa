"""What a call waits for no longer than so long: set and cleared in its state. Plain code."""

from dataclasses import replace

from bot.calls.state import CallState, Timer
from bot.clock import Instant

# A caller in the queue comes back after a line, a pause of 10 s and a webhook that may take 15;
# one who has not come back for this long is gone.
QUEUE_SILENT_SECS = 45.0
LOST_STREAM_SECS = 4.0  # the carrier says within this time why a stream went away
STOPPED_SECS = 1.0  # the same of a stream that it has stopped itself: mostly the caller has gone
NEW_STREAM_SECS = 2.0  # and, told to bring another, needs no longer: the caller hears nothing yet
FAREWELL_SECS = 20.0  # for a last line: a slow model, a long sentence and a cut one fit in


def set_timer(state: CallState, timer: Timer, secs: float, now: Instant) -> CallState:
    """It is due so many seconds from now, in place of what it was set to."""
    return replace(state, timers={**state.timers, timer: now.secs + secs})


def clear_timers(state: CallState, *timers: Timer) -> CallState:
    """None of these is waited for any more."""
    left = {timer: due for timer, due in state.timers.items() if timer not in timers}
    return replace(state, timers=left)
