"""The latency strip: how long the caller waited for each answer, as bars. Plain arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

TARGET_MS = 500  # for the first words
SLOW_MS = 1500  # a pause of that length is one that callers notice
WIDTH, HEIGHT, FOOT = 320, 90, 14  # of the picture; figures stand in its foot
MOST_BARS = 24  # the last ones
_LEAST_TOP_MS = 2000


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One answer; places are in the picture."""

    x: float
    y: float
    width: float
    height: float
    ms: int
    slow: bool


@dataclass(frozen=True, kw_only=True)
class Strip:
    """The bars, and the height of the line that marks the target."""

    bars: Sequence[Bar]
    target_y: float
    top_ms: int
    median_ms: int | None
    width: int = WIDTH
    height: int = HEIGHT


def strip(latencies_ms: Sequence[int]) -> Strip:
    """The strip of these waits, oldest first."""
    shown = latencies_ms[-MOST_BARS:]
    top = max(_LEAST_TOP_MS, *shown, 0)
    room = HEIGHT - FOOT
    step = WIDTH / max(len(shown), 8)
    bars = [
        Bar(
            x=round(n * step + step * 0.15, 1),
            y=round(room - room * ms / top, 1),
            width=round(step * 0.7, 1),
            height=round(room * ms / top, 1),
            ms=ms,
            slow=ms > SLOW_MS,
        )
        for n, ms in enumerate(shown)
    ]
    ordered = sorted(latencies_ms)
    return Strip(
        bars=bars,
        target_y=round(room - room * TARGET_MS / top, 1),
        top_ms=top,
        median_ms=ordered[len(ordered) // 2] if ordered else None,
    )
