"""Ordering calls from the service, over its API: each order once, however often it is repeated."""

from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any

import httpx

from bot.batches.gate.facts import AttemptContext
from bot.batches.requests import request_for
from bot.business import DIRECT
from bot.call_ids import new_call_id
from bot.calls.outcome import MEANING, Ending
from bot.store import AttemptRecord, CallRecord, Outcome
from bot.trust import machine_trust

# The service answers when the carrier has, which it gives 15 s, or when it has looked for the call
# whose answer was lost.
ORDER_SECS = 45.0
CONNECT_SECS = 5.0
FULL_SECS = 10.0  # where the service does not say when to ask again

_NOT_NOW = frozenset({408, 425, 429, 503})
# Not what was asked, but that we ask: this says nothing of the call.
_NOT_US = frozenset({401, 403, 404, 405})


class Full(Exception):
    """The service takes no call now, and did not make this one: ask again after so long."""

    def __init__(self, message: str, *, after_secs: float) -> None:
        super().__init__(message)
        self.after_secs = after_secs


class CallRefused(Exception):
    """This order is no call, and will be none. The rest is what a `CarrierError` says, too."""

    def __init__(self, message: str, *, reason: str, fault: str, retry: bool) -> None:
        super().__init__(message)
        self.reason = reason  # a slug
        self.fault = fault
        self.retry = retry  # another order may succeed a little later


class Unknown(Exception):
    """It is not known whether the call is made: only the same key may be asked for again."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """A call to be made."""

    key: str  # the same in each repetition, and in no other order
    to: str = field(repr=False)  # E.164
    agent: str
    variables: dict[str, str] = field(repr=False)
    private: dict[str, str] = field(repr=False)  # for tools, never for texts
    on_machine: str  # "hang_up" or "leave_message"
    voicemail: str = field(repr=False)


def order_of(attempt: AttemptRecord, context: AttemptContext) -> Order:
    """What the service is asked for."""
    request = request_for(context.contact, context.settings)
    return Order(
        key=attempt.id,
        to=attempt.number,
        agent=context.batch.agent,
        variables=dict(request.variables),
        private=dict(request.private),
        on_machine=request.on_machine,
        voicemail=request.voicemail,
    )


def no_call_of(attempt: AttemptRecord, context: AttemptContext, *, at: datetime) -> CallRecord:
    """The record of a call that nobody made, under the attempt's key: while it stands there, the
    service makes none for that key.
    """
    nobody = Ending.NOT_PLACED
    return CallRecord(
        id=new_call_id(),
        key=attempt.id,
        direction="outbound",
        agent=context.batch.agent,
        from_number="",
        to_number=attempt.number,
        started_at=at,
        ended_at=at,
        status="canceled",
        outcome=Outcome(result=MEANING[nobody].result, reason=nobody.value),
    )


def was_never_made(record: CallRecord) -> bool:
    """Whether it is certain of a call that is over that the carrier never had it. Of one whose
    number was erased it could not be found out.
    """
    reason = record.outcome.reason if record.outcome else ""
    return reason == Ending.NOT_PLACED and record.call_sid is None and record.to_number != ""


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """The call that the order became, now or when it was asked for before."""

    call_id: str
    call_sid: str | None


class ServiceClient:
    """`POST /calls` with an Idempotency-Key."""

    def __init__(
        self, *, service_url: str, api_key: str, client: httpx.AsyncClient | None = None
    ) -> None:
        self._url = service_url
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._client = client or httpx.AsyncClient(mounts=DIRECT, verify=machine_trust())

    async def __aenter__(self) -> "ServiceClient":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def order(self, order: Order) -> Ordered:
        """Has the call made; returns when it is on its way.

        Raises:
            Full, CallRefused, Unknown.
        """
        body = {
            "to": order.to,
            "agent": order.agent,
            "variables": order.variables,
            "private": order.private,
            "on_machine": order.on_machine,
            "voicemail": order.voicemail,
        }
        try:
            response = await self._client.post(
                f"{self._url}/calls",
                json=body,
                headers={**self._headers, "Idempotency-Key": order.key},
                timeout=httpx.Timeout(ORDER_SECS, connect=CONNECT_SECS),
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Full(f"no service answers at {self._url}", after_secs=FULL_SECS) from error
        except httpx.HTTPError as error:
            raise Unknown(f"the service's answer was lost ({type(error).__name__})") from error
        return _read(response)

    async def hang_up(self, call_id: str) -> None:
        """Has a live call ended after a last word; one that is over, or cannot be reached, stays as
        it is.
        """
        try:
            await self._client.post(
                f"{self._url}/calls/{call_id}/hangup",
                json={"farewell": True},
                headers=self._headers,
                timeout=10.0,
            )
        except httpx.HTTPError:
            return


def _read(response: httpx.Response) -> Ordered:
    status = response.status_code
    answer = _json(response)
    if response.is_success:
        if not isinstance(answer.get("id"), str):
            raise Unknown("the service's answer names no call")
        return Ordered(call_id=answer["id"], call_sid=answer.get("call_sid"))
    if status in _NOT_NOW:
        raise Full(f"the service answered {status}", after_secs=_after(response))
    reason = answer.get("reason")
    if not isinstance(reason, str) or status in _NOT_US:
        raise Unknown(f"the service answered {status}")
    raise CallRefused(
        f"the service answered {status} ({reason})",
        reason=reason,
        fault=str(answer.get("fault", "ours")),
        retry=answer.get("retry") is True,
    )


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _after(response: httpx.Response) -> float:
    try:
        return min(max(float(response.headers["Retry-After"]), 0.1), 60.0)
    except (KeyError, ValueError):
        return FULL_SECS
