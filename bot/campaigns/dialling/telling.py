"""Writing back: the business is told what became of its appointments, until it knows."""

from collections.abc import Sequence
from typing import Any, Protocol

from loguru import logger

from bot.store import ContactRecord, Store
from tools import NotFound, Refused

PAGE = 100


class Dispositions(Protocol):
    """The business that wants to know. Raises `tools.Unavailable`, `Refused`, `NotFound`."""

    async def report_disposition(
        self,
        appointment_ids: Sequence[str],
        *,
        disposition: str,
        detail: dict[str, Any],
        idempotency_key: str,
    ) -> object:
        """Once for each key."""
        ...


class Teller:
    """Tells the business. What it refuses is tried again by the next process only."""

    def __init__(self, *, store: Store, business: Dispositions) -> None:
        self._store = store
        self._business = business
        self._refused: set[tuple[str, str]] = set()

    async def tell(self) -> int:
        """Tells of all contacts that have a disposition the business has not been told; of how
        many. Raises `tools.Unavailable`: the business is away, so it is of no use to go on.
        """
        told = 0
        after = None
        while page := await self._store.batches.untold(limit=PAGE, after=after):
            after = page[-1].id
            for contact in page:
                if (contact.id, contact.disposition) not in self._refused:
                    told += await self._tell_of(contact)
        return told

    async def _tell_of(self, contact: ContactRecord) -> bool:
        if contact.appointments:
            attempts = await self._store.ledger.of_contact(contact.id)
            ended = [attempt.id for attempt in attempts if attempt.disposition]
            last = contact.detail.get("rang_back") or (ended[-1] if ended else contact.id)
            try:
                await self._business.report_disposition(
                    contact.appointments,
                    disposition=contact.disposition,
                    detail=contact.detail,
                    idempotency_key=f"{last}:{contact.disposition}",
                )
            except (NotFound, Refused) as error:
                self._refused.add((contact.id, contact.disposition))
                kind = type(error).__name__
                logger.error("the business will not hear of contact {}: {}", contact.id, kind)
                return False
        return await self._store.batches.set_written_back(contact)
