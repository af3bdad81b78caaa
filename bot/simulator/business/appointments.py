"""Appointments of the sample business over HTTP, and what became of calls about them."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.simulator.business.diary import Diary, DiaryReply
from bot.simulator.business.secretary import Booking, Secretary

TIME = r"^([01]\d|2[0-3]):[0-5]\d$"


class Wish(BaseModel):
    """The body of POST /appointments."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    day: dt.date
    time: str = Field(pattern=TIME)
    party: int | None = Field(default=None, ge=1, le=100)
    phone: str | None = Field(default=None, max_length=32)
    notes: str | None = Field(default=None, max_length=500)


class Slot(BaseModel):
    """The body of POST /appointments/{id}/reschedule."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    day: dt.date
    time: str = Field(pattern=TIME)


class AppointmentReport(BaseModel):
    """The body of POST /dispositions."""

    model_config = ConfigDict(extra="forbid")

    appointments: list[str] = Field(max_length=100)
    disposition: str = Field(min_length=1, max_length=40)
    detail: dict[str, Any] = {}


Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=128)]


def appointments(now: Callable[[], dt.datetime]) -> APIRouter:
    """`now` is the business's own clock."""
    routes = APIRouter()

    def secretary(request: Request) -> Secretary:
        return Secretary(request.app.state.diary, now().date())

    @routes.post("/appointments")
    async def book(request: Request, wish: Wish, key: Key) -> JSONResponse:
        return _answer(await secretary(request).book(Booking(**wish.model_dump()), key))

    @routes.get("/appointments/{number}")
    async def appointment(request: Request, number: str) -> JSONResponse:
        diary: Diary = request.app.state.diary
        known = await diary.appointment(number)
        if known is None:
            return JSONResponse({"reason": "There is no such appointment."}, status_code=404)
        return JSONResponse(known)

    @routes.post("/appointments/{number}/confirm")
    async def confirm(request: Request, number: str, key: Key) -> JSONResponse:
        return _answer(await secretary(request).confirm(number, key))

    @routes.post("/appointments/{number}/cancel")
    async def cancel(request: Request, number: str, key: Key) -> JSONResponse:
        return _answer(await secretary(request).cancel(number, key))

    @routes.post("/appointments/{number}/reschedule")
    async def reschedule(request: Request, number: str, slot: Slot, key: Key) -> JSONResponse:
        return _answer(await secretary(request).reschedule(number, slot.day, slot.time, key))

    @routes.post("/dispositions")
    async def dispositions(request: Request, report: AppointmentReport, key: Key) -> JSONResponse:
        return _answer(await secretary(request).report(report.model_dump(), key))

    return routes


def _answer(reply: DiaryReply) -> JSONResponse:
    return JSONResponse(reply.body, status_code=reply.status)
