"""A phone company in memory: does what it is told, or what the test tells it to do instead."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from bot.carriers import (
    Answer,
    CallStatus,
    CarrierCall,
    CarrierError,
    Connect,
    PlaceCall,
    PlacedCall,
)

GONE = CarrierError("The carrier has no such call", reason="gone", fault="callee", gone=True)
DOWN = CarrierError("The carrier is away", reason="unreachable", fault="carrier", retry=True)
LOST_ANSWER = CarrierError(
    "The carrier did not answer", reason="timed_out", fault="carrier", settled=False
)


class MemoryCarrier:
    """Keeps what it was asked, in order."""

    def __init__(self) -> None:
        self.did: list[tuple[str, str]] = []  # what, to which call
        self.answers: list[Answer] = []  # of redirects
        self.keys: list[tuple[str, Connect]] = []
        self.orders: list[PlaceCall] = []
        self.ordered = asyncio.Event()  # the first order has come
        self.fails: dict[str, CarrierError] = {}  # by what is asked
        self.statuses: dict[str, CallStatus] = {}
        self.ended_at: dict[str, datetime] = {}
        self.found: list[CarrierCall] = []  # what it finds, whatever is looked for
        self.may_answer = asyncio.Event()  # unset: placing a call takes until it is
        self.may_answer.set()

    def _do(self, what: str, call_sid: str) -> None:
        self.did.append((what, call_sid))
        if what in self.fails:
            raise self.fails[what]

    def check(self, call: PlaceCall) -> None:
        """It can be told of every call."""

    async def place(self, call: PlaceCall) -> PlacedCall:
        self.orders.append(call)
        self.ordered.set()
        call_sid = f"CA{len(self.orders):032d}"
        await self.may_answer.wait()
        self._do("place", call_sid)
        return PlacedCall(call_sid=call_sid, status=CallStatus.QUEUED)

    async def end(self, call_sid: str) -> None:
        self._do("end", call_sid)

    async def cancel(self, call_sid: str) -> None:
        self._do("cancel", call_sid)

    async def redirect(self, call_sid: str, answer: Answer) -> None:
        self.answers.append(answer)
        self._do("redirect", call_sid)

    async def end_meeting(self, call_id: str) -> None:
        self._do("end_meeting", call_id)

    async def press_keys(self, call_sid: str, keys: str, then: Connect) -> bool:
        self.keys.append((keys, then))
        self._do("press_keys", call_sid)
        return False

    async def fetch(self, call_sid: str) -> CarrierCall:
        self._do("fetch", call_sid)
        status = self.statuses.get(call_sid, CallStatus.IN_PROGRESS)
        return CarrierCall(
            call_sid=call_sid, status=status, ended_at=self.ended_at.get(call_sid), duration_secs=61
        )

    async def find(
        self,
        *,
        to: str | None = None,
        from_: str | None = None,
        since: datetime | None = None,
        parent: str | None = None,
    ) -> Sequence[CarrierCall]:
        self._do("find", "")
        return self.found
