"""The API of batches: how they stand, and how they are moved."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from bot.batches.service import BatchService
from bot.calls import CallService
from bot.server.batch_views import (
    BatchList,
    BatchView,
    ContactList,
    ContactView,
    StatusView,
)
from bot.server.refusing import answered
from bot.store import ContactState

Page = Annotated[int, Query(ge=1, le=500)]


class Cancelling(BaseModel):
    """What becomes of the calls under way: they finish, or end after a last word."""

    model_config = ConfigDict(extra="forbid")

    live: Literal["finish", "end"] = "finish"


class Pace(BaseModel):
    """The pace to set; fields left out stay as they are."""

    model_config = ConfigDict(extra="forbid")

    calls_per_second: float | None = None
    concurrency: int | None = None


class Budget(BaseModel):
    """US dollars for all calls of a batch together; null: no end of them."""

    model_config = ConfigDict(extra="forbid")

    budget_usd: Decimal | None


@dataclass(frozen=True)
class LiveCallsHere:
    """`LiveCalls` of the service itself."""

    calls: CallService

    async def end(self, call_id: str) -> bool:
        return await self.calls.hang_up_anywhere(call_id, farewell=True)


def batches(service: BatchService) -> APIRouter:
    """The routes below /batches, for holders of TRUNKLINE_API_KEY."""
    router = APIRouter(prefix="/batches", tags=["batches"])

    @router.get("")
    async def find(limit: Page = 50) -> BatchList:
        """Batches, newest first."""
        return BatchList(batches=[BatchView.of(batch) for batch in await service.list(limit=limit)])

    @router.get("/{batch_id}")
    async def status(batch_id: str) -> StatusView:
        """One batch, and how far it is."""
        return StatusView.of_overview(await answered(service.overview(batch_id)))

    @router.post("/{batch_id}/start")
    async def start(batch_id: str) -> BatchView:
        """Calls begin as soon as the windows and a dialler allow it."""
        return BatchView.of(await answered(service.start(batch_id)))

    @router.post("/{batch_id}/approve")
    async def approve(batch_id: str) -> BatchView:
        """Approves a batch held after its first calls: the rest may follow."""
        return BatchView.of(await answered(service.approve(batch_id)))

    @router.post("/{batch_id}/pause")
    async def pause(batch_id: str) -> BatchView:
        """Pauses a batch: no new call starts; active calls continue."""
        return BatchView.of(await answered(service.pause(batch_id)))

    @router.post("/{batch_id}/resume")
    async def resume(batch_id: str) -> BatchView:
        """Calls begin again."""
        return BatchView.of(await answered(service.resume(batch_id)))

    @router.post("/{batch_id}/cancel")
    async def cancel(batch_id: str, wanted: Cancelling | None = None) -> BatchView:
        """Cancels a batch for good: no contact who still waits is called."""
        live = (wanted or Cancelling()).live
        return BatchView.of(await answered(service.cancel(batch_id, live=live)))

    @router.post("/{batch_id}/pace")
    async def set_pace(batch_id: str, wanted: Pace) -> BatchView:
        """Calls begin faster or slower from now on."""
        changed = service.set_pace(
            batch_id,
            calls_per_second=wanted.calls_per_second,
            concurrency=wanted.concurrency,
        )
        return BatchView.of(await answered(changed))

    @router.post("/{batch_id}/budget")
    async def set_budget(batch_id: str, wanted: Budget) -> BatchView:
        """Sets what a batch's calls may cost; one that paused for it must be resumed."""
        return BatchView.of(await answered(service.set_budget(batch_id, wanted.budget_usd)))

    @router.get("/{batch_id}/contacts")
    async def contacts(
        batch_id: str,
        state: ContactState | None = None,
        disposition: str | None = None,
        limit: Page = 50,
        after: str | None = None,
    ) -> ContactList:
        """People of a batch, with the gate's last decision on each."""
        found = await answered(
            service.contacts(
                batch_id, state=state, disposition=disposition, limit=limit, after=after
            )
        )
        return ContactList(
            contacts=[ContactView.of(contact) for contact in found],
            next_after=found[-1].id if len(found) == limit else None,
        )

    return router
