"""The simulated model misbehaves as told, when told."""

import asyncio
import json
import time
from typing import Any

import pytest
from sim_model_kit import BRISK, Client, Hum, audio_of, client_of, silence, speech
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bot.simulator.model import (
    Call,
    Faults,
    Incident,
    Manner,
    Mishap,
    ModelScript,
    Moment,
    RealtimeModelServer,
    Step,
    assert_valid_server_event,
)

STEPS = [
    Step(opening=True, say="Good morning to you", calls=(Call(name="end_call"),)),
    Step(nudged=True, say="Are you still there?"),
]
END_CALL = {"type": "function", "name": "end_call"}


def model(*faults: Faults, manner: Manner = BRISK) -> RealtimeModelServer:
    server = RealtimeModelServer(script=ModelScript(steps=STEPS), voice=Hum(), manner=manner)
    server.next_faults(*faults)
    return server


def mishap(moment: Moment, what: Mishap, after_secs: float = 0.0) -> Faults:
    return Faults(incidents=(Incident(moment=moment, mishap=what, after_secs=after_secs),))


async def raw(client: Client) -> Any:
    return json.loads(await client.socket.recv())


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_connection_is_refused_once(status: int) -> None:
    """The next handshake fails with the status, the one after it gets in."""
    async with model(Faults(refuse_with=status)) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with client_of(server):
                pass
        assert refused.value.response.status_code == status
        async with client_of(server):
            pass
        assert server.refused == [status]


@pytest.mark.parametrize(
    ("what", "code"), [(Mishap.CLOSE, 1011), (Mishap.DROP, 1006), (Mishap.EXPIRE, 1001)]
)
async def test_connection_ends_right_after_it_was_accepted(what: Mishap, code: int) -> None:
    """No session.created ever comes."""
    async with model(mishap(Moment.CONNECTED, what)) as server:
        async with client_of(server, greeted=False) as client:
            with pytest.raises(ConnectionClosed) as closed:
                await client.receive("session.created")
        assert (closed.value.rcvd.code if closed.value.rcvd else 1006) == code
        await server.until(lambda: server.sessions[0].close_code == code)


async def test_session_is_created_late() -> None:
    """The greeting of the server takes its time."""
    async with model(Faults(created_after_secs=0.3)) as server:
        before = time.monotonic()
        async with client_of(server):
            assert time.monotonic() - before >= 0.3


async def test_first_sound_is_late_and_slower_than_real_time() -> None:
    """Half speed: the line takes twice as long to come as it lasts."""
    manner = Manner(first_audio_after_secs=0.0, delta_ms=100)
    async with (
        model(Faults(first_audio_after_secs=0.3, speed=0.5), manner=manner) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        asked = time.monotonic()
        wishes = {"instructions": 'Say exactly: "Hello"'}
        await client.send("response.create", response=wishes)
        await client.receive("response.output_audio.delta")
        first = time.monotonic()
        await client.receive("response.done")
        assert first - asked >= 0.3
        assert time.monotonic() - first >= 2 * 0.3 - 0.05


@pytest.mark.parametrize("moment", [Moment.GREETING, Moment.SPEAKING, Moment.TOOL_CALL])
async def test_connection_drops_while_the_model_is_busy(moment: Moment) -> None:
    """While greeting and speaking after the first sound, or when a function was called."""
    slow = Manner(first_audio_after_secs=0.0, speed=5.0)
    async with (
        model(mishap(moment, Mishap.DROP), manner=slow) as server,
        client_of(server) as client,
    ):
        await client.telephone(tools=[END_CALL])
        await client.send("response.create")
        with pytest.raises(ConnectionClosed) as closed:
            await client.receive("response.done")
        assert closed.value.rcvd is None
        called = "response.function_call_arguments.done" in client.types()
        assert called == (moment is Moment.TOOL_CALL)
        assert len(audio_of(client.seen)) > 0


async def test_a_pause_of_the_wire_loses_nothing() -> None:
    """Nothing comes meanwhile, pings neither, and nobody gets in; then all of it."""
    async with model() as server, client_of(server) as client:
        await client.telephone()
        server.pause(1.0)
        await client.send("response.create")
        began = asyncio.get_running_loop().time()
        await (await client.socket.ping())
        assert asyncio.get_running_loop().time() - began >= 0.9
        await client.receive("response.done")
        server.pause(1.0)
        began = asyncio.get_running_loop().time()
        async with client_of(server):
            assert asyncio.get_running_loop().time() - began >= 0.9


async def test_a_dead_wire_brings_nothing_any_more() -> None:
    """And does not say so; other sessions live."""
    async with model() as server, client_of(server) as client:
        server.suffer(server.sessions[0], Mishap.DEAD)
        await asyncio.sleep(0.1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3.0):
                await (await client.socket.ping())
        async with client_of(server) as other:
            await (await other.socket.ping())
        client.socket.transport.abort()


async def test_greeting_is_the_first_response_alone() -> None:
    """A fault of the greeting leaves later responses alone, and each incident happens once."""
    async with (
        model(mishap(Moment.GREETING, Mishap.UNKNOWN_EVENT)) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        for expected in (1, 0):
            await client.send("response.create")
            kinds = []
            while "response.done" not in kinds:
                kinds.append((await raw(client))["type"])
            assert kinds.count("response.mood.changed") == expected


async def test_connection_drops_while_the_caller_speaks() -> None:
    """At the first word of the caller."""
    async with model(mishap(Moment.LISTENING, Mishap.DROP)) as server, client_of(server) as client:
        await client.telephone({"type": "semantic_vad"})
        await client.say(speech("I would like to book an appointment."))
        with pytest.raises(ConnectionClosed):
            await client.receive("input_audio_buffer.speech_stopped")


async def test_connection_drops_a_while_after_the_moment() -> None:
    """`after_secs` counts from the moment."""
    async with (
        model(mishap(Moment.UPDATED, Mishap.CLOSE, after_secs=0.2)) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        updated = time.monotonic()
        with pytest.raises(ConnectionClosed):
            await client.receive("error")
        assert time.monotonic() - updated >= 0.15


async def test_stalled_session_is_silent_and_open() -> None:
    """Nothing comes any more, yet the socket answers pings."""
    async with model(mishap(Moment.UPDATED, Mishap.STALL)) as server, client_of(server) as client:
        await client.telephone()
        await client.send("response.create")
        await server.until(lambda: len(server.sessions[0].received("response.create")) == 1)
        with pytest.raises(TimeoutError):
            await client.receive(within_secs=0.2)
        await (await client.socket.ping())


async def test_model_never_answers() -> None:
    """Asked for a response it keeps silent, but everything else works."""
    async with model(Faults(never_answers=True)) as server, client_of(server) as client:
        await client.telephone({"type": "semantic_vad"})
        await client.say(speech("I would like to book an appointment.") + silence(1500))
        await client.receive("input_audio_buffer.committed")
        await client.send("response.create")
        await client.update(instructions="Well?")
        assert not any(kind.startswith("response.") for kind in client.types())


async def test_every_response_fails() -> None:
    """`response.done` with status failed and the code."""
    async with (
        model(Faults(fails_with="inference_rate_limit_exceeded")) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        await client.send("response.create")
        done = (await client.receive("response.done"))["response"]
        assert done["status"] == "failed"
        assert done["status_details"]["error"]["code"] == "inference_rate_limit_exceeded"


async def test_errors_come_in_valid_events() -> None:
    """An error of the server's own making names no event; an expired session is closed."""
    async with model() as server, client_of(server) as client:
        server.suffer(server.sessions[0], Mishap.ERROR)
        error = await client.error()
        assert (error["type"], error["event_id"]) == ("server_error", None)
        server.suffer(server.sessions[0], Mishap.EXPIRE)
        assert (await client.error())["code"] == "session_expired"
        with pytest.raises(ConnectionClosed):
            await client.receive()
        await server.until(lambda: server.sessions[0].close_code is not None)
        with pytest.raises(ValueError, match="over"):
            server.suffer(server.sessions[0], Mishap.ERROR)


async def test_session_expires_by_itself() -> None:
    """The service ends a session after an hour; here after as long as one likes."""
    async with model(manner=Manner(session_secs=0.2)) as server, client_of(server) as client:
        assert (await client.error())["code"] == "session_expired"


@pytest.mark.parametrize("what", [Mishap.UNKNOWN_EVENT, Mishap.UNKNOWN_LITERAL])
async def test_future_of_the_protocol_arrives(what: Mishap) -> None:
    """An event nobody knows, and a value nobody knows in one everybody does."""
    async with model() as server, client_of(server) as client:
        server.suffer(server.sessions[0], what)
        event = await raw(client)
        with pytest.raises(AssertionError):
            assert_valid_server_event(event)
        await client.update(instructions="Go on.")


async def test_unknown_field_is_in_every_event_from_then_on() -> None:
    """Known events grow a field."""
    async with (
        model(mishap(Moment.UPDATED, Mishap.UNKNOWN_FIELD)) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        await client.send("input_audio_buffer.clear")
        assert "x_unheard_of" in await raw(client)


async def test_invalid_json_arrives() -> None:
    """A message that is cut in the middle."""
    async with model() as server, client_of(server) as client:
        server.suffer(server.sessions[0], Mishap.INVALID_JSON)
        with pytest.raises(json.JSONDecodeError):
            await raw(client)
        await client.update(instructions="Go on.")


async def test_client_that_vanishes_leaves_nothing_behind() -> None:
    """A client may go at any time, without a farewell, in the middle of a response."""
    slow = Manner(first_audio_after_secs=0.0, speed=0.1)
    async with model(manner=slow) as server:
        headers = {"Authorization": f"Bearer {server.key}"}
        socket = await connect(f"{server.url}?model=m", additional_headers=headers)
        await socket.send('{"type": "response.create"}')
        await server.until(lambda: bool(server.sessions[0].sent("response.output_audio.delta")))
        socket.transport.abort()
        await server.until(lambda: server.sessions[0].close_code == 1006)
        await socket.wait_closed()
