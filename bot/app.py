"""The one place where adapters are built and joined."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import SecretStr

from bot.business import HttpBusiness
from bot.calls import (
    Addresses,
    Admission,
    Attendant,
    Closing,
    Colleagues,
    Desk,
    Pulse,
    Registry,
    Standing,
    Supplies,
    admission,
    prepare_lines,
    recover,
    recover_own,
)
from bot.carriers import TwilioCarrier, TwilioSignatures, parse_target
from bot.realtime import Clips
from bot.server.api import api, wrong_shape
from bot.server.guard import Guard
from bot.server.health import health
from bot.server.media import media
from bot.server.webhooks import webhooks
from bot.store import Store
from config import SHIPPED, Agent, AgentError, Settings, SettingsError, read_agents
from pipelines import PIPELINES, PipelineSpec, UnknownPipeline, find_pipeline
from processors.farewells import compile_farewells
from processors.silero import SileroModel

NEEDED = (
    "openai_api_key",
    "twilio_account_sid",
    "twilio_auth_token",
    "public_url",
    "trunkline_api_key",
)


@dataclass(frozen=True, kw_only=True)
class Service:
    """The running service: what serves requests, and what lets it stop in order."""

    web: FastAPI
    desk: Desk
    registry: Registry
    settle_in: Callable[[], Awaitable[None]]  # work for the first minutes, beside serving


@dataclass(frozen=True, kw_only=True)
class Post:
    """One worker's place among several that are one service."""

    worker: int  # from 0
    admission: Admission  # its share
    colleagues: Colleagues
    standing: Callable[[], Standing]  # of the whole service
    since: datetime  # when the service began
    replaced_at: datetime | None  # when it took the place of one that died; None: it is the first


def load_agents(
    settings: Settings, pipelines: Mapping[str, PipelineSpec] = PIPELINES
) -> dict[str, Agent]:
    """The agents that ship and the operator's own, each of them fit for a call.

    Raises:
        AgentError, SettingsError.
    """
    folders = [SHIPPED] + ([settings.trunkline_agents] if settings.trunkline_agents else [])
    agents = dict(read_agents(*folders))
    if settings.inbound_agent not in agents:
        known = ", ".join(sorted(agents))
        raise SettingsError(f"INBOUND_AGENT names no agent; choose one of: {known}")
    for agent in agents.values():
        _check(agent, pipelines, answers=agent.name == settings.inbound_agent)
    return agents


def _check(agent: Agent, pipelines: Mapping[str, PipelineSpec], *, answers: bool) -> None:
    """Raises AgentError when the agent could not do what its file says."""
    try:
        spec = find_pipeline(agent.pipeline, pipelines)
        compile_farewells(agent.goodbye.patterns)
        for number in agent.numbers:
            if (written := parse_target(number)) != number:
                raise ValueError(f"numbers: write {written} for {number}")
    except (UnknownPipeline, ValueError) as error:
        raise AgentError(f"agent {agent.name}: {error}") from error
    if lacking := set(agent.tools or ()) - {tool.__name__ for tool in spec.tools}:
        names = ", ".join(sorted(lacking))
        raise AgentError(f"agent {agent.name}: its pipeline has no tool {names}")
    needed = agent.placeholders - agent.variables.keys()
    if needed and (answers or agent.numbers):
        names = ", ".join(sorted(needed))
        raise AgentError(
            f"agent {agent.name} answers the phone (INBOUND_AGENT, or its numbers) and needs what "
            f"no caller brings: give it [variables] {names}"
        )


@asynccontextmanager
async def open_service(
    settings: Settings,
    *,
    pipelines: Mapping[str, PipelineSpec] = PIPELINES,
    post: Post | None = None,
) -> AsyncIterator[Service]:
    """Builds the service from its settings; on exit everything it holds is let go.

    `pipelines` are those that agent files may name: the shipped ones, or an author's own.
    `post` is None where one process is the whole service.

    Raises:
        SettingsError, AgentError, StoreError: before anything is served.
    """
    settings.require(*NEEDED)
    agents = load_agents(settings, pipelines)
    our_number = _number("TWILIO_PHONE_NUMBER", settings.twilio_phone_number)
    human = _number("HUMAN_TRANSFER_NUMBER", settings.human_transfer_number)
    rule = admission_of(settings)
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.database_url)
        stack.push_async_callback(store.close)
        carrier = _carrier(settings)
        stack.push_async_callback(carrier.aclose)
        business = await stack.enter_async_context(HttpBusiness(settings.business_api_base))
        worker = post.worker if post else None
        addresses = _addresses(settings.public_url, worker)
        closing = Closing(carrier=carrier, human=human, dialled_url=addresses.dialled)
        pulse = Pulse()
        await stack.enter_async_context(_running(pulse.beat()))
        registry = Registry(admission=post.admission if post else rule, pulse=pulse)
        clips = Clips(settings.var_dir / "clips")
        openai_api_key = settings.openai_api_key.get_secret_value()
        attendant = Attendant(
            registry=registry,
            carrier=carrier,
            closing=closing,
            supplies=Supplies(
                business=business,
                clips=clips,
                human_available=human is not None,
            ),
            realtime_url=settings.openai_realtime_url,
            openai_api_key=openai_api_key,
        )
        desk = Desk(
            agents=agents,
            inbound_agent=settings.inbound_agent,
            our_number=our_number or "",
            registry=registry,
            attendant=attendant,
            closing=closing,
            carrier=carrier,
            store=store,
            addresses=addresses,
            pipelines=pipelines,
            worker=worker,
            colleagues=post.colleagues if post else None,
        )
        guard = Guard(
            signatures=TwilioSignatures(
                auth_tokens=_plain(settings.twilio_auth_token), public_url=settings.public_url
            ),
            api_keys=_plain((settings.trunkline_api_key,)),
        )
        SileroModel.shared()  # 40 ms that no caller should wait for
        web = FastAPI(title="Trunkline", version="0.1.0")
        web.add_exception_handler(RequestValidationError, wrong_shape)
        for router in (
            webhooks(desk, guard),
            media(desk, guard),
            api(desk, store, guard),
            health(post.standing if post else registry.standing),
        ):
            web.include_router(router)

        async def settle_in() -> None:
            once_for_all = post is None or post.worker == 0
            if once_for_all:
                until = post.since if post else None
                await recover(store=store, carrier=carrier, registry=registry, until=until)
            if settings.prepare_lines and once_for_all:
                await prepare_lines(
                    agents.values(),
                    clips=clips,
                    realtime_url=settings.openai_realtime_url,
                    openai_api_key=openai_api_key,
                )
            if post is not None and post.replaced_at is not None:
                await recover_own(
                    store=store,
                    carrier=carrier,
                    registry=registry,
                    worker=post.worker,
                    until=post.replaced_at,
                )

        yield Service(web=web, desk=desk, registry=registry, settle_in=settle_in)


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def admission_of(settings: Settings, *, workers: int = 1) -> Admission:
    """The rule of the whole service. Raises SettingsError."""
    try:
        return admission(settings.max_calls, settings.inbound_reserve, workers=workers)
    except ValueError as error:
        raise SettingsError(f"INBOUND_RESERVE: {error}") from error


def _carrier(settings: Settings) -> TwilioCarrier:
    has_key = bool(settings.twilio_api_key_sid)
    return TwilioCarrier(
        account_sid=settings.twilio_account_sid,
        auth_token=None if has_key else settings.twilio_auth_token[0].get_secret_value(),
        api_key_sid=settings.twilio_api_key_sid or None,
        api_key_secret=settings.twilio_api_key_secret.get_secret_value() or None,
        api_url=settings.twilio_api_url,
    )


def _addresses(public_url: str, worker: int | None) -> Addresses:
    parts = urlsplit(public_url)
    below = f"{public_url}/twilio"
    behind = "" if worker is None else f"/{worker}"
    return Addresses(
        incoming=f"{below}/incoming",
        stream=f"wss://{parts.netloc}{parts.path}/twilio/stream{behind}",
        status=f"{below}/status",
        stream_ended=f"{below}/stream-ended",
        dialled=f"{below}/dialled",
    )


def _number(setting: str, value: str) -> str | None:
    try:
        return parse_target(value) if value else None
    except ValueError as error:
        raise SettingsError(f"{setting}: {error}") from error


def _plain(secrets: tuple[SecretStr, ...]) -> list[str]:
    return [secret.get_secret_value() for secret in secrets]
