"""What comes to a service of two processes: whichever gets it, the right one answers. All of these
tests have the same service, one after the other.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio
from process_kit import GIVES_UP_SECS, ServiceProcess
from workers_kit import CALLEE, by_worker, dialled, running

from bot.testing.line import API_KEY, Line, voice_form

pytestmark = [pytest.mark.realtime, pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

Both = tuple[Line, ServiceProcess]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    async with running(tmp_path_factory.mktemp("two")) as both:
        yield both


@pytest_asyncio.fixture(loop_scope="module")
async def both(opened: Both) -> Both:
    """As if nobody had called yet: the parent knows of no call, and expects none."""
    line, _ = opened
    async with asyncio.timeout(GIVES_UP_SECS):
        while (await line.api.get("/health/live")).json()["live_calls"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await asyncio.sleep(2.0)  # the parent's promises are forgotten: `PATIENT`
    return opened


async def test_outbound_calls_are_spread_too(both: Both) -> None:
    """Their status callbacks find the worker that dialled."""
    line, service = both
    body = {"to": CALLEE, "agent": "task"}
    answers = await asyncio.gather(*(line.api.post("/calls", json=body) for _ in range(4)))
    ids = [answer.json()["id"] for answer in answers]
    assert by_worker(ids) == {0: 2, 1: 2}
    for call_id in ids:
        record = await line.until(
            call_id, lambda record: bool(record["turns"]), within_secs=GIVES_UP_SECS
        )
        assert record["answered_at"]
        await line.carrier.calls[record["call_sid"]].hang_up()
        ended = await line.ended(call_id)
        assert (ended["status"], ended["outcome"]["reason"]) == ("completed", "caller_hung_up")
    assert "Traceback" not in service.log


async def test_hanging_up_by_either_id(both: Both) -> None:
    """Whichever worker gets the request, the one that has the call ends it, and only once."""
    line, service = both
    calls = await dialled(line, 8)
    assert by_worker(calls) == {0: 4, 1: 4}
    for number, (call_id, sim) in enumerate(calls.items()):
        wanted = sim.sid if number % 2 else call_id
        answer = await line.api.post(f"/calls/{wanted}/hangup")
        assert (answer.status_code, answer.json()) == (202, {"status": "ending"}), wanted
        assert answer.headers["connection"] == "close"
        await sim.wait_ended(GIVES_UP_SECS)
        record = await line.ended(call_id)
        assert record["outcome"]["reason"] == "hung_up_by_api"
        assert (await line.api.post(f"/calls/{wanted}/hangup")).status_code == 409
    assert (await line.api.post("/calls/call_w1_00/hangup")).status_code == 404
    assert "Traceback" not in service.log


async def test_a_repeated_announcement_finds_its_call(both: Both) -> None:
    """The carrier asks again: the same TwiML, whichever worker is asked; one call, one record."""
    line, service = both
    form = voice_form("CA" + "7" * 32)
    first = await line.webhook("/twilio/incoming", form)
    call_id = (await line.until(form["CallSid"], lambda record: True))["id"]
    again = [await line.webhook("/twilio/incoming", form) for _ in range(4)]
    assert {answer.text for answer in again} == {first.text}
    assert (await line.api.get("/health/live")).json()["live_calls"] == 1
    assert call_id in first.text
    gone = voice_form(form["CallSid"], CallStatus="completed")
    assert (await line.webhook("/twilio/status", gone)).status_code == 204
    await line.ended(call_id)
    assert "Traceback" not in service.log


async def test_news_that_name_no_call_of_ours(both: Both) -> None:
    """The number's own status callback comes once, to any worker, and finds its call."""
    line, service = both
    sids = [f"CA{number:032d}" for number in range(6)]
    for sid in sids:
        await line.webhook("/twilio/incoming", voice_form(sid))
    records = [await line.until(sid, lambda record: True) for sid in sids]
    assert by_worker(record["id"] for record in records) == {0: 3, 1: 3}
    # The workers get them in turn: of these six, each gets some of the other one's calls.
    for sid in (*sids[:2], sids[3], sids[2], *sids[4:]):
        gone = voice_form(sid, CallStatus="completed")
        assert (await line.webhook("/twilio/status", gone)).status_code == 204
    for sid in sids:
        ended = await line.ended(sid, within_secs=12)  # else after 15, for want of a stream
        assert ended["outcome"]["reason"] == "caller_hung_up"
    assert "Traceback" not in service.log


async def test_slow_visitors_delay_nobody(both: Both) -> None:
    """Two hundred who send a byte now and then: a call is greeted before one of them must go."""
    line, service = both
    async with AsyncExitStack() as stack:
        where = httpx.URL(service.url)
        slow = []
        for _ in range(200):
            reader, writer = await asyncio.open_connection(where.host, where.port)
            stack.callback(writer.close)
            writer.write(b"POST /twilio/incoming HTTP/1.1\r\nHost: a\r\n")
            slow.append(asyncio.create_task(reader.read()))
        sim = await line.carrier.dial("+15557770000")
        await sim.wait_for("agent_speaks")
        assert not any(answer.done() for answer in slow)
        answers = await asyncio.wait_for(asyncio.gather(*slow), GIVES_UP_SECS)
        assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Timeout"}
        await sim.hang_up()


async def test_the_key_comes_before_the_body(both: Both) -> None:
    """Over a connection that the parent accepted, too: answered while the body is still to come."""
    line, service = both
    where = httpx.URL(service.url)
    for key, told, status in (
        ("wrong", "Transfer-Encoding: chunked", b"401 Unauthorized"),
        (API_KEY, "Content-Length: 99999999", b"413 Request Entity Too Large"),
    ):
        reader, writer = await asyncio.open_connection(where.host, where.port)
        writer.write(
            f"POST /calls HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n"
            f"{told}\r\n\r\n".encode()
        )
        answer = await asyncio.wait_for(reader.read(), GIVES_UP_SECS)
        assert answer.partition(b"\r\n")[0] == b"HTTP/1.1 " + status
        writer.close()
    assert "Traceback" not in service.log


async def test_garbage_is_refused(both: Both) -> None:
    """What is no request, or too long a one, is answered at once and closed."""
    _, service = both
    where = httpx.URL(service.url)
    for sent, status in (
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
        (b"GET /health/live\r\n\r\n", b"400"),
        (b"GET /health/live HTTP/1.1\r\n" + b"a: b\r\n" * 2000, b"431"),
    ):
        reader, writer = await asyncio.open_connection(where.host, where.port)
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), GIVES_UP_SECS)
        assert answer.split()[1] == status
        writer.close()
