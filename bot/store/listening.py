"""PostgreSQL's LISTEN: a connection that is kept for being woken."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine


async def listen(engine: AsyncEngine, name: str, hear: Callable[[], None]) -> None:
    """Calls `hear` once when it listens, and at each notification of this name; returns when the
    connection is lost. Until then it has the name for its `application_name` too.

    `name` may hold letters, digits and _ only. Raises what the driver raises.
    """
    if not name.replace("_", "").isalnum():
        raise ValueError(f"{name!r} cannot be listened to")
    lost = asyncio.Event()
    connection = await engine.connect()
    try:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        driver.add_termination_listener(lambda _: lost.set())
        await driver.execute(f"SET application_name TO '{name}'")
        await driver.add_listener(name, lambda *_: hear())
        hear()  # what has come before
        await lost.wait()
    finally:
        await connection.invalidate()  # it goes back to no pool: it listens
        await connection.close()
