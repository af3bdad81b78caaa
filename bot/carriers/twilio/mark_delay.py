"""How late marks come back, and what that says: plain code, no clock of its own.

A mark is due when the sound before it would have been played, had it been heard from the moment it
was sent. It comes back later by the way there and back, which is the same for all sound, and by
what differs from one mark to the next. Sound that began late at the carrier, since a message was
held up or the buffer there ran dry, makes all marks after it late by the same.
All figures are milliseconds.
"""

from collections import deque

RECENT_MARKS = 8  # 0.64 s of sound: of so many, one is hardly late by chance
UNKNOWN_MS = 1000.0  # before the first mark has come back: few carriers are further away
RUNS = 3  # stretches of sound without a gap, by which the distance is told


class MarkDelay:
    """Takes in how late each mark of a stream came back."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=RECENT_MARKS)
        self._of_this_run: deque[float] = deque(maxlen=RECENT_MARKS)
        self._least_of_runs: deque[float] = deque(maxlen=RUNS)
        self._chance_before_ms = 0.0  # by how much the marks of the run before differed

    def run_begins(self) -> None:
        """Sound is sent that nothing is played before: whatever was late is made up for."""
        if self._of_this_run:
            self._chance_before_ms = _spread(self._of_this_run)
        self._of_this_run.clear()

    def came_back(self, late_ms: float) -> None:
        """A mark came back so long after it was due. One that is early is as good as in time."""
        late_ms = max(0.0, late_ms)
        if self._of_this_run:
            self._least_of_runs[-1] = min(self._least_of_runs[-1], late_ms)
        else:
            self._least_of_runs.append(late_ms)
        self._of_this_run.append(late_ms)
        self._recent.append(late_ms)

    @property
    def distance_ms(self) -> float:
        """The way there and back: at most, since chance only ever adds to it. 0 if not known."""
        return min(self._least_of_runs, default=0.0)

    @property
    def behind_ms(self) -> float:
        """How much later than it was sent the sound of this run is played, beyond the distance and
        what chance explains.
        """
        if not self._of_this_run:
            return 0.0
        chance_ms = max(_spread(self._of_this_run), self._chance_before_ms)
        return max(0.0, min(self._of_this_run) - self.distance_ms - chance_ms)

    @property
    def patience_ms(self) -> float:
        """For how long after it was due a mark that is missing says nothing: as long as the last
        ones took, by distance and by chance.
        """
        if not self._recent:
            return UNKNOWN_MS
        return self.distance_ms + _spread(self._recent)


def _spread(figures: deque[float]) -> float:
    return max(figures) - min(figures)
