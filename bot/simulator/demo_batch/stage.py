"""The stage: the real service and dialler as processes, and the far sides of all their wires."""

import datetime as dt
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.simulator.business import BusinessServer
from bot.simulator.carrier import Carrier, Event, SimCall
from bot.simulator.demo.cast import Cast
from bot.simulator.demo.service import (
    ServiceFailed,
    ServiceProcess,
    running_beside,
    running_service,
)
from bot.simulator.demo.stage import ACCOUNT, HUMAN, LINE, PUBLIC
from bot.simulator.demo_batch.paper import Booked
from bot.simulator.demo_batch.people import DemoPerson
from bot.simulator.demo_batch.takes import Take
from bot.simulator.loopback_client import loopback_client
from bot.simulator.loopback_server import LoopbackServer
from bot.simulator.model import ModelScript, RealtimeModelServer

CLINIC_TIMES = tuple(f"{hour:02}:{half}" for hour in range(9, 17) for half in ("00", "30"))
AS_MANY_AS_IT_TAKES = "50"


@dataclass(kw_only=True)
class Results:
    """The sender's own system, which is told what became of everybody."""

    told: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.told.append(json.loads(await Request(scope, receive).body()))
        await Response(status_code=204)(scope, receive, send)


class Phones:
    """Gives each call to somebody the next of their takes: at the carrier, and to the model."""

    def __init__(self, people: Sequence[DemoPerson], cast: Cast) -> None:
        self._by_number = {person.number: person for person in people}
        self._voice = cast.caller
        self._calls = dict.fromkeys(self._by_number, 0)  # that have ended

    def plug_in(self, carrier: Carrier) -> None:
        for person in self._by_number.values():
            self._wait_for_call(carrier, person)

    def saw(self, carrier: Carrier, call: SimCall, event: Event) -> None:
        """The carrier tells what happens: after each call the next one will be another."""
        person = self._by_number.get(call.to_number)
        if event.kind == "ended" and person is not None:
            self._calls[person.number] += 1
            self._wait_for_call(carrier, person)

    def script_for(self, instructions: str) -> ModelScript:
        """By whom the agent has to tell something."""
        for person in self._by_number.values():
            if person.name in instructions and person.takes:
                return self._take(person).script()
        return ModelScript()

    def _wait_for_call(self, carrier: Carrier, person: DemoPerson) -> None:
        if person.takes:
            carrier.answer(person.number, self._take(person).performed(self._voice))

    def _take(self, person: DemoPerson) -> Take:
        return person.takes[min(self._calls[person.number], len(person.takes) - 1)]


@dataclass(frozen=True, kw_only=True)
class BatchStage:
    """All is up; nobody has been called."""

    carrier: Carrier
    business: BusinessServer
    results: Results
    results_url: str
    service: ServiceProcess
    dialler: ServiceProcess
    api: httpx.AsyncClient
    folder: Path

    async def ask(self, path: str, **query: Any) -> Any:
        """GET of the service."""
        try:
            answer = await self.api.get(path, params=query)
        except httpx.TransportError as error:
            self.service.check_alive()
            raise ServiceFailed(f"The service does not answer: {error!r}") from error
        self.dialler.check_alive()
        if answer.is_error:
            raise ServiceFailed(f"GET {path} was answered {answer.status_code}: {answer.text}")
        return answer.json()

    async def book(self, people: Sequence[DemoPerson], first_day: dt.date) -> Booked:
        """Makes an appointment for everybody, on the day they are to have it."""
        free = {
            ahead: [((first_day + dt.timedelta(days=ahead)).isoformat(), at) for at in CLINIC_TIMES]
            for ahead in (1, 2, 3)
        }
        booked = {}
        async with loopback_client(base_url=self.business.url) as client:
            for person in people:
                for name in filter(None, (person.name, person.household)):
                    ahead = next(a for a in range(person.day, 4) if free[a])
                    day, time = free[ahead].pop(0)
                    booked[name] = (await _booked(client, name, day, time), day, time)
        return booked

    async def diary(self, booked: Booked) -> dict[str, str]:
        """How each appointment stands at the business: id -> state."""
        async with loopback_client(base_url=self.business.url) as client:
            answers = [await client.get(f"/appointments/{one}") for one, _, _ in booked.values()]
        return {answer.json()["id"]: answer.json()["state"] for answer in answers}

    async def cancel_at_business(self, appointment: str) -> None:
        """Somebody rings the clinic."""
        async with loopback_client(base_url=self.business.url) as client:
            answer = await client.post(
                f"/appointments/{appointment}/cancel", headers={"Idempotency-Key": "by-phone"}
            )
            answer.raise_for_status()


async def _booked(client: httpx.AsyncClient, name: str, day: str, time: str) -> str:
    answer = await client.post(
        "/appointments",
        json={"name": name, "day": day, "time": time},
        headers={"Idempotency-Key": f"booked-{name}"},
    )
    answer.raise_for_status()
    return str(answer.json()["id"])


@asynccontextmanager
async def open_stage(
    people: Sequence[DemoPerson], cast: Cast, folder: Path, *, begin: dt.datetime
) -> AsyncIterator[BatchStage]:
    """Everything, with its data in `folder`; the dialler's clock begins at `begin`.

    The service is still starting when this is entered: await `stage.service.until_ready()`.
    """
    openai_key, auth_token, api_key, results_secret = (secrets.token_hex(16) for _ in range(4))
    phones = Phones(people, cast)
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(
            RealtimeModelServer(
                script=phones.script_for,
                voice=cast.agent,
                key=openai_key,
                manner=replace(cast.manner, keeps_audio=False),
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
                watcher=lambda call, event: phones.saw(carrier, call, event),
            )
        )
        phones.plug_in(carrier)
        business = await stack.enter_async_context(BusinessServer(folder / "business.db"))
        results = Results()
        receiver = await stack.enter_async_context(LoopbackServer(results))
        settings = {
            "OPENAI_API_KEY": openai_key,
            "OPENAI_REALTIME_URL": model.url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": auth_token,
            "TWILIO_PHONE_NUMBER": LINE,
            "TWILIO_API_URL": carrier.url,
            "TWILIO_CALLS_PER_SECOND": "10",
            "PUBLIC_URL": PUBLIC,
            "BUSINESS_API_BASE": business.url,
            "HUMAN_TRANSFER_NUMBER": HUMAN,
            "MAX_CALLS": AS_MANY_AS_IT_TAKES,
            "RESULTS_SECRET": results_secret,
            "TRUNKLINE_API_KEY": api_key,
            "DATABASE_URL": f"sqlite:///{folder}/trunkline.db",
            "TRUNKLINE_VAR": str(folder),
        }
        service = await stack.enter_async_context(running_service(settings, folder))
        carrier.webhook_base = service.url
        api = await stack.enter_async_context(
            loopback_client(
                base_url=service.url,
                headers={"Authorization": f"Bearer {api_key}"},
                timeout=30.0,
            )
        )
        await service.until_ready()
        dialler = await stack.enter_async_context(
            running_beside(
                service, "dialler", "--leaping-from", begin.isoformat(), log_name="dialler.log"
            )
        )
        yield BatchStage(
            carrier=carrier,
            business=business,
            results=results,
            results_url=f"{receiver.url}/results",
            service=service,
            dialler=dialler,
            api=api,
            folder=folder,
        )
