"""Status callbacks of one call: numbered, timed, and delivered as the ordered faults have it."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Protocol

from bot.clock import utcnow
from bot.simulator.carrier.errors import ApplicationError
from bot.simulator.carrier.exchange import Exchange
from bot.simulator.carrier.request import Callback

Delivery = tuple[str, dict[str, str]]  # event, parameters


class Subject(Protocol):
    """A call, to whoever notes what becomes of it."""

    def note(self, kind: str, /, **detail: object) -> None: ...

    def complain(self, code: int, message: str, detail: str = "") -> None: ...


def timestamp(moment: datetime | None = None) -> str:
    """RFC 2822 in UTC, as Twilio writes it everywhere in its 2010 API."""
    return format_datetime(moment or utcnow())


async def post_callback(
    exchange: Exchange,
    subject: Subject,
    callback: Callback,
    kind: str,
    params: Mapping[str, str],
    *,
    failure_code: int | None = None,
) -> None:
    """Deliver one callback; a failure is complained of and otherwise has no effect on the call."""
    try:
        await exchange.webhooks.request(callback.url, params, callback.method)
    except ApplicationError as error:
        subject.complain(failure_code or error.code, error.message, callback.url)
        subject.note(f"{kind}_failed", params=dict(params))
    else:
        subject.note(kind, params=dict(params))


class StatusReporter:
    """Numbers what is reported from 0, and delivers in that order unless faults are ordered."""

    def __init__(self, *, exchange: Exchange, subject: Subject) -> None:
        self._exchange = exchange
        self._subject = subject
        self._next_number = 0
        self._held: defaultdict[str, list[Delivery]] = defaultdict(list)
        self._last: asyncio.Task[None] | None = None

    def report(self, callback: Callback | None, event: str, params: Mapping[str, str]) -> None:
        """Report this event if the callback asks for it; `completed` is the last of a call."""
        if callback is not None and event in callback.events:
            numbered = {
                **params,
                "CallbackSource": "call-progress-events",
                "SequenceNumber": str(self._next_number),
                "Timestamp": timestamp(),
            }
            self._next_number += 1
            self._dispatch(callback, (event, numbered))
        if callback is not None:
            self._release(callback, event)

    def _dispatch(self, callback: Callback, delivery: Delivery) -> None:
        event, _ = delivery
        faults = self._exchange.callback_faults
        if event in faults.dropped:
            self._subject.note("callback_dropped", event=event)
        elif event in faults.after:
            self._held[faults.after[event]].append(delivery)
        else:
            self._deliver(callback, delivery)

    def _release(self, callback: Callback, event: str) -> None:
        held = self._held.pop(event, [])
        if event == "completed":
            held += [delivery for late in self._held.values() for delivery in late]
            self._held.clear()
        for delivery in held:
            self._deliver(callback, delivery)

    def _deliver(self, callback: Callback, delivery: Delivery) -> None:
        event, params = delivery
        faults = self._exchange.callback_faults
        copies = 2 if event in faults.duplicated else 1
        delay_secs = faults.delay_secs.get(event)
        if delay_secs is not None:
            self._exchange.spawn(self._post(None, delay_secs, callback, params, copies))
        else:
            self._last = self._exchange.spawn(self._post(self._last, 0, callback, params, copies))

    async def _post(
        self,
        previous: asyncio.Task[None] | None,
        delay_secs: float,
        callback: Callback,
        params: dict[str, str],
        copies: int,
    ) -> None:
        if previous:
            await asyncio.wait({previous})
        await asyncio.sleep(delay_secs)
        for _ in range(copies):
            await post_callback(self._exchange, self._subject, callback, "callback", params)
