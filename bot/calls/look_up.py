"""A call's record, while somebody on the phone waits for what follows from it."""

import asyncio

from loguru import logger

from bot.store import CallRecord, Store, StoreError

LOOK_UP_SECS = 0.5  # for the database, while a phone rings


async def look_up(store: Store, id_or_sid: str) -> CallRecord | None:
    """The record, if there is one. None too when the database does not say in time: answering the
    phone does not depend on it."""
    try:
        async with asyncio.timeout(LOOK_UP_SECS):
            return await store.get_call(id_or_sid)
    except (StoreError, TimeoutError) as error:
        logger.warning("a call is not looked up: {!r}", error)
        return None
