"""How often a call whose stream breaks gets a new one: plain code."""

MOST = 3  # a line that breaks more often will not carry the call
CLOSE_SECS = 2.0  # a stream this short carried no conversation ...
MOST_CLOSE = 2  # ... and after so many of them the next is no better


class Reconnections:
    """Those of one call."""

    def __init__(self) -> None:
        self._at: list[float] = []

    def allow(self, now: float) -> bool:
        """Whether the call may have a new stream now (seconds, any monotonic clock); it counts."""
        close = [at for at in self._at if now - at < CLOSE_SECS]
        if len(self._at) >= MOST or len(close) >= MOST_CLOSE:
            return False
        self._at.append(now)
        return True
