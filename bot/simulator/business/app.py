"""The web service of the sample business; its contract stands in `bot.business`."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bot.clock import utcnow
from bot.simulator.business import seed
from bot.simulator.business.appointments import APPOINTMENTS, TIME
from bot.simulator.business.diary import Diary

WEEK_DAYS = 7


class Number(BaseModel):
    """A number that a caller typed, and that nobody has heard."""

    kind: Literal["card", "id"]
    number: str = Field(pattern=r"^[0-9]{4,20}$")


def local_time() -> dt.datetime:
    return utcnow().astimezone()


_ROUTES = APIRouter()


def create_business(db_path: str | Path, *, now: Callable[[], dt.datetime] = local_time) -> FastAPI:
    """The service over the data in `db_path`, which is made if it is missing.

    While the service runs, its diary is `app.state.diary`. `now` is the business's own clock.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Diary.open(Path(db_path), now) as diary:
            app.state.diary = diary
            yield

    app = FastAPI(
        title="A sample business",
        lifespan=lifespan,
        routes=[*_ROUTES.routes, *APPOINTMENTS.routes],
    )
    app.state.now = now
    app.state.numbers = {}

    @app.exception_handler(RequestValidationError)
    async def unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = first["loc"][-1] if first["loc"] else "request"
        return JSONResponse({"reason": f"{field}: {first['msg']}."}, status_code=422)

    return app


@_ROUTES.get("/hours")
async def hours(request: Request, day: dt.date | None = None) -> JSONResponse:
    diary: Diary = request.app.state.diary
    first, count = (day, 1) if day else (request.app.state.now().date(), WEEK_DAYS)
    days = [first + dt.timedelta(days=n) for n in range(count)]
    return JSONResponse({"hours": [await diary.hours(day) for day in days]})


@_ROUTES.get("/orders")
async def orders(
    request: Request,
    id: Annotated[str | None, Query(max_length=64)] = None,
    email: Annotated[str | None, Query(max_length=254)] = None,
) -> JSONResponse:
    diary: Diary = request.app.state.diary
    if not id and not email:
        return JSONResponse({"reason": "Name an id or an email."}, status_code=422)
    found = await diary.orders(id, email)
    if not found:
        return JSONResponse({"reason": "There is no such order."}, status_code=404)
    return JSONResponse({"orders": found})


@_ROUTES.get("/slots")
async def slots(
    request: Request,
    day: dt.date,
    from_time: Annotated[str, Query(alias="from", pattern=TIME)] = "00:00",
    to_time: Annotated[str, Query(alias="to", pattern=TIME)] = "23:59",
    party: Annotated[int | None, Query(ge=1, le=seed.MAX_PARTY)] = None,
) -> JSONResponse:
    diary: Diary = request.app.state.diary
    desk = seed.CLINIC if party is None else seed.RESTAURANT
    free = await diary.free(desk, day, from_time, to_time)
    return JSONResponse({"day": day.isoformat(), "desk": desk, "slots": free})


@_ROUTES.post("/numbers", status_code=201)
async def numbers(
    request: Request, number: Number, key: Annotated[str, Header(alias="Idempotency-Key")]
) -> Any:
    """Kept in memory, once for each key."""
    kept: dict[str, Any] = request.app.state.numbers
    kept[key] = number.model_dump()
    return {"reference": f"N{len(kept)}"}
