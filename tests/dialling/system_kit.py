"""The whole system for tests that kill it: the service and diallers as processes of their own, and
the far sides of their wires here, where nobody dies and all that is asked of them is written down.
"""

import asyncio
import random
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from dialler_kit import FORKS, DiallerProcess, Diallers, until
from dialler_process import run_command
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.simulator.business import BusinessServer
from bot.simulator.carrier import Carrier, SimCall
from bot.simulator.loopback_client import loopback_client
from bot.simulator.loopback_server import LoopbackServer
from bot.simulator.model import ModelScript, RealtimeModelServer
from bot.store import AttemptRecord, CallRecord, Store
from bot.testing.line import ACCOUNT, AUTH_TOKEN, HASTY, LINE, PUBLIC
from config import Settings
from tests.ports import free_port
from tests.service.line_kit import ToneVoice
from tests.service.process_kit import environment

API_KEY = "key"
HOLD_SECS = 6.0  # a reply held back for so long is lost: the service waits 5 s


@dataclass(kw_only=True)
class Create:
    """One request to dial that came in at the carrier."""

    to: str
    call_id: str  # ours


@dataclass(kw_only=True)
class Wire:
    """Between our processes and the carrier's REST API: the witness of what they asked for."""

    carrier_url: str
    chance: random.Random
    loses_replies: float = 0.0  # a chance from 0 to 1: it dials, and its reply never comes
    fails: float = 0.0  # it answers 500, and does not dial
    fails_late: float = 0.0  # it dials, and answers 500
    creates: list[Create] = field(default_factory=list)
    port: int = field(default_factory=free_port)  # the same again when it comes back

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """The URL of the API, for as long as this is entered."""
        async with loopback_client(base_url=self.carrier_url) as client:
            self._client = client
            await self.come_back()
            try:
                yield self._server.url
            finally:
                await self._server.stop()

    async def come_back(self) -> None:
        self._server = LoopbackServer(self, port=self.port)
        await self._server.start()

    async def go_away(self) -> None:
        """Nobody listens there any more."""
        await self._server.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        create = self._create(request, body.decode())
        chance = self.chance.random()
        if create is not None and chance < self.fails:
            response = Response("{}", 500)
        else:
            response = await self._forward(request, body)
        chance -= self.fails
        if 0 <= chance < self.loses_replies:
            await asyncio.sleep(HOLD_SECS)
        if create is not None and 0 <= chance - self.loses_replies < self.fails_late:
            response = Response("{}", 500)
        await response(scope, receive, send)

    def _create(self, request: Request, body: str) -> Create | None:
        if request.method != "POST" or not request.url.path.endswith("/Calls.json"):
            return None
        form = parse_qs(body)
        status_url = urlsplit(form["StatusCallback"][0])
        create = Create(to=form["To"][0], call_id=parse_qs(status_url.query)["call"][0])
        self.creates.append(create)
        return create

    async def _forward(self, request: Request, body: bytes) -> Response:
        wanted = ("authorization", "content-type")
        answer = await self._client.request(
            request.method,
            request.url.path,
            params=request.query_params,
            content=body,
            headers={name: request.headers[name] for name in wanted if name in request.headers},
        )
        kind = answer.headers.get("content-type")
        return Response(answer.content, answer.status_code, media_type=kind)


@dataclass(kw_only=True)
class Service:
    """`trunkline serve`, in haste; always on the same port."""

    env: dict[str, str]
    port: int
    folder: Path
    process: ForkServerProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *, wait: bool = True) -> None:
        """Returns when the service answers."""
        arguments = (("serve", "--port", str(self.port)), self.env, self.folder, self.log)
        self.process = FORKS.Process(target=run_command, args=arguments, daemon=True)
        self.process.start()
        if wait:
            await until(self._answers, within_secs=30, look_secs=0.05)

    @property
    def log(self) -> Path:
        return self.folder / "serve.log"

    async def kill(self) -> None:
        """kill -9"""
        assert self.process is not None
        self.process.kill()
        await until(lambda: self.process.exitcode is not None, within_secs=10, look_secs=0.02)
        assert self.process.exitcode == -signal.SIGKILL, self.log.read_text()[-3000:]
        self.process.close()

    async def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.exitcode is None, self.log.read_text()[-3000:]
        async with loopback_client() as client:
            try:
                return (await client.get(f"{self.url}/health/live")).is_success
            except httpx.TransportError:
                return False


@dataclass(kw_only=True)
class System:
    """Everything a test may look at, or kill."""

    store: Store
    carrier: Carrier
    wire: Wire
    business: BusinessServer
    service: Service
    diallers: Diallers
    live: list[DiallerProcess] = field(default_factory=list)  # diallers

    async def start_worker(self) -> None:
        self.live.append(await self.diallers.start())

    async def kill_worker(self, which: int) -> None:
        """kill -9, and another one takes its place."""
        await self.live.pop(which).kill()
        await self.start_worker()

    async def kill_service(self) -> None:
        """kill -9, and it is started again."""
        await self.service.kill()
        await self.service.start()

    async def open_calls(self) -> list[CallRecord]:
        return await self.store.find_calls(open_only=True, limit=200)

    def dialled(self) -> dict[str, list[SimCall]]:
        """All calls that the carrier has made, by their number."""
        found = defaultdict(list)
        for call in self.carrier.calls.values():
            found[call.to_number].append(call)
        return found


@asynccontextmanager
async def open_system(
    *, database_url: str, store: Store, folder: Path, script: ModelScript, chance: random.Random
) -> AsyncIterator[System]:
    """Everything but the service and the diallers is up."""
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(
            RealtimeModelServer(script=script, voice=ToneVoice(), key="sk-test", manner=HASTY)
        )
        port = free_port()
        carrier = await stack.enter_async_context(
            Carrier(
                account_sid=ACCOUNT,
                auth_token=AUTH_TOKEN,
                phone_number=LINE,
                voice_url=f"{PUBLIC}/twilio/incoming",
                status_callback=f"{PUBLIC}/twilio/status",
                webhook_base=f"http://127.0.0.1:{port}",
            )
        )
        wire = Wire(carrier_url=carrier.url, chance=chance)
        wire_url = await stack.enter_async_context(wire.open())
        business = await stack.enter_async_context(BusinessServer(folder / "business.db"))
        settings = Settings(
            _env_file=None,
            openai_api_key="sk-test",
            openai_realtime_url=model.url,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=AUTH_TOKEN,
            twilio_phone_number=LINE,
            twilio_api_url=wire_url,
            twilio_calls_per_second=100.0,
            public_url=PUBLIC,
            business_api_base=business.url,
            database_url=database_url,
            trunkline_api_key=API_KEY,
            trunkline_url=f"http://127.0.0.1:{port}",
            var_dir=folder,
            prepare_lines=False,
            max_calls=50,
        )
        env = environment(settings)
        diallers = Diallers(
            database_url=database_url,
            far_url="",
            folder=folder,
            in_haste=True,
            environment=env,
        )
        service = Service(env=env, port=port, folder=folder)
        system = System(
            store=store,
            carrier=carrier,
            wire=wire,
            business=business,
            service=service,
            diallers=await stack.enter_async_context(diallers),
        )
        try:
            yield system
        finally:
            if service.process is not None:
                await service.kill()


async def assert_nobody_lost_or_called_twice(
    system: System, batch_id: str, *, calls_each: int, at_once: int
) -> None:
    """What holds of a batch that is done, by what the carrier saw and by the records."""
    store = system.store
    contacts = await store.batches.find_contacts(batch_id, limit=100_000)
    attempts = await store.ledger.of_batch(batch_id)
    assert {contact.state for contact in contacts} == {"done"}
    assert {attempt.state for attempt in attempts} == {"ended"}
    assert await system.open_calls() == []
    _by_attempt(
        system.wire.creates,
        attempts,
        {create.call_id: await store.get_call(create.call_id) for create in system.wire.creates},
    )
    dialled = system.dialled()
    often = {number: len(calls) for number, calls in dialled.items() if len(calls) > calls_each}
    assert not often, "called more often than may be"
    spans = []
    for calls in dialled.values():
        of_number = sorted(_span(call) for call in calls)
        for (_, ended_at), (begun_at, _) in zip(of_number, of_number[1:], strict=False):
            assert ended_at <= begun_at, "two calls to one number at a time"
        spans += of_number
    for begun_at, _ in spans:
        assert sum(begun <= begun_at < ended for begun, ended in spans) <= at_once


def _by_attempt(
    creates: Sequence[Create],
    attempts: Sequence[AttemptRecord],
    records: dict[str, CallRecord | None],
) -> None:
    """Each request belongs to a record with a key, each key is an attempt, and none has two."""
    keys = [record.key for record in records.values() if record is not None]
    assert len(keys) == len(records) == len(creates), "a call was asked for twice, or by nobody"
    assert len(set(keys)) == len(keys)
    assert set(keys) <= {attempt.id for attempt in attempts}


def _span(call: SimCall) -> tuple[datetime, datetime]:
    assert call.ended_at is not None
    return call.created_at, call.ended_at
