"""The API of the list of numbers that are never called."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.batches.suppression_list import SuppressionList
from bot.server.batch_views import (
    ListedView,
    SuppressionListView,
    SuppressionView,
    TakenBackView,
)
from bot.server.refusing import answered
from bot.server.uploads import form_of, upload


class NewSuppression(BaseModel):
    """A number to suppress."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(description="E.164 (+15551234567) or a sip: address", max_length=300)
    note: str = Field("", max_length=1_000)
    country: str | None = Field(None, max_length=2, description="of a number without one, like US")


class NewConsent(BaseModel):
    """The consent by which a number may be called again."""

    model_config = ConfigDict(extra="forbid")

    consent: str = Field(
        "", max_length=2_000, description="their new consent: when, how, what they said"
    )
    by: str = Field("", max_length=200, description="who takes it off the list")


class NumbersFile(BaseModel):
    """The fields of the form beside a file of numbers."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field("", max_length=1_000)
    country: str = Field("", max_length=2, description="of numbers written without one, like US")
    sheet: str = Field("", max_length=200, description="which sheet of a spreadsheet to read")
    header_line: int | None = Field(None, ge=1, description="the line with the names of columns")


def suppressions(kept: SuppressionList) -> APIRouter:
    """The routes below /suppressions, for holders of TRUNKLINE_API_KEY."""
    router = APIRouter(prefix="/suppressions", tags=["suppressions"])

    @router.post("", status_code=201)
    async def add(wanted: NewSuppression, response: Response) -> dict[str, bool]:
        """Suppresses a number; 200 when it was on the list already."""
        adding = kept.add(wanted.number, source="api", note=wanted.note, country=wanted.country)
        added = await answered(adding)
        if not added:
            response.status_code = 200
        return {"added": added}

    @router.get("")
    async def find(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, after: str | None = None
    ) -> SuppressionListView:
        """The list, ordered by number."""
        found = await answered(kept.list(limit=limit, after=after))
        return SuppressionListView(
            suppressions=[SuppressionView.of(entry) for entry in found],
            next_after=found[-1].number if len(found) == limit else None,
        )

    @router.post("/import", response_model=ListedView, openapi_extra=form_of(NumbersFile))
    async def import_file(request: Request) -> ListedView:
        """Suppresses all numbers of a table or an export."""
        sent = await upload(request, NumbersFile)
        taking = kept.import_file(
            sent.content,
            sent.filename,
            note=sent.fields.note,
            country=sent.fields.country or None,
            sheet=sent.fields.sheet,
            header_line=sent.fields.header_line,
        )
        return ListedView.of(await answered(taking))

    @router.delete("/{number}")
    async def remove(number: str, by: NewConsent | None = None) -> dict[str, bool]:
        """Takes off what was put on by mistake; what people asked for in a call is taken off only
        with their new consent.
        """
        said = by or NewConsent()
        await answered(kept.remove(number, by=said.by or "api", consent=said.consent))
        return {"removed": True}

    @router.get("/taken-back")
    async def taken_back(number: str | None = None) -> list[TakenBackView]:
        """What was taken off, of one number or of all: when, by whom, by what consent."""
        found = await answered(kept.taken_back(number))
        return [TakenBackView.of(each) for each in found]

    @router.get("/export")
    async def export() -> Response:
        """The whole list as CSV."""
        return StreamingResponse(await kept.export(), media_type="text/csv")

    return router
