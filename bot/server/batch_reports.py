"""The API of batches: files in, plans, results and evidence out."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.batches.batch_reports import BatchReports
from bot.batches.intake import Intake
from bot.batches.plan_writer import PlanWriter
from bot.batches.reading.left_out import in_words
from bot.batches.reading.tables import Choices
from bot.batches.taken_in import TakenIn
from bot.server.batch_views import TakenInView
from bot.server.moments import Moment
from bot.server.refusing import answered
from bot.server.uploads import form_of, upload

_PIECE = 64 * 1024  # characters of a long text that are sent at once
Begin = Annotated[Moment | None, Query(description="as if it began then")]


class _File(BaseModel):
    """What a form may say of its file; what is no text is JSON."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[str, str] = Field(default_factory=dict, max_length=100)
    sheet: str = Field("", max_length=200, description="which sheet of a spreadsheet to read")
    header_line: int | None = Field(None, ge=1, description="the line with the names of columns")
    hidden_rows: bool = Field(False, description="read hidden rows too")

    def terms(self) -> dict[str, Any]:
        """The form's fields as the import takes them."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        choices = Choices(
            worksheet=given.pop("sheet"),
            header_line=given.pop("header_line"),
            hidden_rows=given.pop("hidden_rows"),
        )
        return {**given, "choices": choices}


class NewBatch(_File):
    """The fields of a new batch's form beside its file."""

    agent: str = "reminder"
    name: str = Field("", max_length=200)
    settings: dict[str, Any] = Field(default_factory=dict)


class MoreContacts(_File):
    """The fields of the form that adds contacts to an existing batch."""

    times_in: str = Field("", max_length=100)
    without_day: bool = False


def batch_reports(intake: Intake, plans: PlanWriter, reports: BatchReports) -> APIRouter:
    """Routes below /batches, for holders of TRUNKLINE_API_KEY."""
    router = APIRouter(prefix="/batches", tags=["batches"])

    @router.post("", status_code=201, response_model=TakenInView, openapi_extra=form_of(NewBatch))
    async def open_batch(request: Request) -> Any:
        """Creates a batch from a file; no contact is called before it is started."""
        sent = await upload(request, NewBatch)
        taking = intake.open_batch(sent.content, sent.filename, **sent.fields.terms())
        return _taken(await answered(taking), status=201)

    @router.post(
        "/{batch_id}/contacts", response_model=TakenInView, openapi_extra=form_of(MoreContacts)
    )
    async def add_contacts(batch_id: str, request: Request) -> Any:
        """More people for a batch, as a rule the rows that could not be used, put right."""
        sent = await upload(request, MoreContacts)
        taking = intake.add_to(batch_id, sent.content, sent.filename, **sent.fields.terms())
        return _taken(await answered(taking))

    @router.get("/{batch_id}/plan")
    async def plan(batch_id: str, at: Begin = None) -> Response:
        """A dry run: who would be called when, who would not and why, how long, at what cost."""
        pieces = await answered(plans.write(batch_id, "json", at=at))
        return StreamingResponse(pieces, media_type="application/json")

    @router.get("/{batch_id}/plan.csv")
    async def plan_as_csv(batch_id: str, at: Begin = None) -> Response:
        """The plan as CSV: one row per contact, with the time of the call or why there is none."""
        pieces = await answered(plans.write(batch_id, "csv", at=at))
        return StreamingResponse(pieces, media_type="text/csv")

    @router.get("/{batch_id}/results")
    async def results(batch_id: str) -> Response:
        """One row for each contact, as CSV."""
        return StreamingResponse(await answered(reports.results(batch_id)), media_type="text/csv")

    @router.get("/{batch_id}/contacts/{who}/evidence")
    async def evidence(batch_id: str, who: str) -> dict[str, Any]:
        """All that is known of one contact, by their id, or their line of the file."""
        return await answered(reports.evidence(batch_id, who))

    return router


def _taken(taken: TakenIn, *, status: int = 200) -> Response:
    """The answer, which may be as long as the file, made in pieces that delay no call."""
    texts = {"no_calls_csv": taken.no_calls_csv, "problems_csv": taken.problems_csv}
    said = TakenInView.of(taken).model_dump(mode="json", exclude=set(texts))
    if taken.batch is None:
        status = 422
        del said["batch"]
        said["detail"] = _why_nobody(taken)
    return StreamingResponse(
        _with_texts(said, texts), status_code=status, media_type="application/json"
    )


def _why_nobody(taken: TakenIn) -> str:
    if taken.bad_rows:
        first = taken.bad_rows[0]
        return f"no row of the file can be used; line {first.line}: {first.why}"
    return f"no row of the file leads to a call: {in_words(taken.not_called)}"


async def _with_texts(said: dict[str, Any], texts: Mapping[str, str]) -> AsyncIterator[str]:
    """An object of JSON, and in it under their names texts of any length."""
    yield json.dumps(said)[:-1]
    for name, text in texts.items():
        yield f', "{name}": "'
        for begin in range(0, len(text), _PIECE):
            yield json.dumps(text[begin : begin + _PIECE])[1:-1]
            await asyncio.sleep(0)
        yield '"'
    yield "}"
