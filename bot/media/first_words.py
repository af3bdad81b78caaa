"""When the agent's first words may begin, and from when on somebody can have understood them."""

from collections.abc import Callable

UNDERSTOOD_MS = 500  # less of a line than this tells nobody anything
HELLO_SECS = 2.0  # from the start: who says hello before the agent speaks is let finish until then


class FirstWords:
    """Of one call. Times are those of one steady clock, in seconds; it reads none itself."""

    def __init__(self, *, pause_secs: float, on_understood: Callable[[float], None]) -> None:
        """`pause_secs` pass before anything is sent, and the other side's hello with them.
        `on_understood` is told, once, when the first words began that were heard for long enough.
        """
        self._pause_secs = pause_secs
        self._on_understood = on_understood
        self._not_before = self._latest = 0.0
        self._begun = False  # something was sent
        self._began_at: float | None = None  # of words that may be the first
        self._known = False

    def line_opens(self, now: float) -> None:
        """From here on something may be sent, after the pause."""
        self._not_before = now + self._pause_secs
        self._latest = now + HELLO_SECS

    def they_speak(self) -> None:
        """The other side speaks: before the agent has begun, it is waited for."""
        if self._waits_for_hello:
            self._not_before = self._latest

    def they_stop(self, now: float) -> None:
        """The other side is silent: an agent that waited for that may begin."""
        if self._waits_for_hello:
            self._not_before = now

    def wait_secs(self, now: float) -> float:
        """How long nothing may be sent yet; nothing or less: not at all."""
        return self._not_before - now

    def sent(self, now: float) -> None:
        """Some sound went out."""
        self._begun = True
        if self._began_at is None:
            self._began_at = now

    def cut(self) -> None:
        """What was sent so far is dropped: unless it was reported, nobody understood it."""
        self._began_at = None

    def heard(self, heard_ms: float, *, all_of_it: bool) -> None:
        """So much of a line was heard, or `all_of_it` however short."""
        if self._known or self._began_at is None:
            return
        if all_of_it or heard_ms >= UNDERSTOOD_MS:
            self._known = True
            self._on_understood(self._began_at)

    @property
    def _waits_for_hello(self) -> bool:
        return bool(self._pause_secs) and not self._begun
