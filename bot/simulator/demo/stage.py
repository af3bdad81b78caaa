"""The stage of the demo: the real service, and the far side of each of its wires."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.simulator.business import BusinessServer
from bot.simulator.carrier import Answers, Carrier, Event, SimCall
from bot.simulator.demo.cast import Cast
from bot.simulator.demo.service import ServiceFailed, ServiceProcess, running_service
from bot.simulator.loopback_client import loopback_client
from bot.simulator.model import RealtimeModelServer
from bot.simulator.stories import Story

ACCOUNT = "AC" + "0" * 32
LINE = "+15550001111"
HUMAN = "+15559990000"
PUBLIC = "https://line.example"  # signed by the carrier, and served on loopback
TOLD_SECS = 5.0  # for the service to have written down a call that it was told of


@dataclass(kw_only=True)
class DemoStage:
    """All is up and waits for the first call. `watcher` is told what the carrier sees."""

    cast: Cast
    carrier: Carrier
    model: RealtimeModelServer
    business: BusinessServer
    service: ServiceProcess
    api: httpx.AsyncClient
    watcher: Callable[[SimCall, Event], None] = field(default=lambda call, event: None)

    async def begin(self, story: Story) -> SimCall:
        """The phone rings: here for an inbound story, at the other side for an outbound one."""
        self.model.script = story.script
        caller = self.cast.direct(story.caller)
        if story.direction == "inbound":
            return await self.carrier.dial(story.number, caller=caller)
        self.carrier.answer(story.number, Answers(ring_secs=story.ring_secs, caller=caller))
        order = {
            "to": story.number,
            "agent": story.agent,
            "variables": dict(story.variables),
        }
        response = await self._asked("POST", "/calls", json=order)
        if response.is_error:
            raise ServiceFailed(f"POST /calls was answered {response.status_code}: {response.text}")
        return self.carrier.calls[response.json()["call_sid"]]

    async def record(self, call: SimCall) -> dict[str, Any] | None:
        """GET /calls/{id}; None while the service has not written the call down yet."""
        response = await self._asked("GET", f"/calls/{call.sid}")
        if response.status_code == httpx.codes.NOT_FOUND and call.timeline.now_secs < TOLD_SECS:
            return None
        if response.is_error:
            raise ServiceFailed(f"GET /calls was answered {response.status_code}: {response.text}")
        record: dict[str, Any] = response.json()
        return record

    async def _asked(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return await self.api.request(method, path, **request)
        except httpx.TransportError as error:
            self.service.check_alive()
            raise ServiceFailed(f"The service does not answer: {error!r}") from error


@asynccontextmanager
async def open_stage(cast: Cast, folder: Path, agents: Path | None) -> AsyncIterator[DemoStage]:
    """Everything the stories need, with its data in `folder`.

    The service is still starting when this is entered: await `stage.service.until_ready()`.
    """
    openai_key, auth_token, api_key = (secrets.token_hex(16) for _ in range(3))
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(
            RealtimeModelServer(
                voice=cast.agent, ears=cast.ears, key=openai_key, manner=cast.manner
            )
        )
        carrier = await stack.enter_async_context(
            Carrier(
                account_sid=ACCOUNT,
                auth_token=auth_token,
                phone_number=LINE,
                voice_url=f"{PUBLIC}/twilio/incoming",
                status_callback=f"{PUBLIC}/twilio/status",
                say_voice=cast.agent,
                watcher=lambda call, event: stage.watcher(call, event),
            )
        )
        business = await stack.enter_async_context(BusinessServer(folder / "business.db"))
        settings = {
            "OPENAI_API_KEY": openai_key,
            "OPENAI_REALTIME_URL": model.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": auth_token,
            "TWILIO_PHONE_NUMBER": LINE,
            "TWILIO_API_URL": carrier.url,
            "PUBLIC_URL": PUBLIC,
            "BUSINESS_API_BASE": business.url,
            "HUMAN_TRANSFER_NUMBER": HUMAN,
            "TRUNKLINE_API_KEY": api_key,
            **_places(folder, agents),
        }
        service = await stack.enter_async_context(running_service(settings, folder))
        carrier.webhook_base = service.url
        api = await stack.enter_async_context(
            loopback_client(
                base_url=service.url,
                headers={"Authorization": f"Bearer {api_key}"},
            )
        )
        stage = DemoStage(
            cast=cast, carrier=carrier, model=model, business=business, service=service, api=api
        )
        yield stage


def _places(folder: Path, agents: Path | None) -> dict[str, str]:
    places = {
        "DATABASE_URL": f"sqlite:///{folder}/trunkline.db",
        "TRUNKLINE_VAR": str(folder),
    }
    return places | ({"TRUNKLINE_AGENTS": str(agents.resolve())} if agents else {})
