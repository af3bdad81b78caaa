"""Faults to order: REST requests that fail; callbacks late, twice, in disorder or never."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.simulator.carrier.errors import RestError


@dataclass(frozen=True, kw_only=True)
class RestFault:
    """What befalls one REST request."""

    delay_secs: float = 0.0  # before it is handled
    error: RestError | None = None  # instead of handling it
    reply_lost: bool = False  # it is handled, but the reply never comes


class RestFaults:
    """The faults of the next REST requests, one each, in the order they were ordered."""

    def __init__(self) -> None:
        self._next: deque[RestFault] = deque()

    def fail_next(self, count: int = 1, *, code: int = 20500, status: int | None = None) -> None:
        """Refuse the next `count` requests with this error (20429, 20003, 20500...)."""
        self._order(count, RestFault(error=RestError(code, status=status)))

    def delay_next(self, count: int = 1, *, secs: float) -> None:
        """Handle the next `count` requests `secs` late."""
        self._order(count, RestFault(delay_secs=secs))

    def lose_reply_next(self, count: int = 1) -> None:
        """Handle the next `count` requests, but let the client wait in vain for the reply."""
        self._order(count, RestFault(reply_lost=True))

    def take(self) -> RestFault:
        """The fault of the request that is coming in now."""
        return self._next.popleft() if self._next else RestFault()

    def _order(self, count: int, fault: RestFault) -> None:
        self._next.extend([fault] * count)


@dataclass(frozen=True, kw_only=True)
class CallbackFaults:
    """What befalls status callbacks, by event: initiated, ringing, answered, completed."""

    dropped: frozenset[str] = frozenset()
    duplicated: frozenset[str] = frozenset()
    delay_secs: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    """Out of order: {"ringing": "answered"} delivers ringing after answered."""
