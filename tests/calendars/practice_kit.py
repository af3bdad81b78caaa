"""A practice with a calendar on a real server, on a Monday at eight in the morning."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bot.calendars import CalDav, CalendarBusiness
from bot.calendars.hours import Span, WeeklyHours
from bot.calendars.slots import Grid
from tests.calendars.radicale import Radicale

Book = Callable[..., Awaitable[dict[str, object]]]
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = dt.date(2026, 11, 23)
DAY = Span(dt.time(9), dt.time(12))
HOURS = WeeklyHours(
    week={weekday: (DAY, Span(dt.time(14), dt.time(16))) for weekday in range(5)},
    exceptions={dt.date(2026, 11, 27): (), dt.date(2026, 11, 28): (DAY,)},
    notes={dt.date(2026, 11, 27): "We are closed for a wedding."},
)
GRID = Grid(zone=BERLIN, minutes=30, every=30, places=1, notice_minutes=60, furthest_days=90)


@dataclass
class Practice:
    """The calendar, those who write in it, and the clock on the wall."""

    server: Radicale
    calendar: str
    now: dt.datetime = field(default=dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC))

    def business(self, dav: CalDav, **other: object) -> CalendarBusiness:
        settings = {"grid": GRID, "opening": HOURS} | other
        return CalendarBusiness(
            dav,
            calendar=self.calendar,
            now=lambda: self.now,
            **settings,  # type: ignore[arg-type]
        )

    async def put(self, name: str, *lines: str, head: tuple[str, ...] = ()) -> None:
        """Somebody enters an event in their own calendar program."""
        event = ("BEGIN:VEVENT", f"UID:{name}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT")
        text = ("BEGIN:VCALENDAR", "PRODID:-//x//EN", "VERSION:2.0", *head, *event, "END:VCALENDAR")
        async with self.server.client() as client:
            answer = await client.put(
                f"{self.calendar}{name}.ics",
                content="\r\n".join((*text, "")),
                headers={"Content-Type": "text/calendar"},
            )
            answer.raise_for_status()

    async def files(self) -> dict[str, str]:
        """What is in the calendar: name -> text."""
        async with self.server.client() as client:
            answer = await client.request("PROPFIND", self.calendar, headers={"Depth": "1"})
            names = [
                part.split("<")[0].rsplit("/", 1)[-1]
                for part in answer.text.split("<href>")[1:]
                if ".ics" in part.split("<")[0]
            ]
            texts = [(await client.get(self.calendar + name)).text for name in names]
        return dict(zip(names, texts, strict=True))
