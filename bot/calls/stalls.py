"""Who holds up the event loop: a thread that looks at what the loop's thread does when it is late.

Nothing of a call goes on while a tool or a processor sleeps, computes for long or asks the network
without `await`: every call of the process falls silent. Such places are told of once, by file and
line, and counted.
"""

import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from loguru import logger

from bot.clock import monotonic

LATE_SECS = 0.1  # a beat that is later than this is looked into
LOOK_SECS = 0.05
AGAIN_SECS = 0.02  # the second look at a late loop: only what is met twice has held it up
MOST_PLACES = 20

_LOOP_FILES = ("asyncio/runners.py", "asyncio/base_events.py", "asyncio/events.py", "uvloop/")
_NOT_OURS = (sysconfig.get_paths()["stdlib"], "<frozen")


@dataclass(kw_only=True)
class _Place:
    """Where the loop was held up."""

    name: str
    times: int = 0
    worst_ms: float = 0.0

    def __str__(self) -> str:
        times = "once" if self.times == 1 else f"{self.times} times"
        return f"{self.name}: {times}, up to {self.worst_ms:.0f} ms"


@dataclass(kw_only=True)
class Stalls:
    """Watches one loop, by when its next beat is due (None: it does not beat)."""

    due_at: Callable[[], float | None]
    _places: dict[tuple[str, int], _Place] = field(default_factory=dict)
    _held: FrameType | None = None  # met at the last look, while the loop was late
    _told: FrameType | None = None  # the frame of the stall that goes on and was told of

    def __iter__(self) -> Iterator[str]:
        return iter([str(place) for place in [*self._places.values()]])

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watches the loop of the thread that enters this, until it is left."""
        watched, over = threading.get_ident(), threading.Event()

        def watch() -> None:
            pause_secs, computed = LOOK_SECS, _cpu_secs(watched)
            while not over.wait(pause_secs):
                before, computed = computed, _cpu_secs(watched)
                self._look(sys._current_frames().get(watched), computed - before)
                pause_secs = LOOK_SECS if self._held is None else AGAIN_SECS
            self._held = self._told = None

        thread = threading.Thread(target=watch, name="stalls", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _look(self, frame: FrameType | None, computed_secs: float) -> None:
        """One look; `computed_secs` is how long the loop's thread has computed since the last."""
        due_at = self.due_at()
        late_secs = 0.0 if due_at is None else monotonic() - due_at
        culprit = _culprit(frame) if late_secs > LATE_SECS else None
        # Code that lets no other thread run, such as a regular expression, is seen only once.
        if culprit is not None and (culprit is self._held or computed_secs > LATE_SECS):
            self._note(culprit, late_secs * 1000)
        self._held = culprit
        if culprit is None:
            self._told = None

    def _note(self, frame: FrameType, late_ms: float) -> None:
        code = frame.f_code
        key = code.co_filename, code.co_firstlineno
        place = self._places.get(key)
        if place is None:
            if len(self._places) >= MOST_PLACES:
                return
            place = _Place(name=f"{code.co_qualname} ({code.co_filename}:{frame.f_lineno})")
            self._places[key] = place
            logger.warning(
                "the event loop stands still in {}: no call is heard meanwhile; there, wait with "
                "await, and work for long with asyncio.to_thread",
                place.name,
                event="event_loop_stalled",
            )
        if frame is not self._told:
            self._told = frame
            place.times += 1
        place.worst_ms = max(place.worst_ms, late_ms)


def _culprit(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of code that is neither Python's own nor a library's; where there is
    none, the innermost. None: the loop waits, and others have taken the machine.
    """
    inside: list[FrameType] = []
    while frame is not None and not any(
        file in Path(frame.f_code.co_filename).as_posix() for file in _LOOP_FILES
    ):
        if not frame.f_code.co_filename.endswith("/selectors.py"):
            inside.append(frame)
        frame = frame.f_back
    if frame is None:
        return None  # no loop runs in that thread
    ours = (each for each in inside if _is_ours(each.f_code.co_filename))
    return next(ours, inside[0] if inside else None)


def _is_ours(file: str) -> bool:
    return "site-packages" not in file and not file.startswith(_NOT_OURS)


def _cpu_secs(thread: int) -> float:
    """How long that thread has computed; 0 where the system does not tell."""
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(thread))
    except (AttributeError, OSError):
        return 0.0
