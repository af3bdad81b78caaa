"""The schedule of a business on a calendar: what is taken, and which times can be had."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.calendars import events
from bot.calendars.caldav import CalDav
from bot.calendars.hours import DAYS, Opening
from bot.calendars.slots import FURTHER_DAYS, NEARBY, Busy, Grid, free_times, is_free, nearest
from tools import Facts, Refused

WEEK_DAYS = 7


class Schedule:
    """Reads calendars, and says which times are free and why another is not."""

    def __init__(
        self,
        dav: CalDav,
        *,
        calendars: Sequence[str],
        grid: Grid,
        opening: Opening,
        largest_party: int | None,
        now: Callable[[], dt.datetime],
    ) -> None:
        self.grid = grid
        self._dav = dav
        self._calendars = tuple(calendars)  # whose events take time
        self._opening = opening
        self._largest_party = largest_party
        self._now = now

    def hours(self, day: dt.date | None) -> list[Facts]:
        """The opening hours of one day, or of the coming week."""
        first, count = (day, 1) if day else (self._today(), WEEK_DAYS)
        return [self._hours(first + dt.timedelta(days=n)) for n in range(count)]

    async def taken(self, day: dt.date) -> list[Busy]:
        """What is taken on a day, read anew."""
        start, end = self.grid.day_bounds(day)
        found = await asyncio.gather(
            *(self._dav.within(calendar, start, end) for calendar in self._calendars)
        )
        resources = [resource for each in found for resource in each]
        return await asyncio.to_thread(events.busy_times, resources, start, end, self.grid.zone)

    async def free(
        self, day: dt.date, from_time: dt.time | None, to_time: dt.time | None, party: int | None
    ) -> Facts:
        """The free times of a day, both ends included; others where there is none. Raises
        Refused.
        """
        self._check_day(day)
        self.check_party(party)
        taken = await self.taken(day)
        free = [
            f"{time:%H:%M}"
            for time in free_times(self.grid, self._opening, day, taken, now=self._now())
            if (from_time is None or time >= from_time) and (to_time is None or time <= to_time)
        ]
        told: Facts = {"day": day.isoformat(), "weekday": DAYS[day.weekday()], "slots": free}
        if free:
            return told
        wished = from_time or to_time or dt.time(12)
        told["note"] = self._opening.note(day) or "Nothing is free then."
        return told | {"alternatives": await self._alternatives(day, wished)}

    async def wanted(
        self,
        day: dt.date,
        time: dt.time,
        taken: Sequence[Busy],
        *,
        holder: str = "",
        leaving: str = "",
        length: dt.timedelta | None = None,
    ) -> dt.datetime:
        """When the wished time is. Raises Refused: it cannot be had, perhaps others can.

        `holder` may have what it holds itself; the event with the UID `leaving` is about to go
        away; `length` is that of an appointment which is not as long as others.
        """
        grid = self.grid
        if length is not None:
            grid = replace(grid, minutes=round(length.total_seconds() / 60))
        now = self._now()
        start = grid.moment(day, time)
        if start is not None and start <= now:
            raise Refused("That time is already past.")
        self._check_day(day)
        if start is not None and time in grid.begins(self._opening, day):
            if is_free(grid, day, time, taken, now=now, holder=holder, leaving=leaving):
                return start
            sooner = start < now + dt.timedelta(minutes=grid.notice_minutes)
            why = "That is too soon." if sooner else f"{time:%H:%M} is not free on that day."
        else:
            why = self._opening.note(day) or f"Nothing begins at {time:%H:%M} on that day."
        raise Refused(why, await self._alternatives(day, time, taken, grid))

    def check_party(self, party: int | None) -> None:
        """Raises Refused for more people than there is room for."""
        if party and self._largest_party is not None and party > self._largest_party:
            raise Refused(f"We take parties of up to {self._largest_party}.")

    async def _alternatives(
        self,
        wished: dt.date,
        at: dt.time,
        taken: Sequence[Busy] | None = None,
        grid: Grid | None = None,
    ) -> list[dict[str, str]]:
        """The nearest free times within two hours; else those of the next day that has any."""
        for days in range(FURTHER_DAYS):
            day = wished + dt.timedelta(days=days)
            if not self._opening.spans(day) or day > self._last_day():
                continue
            there = taken if days == 0 and taken is not None else await self.taken(day)
            free = free_times(grid or self.grid, self._opening, day, there, now=self._now())
            near = nearest(at, free, within=NEARBY if days == 0 else None)
            if near:
                told = {"day": day.isoformat(), "weekday": DAYS[day.weekday()]}
                return [told | {"time": time} for time in near]
        return []

    def _hours(self, day: dt.date) -> Facts:
        spans, note = self._opening.spans(day), self._opening.note(day)
        told: Facts = {"day": day.isoformat(), "weekday": DAYS[day.weekday()], "open": bool(spans)}
        told |= {"hours": [span.told() for span in spans]} if spans else {}
        return told | ({"note": note} if note else {})

    def _today(self) -> dt.date:
        return self._now().astimezone(self.grid.zone).date()

    def _last_day(self) -> dt.date:
        return self._today() + dt.timedelta(days=self.grid.furthest_days)

    def _check_day(self, day: dt.date) -> None:
        if day < self._today():
            raise Refused("That day is already past.")
        if day > self._last_day():
            raise Refused(f"We book at most {self.grid.furthest_days} days ahead.")
