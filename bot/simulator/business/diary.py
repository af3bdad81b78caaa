"""The diary of the sample business: hours, orders and appointments, in one SQLite file."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiosqlite

from bot.simulator.business import seed

FURTHEST_DAYS = 365
NEARBY_MINUTES = 120
MAX_ALTERNATIVES = 3
FIRST_NUMBER = 1000  # numbers of four digits are easy to say


@dataclass(frozen=True, kw_only=True)
class Booking:
    """What a customer asks for: a table when a party is named, else a patient's appointment."""

    name: str
    day: dt.date
    time: str  # "19:45"
    party: int | None = None
    phone: str | None = None
    notes: str | None = None

    @property
    def desk(self) -> str:
        return seed.CLINIC if self.party is None else seed.RESTAURANT

    def told(self) -> dict[str, Any]:
        """As JSON, without what was left out."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return given | {"day": self.day.isoformat()}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer as it goes over HTTP, and as it is repeated for the same Idempotency-Key."""

    status: int
    body: dict[str, Any]


def refusal(status: int, reason: str, **more: Any) -> Reply:
    return Reply(status=status, body={"reason": reason, **more})


class Diary:
    """Reads and writes the file; bookings queue up behind each other."""

    def __init__(self, db: aiosqlite.Connection, now: Callable[[], dt.datetime]) -> None:
        self._db = db
        self._now = now  # the business's own clock
        self._writing = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, now: Callable[[], dt.datetime]) -> "AsyncIterator[Diary]":
        """Opens the file; fills it with the sample data if it is new."""
        path.parent.mkdir(parents=True, exist_ok=True)
        async with aiosqlite.connect(path, isolation_level=None) as db:
            db.row_factory = aiosqlite.Row
            await db.execute("PRAGMA journal_mode = WAL")
            await db.execute("PRAGMA synchronous = NORMAL")
            diary = cls(db, now)
            await diary._fill()
            yield diary

    async def hours(self, day: dt.date) -> dict[str, Any]:
        """One day: `open`, and either each desk's `hours` or the reason in `note`."""
        told: dict[str, Any] = {"day": day.isoformat(), "weekday": f"{day:%A}"}
        note = await self._closed(day)
        if note:
            return told | {"open": False, "note": note}
        rows = await self._rows(
            "SELECT * FROM hours WHERE weekday = ? ORDER BY opens", day.weekday()
        )
        hours = [{"desk": row["desk"], "from": row["opens"], "to": row["closes"]} for row in rows]
        return told | {"open": True, "hours": hours}

    async def orders(self, order_id: str | None, email: str | None) -> list[dict[str, Any]]:
        """Orders that fit all that is given; "#10-42" is order 1042."""
        number = "".join(filter(str.isalnum, order_id or "")).upper()
        return await self._rows(
            "SELECT id, item, status, detail FROM orders"
            " WHERE (? IS NULL OR id = ?) AND (? IS NULL OR email = lower(trim(?)))",
            *(order_id, number, email, email),
        )

    async def free(
        self, desk: str, day: dt.date, from_time: str = "00:00", to_time: str = "23:59"
    ) -> list[str]:
        """Times of day that can be booked, in order, both ends included."""
        if day < self._now().date() or await self._closed(day):
            return []
        rows = await self._rows(
            "SELECT slots.time FROM slots JOIN hours ON hours.desk = slots.desk"
            " AND hours.weekday = ? AND slots.time >= opens AND slots.time < closes"
            " WHERE slots.desk = ? AND slots.time BETWEEN ? AND ? AND places - held >"
            " (SELECT count(*) FROM appointments AS taken WHERE taken.desk = slots.desk"
            "  AND taken.time = slots.time AND taken.day = ?) ORDER BY slots.time",
            *(day.weekday(), desk, from_time, to_time, day.isoformat()),
        )
        return [row["time"] for row in rows if not self._past(day, row["time"])]

    async def appointments(self) -> list[dict[str, Any]]:
        """Every appointment made since the business opened."""
        return await self._rows("SELECT * FROM appointments ORDER BY id")

    async def book(self, booking: Booking, idempotency_key: str) -> Reply:
        """Takes the slot, or says why not. The same key gets the same reply and books nothing."""
        request = json.dumps(booking.told())
        async with self._writing:
            known = await self._rows("SELECT * FROM replies WHERE key = ?", idempotency_key)
            if known and known[0]["request"] != request:
                return refusal(422, "This Idempotency-Key belongs to another booking.")
            if known:
                return Reply(status=known[0]["status"], body=json.loads(known[0]["body"]))
            await self._db.execute("BEGIN IMMEDIATE")
            try:
                reply = await self._decide(booking)
                await self._db.execute(
                    "INSERT INTO replies VALUES (?, ?, ?, ?)",
                    (idempotency_key, request, reply.status, json.dumps(reply.body)),
                )
                await self._db.execute("COMMIT")
            except BaseException:
                await self._db.execute("ROLLBACK")
                raise
            return reply

    async def _decide(self, booking: Booking) -> Reply:
        today = self._now().date()
        if self._past(booking.day, booking.time):
            return refusal(422, "That time is already past.")
        if booking.day > today + dt.timedelta(days=FURTHEST_DAYS):
            return refusal(422, "We book at most a year ahead.")
        if (booking.party or 0) > seed.MAX_PARTY:
            return refusal(422, f"We seat parties of up to {seed.MAX_PARTY}.")
        if booking.time not in await self.free(booking.desk, booking.day):
            reason = await self._closed(booking.day) or f"{booking.time} is not free on that day."
            return refusal(409, reason, alternatives=await self._alternatives(booking))
        written = await self._db.execute(
            "INSERT INTO appointments (desk, day, time, name, party, phone, notes)"
            " VALUES (:desk, :day, :time, :name, :party, :phone, :notes)",
            asdict(booking) | {"desk": booking.desk, "day": booking.day.isoformat()},
        )
        number = f"A{FIRST_NUMBER + (written.lastrowid or 0)}"
        return Reply(status=201, body={"id": number, "desk": booking.desk, **booking.told()})

    async def _alternatives(self, booking: Booking) -> list[dict[str, str]]:
        """The nearest free times within two hours, later ones first; else the next open day's."""

        def apart(time: str) -> tuple[int, bool]:
            minutes = _minutes(time) - _minutes(booking.time)
            return abs(minutes), minutes < 0

        for days in range(8):
            day = booking.day + dt.timedelta(days=days)
            near = sorted(await self.free(booking.desk, day), key=apart)
            if days == 0:
                near = [time for time in near if apart(time)[0] <= NEARBY_MINUTES]
            if near:
                told = {"day": day.isoformat()}
                return [told | {"time": time} for time in near[:MAX_ALTERNATIVES]]
        return []

    async def _closed(self, day: dt.date) -> str | None:
        holidays = await self._rows("SELECT name FROM holidays WHERE date = ?", f"{day:%m-%d}")
        if holidays:
            return f"We are closed on {holidays[0]['name']}."
        if not await self._rows("SELECT 1 FROM hours WHERE weekday = ?", day.weekday()):
            return f"We are closed on {day:%A}s."
        return None

    def _past(self, day: dt.date, time: str) -> bool:
        return f"{day.isoformat()} {time}" <= f"{self._now():%Y-%m-%d %H:%M}"

    async def _fill(self) -> None:
        version = await self._rows("PRAGMA user_version")
        if version[0]["user_version"]:
            return
        await self._db.executescript(seed.SCHEMA)
        for table, rows in (
            ("hours", seed.HOURS),
            ("holidays", seed.HOLIDAYS),
            ("slots", seed.SLOTS),
            ("orders", seed.ORDERS),
        ):
            marks = ", ".join("?" * len(rows[0]))
            await self._db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        await self._db.execute("PRAGMA user_version = 1")

    async def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._db.execute_fetchall(sql, values)]


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])
