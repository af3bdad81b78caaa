"""What each answer of the service means for an order: is it a call, none, or unknown."""

from collections.abc import Callable

import httpx
import orjson
import pytest

from bot.batches.dialling.service_client import (
    CallRefused,
    Full,
    Order,
    Ordered,
    ServiceClient,
    Unknown,
)

ORDER = Order(
    key="contact_1-1",
    to="+12125550100",
    agent="reminder",
    variables={"name": "Ada"},
    private={"appointments": "apt_1"},
    on_machine="leave_message",
    voicemail="Hello {name}.",
)


def service_client(answer: Callable[[httpx.Request], httpx.Response]) -> ServiceClient:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return ServiceClient(service_url="http://service", api_key="secret", client=client)


async def test_an_order_carries_its_key() -> None:
    """With the words of the API, and the key of whoever may use it."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"id": "call_a", "call_sid": "CA1", "more": 1})

    async with service_client(answer) as ours:
        assert await ours.order(ORDER) == Ordered(call_id="call_a", call_sid="CA1")
    [request] = seen
    assert str(request.url) == "http://service/calls"
    assert request.headers["Idempotency-Key"] == "contact_1-1"
    assert request.headers["Authorization"] == "Bearer secret"
    assert orjson.loads(request.content) == {
        "to": "+12125550100",
        "agent": "reminder",
        "variables": {"name": "Ada"},
        "private": {"appointments": "apt_1"},
        "on_machine": "leave_message",
        "voicemail": "Hello {name}.",
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(503, headers={"Retry-After": "7"}), Full),
        (httpx.Response(429), Full),
        (httpx.Response(422, json={"reason": "unknown_agent"}), CallRefused),
        (httpx.Response(409, json={"reason": "suppressed"}), CallRefused),
        (httpx.Response(502, json={"reason": "geo_blocked"}), CallRefused),
        (httpx.Response(502, text="<html>a proxy says no</html>"), Unknown),
        (httpx.Response(500), Unknown),
        (httpx.Response(401, json={"reason": "no"}), Unknown),
        (httpx.Response(404), Unknown),
        (httpx.Response(302, headers={"Location": "http://elsewhere"}), Unknown),
        (httpx.Response(201, json={"status": "queued"}), Unknown),
        (httpx.Response(201, text="not JSON"), Unknown),
    ],
)
async def test_what_answers_mean(answer: httpx.Response, error: type[Exception]) -> None:
    """Only what the service itself says of this order refuses it."""
    async with service_client(lambda request: answer) as ours:
        with pytest.raises(error):
            await ours.order(ORDER)


async def test_when_to_ask_again_is_heeded_within_reason() -> None:
    for said, secs in (("7", 7.0), ("900", 60.0), ("soon", 10.0), (None, 10.0)):
        headers = {"Retry-After": said} if said else {}
        async with service_client(
            lambda _, headers=headers: httpx.Response(503, headers=headers)
        ) as ours:
            with pytest.raises(Full) as caught:
                await ours.order(ORDER)
        assert caught.value.after_secs == secs


async def test_a_refusal_says_whose_fault_it_is() -> None:
    said = {"reason": "queue_full", "fault": "carrier", "retry": True}
    async with service_client(lambda request: httpx.Response(502, json=said)) as ours:
        with pytest.raises(CallRefused) as caught:
            await ours.order(ORDER)
    error = caught.value
    assert (error.reason, error.fault, error.retry) == ("queue_full", "carrier", True)


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (httpx.ConnectError("refused"), Full),
        (httpx.ConnectTimeout("slow"), Full),
        (httpx.ReadTimeout("slow"), Unknown),
        (httpx.RemoteProtocolError("cut"), Unknown),
        (httpx.ReadError("cut"), Unknown),
    ],
)
async def test_what_broken_connections_mean(error: Exception, means: type[Exception]) -> None:
    """Nothing was ordered where no connection came about; else nobody knows."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    async with service_client(answer) as ours:
        with pytest.raises(means) as caught:
            await ours.order(ORDER)
    assert "+1212" not in str(caught.value)
