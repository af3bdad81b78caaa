"""Appointments of the sample business over HTTP, and what became of calls about them."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
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


class Wished(Slot):
    """The body of POST /holds."""

    party: int | None = Field(default=None, ge=1, le=100)


class AppointmentReport(BaseModel):
    """The body of POST /dispositions."""

    model_config = ConfigDict(extra="forbid")

    appointments: list[str] = Field(max_length=100)
    disposition: str = Field(min_length=1, max_length=40)
    detail: dict[str, Any] = {}


Holder = Annotated[str, Header(max_length=128)]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=128)]


APPOINTMENTS = APIRouter()  # `app.state` has the `diary`, and `now`: the business's own clock


@APPOINTMENTS.post("/holds")
async def hold(request: Request, wished: Wished, holder: Holder) -> JSONResponse:
    held = _secretary(request).hold(wished.day, wished.time, wished.party, holder)
    return _answer(await held)


@APPOINTMENTS.post("/appointments")
async def book(request: Request, wish: Wish, key: Key, holder: Holder = "") -> JSONResponse:
    booking = Booking(**wish.model_dump())
    return _answer(await _secretary(request).book(booking, key, holder))


@APPOINTMENTS.get("/appointments")
async def find(
    request: Request,
    phone: Annotated[str | None, Query(max_length=32)] = None,
    id: Annotated[str | None, Query(max_length=64)] = None,
) -> JSONResponse:
    diary: Diary = request.app.state.diary
    known = await diary.appointment(id) if id else None
    found = [known] if known else await diary.coming(phone) if phone and not id else []
    found = [each for each in found if each["standing"]]
    if not found:
        return JSONResponse({"reason": "There is no such appointment."}, status_code=404)
    return JSONResponse({"appointments": found})


@APPOINTMENTS.get("/appointments/{number}")
async def appointment(request: Request, number: str) -> JSONResponse:
    diary: Diary = request.app.state.diary
    known = await diary.appointment(number)
    if known is None:
        return JSONResponse({"reason": "There is no such appointment."}, status_code=404)
    return JSONResponse(known)


@APPOINTMENTS.post("/appointments/{number}/confirm")
async def confirm(request: Request, number: str, key: Key) -> JSONResponse:
    return _answer(await _secretary(request).confirm(number, key))


@APPOINTMENTS.post("/appointments/{number}/cancel")
async def cancel(request: Request, number: str, key: Key) -> JSONResponse:
    return _answer(await _secretary(request).cancel(number, key))


@APPOINTMENTS.post("/appointments/{number}/reschedule")
async def reschedule(
    request: Request, number: str, slot: Slot, key: Key, holder: Holder = ""
) -> JSONResponse:
    moved = _secretary(request).reschedule(number, slot.day, slot.time, key, holder)
    return _answer(await moved)


@APPOINTMENTS.post("/dispositions")
async def dispositions(request: Request, report: AppointmentReport, key: Key) -> JSONResponse:
    return _answer(await _secretary(request).report(report.model_dump(), key))


def _secretary(request: Request) -> Secretary:
    return Secretary(request.app.state.diary, request.app.state.now().date())


def _answer(reply: DiaryReply) -> JSONResponse:
    return JSONResponse(reply.body, status_code=reply.status)
