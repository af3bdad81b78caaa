"""Callers in a process of its own: each wants the same time, some moments after the process began.

python -m tests.calendars.caller_process CALENDAR FIRST COUNT
"""

import asyncio
import datetime as dt
import json
import sys

from bot.calendars import CalDav
from tests.calendars.practice_kit import MONDAY, Practice
from tests.calendars.radicale import PASSWORD, USER
from tools import Refused


async def main(calendar: str, first: int, count: int) -> list[str]:
    """How it ended for each: booked, or the times that were offered."""
    async with CalDav(user=USER, password=PASSWORD) as dav:
        business = Practice(server=None, calendar=calendar).business(dav)  # type: ignore[arg-type]

        async def call(n: int) -> str:
            try:
                await business.book_appointment(
                    name=f"Caller {n}",
                    day=MONDAY,
                    time=dt.time(10),
                    party=None,
                    phone=None,
                    notes=None,
                    idempotency_key=f"k{n}",
                )
            except Refused as refused:
                return " ".join(each["time"] for each in refused.alternatives)
            return "booked"

        return await asyncio.gather(*(call(n) for n in range(first, first + count)))


if __name__ == "__main__":
    outcomes = asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    sys.stdout.write(json.dumps(outcomes))
