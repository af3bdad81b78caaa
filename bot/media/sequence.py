"""Messages that come twice or late, told by their numbers: plain code.

As RFC 3550 (A.1) does it for RTP: gaps are fine; a number that cannot be believed is believed
when the next message agrees with it, so that one bad number does not drop all that follows.
"""

MAX_GAP = 250  # messages: five seconds of sound


class Sequence:
    """The sequence numbers of one stream's messages."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._leap: int | None = None  # a number far from all before, not yet confirmed

    def is_new(self, number: int) -> bool:
        """Whether this message is the next one; not if it came before or comes too late."""
        step = 1 if self._last is None else number - self._last
        if abs(step) > MAX_GAP:
            confirmed = self._leap is not None and 0 < number - self._leap <= MAX_GAP
            if not confirmed:
                self._leap = number
                return False
        elif step <= 0:
            return False
        self._last, self._leap = number, None
        return True
