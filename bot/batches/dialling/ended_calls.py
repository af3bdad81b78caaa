"""Learning that calls are over: by looking at all of them together, every so often."""

import asyncio

from loguru import logger

from bot.clock import utcnow
from bot.store import CallRecord, Store, StoreError

LOOK_EVERY_SECS = 0.5
AT_ONCE = 500


class EndedCallWatcher:
    """The ends of calls that attempts wait for. State comes from the records of calls alone: what
    a callback says twice, late or never changes nothing here.
    """

    def __init__(self, store: Store, *, look_every_secs: float = LOOK_EVERY_SECS) -> None:
        self._store = store
        self._look_every_secs = look_every_secs
        self._awaited: dict[str, asyncio.Event] = {}

    async def of(self, call_id: str, *, within_secs: float) -> CallRecord | None:
        """The whole record of the call once it has ended; None when it has not by then."""
        over = self._awaited.setdefault(call_id, asyncio.Event())
        try:
            async with asyncio.timeout(within_secs):
                await over.wait()
        except TimeoutError:
            return None
        finally:
            if self._awaited.get(call_id) is over:
                del self._awaited[call_id]
        return await self._store.get_call(call_id)

    async def look(self) -> None:
        """Goes on looking until it is cancelled."""
        while True:
            await asyncio.sleep(self._look_every_secs)
            ids = list(self._awaited)
            try:
                for begin in range(0, len(ids), AT_ONCE):
                    for record in await self._store.calls_with_ids(ids[begin : begin + AT_ONCE]):
                        if record.is_settled(utcnow()) and record.id in self._awaited:
                            self._awaited[record.id].set()
            except StoreError as error:
                logger.warning(
                    "calls under way cannot be looked at: {}",
                    error,
                    event="call_outcomes_unreadable",
                )
