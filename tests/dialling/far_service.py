"""The far side of a dialler's wires: the service that makes calls, and the business.

Each dial is noted the moment it is made. Like the real service, it commits the record of a call
with its key before it dials, and dials no key twice; unlike it, it can lose answers, be full, and
take its time. Its calls end by themselves.
"""

import asyncio
import math
import random
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.clock import utcnow
from bot.store import CallRecord, Cost, Outcome, Store, StoreError, ToolCallRecord


@dataclass(frozen=True)
class Dial:
    key: str
    to: str
    at: float  # time.monotonic()
    live: int  # calls under way with it


@dataclass
class Manners:
    """How the service behaves; each a chance from 0 to 1, or seconds."""

    full: float = 0.0  # answers 503 and does nothing
    makes_calls: float = math.inf  # so many in all; it is full after them
    loses_answers: float = 0.0  # dials, and closes the connection
    answers_after_secs: float = 0.01
    call_secs: float = 0.2
    ends_calls: bool = True
    stays_queued: bool = False  # the carrier has not begun to dial
    hangs_up: bool = False  # whoever answers hangs up, instead of confirming
    wants_no_calls: bool = False  # whoever answers, and it cannot be written down at once
    costs: Decimal | None = None
    refuses: str = ""  # the reason with which each order is refused
    standing: bool = True  # what the business says of appointments
    asked: int = 200  # what it answers when it is asked for one
    business: int = 201  # what it answers when it is told of a disposition
    fails_at: set[str] = field(default_factory=set)  # appointments of which it cannot take any


@dataclass
class FarService:
    store: Store
    manners: Manners = field(default_factory=Manners)
    dials: list[Dial] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    asked_to_record: int = 0  # how often it was told, or would have been
    live: set[str] = field(default_factory=set)
    orders: Counter[str] = field(default_factory=Counter)  # by key
    asked_for: Counter[str] = field(default_factory=Counter)  # by appointment

    def __post_init__(self) -> None:
        self._chance = random.Random(4)  # noqa: S311
        self._tasks: set[asyncio.Task[None]] = set()
        self._told_keys: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        routes: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("/calls", "POST", self._order),
            ("/calls/{id}/hangup", "POST", self._hang_up),
            ("/appointments/{id}", "GET", self._appointment),
            ("/dispositions", "POST", self._disposition),
        ]
        app = Starlette(routes=[Route(path, do, methods=[verb]) for path, verb, do in routes])
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    async def __aenter__(self) -> "FarService":
        self._serving = asyncio.create_task(self._server.serve([self._socket]))
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        for task in self._tasks:
            task.cancel()
        self._server.should_exit = True
        with suppress(asyncio.CancelledError):
            await self._serving

    def dials_to(self) -> Counter[str]:
        return Counter(dial.to for dial in self.dials)

    async def _order(self, request: Request) -> Response:
        key, wanted = request.headers["Idempotency-Key"], await request.json()
        self.orders[key] += 1
        if self._chance.random() < self.manners.full:
            return JSONResponse({"reason": "no_room"}, 503, {"Retry-After": "0.2"})
        if self.manners.refuses:
            return JSONResponse({"reason": self.manners.refuses, "fault": "callee"}, 422)
        async with self._one_at_a_time:
            known = await self.store.get_call_of_key(key)
            if known is None and len(self.dials) >= self.manners.makes_calls:
                return JSONResponse({"reason": "no_room"}, 503, {"Retry-After": "0.2"})
            call_id = known.id if known else await self._dial(key, wanted)
        await asyncio.sleep(self._chance.uniform(0, 2 * self.manners.answers_after_secs))
        if self._chance.random() < self.manners.loses_answers:
            raise ConnectionError("lost")  # 500
        return JSONResponse(
            {"id": call_id, "call_sid": f"CA{call_id}"}, status_code=200 if known else 201
        )

    async def _dial(self, key: str, wanted: dict[str, Any]) -> str:
        call_id = f"call_{len(self.dials):06}"
        record = CallRecord(
            id=call_id,
            key=key,
            direction="outbound",
            agent=wanted["agent"],
            from_number="+15550000000",
            to_number=wanted["to"],
            started_at=utcnow(),
            status="queued",
            request=wanted,
        )
        await self.store.add_call(record)
        self.live.add(call_id)
        self.dials.append(Dial(key=key, to=wanted["to"], at=time.monotonic(), live=len(self.live)))
        task = asyncio.create_task(self._talk(call_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return call_id

    async def _talk(self, call_id: str) -> None:
        await self.store.set_call(call_id, call_sid=f"CA{call_id}")
        if not self.manners.stays_queued:
            await self.store.set_call(call_id, status="in-progress", answered_at=utcnow())
        await asyncio.sleep(self.manners.call_secs)
        if self.manners.ends_calls:
            await self.end(call_id)

    async def end(self, call_id: str) -> None:
        """Somebody confirms, wants no more calls or hangs up, and the call is over."""
        wish = self.manners.wants_no_calls
        done = ToolCallRecord(
            key="tool_1",
            name="opt_out" if wish else "confirm_appointment",
            arguments={},
            started_at=utcnow(),
            result={"error": "unavailable"} if wish else {"confirmed": True},
            ok=not wish,
        )
        reason = "caller_hung_up" if self.manners.hangs_up else "goodbye"
        costs = self.manners.costs
        cost = costs and Cost(currency="USD", model=costs, carrier=Decimal(0), total=costs)
        with suppress(StoreError):
            if not self.manners.hangs_up:
                await self.store.put_tool_call(call_id, done)
            self.live.discard(call_id)
            await self.store.end_call(
                call_id,
                status="completed",
                outcome=Outcome(result="completed", reason=reason),
                ended_at=utcnow(),
                cost=cost,
            )

    async def _hang_up(self, request: Request) -> Response:
        self.hung_up.append(request.path_params["id"])
        await self.end(request.path_params["id"])
        return JSONResponse({"status": "ending"}, 202)

    async def _appointment(self, request: Request) -> Response:
        self.asked_for[request.path_params["id"]] += 1
        if self.manners.asked != 200:
            return JSONResponse({"reason": "no"}, self.manners.asked)
        return JSONResponse({"id": request.path_params["id"], "standing": self.manners.standing})

    async def _disposition(self, request: Request) -> Response:
        self.asked_to_record += 1
        if self.manners.fails_at.intersection((await request.json())["appointments"]):
            return JSONResponse({"reason": "no"}, 500)
        if self.manners.business != 201:
            return JSONResponse({"reason": "no"}, self.manners.business)
        if (key := request.headers["Idempotency-Key"]) not in self._told_keys:
            self._told_keys.add(key)
            self.told.append(await request.json())
        return JSONResponse({"recorded": True}, 201)
