"""The API: dial, look calls up, hang up."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.calls import CallOrder, CallRequest, Desk, NoRoom, UnknownAgent
from bot.carriers import CarrierError, parse_target
from bot.server.guard import Guard
from bot.server.views import CallView
from bot.store import Store
from config import AgentError

_NO_CALL = "no call has this id"


class NewCall(BaseModel):
    """An outbound call: whom to call, which agent speaks, what this call asks of it."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(description="E.164 (+15551234567) or a sip: address")
    agent: str
    instructions: str = Field("", max_length=16_000)
    persona: str = Field("", max_length=4_000)
    voice: str = Field("", max_length=64)
    first_line: str = Field("", max_length=1_000)
    variables: dict[str, str] = Field(default_factory=dict, max_length=100)


class CallList(BaseModel):
    """Newest first; `next_before` is the `before` of the next page, if there is one."""

    calls: list[CallView]
    next_before: str | None


def api(desk: Desk, store: Store, guard: Guard) -> APIRouter:
    """The routes below /calls, for holders of TRUNKLINE_API_KEY."""
    router = APIRouter(prefix="/calls", tags=["calls"], dependencies=[Depends(guard.api_client)])

    @router.post("", status_code=201)
    async def dial(wanted: NewCall) -> CallView:
        """Dials; the call is on its way when this returns."""
        order = CallOrder(to=_target(wanted.to), agent=wanted.agent, request=_request(wanted))
        try:
            call = await desk.place(order)
        except (UnknownAgent, AgentError, ValueError) as error:
            raise HTTPException(422, str(error)) from error
        except NoRoom as error:
            raise HTTPException(503, str(error), {"Retry-After": "10"}) from error
        except CarrierError as error:
            status = 502 if error.fault != "callee" else 422
            raise HTTPException(status, f"the carrier: {error.message}") from error
        await call.journal.written()
        return await show(call.id)

    @router.get("")
    async def find(
        status: str | None = None,
        agent: str | None = None,
        direction: Literal["inbound", "outbound"] | None = None,
        number: str | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        before: str | None = None,
    ) -> CallList:
        """Calls, newest first, without their turns and tool calls."""
        try:
            records = await store.find_calls(
                status=status,
                agent=agent,
                direction=direction,
                number=number,
                since=since,
                until=until,
                limit=limit,
                before=before,
            )
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        full = len(records) == limit
        return CallList(
            calls=[CallView.of(record) for record in records],
            next_before=records[-1].id if full else None,
        )

    @router.get("/{call_id}")
    async def show(call_id: str) -> CallView:
        """One call, by our id or the carrier's."""
        record = await store.get_call(call_id)
        if record is None:
            raise HTTPException(404, _NO_CALL)
        return CallView.of(record)

    @router.post("/{call_id}/hangup", status_code=202)
    async def hang_up(call_id: str) -> dict[str, str]:
        """Ends a live call; one that is over stays as it is (409)."""
        if not desk.hang_up(call_id):
            await _hang_up_elsewhere(call_id, desk, store)
        return {"status": "ending"}

    return router


async def _hang_up_elsewhere(call_id: str, desk: Desk, store: Store) -> None:
    """Raises HTTPException unless another worker ends the call."""
    record = await store.get_call(call_id)
    if record is None:
        raise HTTPException(404, _NO_CALL)
    if record.ended_at is not None or not await desk.hang_up_elsewhere(record.id):
        raise HTTPException(409, "the call is over")


async def wrong_shape(request: Request, error: Exception) -> JSONResponse:
    """422 for a body or query of the wrong shape: what is wrong and where, never what was sent."""
    faults = error.errors() if isinstance(error, RequestValidationError) else ()
    return JSONResponse(
        {"detail": [{name: fault[name] for name in ("loc", "msg", "type")} for fault in faults]},
        status_code=422,
    )


def _target(text: str) -> str:
    try:
        return parse_target(text)
    except ValueError as error:
        raise HTTPException(422, f"to: {error}") from error


def _request(wanted: NewCall) -> CallRequest:
    return CallRequest(
        instructions=wanted.instructions,
        persona=wanted.persona,
        voice=wanted.voice,
        first_line=wanted.first_line,
        variables=wanted.variables,
    )
