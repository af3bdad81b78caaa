"""From speech probabilities to the moments when speech starts and stops. Plain code."""

from enum import Enum


class Edge(Enum):
    """A change of the gate: speech starts or stops."""

    STARTED = "started"
    STOPPED = "stopped"


class SpeechGate:
    """A threshold with hysteresis, and a change only once it has lasted.

    The audio is the clock: each call of `feed` is one window of `window_secs`. A window counts
    as speech from the first probability at or above `enter` on, and as silence from the first
    below `leave` on. Speech that has lasted `start_secs` opens the gate, silence that has lasted
    `stop_secs` closes it.
    """

    def __init__(
        self,
        *,
        start_secs: float = 0.2,
        stop_secs: float = 0.4,
        enter: float = 0.6,
        leave: float = 0.35,
        window_secs: float = 0.032,
    ) -> None:
        """Raises ValueError unless 0 <= leave <= enter <= 1."""
        if not 0 <= leave <= enter <= 1:
            raise ValueError(f"thresholds must be 0 <= leave <= enter <= 1, not {leave}, {enter}")
        self._enter = enter
        self._leave = leave
        self._windows_to_open = max(1, round(start_secs / window_secs))
        self._windows_to_close = max(1, round(stop_secs / window_secs))
        self._voiced = False
        self._windows_against = 0  # in a row that contradict the state of the gate
        self.open = False

    @property
    def quiet(self) -> bool:
        """Whether there is no speech, and none is about to be recognised."""
        return not self.open and not self._voiced

    def feed(self, probability: float) -> Edge | None:
        """One window; gives the edge it completes, if any. Edges alternate, STARTED first."""
        if probability >= self._enter:
            self._voiced = True
        elif probability < self._leave:
            self._voiced = False

        if self._voiced == self.open:
            self._windows_against = 0
            return None
        self._windows_against += 1
        needed = self._windows_to_close if self.open else self._windows_to_open
        if self._windows_against < needed:
            return None
        self.open = not self.open
        self._windows_against = 0
        return Edge.STARTED if self.open else Edge.STOPPED
