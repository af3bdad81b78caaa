"""The one place where adapters are built and joined."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import SecretStr
from starlette.requests import ClientDisconnect

from bot.batch_services import join_batch_services, plan_writer_of
from bot.batches.ring_backs import RecentContacts
from bot.brains import Brain, Clips, find_brain
from bot.brains.catalog import open_brains
from bot.businesses import open_business
from bot.calls import (
    KEY,
    Admission,
    CallFactory,
    CallRunner,
    CallService,
    CarrierCallbacks,
    CarrierTeardown,
    CurrentAgents,
    Feed,
    HealthStatus,
    InboundCalls,
    LoopLag,
    NoPeers,
    OptOuts,
    OutboundCalls,
    PeerWorkers,
    Preparing,
    Recovery,
    Registry,
    SharedServices,
    Troubles,
    Watch,
    admission,
)
from bot.calls.watch import LOOK_SECS
from bot.carriers import Carrier, parse_target
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.rest import TwilioCarrier
from bot.carriers.twilio.routes import routes
from bot.carriers.twilio.signatures import TwilioSignatures
from bot.carriers.twilio.stream_route import stream_route
from bot.carriers.twilio.text_routes import text_routes
from bot.child import Children
from bot.clock import utcnow
from bot.extensions import load_pipelines
from bot.far_sides import faults_outside, open_outside
from bot.front_desk import open_front_desk
from bot.live_agents import live_agents
from bot.server.acknowledge import acknowledge
from bot.server.api import Declined, api, declined, wrong_shape
from bot.server.batch_reports import batch_reports
from bot.server.batches import LiveCallsHere, batches
from bot.server.entrance import Entrance, cut_off
from bot.server.guard import Guard
from bot.server.health import health
from bot.server.messages import messages
from bot.server.metrics import metrics
from bot.server.refusing import database_away
from bot.server.suppressions import suppressions
from bot.server.webhooks import webhooks
from bot.store import Store, StoreError
from config import Agent, Settings, SettingsError
from pipelines import PipelineSpec
from processors.listening.silero import SileroModel

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
    calls: CallService
    registry: Registry
    settle_in: Callable[[], Awaitable[None]]  # start-up work, done in the background
    watch: Callable[[], Awaitable[None]]  # checks in the background, until the service stops
    outbox: Callable[[], Awaitable[None]]  # likewise: tells the outside what it is to hear
    drain_secs: float  # how long calls in their middle get to come to an end by themselves


@dataclass(frozen=True, kw_only=True)
class WorkerContext:
    """One worker's place among several that are one service."""

    worker: int  # from 0
    admission: Admission  # its share
    peers: PeerWorkers
    standing: Callable[[], HealthStatus]  # of the whole service
    since: datetime  # when the service began
    replaced_at: datetime | None  # when it took the place of one that died; None: it is the first


@asynccontextmanager
async def open_service(
    settings: Settings,
    *,
    pipelines: Mapping[str, PipelineSpec] | None = None,
    context: WorkerContext | None = None,
) -> AsyncIterator[Service]:
    """Builds the service from its settings; on exit everything it holds is let go.

    `pipelines` are those that agent files may name; None: the shipped ones, and those that the
    settings and installed packages add.
    `context` is None where one process is the whole service.

    Raises:
        SettingsError, AgentError, StoreError: before anything is served.
    """
    settings.require(*NEEDED)
    pipelines = pipelines or load_pipelines(settings)
    brains = open_brains(settings)
    our_number = _number("TWILIO_PHONE_NUMBER", settings.twilio_phone_number)
    human = _number("HUMAN_TRANSFER_NUMBER", settings.human_transfer_number)
    opened_at = utcnow()
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.database_url)
        stack.push_async_callback(store.close)
        agents = await stack.enter_async_context(
            live_agents(
                settings,
                pipelines=pipelines,
                brains=brains,
                store=store,
                # One that takes the place of a worker that died is not kept from it by a file.
                last_good=context is not None and context.replaced_at is not None,
            )
        )
        carrier = carrier_of(settings)
        stack.push_async_callback(carrier.aclose)
        business = await stack.enter_async_context(open_business(settings))
        outside = await stack.enter_async_context(open_outside(settings, agents, pipelines))
        agents.faults_elsewhere = partial(faults_outside, outside=outside, pipelines=pipelines)
        opt_outs = OptOuts(store.suppressions)
        stack.push_async_callback(opt_outs.finish)
        front_desk = await stack.enter_async_context(
            open_front_desk(
                settings, store=store, agents=agents, carrier=carrier, opt_outs=opt_outs
            )
        )
        worker = context.worker if context else None
        troubles = Troubles()
        teardown = CarrierTeardown(carrier=carrier, human=human, troubles=troubles)
        loop_lag = LoopLag()
        registry = Registry(
            admission=context.admission if context else admission_of(settings),
            loop_lag=loop_lag,
            troubles=troubles,
            refused_files=lambda: agents.refused,
        )
        clips = Clips(settings.var_dir / "clips")
        preparing = Preparing(clips=clips, brains=brains)
        stack.push_async_callback(preparing.stop)
        runner = CallRunner(
            registry=registry,
            carrier=carrier,
            teardown=teardown,
            shared=SharedServices(
                brains=brains,
                business=business,
                opt_outs=opt_outs,
                clips=clips,
                human_available=human is not None,
                messages_of=front_desk.messages_of,
                texts_of=front_desk.texts_of,
            ),
            on_new_voice=preparing.begin if settings.prepare_lines else None,
        )
        recovery = Recovery(store=store, carrier=carrier, agents=agents, brains=brains)
        factory = CallFactory(
            store=store,
            pipelines=pipelines,
            brains=brains,
            feed=Feed(),
            human=human,
            worker=worker,
            outside_tools=outside.tools,
        )
        calls = _call_service(
            agents=agents,
            usual_agent=settings.inbound_agent,
            our_number=our_number or "",
            registry=registry,
            runner=runner,
            teardown=teardown,
            recovery=recovery,
            carrier=carrier,
            store=store,
            factory=factory,
            peers=context.peers if context else NoPeers(),
        )
        signatures = TwilioSignatures(
            auth_tokens=_plain(settings.twilio_auth_token), public_url=settings.public_url
        )
        watch = Watch(
            troubles=troubles,
            store=store,
            carrier=carrier,
            check_model=partial(_check_model, brains),
            models=_models(agents.values(), settings.inbound_agent),
        )
        services = join_batch_services(
            settings,
            store=store,
            agents=agents,
            brains=brains,
            pipelines=pipelines,
            live_calls=LiveCallsHere(calls),
            apart=Children(),
        )
        await services.intake.drop_unfinished()
        _warm_up(brains)
        web = _web(
            Guard(api_keys=_plain((settings.trunkline_api_key,))),
            routes(calls, signatures, _addresses(settings)),
            text_routes(front_desk.texts, signatures),
            stream_route(calls, signatures),
            api(calls, store),
            batches(services.batches),
            batch_reports(services.intake, plan_writer_of(settings, services), services.reports),
            suppressions(services.suppressions),
            messages(front_desk.book, store),
            acknowledge(front_desk.book, store, front_desk.links),
            webhooks(store, front_desk.outbox.nudge),
            health(context.standing if context else registry.standing),
            metrics(context.standing if context else registry.standing, store),
        )

        async def settle_in() -> None:
            once_for_all = context is None or context.worker == 0
            async with asyncio.TaskGroup() as tasks:
                if once_for_all:
                    tasks.create_task(
                        recovery.recover(registry, until=context.since if context else opened_at)
                    )
                if context is not None and context.replaced_at is not None:
                    tasks.create_task(
                        recovery.recover(registry, until=context.replaced_at, worker=context.worker)
                    )
                if settings.prepare_lines and once_for_all:
                    await watch.looked.wait()
                    if KEY not in troubles:
                        tasks.create_task(preparing.prepare(agents.values()))

        await stack.enter_async_context(loop_lag.beating())  # no call is held up before
        yield Service(
            web=web,
            calls=calls,
            registry=registry,
            settle_in=settle_in,
            watch=partial(_at_once, watch.run, agents.watch),
            outbox=front_desk.outbox.run,
            drain_secs=settings.drain_secs,
        )


async def _at_once(*works: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for work in works:
            tasks.create_task(work())


def _warm_up(brains: Mapping[str, Brain]) -> None:
    SileroModel.shared()  # 40 ms that no caller should wait for, and 30 more:
    for brain in brains.values():
        brain.prepare()


def _call_service(
    *,
    agents: CurrentAgents,
    usual_agent: str,
    our_number: str,
    registry: Registry,
    runner: CallRunner,
    teardown: CarrierTeardown,
    recovery: Recovery,
    carrier: Carrier,
    store: Store,
    factory: CallFactory,
    peers: PeerWorkers,
) -> CallService:
    return CallService(
        inbound=InboundCalls(
            agents=agents,
            usual_agent=usual_agent,
            our_number=our_number,
            registry=registry,
            runner=runner,
            teardown=teardown,
            store=store,
            factory=factory,
            peers=peers,
            ring_backs=RecentContacts(store),
        ),
        outbound=OutboundCalls(
            agents=agents,
            our_number=our_number,
            registry=registry,
            runner=runner,
            carrier=carrier,
            store=store,
            factory=factory,
        ),
        callbacks=CarrierCallbacks(
            agents=agents,
            usual_agent=usual_agent,
            registry=registry,
            runner=runner,
            teardown=teardown,
            recovery=recovery,
            store=store,
            factory=factory,
            peers=peers,
        ),
        registry=registry,
        peers=peers,
        feed=factory.feed,
    )


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs the work for as long as this is entered."""
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


def carrier_of(settings: Settings) -> TwilioCarrier:
    """The carrier, by the account of the settings."""
    has_key = bool(settings.twilio_api_key_sid)
    return TwilioCarrier(
        account_sid=settings.twilio_account_sid,
        addresses=_addresses(settings),
        auth_token=None if has_key else settings.twilio_auth_token[0].get_secret_value(),
        api_key_sid=settings.twilio_api_key_sid or None,
        api_key_secret=settings.twilio_api_key_secret.get_secret_value() or None,
        api_url=settings.twilio_api_url,
    )


def _addresses(settings: Settings) -> Addresses:
    return Addresses(public_url=settings.public_url)


def _web(guard: Guard, *routers: APIRouter) -> FastAPI:
    web = FastAPI(title="Trunkline", version=version("trunkline"), docs_url=None, redoc_url=None)
    web.add_middleware(Entrance, has_key=guard.has_key)
    web.add_exception_handler(ClientDisconnect, cut_off)
    web.add_exception_handler(StoreError, database_away)
    web.add_exception_handler(RequestValidationError, wrong_shape)
    web.add_exception_handler(Declined, declined)
    for router in routers:
        web.include_router(router)
    return web


async def _check_model(brains: Mapping[str, Brain], brain: str, model: str) -> None:
    await find_brain(brain, brains).check_model(model, within_secs=LOOK_SECS)


def _models(agents: Iterable[Agent], inbound_agent: str) -> dict[tuple[str, str], bool]:
    """The models there are, by brain and name, and whether one who answers the phone speaks with
    it."""
    models: dict[tuple[str, str], bool] = {}
    for agent in agents:
        answers = agent.name == inbound_agent or bool(agent.numbers)
        key = agent.brain, agent.model
        models[key] = answers or models.get(key, False)
    return models


def _number(setting: str, value: str) -> str | None:
    try:
        return parse_target(value) if value else None
    except ValueError as error:
        raise SettingsError(f"{setting}: {error}") from error


def _plain(secrets: tuple[SecretStr, ...]) -> list[str]:
    return [secret.get_secret_value() for secret in secrets]
