"""What sessions are opened for outside any call: to be tried, and to say lines that are kept."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from bot.brains.config import FirstSound
from bot.brains.errors import ModelMute, ModelUnreachable
from bot.clock import monotonic

LINE_SECS = 30.0  # a line takes a few seconds; a model that is slower than this is out of order


class _Closed(Protocol):
    async def close(self) -> None: ...


Opened = TypeVar("Opened", bound=_Closed)


async def timed_first_sound(
    opening: Awaitable[Opened],
    hear: Callable[[Opened], Awaitable[None]],
    *,
    within_secs: float,
    then: Callable[[Opened], Awaitable[None]] | None = None,
) -> FirstSound:
    """Opens a session, has it heard by `hear`, tries `then` what else there is to try, and lets go
    of it. Raises ModelError."""
    begun = monotonic()
    try:
        async with asyncio.timeout(within_secs):
            session = await opening
            opened = monotonic()
            try:
                await hear(session)
                heard = monotonic()
                if then is not None:
                    await then(session)
            finally:
                await session.close()
    except TimeoutError:
        raise ModelMute(f"no sound within {within_secs:g} s") from None
    return FirstSound(open_ms=(opened - begun) * 1000, sound_ms=(heard - opened) * 1000)


async def line_in_time(rendering: Awaitable[bytes | None]) -> bytes | None:
    """A line, if it comes within `LINE_SECS`. Raises ModelUnreachable: it does not."""
    try:
        async with asyncio.timeout(LINE_SECS):
            return await rendering
    except TimeoutError as error:
        late = f"the model did not finish a line within {LINE_SECS:g} s"
        raise ModelUnreachable(late) from error
