"""Something counted by day, as bars. Plain arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, FOOT, HEAD = 640, 170, 20, 20  # of the picture; days stand in its foot
_NAMED = 7  # days of which the name is written


@dataclass(frozen=True, kw_only=True)
class DayBar:
    """One day; places are in the picture."""

    x: float
    y: float
    width: float
    height: float
    marked: float  # the height of the part of it that is marked
    name: str  # empty: there is no room for it
    says: str


@dataclass(frozen=True, kw_only=True)
class DayBars:
    """The picture. `top` is the value of the highest bar; empty: there is none."""

    bars: Sequence[DayBar]
    top: str
    width: int = WIDTH
    height: int = HEIGHT
    ground: int = HEIGHT - FOOT


def day_bars(
    values: Mapping[date, float], *, marked: Mapping[date, float] | None = None, unit: str = ""
) -> DayBars:
    """The days in the order given; `marked` is a part of each value, `unit` stands before it."""
    highest = max(values.values(), default=0)
    top = highest or 1
    room, step = HEIGHT - FOOT - HEAD, WIDTH / max(len(values), 1)
    every = -(-len(values) // _NAMED)
    bars = []
    for n, (day, value) in enumerate(values.items()):
        height = round(room * value / top, 1)
        part = round(room * (marked or {}).get(day, 0) / top, 1)
        bars.append(
            DayBar(
                x=round(n * step + step * 0.12, 1),
                y=round(HEIGHT - FOOT - height, 1),
                width=round(step * 0.76, 1),
                height=height,
                marked=part,
                name=f"{day:%d %b}" if (len(values) - 1 - n) % every == 0 else "",
                says=f"{day:%a} {day.isoformat()}: {_written(value, unit)}",
            )
        )
    return DayBars(bars=bars, top=_written(highest, unit) if highest else "")


def _written(value: float, unit: str) -> str:
    return f"{unit}{value:.2f}" if unit else f"{value:g}"
