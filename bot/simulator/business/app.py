"""The web service of the sample business; its contract stands in `bot.business`."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from bot.clock import utcnow
from bot.simulator.business import seed
from bot.simulator.business.appointments import TIME, appointments
from bot.simulator.business.diary import Diary

WEEK_DAYS = 7


class Number(BaseModel):
    """A number that a caller typed, and that nobody has heard."""

    kind: Literal["card", "id"]
    number: str = Field(pattern=r"^[0-9]{4,20}$")


def local_time() -> dt.datetime:
    return utcnow().astimezone()


def create_business(db_path: str | Path, *, now: Callable[[], dt.datetime] = local_time) -> FastAPI:
    """The service over the data in `db_path`, which is made if it is missing.

    While the service runs, its diary is `app.state.diary`. `now` is the business's own clock.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Diary.open(Path(db_path), now) as diary:
            app.state.diary = diary
            yield

    app = FastAPI(title="A sample business", lifespan=lifespan)

    @app.exception_handler(RequestValidationError)
    async def unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = first["loc"][-1] if first["loc"] else "request"
        return JSONResponse({"reason": f"{field}: {first['msg']}."}, status_code=422)

    @app.get("/hours")
    async def hours(request: Request, day: dt.date | None = None) -> JSONResponse:
        diary: Diary = request.app.state.diary
        first, count = (day, 1) if day else (now().date(), WEEK_DAYS)
        days = [first + dt.timedelta(days=n) for n in range(count)]
        return JSONResponse({"hours": [await diary.hours(day) for day in days]})

    @app.get("/orders")
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

    @app.get("/slots")
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

    @app.post("/numbers", status_code=201)
    async def numbers(number: Number, key: Annotated[str, Header(alias="Idempotency-Key")]) -> Any:
        """Kept in memory, once for each key."""
        app.state.numbers[key] = number.model_dump()
        return {"reference": f"N{len(app.state.numbers)}"}

    app.state.numbers = {}
    app.include_router(appointments(now))
    return app
