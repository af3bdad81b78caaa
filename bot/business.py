"""The business over HTTP: the adapter of the `Business` port, and the contract it speaks.

A business service that the line can work with answers these requests, in JSON. Days are
2026-11-24, times 19:45, both of the business's own clock. What a 200 or 201 holds is shown to
the model as it stands: one object, not empty, at most 16 KiB, plain or packed once as gzip.

    GET  /hours?day=               200 {"hours": [...]}; without `day`, the coming week
    GET  /orders?id=&email=        200 {"orders": [...]} | 404
    GET  /slots?day=&from=&to=&party=   200 {"slots": [...]}
    POST /holds {"day", "time", "party"?}
                                   201 {"held": true, "minutes": n}
                                 | 404                                     nothing is ever held
                                 | 409 {"reason", "alternatives": [...]} | 422 {"reason"}
    GET  /appointments?phone=&id=  200 {"appointments": [{"id", "name", ...}]} | 404
    POST /appointments {"name", "day", "time", "party"?, "phone"?, "notes"?}
                                   201 {"id", ...}
                                 | 409 {"reason", "alternatives": [...]}   not free
                                 | 422 {"reason"}                          cannot be done
    GET  /appointments/{id}        200 {"id", "standing": bool, "day", "time", "with"?, ...} | 404
    POST /appointments/{id}/confirm
    POST /appointments/{id}/cancel
    POST /appointments/{id}/reschedule {"day", "time"}
                                   200 as GET, as it now is
                                 | 404 | 409 {"reason", "alternatives"?} | 422 {"reason"}
    POST /dispositions {"appointments": [id, ...], "disposition", "detail": {...}}
                                   201 {"recorded": true}
    POST /numbers {"kind": "card" | "id", "number"}
                                   201 {...}: what the model may be told, no digit of it
                                 | 422 {"reason"}

To confirm what is confirmed and to cancel what is cancelled is no error: the answer is 200.

`Holder` is a header of requests that hold, book or move: the same in one phone call, and in no
other. A holder holds one time, for some minutes; it is free for the holder alone.
`GET /appointments` has one of the two: a telephone number, or what the caller gave as reference.

Each POST but that to /holds carries an `Idempotency-Key`. The service gives the same answer to the
same key and does the work once: a request whose answer was lost is sent again.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from bot.bounded_body import BadBody, BoundedBody
from bot.trust import machine_trust
from tools import Facts, NotFound, NumberKind, Refused, Unavailable

CONNECT_TIMEOUT_SECS = 1.0  # two attempts fit into the 2.5 s a tool has
RETRY_AFTER_SECS = 0.1
MAX_ANSWER_BYTES = 16 * 1024  # the model reads all of it, and the caller waits while it does

ACCEPTED = {"Accept": "application/json", "Accept-Encoding": "identity"}

PASSING_STATUSES = frozenset({502, 503, 504})
REFUSING_STATUSES = frozenset({400, 409, 422})
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

# A business on this very machine is reached directly, whatever proxy the environment names.
DIRECT: dict[str, httpx.AsyncBaseTransport | None] = {
    "all://127.0.0.1": None,
    "all://localhost": None,
    "all://[::1]": None,
}


class HttpBusiness:
    """`Business` over HTTP; one for the whole service, its connections are shared by all calls.

    `base_url` is the operator's configuration and never anything a caller or a model said.
    Redirects are not followed. A request whose connection failed, or that was answered 502, 503
    or 504, is sent once more. `timeout_secs` bounds a request with its repetition; it is longer
    than a tool's deadline, so that a slow booking comes to its end.
    """

    def __init__(
        self,
        base_url: str,
        *,
        client: httpx.AsyncClient | None = None,
        timeout_secs: float = 10.0,
    ) -> None:
        url = httpx.URL(base_url)
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("The base of the business API must be an http or https URL.")
        self._base_url = base_url.rstrip("/")
        self._timeout_secs = timeout_secs
        self._owns_client = client is None
        self._client = client or httpx.AsyncClient(mounts=DIRECT, verify=machine_trust())

    async def __aenter__(self) -> "HttpBusiness":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections, unless the client was given."""
        if self._owns_client:
            await self._client.aclose()

    async def lookup_hours(self, day: dt.date | None) -> Facts:
        return await self._ask("GET", "/hours", query={"day": day and day.isoformat()})

    async def lookup_order(self, order_id: str | None, email: str | None) -> Facts:
        return await self._ask("GET", "/orders", query={"id": order_id, "email": email})

    async def find_slots(
        self, day: dt.date, from_time: dt.time | None, to_time: dt.time | None, party: int | None
    ) -> Facts:
        query = {
            "day": day.isoformat(),
            "from": from_time and f"{from_time:%H:%M}",
            "to": to_time and f"{to_time:%H:%M}",
            "party": party,
        }
        return await self._ask("GET", "/slots", query=query)

    async def hold_slot(
        self, *, day: dt.date, time: dt.time, party: int | None, holder: str
    ) -> Facts:
        slot = {"day": day.isoformat(), "time": f"{time:%H:%M}", "party": party}
        return await self._ask("POST", "/holds", body=slot, headers={"Holder": holder})

    async def find_appointments(self, phone: str | None, reference: str | None) -> Facts:
        return await self._ask("GET", "/appointments", query={"phone": phone, "id": reference})

    async def book_appointment(
        self,
        *,
        name: str,
        day: dt.date,
        time: dt.time,
        party: int | None,
        phone: str | None,
        notes: str | None,
        holder: str = "",
        idempotency_key: str,
    ) -> Facts:
        appointment = {
            "name": name,
            "day": day.isoformat(),
            "time": f"{time:%H:%M}",
            "party": party,
            "phone": phone,
            "notes": notes,
        }
        return await self._post("/appointments", appointment, key=idempotency_key, holder=holder)

    async def appointment(self, appointment_id: str) -> Facts:
        return await self._ask("GET", "/appointments/{id}", which=appointment_id)

    async def confirm_appointment(self, appointment_id: str, *, idempotency_key: str) -> Facts:
        path = "/appointments/{id}/confirm"
        return await self._post(path, {}, key=idempotency_key, which=appointment_id)

    async def cancel_appointment(self, appointment_id: str, *, idempotency_key: str) -> Facts:
        path = "/appointments/{id}/cancel"
        return await self._post(path, {}, key=idempotency_key, which=appointment_id)

    async def reschedule_appointment(
        self,
        appointment_id: str,
        *,
        day: dt.date,
        time: dt.time,
        idempotency_key: str,
        holder: str = "",
    ) -> Facts:
        path = "/appointments/{id}/reschedule"
        slot = {"day": day.isoformat(), "time": f"{time:%H:%M}"}
        return await self._post(
            path, slot, key=idempotency_key, which=appointment_id, holder=holder
        )

    async def report_disposition(
        self,
        appointment_ids: Sequence[str],
        *,
        disposition: str,
        detail: Facts,
        idempotency_key: str,
    ) -> Facts:
        report = {
            "appointments": list(appointment_ids),
            "disposition": disposition,
            "detail": detail,
        }
        return await self._post("/dispositions", report, key=idempotency_key)

    async def hand_in(self, kind: NumberKind, number: str, *, idempotency_key: str) -> Facts:
        """See `tools.ports.Numbers`."""
        return await self._post("/numbers", {"kind": kind, "number": number}, key=idempotency_key)

    async def _post(
        self, path: str, body: Facts, *, key: str, which: str = "", holder: str = ""
    ) -> Facts:
        headers = {"Idempotency-Key": key} | ({"Holder": holder} if holder else {})
        return await self._ask("POST", path, which=which, body=body, headers=headers)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        which: str = "",
        query: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Facts:
        """`which` stands for `{id}` in the path on the wire, and in no word of ours about it."""
        asked = f"{method} {path}"
        request = self._client.build_request(
            method,
            self._base_url + _filled(path, which),
            params=_given(query or {}),
            json=None if body is None else _given(body),
            headers={**ACCEPTED, **(headers or {})},
            timeout=httpx.Timeout(self._timeout_secs, connect=CONNECT_TIMEOUT_SECS),
        )
        try:
            async with asyncio.timeout(self._timeout_secs):
                status, content = await self._send(request, asked)
        except TimeoutError:
            detail = f"{asked} took longer than {self._timeout_secs:g} s"
            raise Unavailable(detail, maybe_done=True) from None
        return _verdict(asked, status, content)

    async def _send(self, request: httpx.Request, asked: str) -> tuple[int, bytes]:
        maybe_done = False
        for last in (False, True):
            try:
                status, content = await self._exchange(request, asked)
                if status not in PASSING_STATUSES:
                    return status, content
                maybe_done = True
                detail = f"{asked} was answered {status}"
            except httpx.RequestError as error:
                maybe_done = maybe_done or not isinstance(error, NEVER_SENT)
                detail = f"{asked} failed: {type(error).__name__}"
            if not last:
                await asyncio.sleep(RETRY_AFTER_SECS)
        raise Unavailable(detail, maybe_done=maybe_done)

    async def _exchange(self, request: httpx.Request, asked: str) -> tuple[int, bytes]:
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            body = BoundedBody(response.headers.get("Content-Encoding", ""), MAX_ANSWER_BYTES)
            async for chunk in response.aiter_raw():
                body.add(chunk)
            return response.status_code, body.content
        except BadBody as error:
            raise Unavailable(f"{asked}: {error}", maybe_done=True) from None
        finally:
            await response.aclose()


def _filled(path: str, which: str) -> str:
    """The path with this id in it. Raises `NotFound` for one that no path can hold."""
    if "{id}" in path and not which.strip("."):
        raise NotFound("an appointment without an id")
    return path.replace("{id}", quote(which, safe=""))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _verdict(asked: str, status: int, content: bytes) -> Facts:
    """What an answer means. Raises `NotFound`, `Refused` or `Unavailable`."""
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        answer = None
    facts: Facts = answer if isinstance(answer, dict) else {}
    if status == httpx.codes.NOT_FOUND:
        raise NotFound(f"{asked} was answered 404")
    if status in REFUSING_STATUSES:
        reason = facts.get("reason")
        alternatives = facts.get("alternatives")
        raise Refused(
            reason if isinstance(reason, str) and reason else "The business gave no reason.",
            alternatives if isinstance(alternatives, list) else (),
        )
    if not httpx.codes.is_success(status):
        raise Unavailable(f"{asked} was answered {status}", maybe_done=status >= 500)
    if not facts:
        raise Unavailable(f"{asked} was answered without a JSON object", maybe_done=True)
    return facts
