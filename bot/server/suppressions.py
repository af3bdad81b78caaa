"""The API of the list of numbers that are never called."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.campaigns.suppression_list import SuppressionList
from bot.server.batch_views import SuppressionListView, SuppressionView
from bot.server.guard import Guard
from bot.server.refusing import answered


class NewSuppression(BaseModel):
    """A number to be called no more."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(description="E.164 (+15551234567) or a sip: address", max_length=300)
    note: str = Field("", max_length=1_000)


def suppressions(kept: SuppressionList, guard: Guard) -> APIRouter:
    """The routes below /suppressions, for holders of TRUNKLINE_API_KEY."""
    router = APIRouter(
        prefix="/suppressions", tags=["suppressions"], dependencies=[Depends(guard.api_client)]
    )

    @router.post("", status_code=201)
    async def add(wanted: NewSuppression, response: Response) -> dict[str, bool]:
        """Nobody calls this number any more; 200 when it was on the list already."""
        added = await answered(kept.add(wanted.number, source="api", note=wanted.note))
        if not added:
            response.status_code = 200
        return {"added": added}

    @router.get("")
    async def find(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, after: str | None = None
    ) -> SuppressionListView:
        """The list by number."""
        found = await answered(kept.list(limit=limit, after=after))
        return SuppressionListView(
            suppressions=[SuppressionView.of(entry) for entry in found],
            next_after=found[-1].number if len(found) == limit else None,
        )

    @router.get("/export")
    async def export() -> Response:
        """All of it as CSV."""
        return Response(await kept.export(), media_type="text/csv")

    return router
