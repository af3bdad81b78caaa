"""The columns about one appointment, put together: "when", and "day" and "time"."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.batches.reading.cell_times import Written
from bot.batches.reading.drafts import Problem

_MIDNIGHT = dt.time()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one column says of it."""

    column: str
    written: Written


def together(
    whole: Told, day: Told, hour: Told, *, zone: dt.tzinfo | None
) -> tuple[Written, list[Problem]]:
    """What the three say, on the clock of the business (`zone`) where that is known.

    Each may hold a day, a time or both; what two of them hold must be the same. Raises BadTime.
    """
    parts = [part for part in (whole, day, hour) if part.written != Written()]
    timed = [part for part in parts if part.written.time not in (None, _MIDNIGHT)]
    parts = [_read_by_its_day(part, parts, timed, zone) for part in parts]
    parts = [replace(part, written=on_clock(part.written, zone)) for part in parts]
    problems = _contradictions(parts)
    dated = next((part.written for part in parts if part.written.day), Written())
    clocked = next((part.written for part in parts if part.written.time), Written())
    if dated.day is None and clocked.time is not None:
        column = next(part.column for part in reversed(parts) if part.written.time)
        problems.append(Problem(column=column, why="there is a time of day and no day"))
        return Written(), problems
    names_clock = clocked if clocked.offset is not None or clocked.zones else dated
    written = Written(
        day=dated.day, time=clocked.time, offset=names_clock.offset, zones=names_clock.zones
    )
    return on_clock(written, zone), problems


def on_clock(written: Written, zone: dt.tzinfo | None) -> Written:
    """A moment on a clock that its cell names, as the clock of the business shows it."""
    if zone is None or written.time is None or written.day is None or written.is_on(zone):
        return written
    moment = written.moment(zone)
    assert moment is not None  # it has a day
    local = moment.astimezone(zone)
    return Written(day=local.date(), time=local.time().replace(fold=0), offset=local.utcoffset())


def _read_by_its_day(
    part: Told, parts: Sequence[Told], timed: Sequence[Told], zone: dt.tzinfo | None
) -> Told:
    """Programs write midnight with a day that has no time; another column has it then.

    2027-06-01T04:00:00Z is such a day in New York, and so is 2027-06-01T00:00:00Z.
    """
    written = part.written
    elsewhere = [other for other in timed if other is not part]
    bare = [other for other in parts if other is not part and other.written.time]
    if written.day is None or written.time is None or not (elsewhere or bare):
        return part
    if written.time == _MIDNIGHT and elsewhere:
        return replace(part, written=Written(day=written.day))
    local = on_clock(written, zone)
    if local.time == _MIDNIGHT and local != written:
        return replace(part, written=Written(day=local.day))
    return part


def _contradictions(parts: Sequence[Told]) -> list[Problem]:
    problems = []
    for at, part in enumerate(parts):
        for other in parts[:at]:
            if _differ(part.written.day, other.written.day) or _differ(
                part.written.time, other.written.time
            ):
                why = f'this is another day or time than in "{other.column}"'
                problems.append(Problem(column=part.column, why=why))
                break
    return problems


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other
