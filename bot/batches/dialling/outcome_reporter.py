"""Writing back: the business is told what became of its appointments, until it knows."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from loguru import logger

from bot.clock import monotonic
from bot.store import ContactRecord, Store
from tools import NotFound, Refused, Unavailable

PAGE = 100
AWAY_AFTER = 3  # so many failures in a row are not about a contact
FIRST_SECS = 60.0  # until one that failed is tried again
LONGEST_SECS = 900.0  # it may have been away, and is told soon after it is back


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


@dataclass(frozen=True, kw_only=True)
class _Failed:
    """One that the business could not take."""

    pause_secs: float
    again_at: float


class OutcomeReporter:
    """Tells the business. What it refuses is tried again by the next process only; one that it
    fails at, later and later, while the others are told.
    """

    def __init__(
        self,
        *,
        store: Store,
        business: Dispositions,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self._business = business
        self._now = now
        self._refused: set[tuple[str, str]] = set()
        self._failed: dict[str, _Failed] = {}  # by contact
        self._begin_after: str | None = None  # the contact at which the last round was given up

    async def tell(self) -> int:
        """Tells of all contacts that have a disposition the business has not been told; of how
        many.

        Raises `tools.Unavailable` once several in a row have failed: the business is away, and it
        makes no sense to go on. The next round begins after them.
        """
        told = 0
        failed: list[str] = []  # in a row
        async for contact in self._round():
            if not self._is_due(contact):
                continue
            try:
                told += await self._tell_of(contact)
            except Unavailable as error:
                self._put_off(contact, error)
                failed.append(contact.id)
                if len(failed) == AWAY_AFTER:
                    for each in failed:  # it is not their fault
                        del self._failed[each]
                    self._begin_after = contact.id
                    raise
            else:
                self._failed.pop(contact.id, None)
                if contact.appointments:  # else it was not asked
                    failed.clear()
        self._begin_after = None
        return told

    async def _round(self) -> AsyncIterator[ContactRecord]:
        """All who are untold, from where the last round was given up and round to there."""
        last = self._begin_after
        async for contact in self._after(last):
            yield contact
        if last is not None:
            async for contact in self._after(None):
                if contact.id > last:
                    return
                yield contact

    async def _after(self, after: str | None) -> AsyncIterator[ContactRecord]:
        while page := await self._store.batches.untold(limit=PAGE, after=after):
            after = page[-1].id
            for contact in page:
                yield contact

    def _is_due(self, contact: ContactRecord) -> bool:
        if (contact.id, contact.disposition) in self._refused:
            return False
        failed = self._failed.get(contact.id)
        return failed is None or failed.again_at <= self._now()

    def _put_off(self, contact: ContactRecord, error: Unavailable) -> None:
        before = self._failed.get(contact.id)
        pause_secs = min(2 * before.pause_secs, LONGEST_SECS) if before else FIRST_SECS
        self._failed[contact.id] = _Failed(pause_secs=pause_secs, again_at=self._now() + pause_secs)
        logger.warning(
            "the business is told of contact {} later: {}",
            contact.id,
            error,
            event="outcome_report_put_off",
        )

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
                logger.error(
                    "the business will not hear of contact {}: {}",
                    contact.id,
                    kind,
                    event="outcome_report_refused",
                )
                await self._store.batches.set_written_back(contact, refused=True)
                return False
        return await self._store.batches.set_written_back(contact)
