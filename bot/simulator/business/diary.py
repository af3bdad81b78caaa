"""The diary of the sample business: hours, orders and appointments, in one SQLite file."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite

from bot.simulator.business import seed

FIRST_NUMBER = 1000  # numbers of four digits are easy to say
REPORT = "/dispositions"


@dataclass(frozen=True, kw_only=True)
class DiaryReply:
    """An answer as it goes over HTTP, and as it is repeated for the same Idempotency-Key."""

    status: int
    body: dict[str, Any]


def refusal(status: int, reason: str, **more: Any) -> DiaryReply:
    return DiaryReply(status=status, body={"reason": reason, **more})


class Diary:
    """Reads and writes the file; writes are done in order."""

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
        note = await self.closed(day)
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
        self,
        desk: str,
        day: dt.date,
        from_time: str = "00:00",
        to_time: str = "23:59",
        *,
        holder: str = "",
    ) -> list[str]:
        """Times of day that can be booked, by this holder too, in order, both ends included."""
        if day < self._now().date() or await self.closed(day):
            return []
        rows = await self._rows(
            "SELECT slots.time FROM slots JOIN hours ON hours.desk = slots.desk"
            " AND hours.weekday = ? AND slots.time >= opens AND slots.time < closes"
            " WHERE slots.desk = ? AND slots.time BETWEEN ? AND ? AND places - held >"
            " (SELECT count(*) FROM appointments AS taken WHERE taken.desk = slots.desk"
            "  AND taken.time = slots.time AND taken.day = ? AND taken.state <> 'cancelled')"
            " + (SELECT count(*) FROM holds AS held WHERE held.desk = slots.desk"
            "  AND held.time = slots.time AND held.day = ? AND held.until > ? AND holder <> ?)"
            " ORDER BY slots.time",
            *(day.weekday(), desk, from_time, to_time),
            *(day.isoformat(), day.isoformat(), f"{self._now():%Y-%m-%d %H:%M:%S}", holder),
        )
        return [row["time"] for row in rows if not self.past(day, row["time"])]

    async def appointments(self) -> list[dict[str, Any]]:
        """Every appointment made since the business opened."""
        return await self._rows("SELECT * FROM appointments ORDER BY id")

    async def appointment(self, number: str) -> dict[str, Any] | None:
        """The appointment with this number, as a customer is told of it."""
        digits = number.strip().upper().removeprefix("A")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
            return None
        found = await self._rows(
            "SELECT * FROM appointments WHERE id = ?", int(digits) - FIRST_NUMBER
        )
        return self._told(found[0]) if found else None

    async def coming(self, phone: str) -> list[dict[str, Any]]:
        """The appointments under a telephone number that are still to take place."""
        rows = await self._rows(
            "SELECT * FROM appointments WHERE phone = ? ORDER BY day, time", phone
        )
        return [told for row in rows if (told := self._told(row))["standing"]]

    async def dispositions(self) -> list[dict[str, Any]]:
        """What became of calls, oldest first: appointments, disposition, detail."""
        rows = await self._rows("SELECT request FROM replies WHERE path = ? ORDER BY rowid", REPORT)
        return [json.loads(row["request"]) for row in rows]

    async def once(
        self,
        key: str,
        path: str,
        request: dict[str, Any],
        decide: Callable[[], Awaitable[DiaryReply]],
    ) -> DiaryReply:
        """What `decide` comes to and writes, at most once for each key, all of it or nothing.

        The same key gets the same reply; with another request it is refused.
        """
        written = json.dumps(request)
        async with self._writing:
            known = await self._rows("SELECT * FROM replies WHERE key = ?", key)
            if known and (known[0]["path"], known[0]["request"]) != (path, written):
                return refusal(422, "This Idempotency-Key belongs to another request.")
            if known:
                return DiaryReply(status=known[0]["status"], body=json.loads(known[0]["body"]))
            await self._db.execute("BEGIN IMMEDIATE")
            try:
                reply = await decide()
                await self._db.execute(
                    "INSERT INTO replies (key, request, status, body, path) VALUES (?, ?, ?, ?, ?)",
                    (key, written, reply.status, json.dumps(reply.body), path),
                )
                await self._db.execute("COMMIT")
            except BaseException:
                await self._db.execute("ROLLBACK")
                raise
            return reply

    async def add(self, desk: str, slot: dict[str, Any]) -> str:
        """Writes an appointment; its number. Within `once`."""
        written = await self._db.execute(
            "INSERT INTO appointments (desk, day, time, name, party, phone, notes)"
            " VALUES (:desk, :day, :time, :name, :party, :phone, :notes)",
            {"desk": desk, **slot},
        )
        return f"A{FIRST_NUMBER + (written.lastrowid or 0)}"

    async def hold(
        self,
        holder: str,
        desk: str,
        slot: dict[str, str],
        free: Callable[[], Awaitable[DiaryReply]],
    ) -> DiaryReply:
        """Keeps a slot for a while, in place of what this holder held, where `free` says yes."""
        async with self._writing:
            reply = await free()
            if reply.status == 201:
                until = self._now() + dt.timedelta(minutes=seed.HOLD_MINUTES)
                await self._db.execute(
                    "INSERT OR REPLACE INTO holds (holder, desk, day, time, until)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (holder, desk, slot["day"], slot["time"], f"{until:%Y-%m-%d %H:%M:%S}"),
                )
            return reply

    async def let_go(self, holder: str) -> None:
        """What this holder held is its own, or not wanted. Within `once`."""
        await self._db.execute("DELETE FROM holds WHERE holder = ?", (holder,))

    async def change(self, number: str, **columns: str) -> dict[str, Any]:
        """Changes an appointment that there is; as it then is. Within `once`."""
        named = ", ".join(f"{column} = :{column}" for column in columns)
        row_id = int(number.removeprefix("A")) - FIRST_NUMBER
        await self._db.execute(
            f"UPDATE appointments SET {named} WHERE id = :id", {**columns, "id": row_id}
        )
        changed = await self.appointment(number)
        if changed is None:
            raise LookupError(number)
        return changed

    def _told(self, row: dict[str, Any]) -> dict[str, Any]:
        day = dt.date.fromisoformat(row["day"])
        told = {
            "id": f"A{FIRST_NUMBER + row['id']}",
            "standing": row["state"] != "cancelled" and not self.past(day, row["time"]),
            "state": row["state"],
            "desk": row["desk"],
            "day": row["day"],
            "weekday": f"{day:%A}",
            "time": row["time"],
            "name": row["name"],
        }
        return told | ({"with": seed.WITH[row["desk"]]} if row["desk"] in seed.WITH else {})

    async def closed(self, day: dt.date) -> str | None:
        """Why the business is closed on this day; None when it is open."""
        holidays = await self._rows("SELECT name FROM holidays WHERE date = ?", f"{day:%m-%d}")
        if holidays:
            return f"We are closed on {holidays[0]['name']}."
        if not await self._rows("SELECT 1 FROM hours WHERE weekday = ?", day.weekday()):
            return f"We are closed on {day:%A}s."
        return None

    def past(self, day: dt.date, time: str) -> bool:
        """Whether this moment has come, on the business's own clock."""
        return f"{day.isoformat()} {time}" <= f"{self._now():%Y-%m-%d %H:%M}"

    async def _fill(self) -> None:
        version = (await self._rows("PRAGMA user_version"))[0]["user_version"]
        if version == 0:
            await self._db.executescript(seed.SCHEMA)
            for table, rows in (
                ("hours", seed.HOURS),
                ("holidays", seed.HOLIDAYS),
                ("slots", seed.SLOTS),
                ("orders", seed.ORDERS),
            ):
                marks = ", ".join("?" * len(rows[0]))
                await self._db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        for change in seed.CHANGES[version:]:
            await self._db.executescript(change)
        await self._db.execute(f"PRAGMA user_version = {len(seed.CHANGES)}")

    async def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._db.execute_fetchall(sql, values)]
