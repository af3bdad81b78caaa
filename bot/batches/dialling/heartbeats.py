"""Diallers know of each other, and take over what a dead one had under way.

DBOS leaves the workflows of a process that died to that process: they keep their places in the
queues until it comes back. Ours never come back under the same name. Instead each says every few
seconds that it is alive, and what belongs to one that has fallen silent is put back into the
queues, where whoever has room takes it. One that was only slow finds its attempts moved on, and
changes nothing: the ledger is what counts.
"""

from collections.abc import Sequence

from loguru import logger

from bot.batches.dialling.durable import Durable
from bot.store import Store

BEAT_EVERY_SECS = 3.0
SILENT_SECS = 12.0  # three beats missed, and one late
FORGOTTEN_SECS = 24 * 3600.0


class Heartbeats:
    """One dialler's part in it."""

    def __init__(self, *, store: Store, durable: Durable, dialler_id: str) -> None:
        self._fleet = store.fleet
        self._durable = durable
        self._dialler_id = dialler_id
        self._alive: Sequence[str] = (dialler_id,)

    @property
    def is_first(self) -> bool:
        """Whether this dialler does what one is enough for. For a moment there may be two."""
        return self._dialler_id == min(self._alive)

    @property
    def count(self) -> int:
        """How many diallers there are, this one included, as of the last beat."""
        return len(self._alive)

    async def beat(self) -> None:
        """Says that this dialler is alive, and looks who else is."""
        await self._fleet.beat(self._dialler_id)
        self._alive = await self._fleet.alive(SILENT_SECS) or (self._dialler_id,)

    async def take_over(self) -> None:
        """Puts back what diallers that are not alive have under way, and what this one should have
        and has not.
        """
        alive = {self._dialler_id, *await self._fleet.alive(SILENT_SECS)}
        for dead in await self._durable.executors() - alive:
            logger.warning(
                "dialler {} is silent: what it had under way goes on elsewhere",
                dead,
                event="dialler_lost",
            )
            await self._durable.recover(dead)
        await self._durable.resume_stranded()
        await self._fleet.forget(FORGOTTEN_SECS)
