"""The API of webhooks that went out: which did not arrive, and sending them again."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel

from bot.clock import utcnow
from bot.store import DeliveryRecord, Store, Wanted

CHANNEL = "webhook"


class DeliveryView(BaseModel):
    """One event on its way to one address."""

    id: str
    event: str
    subject: str
    target: str
    made_at: datetime
    due_at: datetime
    tries: int
    arrived_at: datetime | None
    gave_up_at: datetime | None
    problem: str

    @classmethod
    def of(cls, delivery: DeliveryRecord) -> "DeliveryView":
        return cls(**{name: getattr(delivery, name) for name in cls.model_fields})


class DeliveryList(BaseModel):
    """Newest first."""

    webhooks: list[DeliveryView]


def webhooks(store: Store, on_due: Callable[[], None]) -> APIRouter:
    """The routes below /webhooks, for holders of TRUNKLINE_API_KEY. `on_due` is told that
    something is to be sent now.
    """
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])

    @router.get("")
    async def find(
        state: Wanted = "dead", limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> DeliveryList:
        """Webhooks, newest first; by default those that were given up."""
        found = await store.outbox.find(state, channel=CHANNEL, limit=limit)
        return DeliveryList(webhooks=[DeliveryView.of(delivery) for delivery in found])

    @router.post("/replay", status_code=202)
    async def replay_dead() -> dict[str, int]:
        """Sends all again that were given up."""
        count = await store.outbox.replay_dead(channel=CHANNEL, at=utcnow())
        on_due()
        return {"replayed": count}

    @router.post("/{delivery_id:path}/replay", status_code=202)
    async def replay(delivery_id: str) -> dict[str, int]:
        """Sends one again, whether it arrived or not."""
        if not await store.outbox.replay(delivery_id, at=utcnow()):
            raise HTTPException(404, "no webhook has this id")
        on_due()
        return {"replayed": 1}

    return router
