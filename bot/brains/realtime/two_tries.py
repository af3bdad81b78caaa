"""Opening a session: a failure that may pass is tried once more, while a caller still waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from loguru import logger

from bot.brains.errors import ModelError, ModelMute

OPEN_SECS = 4.0  # a caller waits no longer than this for a voice before being told
AGAIN_SECS = (0.1, 0.3)  # before the second try, from and to: many calls do not come back at once

Opened = TypeVar("Opened")


async def in_two_tries(
    first: Callable[[], Awaitable[Opened]],
    second: Callable[[], Awaitable[Opened]],
    *,
    within_secs: float,
    spread: Callable[[], float],
    differs: str = "",
) -> Opened:
    """What the first of them opens, or else the second.

    Args:
        within_secs: for both.
        spread: gives numbers from 0 to 1, by which second tries are spread out.
        differs: how the second is another one, for the log; then any failure is reason for it.

    Raises:
        ModelError: that of the second, or of the first where asking again is of no use; ModelMute,
            if nothing came `within_secs`.
    """
    least_secs, most_secs = AGAIN_SECS
    try:
        async with asyncio.timeout(within_secs):
            try:
                return await first()
            except ModelError as error:
                if not (error.retry or differs):
                    raise
                logger.warning(
                    "opening the model's session failed, trying again{}: {}",
                    differs,
                    error,
                    event="model_session_not_opened",
                )
                await asyncio.sleep(least_secs + (most_secs - least_secs) * spread())
                return await second()
    except TimeoutError:
        raise ModelMute(f"no session within {within_secs:g} s") from None
