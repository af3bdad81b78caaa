"""One session over a real websocket, against a small server that answers, refuses and stalls."""

import asyncio
import contextlib
import http
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response

from bot.brains import ModelGarbled, ModelLost, ModelRefused, ModelUnreachable
from bot.brains.errors import ModelMute
from bot.brains.openai import OpenAISession
from bot.brains.openai.formats import Formats
from bot.brains.realtime.messages import read_message
from bot.brains.realtime.two_tries import AGAIN_SECS
from tests.brains.openai.client_events import assert_valid
from tests.wire import openai_events

CONFIG: dict[str, Any] = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "instructions": "You answer the phone.",
    "audio": {
        "input": {"noise_reduction": {"type": "near_field"}},
        "output": {"voice": "marin"},
    },
}
Talk = Callable[["FarModel", ServerConnection], Awaitable[None]]


def both() -> Formats:
    """μ-law, and where the model does not speak it PCM."""
    return Formats(("ulaw", "pcm"))


class FarModel:
    """The other end: configures sessions as told, then talks."""

    def __init__(self) -> None:
        self.statuses: list[int] = []  # refuse the next upgrades with these
        self.speaks = ("audio/pcmu", "audio/pcm")
        self.talk: Talk | None = None
        self.taken: list[dict[str, Any]] = []
        self.frames: list[type] = []
        self.arrived = asyncio.Event()
        self.upgrades: list[Request] = []
        self.closed_with: int | None = None
        self.url = ""

    async def upgrade(self, connection: ServerConnection, request: Request) -> Response | None:
        self.upgrades.append(request)
        if self.statuses:
            return connection.respond(http.HTTPStatus(self.statuses.pop(0)), "no")
        return None

    async def serve(self, socket: ServerConnection) -> None:
        try:
            await self.tell(socket, openai_events.session("created"))
            if self.talk is not None:
                await self.talk(self, socket)
                return
            async for message in socket:
                await self.take(socket, message)
        except ConnectionClosed:
            pass
        finally:
            await socket.wait_closed()
            self.closed_with = socket.close_code
            self.arrived.set()

    async def take(self, socket: ServerConnection, message: str | bytes) -> None:
        event = json.loads(message)
        self.frames.append(type(message))
        self.taken.append(event)
        self.arrived.set()
        if event["type"] == "session.update":
            wanted = event["session"]["audio"]["output"]["format"]["type"]
            kind = wanted if wanted in self.speaks else "audio/pcma"
            await self.tell(
                socket, openai_events.session("updated", audio=openai_events.formats(kind))
            )

    async def tell(self, socket: ServerConnection, event: dict[str, Any]) -> None:
        await socket.send(json.dumps(event))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                self.arrived.clear()
                await self.arrived.wait()

    async def open(self, **changes: Any) -> OpenAISession:
        wanted = {"url": self.url, "api_key": "sk-test", "model": "gpt-realtime-2.1"}
        return await OpenAISession.open(
            **({**wanted, "config": CONFIG, "formats": both()} | changes)
        )


@asynccontextmanager
async def far_model() -> AsyncIterator[FarModel]:
    model = FarModel()
    async with serve(
        model.serve,
        "127.0.0.1",
        0,
        process_request=model.upgrade,
        compression=None,
        close_timeout=1,
    ) as server:
        host, port = next(iter(server.sockets)).getsockname()[:2]
        model.url = f"ws://{host}:{port}/v1/realtime"
        yield model


# -- opening --------------------------------------------------------------------------------------


async def test_the_machines_certificates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take tens of milliseconds, in which no caller is served: all sessions share them."""
    reads, read = [], ssl.create_default_context

    def reading(*arguments: Any, **options: Any) -> ssl.SSLContext:
        reads.append(arguments)
        return read(*arguments, **options)

    monkeypatch.setattr(ssl, "create_default_context", reading)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        url = f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        OpenAISession.prepare(url)
        read_before_the_first = len(reads)
        for _ in range(2):
            with pytest.raises(ModelUnreachable):
                await OpenAISession.open(
                    url=url,
                    api_key="sk",
                    model="m",
                    config=CONFIG,
                    formats=both(),
                )
    assert len(reads) == read_before_the_first <= 1


async def test_a_session_is_opened_as_the_api_wants_it() -> None:
    """Model in the query, key as the bearer, one session.update before all else."""
    async with far_model() as model:
        session = await model.open()
        (request,) = model.upgrades
        path = urlsplit(request.path)
        assert path.path == "/v1/realtime"
        assert parse_qs(path.query) == {"model": ["gpt-realtime-2.1"]}
        assert request.headers["Authorization"] == "Bearer sk-test"
        assert "OpenAI-Beta" not in request.headers
        (update,) = model.taken
        assert_valid(update)
        assert update["session"] == {
            **CONFIG,
            "audio": {
                "input": {
                    "noise_reduction": {"type": "near_field"},
                    "format": {"type": "audio/pcmu"},
                },
                "output": {"voice": "marin", "format": {"type": "audio/pcmu"}},
            },
        }
        assert session.sound == "ulaw"
        await session.close()


async def test_a_model_without_mu_law_is_spoken_to_in_pcm() -> None:
    """What `session.updated` echoes counts, not what was asked."""
    async with far_model() as model:
        model.speaks = ("audio/pcm",)
        session = await model.open()
        assert session.sound == "pcm"
        formats = [event["session"]["audio"]["input"]["format"] for event in model.taken]
        assert formats == [{"type": "audio/pcmu"}, {"type": "audio/pcm", "rate": 24000}]
        for event in model.taken:
            assert_valid(event)
        await session.close()


async def test_a_model_that_speaks_neither_is_refused() -> None:
    """Sound in a format we do not know would be noise on the line."""
    async with far_model() as model:
        model.speaks = ()
        with pytest.raises(ModelRefused, match="none of the formats"):
            await model.open()


async def test_a_format_that_was_not_kept_to_is_not_asked_for_again() -> None:
    """By any session with that model; others have not lied. Where none is left, no session is."""
    async with far_model() as model:
        formats = both()
        session = await model.open(formats=formats)
        assert session.disbelieve()
        await session.close()
        session = await model.open(formats=formats)
        assert session.sound == "pcm"
        assert formats.of_model("another") == ("ulaw", "pcm")
        assert not session.disbelieve()
        await session.close()
        with pytest.raises(ModelRefused, match="none of the formats"):
            await model.open(formats=formats)


async def test_formats_that_differ_by_direction_are_no_mu_law() -> None:
    """Both directions are read with the same eyes."""

    async def talk(model: FarModel, socket: ServerConnection) -> None:
        async for message in socket:
            model.taken.append(json.loads(message))
            audio = openai_events.formats("audio/pcm")
            if len(model.taken) == 1:
                audio["input"]["format"] = {"type": "audio/pcmu"}
            await model.tell(socket, openai_events.session("updated", audio=audio))

    async with far_model() as model:
        model.talk = talk
        session = await model.open()
        assert session.sound == "pcm"
        await session.close()


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refusal_for_good_is_not_tried_again(status: int) -> None:
    """A wrong key or model stays wrong."""
    async with far_model() as model:
        model.statuses = [status] * 2
        with pytest.raises(ModelRefused, match=f"HTTP {status}") as caught:
            await model.open()
        assert (len(model.upgrades), caught.value.reason) == (1, "model_refused")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failure_that_may_pass_is_tried_once_more(status: int) -> None:
    """The caller hears nothing of it."""
    async with far_model() as model:
        model.statuses = [status]
        session = await model.open()
        assert len(model.upgrades) == 2
        await session.close()
        model.statuses = [status] * 3
        with pytest.raises(ModelUnreachable, match=f"HTTP {status}") as caught:
            await model.open()
        assert (len(model.upgrades), caught.value.reason) == (4, "model_unreachable")


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
async def test_second_tries_are_spread_out(spread: float) -> None:
    """Calls that are refused at once do not knock again in the same moment."""
    loop, (least, most) = asyncio.get_running_loop(), AGAIN_SECS
    async with far_model() as model:
        model.statuses = [503]
        began = loop.time()
        session = await model.open(spread=lambda: spread)
        assert loop.time() - began == pytest.approx(least + (most - least) * spread, abs=0.01)
        await session.close()


async def test_nobody_at_the_address() -> None:
    """No connection, said in one sentence."""
    async with far_model() as model:
        url = model.url
    with pytest.raises(ModelUnreachable, match="no connection"):
        await OpenAISession.open(url=url, api_key="k", model="m", config=CONFIG, formats=both())


def objecting(kind: str, code: str | None) -> Talk:
    """Answers the settings with an `error` event, each time."""

    async def talk(model: FarModel, socket: ServerConnection) -> None:
        await socket.recv()
        event = openai_events.error(code or "")
        event["error"] |= {"type": kind, "code": code}
        await model.tell(socket, event)
        await socket.wait_closed()

    return talk


@pytest.mark.parametrize("kind", ["invalid_request_error", "authentication_error"])
async def test_an_error_in_place_of_the_settings_that_stays_is_a_refusal(kind: str) -> None:
    """Its code and message are told, and it is not asked again; nobody waits for its farewell."""
    async with far_model() as model:
        model.talk = objecting(kind, "invalid_value")
        with pytest.raises(ModelRefused, match="invalid_value: It says so"):
            await model.open()
        await model.until(lambda: model.closed_with is not None)
        assert (len(model.upgrades), model.closed_with) == (1, 1006)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("server_error", None),
        ("rate_limit_error", "rate_limit_exceeded"),
        ("invalid_request_error", "rate_limit_exceeded"),
        ("nobody_knows", "this_one"),
    ],
)
async def test_an_error_in_place_of_the_settings_may_pass(kind: str, code: str | None) -> None:
    """It is tried again, and mended or unreachable."""
    async with far_model() as model:
        model.talk = objecting(kind, code)
        with pytest.raises(ModelUnreachable, match="It says so"):
            await model.open()
        assert len(model.upgrades) == 2


@pytest.mark.parametrize("code", [1000, 1011])
async def test_a_model_that_hangs_up_while_being_configured(code: int) -> None:
    """Tried once more, then unreachable."""

    async def talk(model: FarModel, socket: ServerConnection) -> None:
        await socket.recv()
        await socket.close(code)

    async with far_model() as model:
        model.talk = talk
        with pytest.raises(ModelUnreachable, match="closed the connection"):
            await model.open()
        assert len(model.upgrades) == 2


async def test_a_model_that_says_nothing_is_given_up_in_time() -> None:
    """A caller waits no longer than that for a voice; the socket is let go."""

    async def talk(model: FarModel, socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with far_model() as model:
        model.talk = talk
        began = time.monotonic()
        with pytest.raises(ModelUnreachable, match=r"within 0\.3 s"):
            await model.open(within_secs=0.3)
        assert time.monotonic() - began < 2
        await model.until(lambda: model.closed_with is not None)


async def test_an_open_port_without_an_answer_is_mute() -> None:
    """The network takes the connection, and nobody speaks over it: that is told apart."""
    came: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: came.append(writer), "127.0.0.1", 0)
    async with server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime"
        with pytest.raises(ModelMute, match=r"within 0\.4 s"):
            await OpenAISession.open(
                url=url, api_key="k", model="m", config=CONFIG, formats=both(), within_secs=0.4
            )
        assert ModelMute.reason == "model_unreachable"
        for writer in came:
            writer.close()


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "session.updated"},
        {"type": "session.updated", "session": None},
        {"type": "session.updated", "session": {"audio": "loud"}},
        {"type": "error", "error": "no"},
    ],
    ids=str,
)
async def test_a_malformed_answer_is_a_refusal_not_a_crash(answer: dict[str, Any]) -> None:
    """Whoever opens a session meets `ModelError` and nothing else."""

    async def talk(model: FarModel, socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while await socket.recv():
                await model.tell(socket, answer)

    async with far_model() as model:
        model.talk = talk
        with pytest.raises((ModelRefused, ModelUnreachable)):
            await model.open()


# -- talking --------------------------------------------------------------------------------------


async def test_messages_go_out_as_text_in_the_order_given() -> None:
    """Sound and events in one line of waiting."""
    async with far_model() as model:
        session = await model.open()
        for number in range(50):
            session.append(f"fn5{number:05d}")
            if number % 10 == 0:
                session.post({"type": "response.create", "event_id": f"ask_{number}"})
        await model.until(lambda: len(model.taken) == 56)
        order = [event.get("event_id") or event.get("audio") for event in model.taken[1:]]
        assert order == [
            told
            for number in range(50)
            for told in (f"fn5{number:05d}", *([f"ask_{number}"] if number % 10 == 0 else []))
        ]
        assert set(model.frames) == {str}
        for event in model.taken:
            assert_valid(event)
        await session.close()


async def test_a_ping_is_answered_by_the_socket_alone() -> None:
    """Whatever the model does; no event goes out for it."""
    async with far_model() as model:
        session = await model.open()
        answered = asyncio.Event()
        session.ping(answered.set)
        async with asyncio.timeout(5):
            await answered.wait()
        assert [event["type"] for event in model.taken] == ["session.update"]
        session.ping(answered.set)  # one under way when it is let go is nobody's business
        session.abort()
        await session.close()


async def test_events_come_as_they_were_sent() -> None:
    """Those that came before anybody listened too; unreadable ones are counted and skipped."""
    told = openai_events.answer("resp_1", "item_1", "Hello there.")

    async def talk(model: FarModel, socket: ServerConnection) -> None:
        await model.take(socket, await socket.recv())
        for unreadable in ("{", "[]", "17", '"text"', '{"type": 5}', "{}", b"\xff\xfe"):
            await socket.send(unreadable)
        for event in told:
            await model.tell(socket, event)
        await socket.close(1000)

    async with far_model() as model:
        model.talk = talk
        session = await model.open()
        seen = []
        with pytest.raises(ModelLost, match="closed"):
            async for event in session.events():
                seen.append(event)
        assert seen == told
        assert session.unreadable == 7
        await session.close()


def frame(content: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    """As a server writes it."""
    return Frame(opcode, content, fin=fin).serialize(mask=False)


@pytest.mark.parametrize("size", [1_000_000, 7, 131])
async def test_messages_arrive_however_they_are_cut(size: int) -> None:
    """Several in one read, garbled ones, fragments and a ping among them; the last one is cut off
    in its middle, and costs nothing but itself.
    """
    told = openai_events.answer("resp_1", "item_1", "Hello there. " * 50)
    frames = [frame(json.dumps(event).encode()) for event in told]
    half = json.dumps(told[0]).encode()
    pieces = (
        frame(half[:9], fin=False),
        frame(b"there?", Opcode.PING),
        frame(half[9:], Opcode.CONT),
    )
    cut_off = frames[-1][: len(frames[-1]) // 2]
    beginning = (frame(b"{"), *frames[:2], frame(b'{"type":'), *pieces)
    wire = b"".join((*beginning, frame(b"[]"), *frames[2:], cut_off))

    async def talk(model: FarModel, socket: ServerConnection) -> None:
        await model.take(socket, await socket.recv())
        for start in range(0, len(wire), size):
            socket.transport.write(wire[start : start + size])
            if size < 100 and start % 5 == 0:
                await asyncio.sleep(0)
        socket.transport.close()

    async with far_model() as model:
        model.talk = talk
        session = await model.open()
        seen = []
        with pytest.raises(ModelLost):
            async for event in session.events():
                seen.append(event)
        assert seen == [*told[:2], told[0], *told[2:]]
        assert session.unreadable == 3
        await session.close()


async def test_a_session_that_babbles_is_given_up() -> None:
    """Nothing but messages that cannot be read; a readable one between them is enough."""

    async def talk(model: FarModel, socket: ServerConnection) -> None:
        await model.take(socket, await socket.recv())
        for _ in range(400):
            await socket.send("{")
        await model.tell(socket, openai_events.session("updated"))
        for _ in range(600):
            await socket.send("{")
        await socket.wait_closed()

    async with far_model() as model:
        model.talk = talk
        session = await model.open()
        seen = []
        with pytest.raises(ModelGarbled) as caught:
            async for event in session.events():
                seen.append(event["type"])
        assert seen == ["session.updated"]
        assert session.unreadable == 901
        assert caught.value.reason == "protocol_broken"
        await session.close()


async def test_a_session_that_breaks_is_lost() -> None:
    """Whatever the reason of the other side."""

    async def talk(model: FarModel, socket: ServerConnection) -> None:
        await model.take(socket, await socket.recv())
        await socket.close(1011, "server error")

    async with far_model() as model:
        model.talk = talk
        session = await model.open()
        with pytest.raises(ModelLost, match="1011") as caught:
            async for _ in session.events():
                pass
        assert caught.value.reason == "model_lost"
        session.append("fn5+")  # nobody takes it; it hurts nobody either
        await session.close()


async def test_a_session_let_go_is_lost_at_once() -> None:
    """Whoever listens hears of it without a farewell, and nothing is left."""
    async with far_model() as model:
        session = await model.open()
        session.abort()
        began = time.monotonic()
        with pytest.raises(ModelLost):
            async for _ in session.events():
                pass
        await session.close()
        assert time.monotonic() - began < 0.5
        await model.until(lambda: model.closed_with is not None)
        assert model.closed_with == 1006


async def test_a_session_is_closed_once_and_leaves_nothing() -> None:
    """Closing again does nothing; no task is left."""
    async with far_model() as model:
        session = await model.open()
        await session.close()
        await session.close()
        await model.until(lambda: model.closed_with is not None)
        assert model.closed_with == 1000
        assert "model-writer" not in {task.get_name() for task in asyncio.all_tasks()}


@pytest.mark.realtime
async def test_a_flood_leaves_others_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits in the socket's queue is taken in without a pause, but for theirs."""
    monkeypatch.setattr("bot.brains.realtime.model_socket.TURN_SECS", 0.0)
    rounds = taken = 0

    async def flood(model: FarModel, socket: ServerConnection) -> None:
        await model.take(socket, await socket.recv())
        for _ in range(500):
            await model.tell(socket, openai_events.rate_limits())
        await socket.wait_closed()

    async def count() -> None:
        nonlocal rounds
        while True:
            await asyncio.sleep(0)
            rounds += 1

    async with far_model() as model:
        model.talk = flood
        session = await model.open()
        counting = asyncio.create_task(count())
        async for _ in session.events():
            taken += 1
            if taken == 500:
                break
        counting.cancel()
        assert rounds >= 499
        await session.close()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r'{"type": "x", "t": "ab\ud83d"}', "ab\ufffd"),
        (r'{"type": "x", "t": "\uDE00ab"}', "\ufffdab"),
        (r'{"type": "x", "t": "\ud83d\ude00 \ud83d"}', "\U0001f600 \ufffd"),
        (r'{"type": "x", "t": "\\ud83d"}', r"\ud83d"),
    ],
)
def test_half_a_surrogate_pair_costs_one_character(raw: str, text: str) -> None:
    """The rest of the message is as good as any."""
    assert read_message(raw)["t"] == text
    assert read_message(raw.encode())["t"] == text


@pytest.mark.parametrize("raw", ["{", r'{"a": "\ud8', r'"\ud83d', "[" * 10000 + r'"\ud83d"'])
def test_what_is_no_json_is_none(raw: str) -> None:
    """Whatever stands in it."""
    with pytest.raises(ValueError):
        read_message(raw)
