"""The API: dial, look calls up, hang up."""

import contextlib
from typing import Annotated, Literal

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.batches.single_calls import SingleCallRules
from bot.calls import (
    AlreadyOrdered,
    CallOrder,
    CallRequest,
    CallService,
    KeyOfAnother,
    NoRoom,
    NotNow,
    Suppressed,
    UnknownAgent,
)
from bot.carriers import CarrierError, parse_target
from bot.server.moments import Moment
from bot.server.reaching import THE_API, NoSuchCall, NotReached, Reaching
from bot.server.views import CallView, DialledView, WarningView
from bot.store import CallRecord, Store, StoreError
from config import AgentError
from pipelines import OnMachine

_NO_CALL = "no call has this id"
_AGAIN_SECS = {"Retry-After": "10"}

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x20-\x7e]{1,128}$",
        description="1 to 128 printable characters, the same in each repetition of this order",
    ),
]

VariableName = Annotated[str, StringConstraints(max_length=100)]
VariableText = Annotated[str, StringConstraints(max_length=4_000)]


class Declined(HTTPException):
    """An order that does not become a call; the rest is for programs, as in `CarrierError`."""

    def __init__(
        self,
        status: int,
        reason: str,
        why: str,
        headers: dict[str, str] | None = None,
        *,
        fault: str = "ours",
        retry: bool = False,
    ) -> None:
        super().__init__(status, why, headers)
        self.facts = {"reason": reason, "fault": fault, "retry": retry}


class NewCall(BaseModel):
    """An outbound call: whom to call, which agent speaks, what this call asks of it."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(description="E.164 (+15551234567) or a sip: address", max_length=300)
    agent: str = Field(max_length=100)
    instructions: str = Field("", max_length=16_000)
    persona: str = Field("", max_length=4_000)
    voice: str = Field("", max_length=64)
    first_line: str = Field("", max_length=1_000)
    variables: dict[VariableName, VariableText] = Field(default_factory=dict, max_length=100)
    private: dict[VariableName, VariableText] = Field(
        default_factory=dict, max_length=100, description="facts that no text of the agent holds"
    )
    on_machine: OnMachine = "ignore"
    voicemail: str = Field("", max_length=1_000)


class HangingUp(BaseModel):
    """How a call is ended: in the middle of a word, or after the agent's `lines.farewell`."""

    model_config = ConfigDict(extra="forbid")

    farewell: bool = False


class CallList(BaseModel):
    """Newest first; `next_before` is the `before` of the next page, if there is one."""

    calls: list[CallView]
    next_before: str | None


def api(calls: CallService, store: Store, rules: SingleCallRules, reaching: Reaching) -> APIRouter:
    """The routes below /calls, for holders of TRUNKLINE_API_KEY."""
    router = APIRouter(prefix="/calls", tags=["calls"])

    @router.post("", status_code=201)
    async def dial(wanted: NewCall, response: Response, key: Key = None) -> DialledView:
        """Dials; the call is on its way when this returns. `warnings` are what the law of the
        place says against a call at this moment: it is dialled all the same.

        With an Idempotency-Key that was used before: that call (200), and nothing is dialled.
        """
        order = CallOrder(
            to=_target(wanted.to), agent=wanted.agent, request=_request(wanted), key=key
        )
        try:
            against = await rules.against(order.to)
            call = await calls.outbound.place(order)
        except StoreError as error:
            raise _declined(NotNow(f"nothing was dialled: {error}")) from error
        except AlreadyOrdered as again:
            response.status_code = 200
            return DialledView.of(again.record)
        except _NOT_DIALLED as error:
            raise _declined(error) from error
        await call.journal.written()
        view = DialledView.of(await _dialled(call.id, store))
        warnings = [WarningView(rule=each.rule, why=each.why) for each in against]
        return view.model_copy(update={"warnings": warnings})

    @router.get("")
    async def find(
        status: str | None = None,
        agent: str | None = None,
        direction: Literal["inbound", "outbound"] | None = None,
        number: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
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
    async def hang_up(call_id: str, wanted: HangingUp | None = None) -> dict[str, str]:
        """Ends a live call; one that is over stays as it is (409)."""
        farewell = (wanted or HangingUp()).farewell
        try:
            await reaching.hang_up(call_id, who=THE_API, farewell=farewell)
        except NoSuchCall:
            raise HTTPException(404, _NO_CALL) from None
        except NotReached as error:
            raise HTTPException(409, str(error)) from error
        return {"status": "ending"}

    return router


async def _dialled(call_id: str, store: Store) -> CallRecord:
    """The record of a call that is on its way. Raises Declined when it cannot be had."""
    with contextlib.suppress(StoreError):
        if (record := await store.get_call(call_id)) is not None:
            return record
    why = f"{call_id} is on its way, but the database does not show it: do not order it again"
    raise Declined(503, "not_recorded", why)


_NOT_DIALLED = (
    UnknownAgent,
    AgentError,
    ValueError,
    KeyOfAnother,
    Suppressed,
    NoRoom,
    NotNow,
    CarrierError,
)


def _declined(error: Exception) -> Declined:
    match error:
        case CarrierError():
            status = 422 if error.fault == "callee" else 502
            why = f"the carrier: {error.message}"
            return Declined(status, error.reason, why, fault=error.fault, retry=error.retry)
        case Suppressed():
            return Declined(409, "suppressed", str(error), fault="callee")
        case KeyOfAnother():
            return Declined(409, "key_of_another", str(error))
        case NoRoom():
            return Declined(503, "no_room", str(error), _AGAIN_SECS, retry=True)
        case NotNow():
            return Declined(503, "database_away", str(error), _AGAIN_SECS, retry=True)
        case UnknownAgent():
            return Declined(422, "unknown_agent", str(error))
        case _:
            return Declined(422, "wrong_order", str(error))


async def declined(request: Request, error: Exception) -> JSONResponse:
    """Why an order did not become a call: a sentence, and facts for programs."""
    if not isinstance(error, Declined):
        raise error
    said = {"detail": error.detail, **error.facts}
    return JSONResponse(said, status_code=error.status_code, headers=error.headers)


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
        raise Declined(422, "invalid_number", f"to: {error}", fault="callee") from error


def _request(wanted: NewCall) -> CallRequest:
    return CallRequest(
        instructions=wanted.instructions,
        persona=wanted.persona,
        voice=wanted.voice,
        first_line=wanted.first_line,
        variables=wanted.variables,
        private=wanted.private,
        on_machine=wanted.on_machine,
        voicemail=wanted.voicemail,
    )
