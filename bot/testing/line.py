"""The whole service on loopback sockets with the far side of each of its wires: calls run through a
pipeline without a phone.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from xml.etree import ElementTree

import httpx
import uvicorn
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect

from bot.app import Service, open_service
from bot.lifecycle import server_for
from bot.simulator.business import BusinessServer
from bot.simulator.carrier import Carrier, messages
from bot.simulator.gemini import GeminiModelServer
from bot.simulator.loopback_client import loopback_client
from bot.simulator.model import Manner, ModelScript, RealtimeModelServer
from bot.simulator.voices import Voice
from bot.testing.rest_tap import RestTap
from bot.testing.voices import RulerVoice
from config import Settings
from pipelines import PipelineSpec

ACCOUNT = "AC" + "0" * 32
AUTH_TOKEN = "carrier-secret"
API_KEY = "api-secret-of-the-tests"
LINE = "+15550001111"
CALLER = "+15552223333"
HUMAN = "+15559990000"
PUBLIC = "https://line.example"
STREAM = "wss://line.example/twilio/stream"

# A model that thinks fast, for tests that are not about its pace.
HASTY = Manner(first_audio_after_secs=0.05, transcript_after_secs=0.05, end_of_turn_ms=200)


def agent_file(
    *tables: str,
    pipeline: str = "reception",
    first_line: str = "Hello.",
    grace_secs: float = 0.3,
    sorry: str = "Sorry.",
    outcome: str = "{ summary = false }",
    time_limit: str = "Time is up. Goodbye.",
) -> str:
    """An agent of few words and short patience, as TOML; `tables` are appended."""
    head = (
        f'pipeline = "{pipeline}"\ninstructions = "Be brief."\nfirst_line = "{first_line}"\n'
        f"goodbye = {{ grace_secs = {grace_secs} }}\noutcome = {outcome}\n"
        f'lines = {{ sorry = "{sorry}", hold = "Hold.", busy = "Busy.", '
        f'time_limit = "{time_limit}" }}\n'
    )
    return "\n".join((head, *tables))


NOWHERE = "ws://127.0.0.1:9/nowhere"  # of the vendors that nobody speaks with
_ADDRESSES = {"openai": "openai_realtime_url", "gemini": "gemini_live_url"}
Serving = Callable[[Settings], AbstractAsyncContextManager[str]]


def voice_form(call_sid: str, **fields: str) -> dict[str, str]:
    """The fields of a voice webhook about an inbound call."""
    return {
        "AccountSid": ACCOUNT,
        "CallSid": call_sid,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "From": CALLER,
        "To": LINE,
        **fields,
    }


def stream_parameters(twiml: str) -> dict[str, str]:
    """The <Parameter>s of the <Stream> in this document."""
    found = ElementTree.fromstring(twiml).iter("Parameter")
    return {parameter.attrib["name"]: parameter.attrib["value"] for parameter in found}


async def begin_stream(
    socket: ClientConnection, call_sid: str, parameters: Mapping[str, str]
) -> None:
    """Say `connected` and `start` as the carrier does."""
    start = messages.start(
        account_sid=ACCOUNT, call_sid=call_sid, stream_sid=f"MZ{call_sid}", parameters=parameters
    )
    await socket.send(json.dumps(messages.connected()))
    await socket.send(json.dumps({**start, "sequenceNumber": "1"}))


def sign(url: str, form: Mapping[str, str], token: str = AUTH_TOKEN) -> str:
    """X-Twilio-Signature of a request to this public URL."""
    signature: str = RequestValidator(token).compute_signature(url, dict(form))
    return signature


@dataclass(kw_only=True)
class Line:
    """Everything a test may look at."""

    carrier: Carrier
    model: RealtimeModelServer
    business: BusinessServer
    api: httpx.AsyncClient  # with our API key
    url: str  # where the service really listens
    settings: Settings
    rest: RestTap  # what the service asked of the carrier

    async def webhook(
        self, path: str, form: Mapping[str, str], *, signature: str | None = None
    ) -> httpx.Response:
        """POST as the carrier would, signed unless another signature is given ("": none)."""
        given = sign(f"{PUBLIC}{path}", form) if signature is None else signature
        headers = {"X-Twilio-Signature": given} if given else {}
        async with loopback_client(base_url=self.url) as client:
            return await client.post(path, data=dict(form), headers=headers)

    @asynccontextmanager
    async def stream(self, *, signature: str | None = None) -> AsyncIterator[ClientConnection]:
        """A media websocket, signed as the carrier's unless another signature is given."""
        given = sign(STREAM, {}) if signature is None else signature
        async with connect(
            f"{self.url.replace('http', 'ws')}/twilio/stream",
            additional_headers={"X-Twilio-Signature": given} if given else {},
            compression=None,
            proxy=None,
        ) as socket:
            yield socket

    async def call(self, call_id: str) -> dict[str, Any]:
        """GET /calls/{id}."""
        response = await self.api.get(f"/calls/{call_id}")
        response.raise_for_status()
        record: dict[str, Any] = response.json()
        return record

    async def until(
        self, call_id: str, holds: Callable[[dict[str, Any]], bool], *, within_secs: float = 15.0
    ) -> dict[str, Any]:
        """The record of a call, as soon as it exists and `holds`."""
        return await self._until(call_id, holds, within_secs, longest_pause_secs=0.05)

    async def ended(self, call_id: str, *, within_secs: float = 20.0) -> dict[str, Any]:
        """The record of a call once all of it is stored: ending, last words and summary."""

        def is_whole(record: dict[str, Any]) -> bool:
            return record["outcome"] is not None and record["outcome"]["summary"] is not None

        return await self._until(call_id, is_whole, within_secs, longest_pause_secs=0.5)

    async def _until(
        self,
        call_id: str,
        holds: Callable[[dict[str, Any]], bool],
        within_secs: float,
        *,
        longest_pause_secs: float,
    ) -> dict[str, Any]:
        pause_secs = 0.05
        async with asyncio.timeout(within_secs):
            while True:
                response = await self.api.get(f"/calls/{call_id}")
                record: dict[str, Any] = response.json() if response.status_code == 200 else {}
                if record and holds(record):
                    return record
                await asyncio.sleep(pause_secs)
                pause_secs = min(1.5 * pause_secs, longest_pause_secs)


@asynccontextmanager
async def open_line(
    folder: Path,
    *,
    script: ModelScript | None = None,
    manner: Manner | None = None,
    voice: Voice | None = None,
    agents: Mapping[str, str] | None = None,
    pipelines: Mapping[str, PipelineSpec] | None = None,
    serving: Serving | None = None,
    brain: str = "openai",
    **overrides: Any,
) -> AsyncIterator[Line]:
    """The service with its simulated surroundings; its database and files are in `folder`.

    The model answers as `script` and `manner` say, in `voice` (None: in noise that lasts as long
    as its words would); it is of the vendor of this `brain`. `agents` are files (name -> TOML)
    beside those that ship; `serving` runs the service for as long as it is entered and tells its
    URL (None: in this process, with these `pipelines`, or those of the settings); `overrides` are
    settings.
    """
    async with AsyncExitStack() as stack:
        voice = voice or RulerVoice()
        if agents:
            overrides["trunkline_agents"] = _agent_folder(folder, agents)
        far_model = GeminiModelServer if brain == "gemini" else RealtimeModelServer
        model = await stack.enter_async_context(
            far_model(script=script, voice=voice, key="sk-test", manner=manner)
        )
        carrier = await stack.enter_async_context(
            Carrier(
                account_sid=ACCOUNT,
                auth_token=AUTH_TOKEN,
                phone_number=LINE,
                voice_url=f"{PUBLIC}/twilio/incoming",
                status_callback=f"{PUBLIC}/twilio/status",
                text_url=f"{PUBLIC}/twilio/text",
            )
        )
        rest = RestTap(carrier_url=carrier.url)
        rest_url = await stack.enter_async_context(rest.open())
        business = await stack.enter_async_context(BusinessServer(folder / "business.db"))
        settings = Settings(
            _env_file=None,
            **{
                "openai_api_key": "sk-test",
                "gemini_api_key": "sk-test",
                **dict.fromkeys(_ADDRESSES.values(), NOWHERE),
                _ADDRESSES.get(brain, _ADDRESSES["openai"]): model.url,
                "twilio_account_sid": ACCOUNT,
                "twilio_auth_token": AUTH_TOKEN,
                "twilio_phone_number": LINE,
                "twilio_api_url": rest_url,
                "public_url": PUBLIC,
                "business_api_base": business.url,
                "human_transfer_number": HUMAN,
                "database_url": f"sqlite:///{folder}/trunkline.db",
                "trunkline_api_key": API_KEY,
                "var_dir": folder,
                "prepare_lines": False,  # calls would meet the session that renders them
                **overrides,
            },
        )
        opened = serving(settings) if serving else served(settings, pipelines)
        url = await stack.enter_async_context(opened)
        carrier.webhook_base = url
        api = await stack.enter_async_context(
            loopback_client(
                base_url=url,
                headers={"Authorization": f"Bearer {API_KEY}"},
                timeout=50,  # a file is read by a process that lets all others go first
            )
        )
        yield Line(
            carrier=carrier,
            model=model,
            business=business,
            api=api,
            url=url,
            settings=settings,
            rest=rest,
        )


class OpenLine(Protocol):
    """The fixture `open_line`: `open_line` of this file, with a folder of the test's own."""

    def __call__(
        self,
        *,
        script: ModelScript | None = None,
        manner: Manner | None = None,
        voice: Voice | None = None,
        agents: Mapping[str, str] | None = None,
        pipelines: Mapping[str, PipelineSpec] | None = None,
        **overrides: Any,
    ) -> AbstractAsyncContextManager[Line]: ...


def _agent_folder(folder: Path, agents: Mapping[str, str]) -> Path:
    home = folder / "agents"
    home.mkdir(exist_ok=True)
    for name, toml in agents.items():
        (home / f"{name}.toml").write_text(toml, encoding="utf-8")
    return home


@asynccontextmanager
async def served(
    settings: Settings, pipelines: Mapping[str, PipelineSpec] | None = None
) -> AsyncIterator[str]:
    """The service in this process, for as long as this is entered: its URL."""
    async with open_service(settings, pipelines=pipelines) as service, serving(service) as url:
        yield url


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[str]:
    """Serves an open service for as long as this is entered: its URL."""
    server = server_for(service, host="127.0.0.1", port=0)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{_port(server)}"
    finally:
        await service.calls.drain(within_secs=0.0)
        server.should_exit = True
        await running


def _port(server: uvicorn.Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
