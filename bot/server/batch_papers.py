"""The API of batches: files in, plans, results and evidence out."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.campaigns.dry_run import DryRun
from bot.campaigns.intake import Intake, TakenIn
from bot.campaigns.papers import Papers
from bot.campaigns.reading.left_out import in_words
from bot.campaigns.reports.plan_csv import plan_csv
from bot.server.batch_views import TakenInView
from bot.server.guard import Guard
from bot.server.refusing import answered
from bot.server.uploads import form_of, upload

Begin = Annotated[AwareDatetime | None, Query(description="as if it began then")]


class NewBatch(BaseModel):
    """The fields of the form beside its file; what is no text is JSON."""

    model_config = ConfigDict(extra="forbid")

    agent: str = "reminder"
    name: str = Field("", max_length=200)
    settings: dict[str, Any] = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict, max_length=100)


class MoreContacts(BaseModel):
    """The same, for a batch that is there."""

    model_config = ConfigDict(extra="forbid")

    times_in: str = Field("", max_length=100)
    without_day: bool = False
    columns: dict[str, str] = Field(default_factory=dict, max_length=100)


def batch_papers(intake: Intake, dry_run: DryRun, papers: Papers, guard: Guard) -> APIRouter:
    """Routes below /batches, for holders of TRUNKLINE_API_KEY."""
    router = APIRouter(
        prefix="/batches", tags=["batches"], dependencies=[Depends(guard.api_client)]
    )

    @router.post("", status_code=201, response_model=TakenInView, openapi_extra=form_of(NewBatch))
    async def open_batch(request: Request) -> Any:
        """A file becomes a batch; nobody is called before it is started."""
        sent = await upload(request, NewBatch)
        taking = intake.open_batch(sent.content, sent.filename, **sent.fields.model_dump())
        return _taken(await answered(taking))

    @router.post(
        "/{batch_id}/contacts", response_model=TakenInView, openapi_extra=form_of(MoreContacts)
    )
    async def add_contacts(batch_id: str, request: Request) -> Any:
        """More people for a batch, as a rule the rows that could not be used, put right."""
        sent = await upload(request, MoreContacts)
        taking = intake.add_to(batch_id, sent.content, sent.filename, **sent.fields.model_dump())
        return _taken(await answered(taking))

    @router.get("/{batch_id}/plan")
    async def plan(batch_id: str, at: Begin = None) -> dict[str, Any]:
        """A dry run: who would be called when, who would not and why, how long, at what cost."""
        return (await answered(dry_run.plan(batch_id, at=at))).as_json()

    @router.get("/{batch_id}/plan.csv")
    async def plan_as_csv(batch_id: str, at: Begin = None) -> Response:
        """The same as CSV: one row for each contact, with when, or why not."""
        planned = await answered(dry_run.plan(batch_id, at=at))
        return Response(plan_csv(planned), media_type="text/csv")

    @router.get("/{batch_id}/results")
    async def results(batch_id: str) -> Response:
        """One row for each contact, as CSV."""
        return Response(await answered(papers.results(batch_id)), media_type="text/csv")

    @router.get("/{batch_id}/contacts/{who}/evidence")
    async def evidence(batch_id: str, who: str) -> dict[str, Any]:
        """All that is known of one contact, by their id, or their line of the file."""
        return await answered(papers.evidence(batch_id, who))

    return router


def _taken(taken: TakenIn) -> TakenInView | JSONResponse:
    view = TakenInView.of(taken)
    if taken.batch is not None:
        return view
    if taken.bad_rows:
        first = taken.bad_rows[0]
        why = f"no row of the file can be used; line {first.line}: {first.why}"
    else:
        why = f"nobody in the file is to be called: {in_words(taken.not_called)}"
    return JSONResponse({"detail": why, **view.model_dump(exclude={"batch"})}, status_code=422)
