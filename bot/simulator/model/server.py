"""The simulated model on a real websocket: the thin shell around `ModelSession`."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from bot.clock import monotonic
from bot.media.g711 import SILENCE
from bot.simulator.ears import Ears
from bot.simulator.model.manner import NO_FAULTS, Faults, Manner, Mishap
from bot.simulator.model.record import SessionRecord
from bot.simulator.model.script import ModelScript
from bot.simulator.model.session import ModelSession, ScriptFor
from bot.simulator.model.state import HangUpFault, Hear, PauseFault, Render
from bot.simulator.model.wires import Wires
from bot.simulator.voices import Voice, default_voice

PATH = "/v1/realtime"
MODELS = "/v1/models/"
# 15 MiB of sound in base64 is 20 MiB of text: too much is answered, far too much is cut off.
MAX_MESSAGE_BYTES = 32 * 1024 * 1024
ABNORMAL_CLOSURE = 1006

Input = Callable[[ModelSession], None]


class RealtimeModelServer:
    """A realtime model at `url`, on this machine only, for as long as the context is open.

    `ears=None` plays the script in order without listening to the words. `script`, `manner` and
    `faults` are those of the sessions to come and may be assigned at any time; a function as
    `script` gives each session its own, by the instructions that it gets. `next_faults` lays out
    faults for the next sessions alone.
    """

    models_path = MODELS

    def __init__(
        self,
        *,
        script: ModelScript | ScriptFor | None = None,
        voice: Voice | None = None,
        ears: Ears | None = None,
        key: str = "sk-simulated",
        manner: Manner | None = None,
        faults: Faults = NO_FAULTS,
        port: int = 0,
    ) -> None:
        self.script: ModelScript | ScriptFor = script or ModelScript()
        self.manner = manner or Manner()
        self.faults = faults
        self.key = key
        self.without_models: set[str] = set()  # names that are answered as unknown ones
        self.sessions: list[SessionRecord] = []
        self.refused: list[int] = []  # HTTP status of each handshake that was refused
        self._voice = voice
        self._ears = ears
        self._port = port
        self._next_faults: deque[Faults] = deque()
        self._live: dict[str, asyncio.Queue[Input]] = {}
        self._wires = Wires()
        self._changed = asyncio.Event()
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        if self._voice is None:
            self._voice = default_voice("agent")
        # Engines load at their first word, and no caller should wait for that.
        greeting = (self.script if isinstance(self.script, ModelScript) else ModelScript()).greeting
        await asyncio.to_thread(self._voice.render, greeting)
        if self._ears is not None:
            await self._ears.hear(bytes([SILENCE]) * 8000)
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self._port,
            process_request=self._greet,
            max_size=MAX_MESSAGE_BYTES,
            compression=None,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wires.abort_dead()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def url(self) -> str:
        """ws://127.0.0.1:PORT/v1/realtime, to which a client adds ?model=NAME."""
        return f"ws://127.0.0.1:{self._port}{PATH}"

    def next_faults(self, *faults: Faults) -> None:
        """Faults for the next sessions, one each; a refused handshake uses up its own."""
        self._next_faults.extend(faults)

    def suffer(self, session: SessionRecord, mishap: Mishap) -> None:
        """Something goes wrong now in a session that is still open."""
        inbox = self._live.get(session.session_id)
        if inbox is None:
            raise ValueError("This session is over: nothing can go wrong in it any more.")
        inbox.put_nowait(lambda live: live.suffer(mishap, monotonic()))

    def pause(self, secs: float) -> None:
        """For so long nothing comes and nothing goes, in no session, and none is opened. Nothing is
        lost.
        """
        self._wires.pause(secs)

    async def until(self, condition: Callable[[], bool], *, within_secs: float = 5.0) -> None:
        """Waits until the condition holds; asks again after everything that happens here."""
        async with asyncio.timeout(within_secs):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        """The handshake: None lets the client in."""
        await self._wires.flow()
        if request.path.startswith(self.models_path):
            return self._about_model(connection, request)
        faults = self._next_faults[0] if self._next_faults else self.faults
        refusal = self._objection(request, faults)
        if refusal is None:
            return None
        if faults.refuse_with is not None and self._next_faults:
            self._next_faults.popleft()
        status, code, message = refusal
        self.refused.append(status.value)
        self._changed.set()
        return json_response(connection, status, _error(code, message))

    def _knows_key(self, request: Request) -> bool:
        """An empty key of ours opens to everybody."""
        header = self.manner.dialect.key_header
        expected = f"Bearer {self.key}" if header == "Authorization" else self.key
        return not self.key or request.headers.get(header) == expected

    def _about_model(self, connection: ServerConnection, request: Request) -> Response:
        """GET /v1/models/NAME: whether the key may use a model."""
        name = request.path.removeprefix(MODELS)
        if not self._knows_key(request):
            error = _error("invalid_api_key", "Incorrect API key provided.")
            return json_response(connection, HTTPStatus.UNAUTHORIZED, error)
        if name in self.without_models:
            why = f"The model `{name}` does not exist or you do not have access to it."
            return json_response(connection, HTTPStatus.NOT_FOUND, _error("model_not_found", why))
        model = {"id": name, "object": "model", "created": 1_780_000_000, "owned_by": "system"}
        return json_response(connection, HTTPStatus.OK, model)

    def _objection(self, request: Request, faults: Faults) -> tuple[HTTPStatus, str, str] | None:
        target = urlsplit(request.path)
        if target.path != PATH:
            return HTTPStatus.NOT_FOUND, "not_found", f"There is nothing at {target.path}."
        if faults.refuse_with is not None:
            status = HTTPStatus(faults.refuse_with)
            return status, status.phrase.lower().replace(" ", "_"), status.description
        if not self._knows_key(request):
            return HTTPStatus.UNAUTHORIZED, "invalid_api_key", "Incorrect API key provided."
        if not parse_qs(target.query).get("model"):
            return HTTPStatus.BAD_REQUEST, "missing_model", "You must provide a model parameter."
        if "OpenAI-Beta" in request.headers:
            why = "The Realtime beta is gone: leave out the OpenAI-Beta header."
            return HTTPStatus.BAD_REQUEST, "beta_api_shape_disabled", why
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        session = self._make_session(connection)
        inbox: asyncio.Queue[Input] = asyncio.Queue()
        self.sessions.append(session.record)
        self._live[session.record.session_id] = inbox
        try:
            await self._run(connection, session, inbox)
        finally:
            del self._live[session.record.session_id]
            await connection.wait_closed()
            session.record.close_code = connection.close_code or ABNORMAL_CLOSURE
            self._changed.set()

    def _make_session(self, connection: ServerConnection) -> ModelSession:
        """The far side of a connection that was let in."""
        assert connection.request is not None
        query = parse_qs(urlsplit(connection.request.path).query)
        return ModelSession(
            model=query["model"][0],
            script=self.script,
            manner=self.manner,
            faults=self._next_faults.popleft() if self._next_faults else self.faults,
            has_ears=self._ears is not None,
        )

    async def _run(
        self, connection: ServerConnection, session: ModelSession, inbox: asyncio.Queue[Input]
    ) -> None:
        """Feeds the session until one side ends the connection."""
        work = {asyncio.create_task(_read(connection, inbox))}
        self._wires.add(connection, lambda: inbox.put_nowait(_look_again))
        try:
            session.open(monotonic())
            while await self._send(connection, session):
                self._changed.set()
                for job in session.take_jobs():
                    task = asyncio.create_task(self._do(job, inbox))
                    work.add(task)
                    task.add_done_callback(work.discard)
                wait_secs = None
                if session.wake_at_secs is not None:
                    wait_secs = max(0.0, session.wake_at_secs - monotonic())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_secs):  # `wait_for` would make a task each time
                        happened = await inbox.get()
                    happened(session)
                session.wake(monotonic())
        except ConnectionClosed:
            pass
        finally:
            self._wires.remove(connection)
            for task in tuple(work):
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _send(self, connection: ServerConnection, session: ModelSession) -> bool:
        """Sends what the session has to say; False once it has ended the connection."""
        while session.outbox and self._wires.flows(connection):
            match session.outbox.popleft():
                case HangUpFault(code, reason):
                    if code is None:
                        connection.transport.abort()
                    else:
                        await connection.close(code, reason)
                    return False
                case PauseFault(secs):
                    if secs is None:
                        self._wires.kill(connection)
                    else:
                        self.pause(secs)
                case str(text):
                    await connection.send(text)
        return True

    async def _do(self, job: Hear | Render, inbox: asyncio.Queue[Input]) -> None:
        """The work that takes time; a failure of voice or ears ends the session, loudly."""
        try:
            if isinstance(job, Hear):
                assert self._ears is not None
                words = await self._ears.hear(job.ulaw)
                inbox.put_nowait(lambda live: live.heard(job.item_id, words, monotonic()))
            else:
                assert self._voice is not None
                sound = await asyncio.to_thread(self._voice.render, job.text)
                inbox.put_nowait(lambda live: live.rendered(job.response_id, sound, monotonic()))
        except Exception as error:
            inbox.put_nowait(_raising(error))


async def _read(connection: ServerConnection, inbox: asyncio.Queue[Input]) -> None:
    try:
        while True:
            message = await connection.recv()
            inbox.put_nowait(_received(message))
    except ConnectionClosed as gone:
        inbox.put_nowait(_raising(gone))


def _received(message: str | bytes) -> Input:
    return lambda live: live.receive(message, monotonic())


def _look_again(live: ModelSession) -> None:
    """Nothing happened, but what waits may go."""


def _raising(error: Exception) -> Input:
    def fail(live: ModelSession) -> None:
        raise error

    return fail


def _error(code: str, message: str) -> dict[str, object]:
    error = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
    return {"error": error}


def json_response(connection: ServerConnection, status: HTTPStatus, body: object) -> Response:
    """An answer to a plain request."""
    response = connection.respond(status, json.dumps(body))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response
