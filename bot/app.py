"""The one place where adapters are built and joined, with the files beside it that it calls."""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Mapping,
)
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import FastAPI

from bot.batch_services import join_batch_services, plan_writer_of
from bot.brains import Brain, Clips
from bot.brains.catalog import open_brains
from bot.brains_of_agents import require_keys
from bot.business import HttpBusiness
from bot.businesses import open_business
from bot.call_services import join_call_services, tasks_by_client
from bot.calls import (
    Admission,
    CallService,
    HealthStatus,
    NoPeers,
    OptOuts,
    PeerWorkers,
    Preparing,
    Registry,
    SharedServices,
    Watch,
    admission,
    key_of,
)
from bot.carriers.browser.lines import BrowserLines, WithBrowsers
from bot.carriers.browser.stream_route import browser_stream_route
from bot.carriers.twilio.person_routes import person_routes
from bot.carriers.twilio.recording_routes import recording_routes
from bot.carriers.twilio.routes import routes
from bot.carriers.twilio.stream_route import stream_route
from bot.carriers.twilio.text_routes import text_routes
from bot.child import Children
from bot.clock import utcnow
from bot.colleagues import open_colleagues
from bot.extensions import load_pipelines
from bot.far_sides import faults_outside, open_outside
from bot.front_desk import open_front_desk
from bot.knowledge_room import open_library
from bot.live_agents import live_agents
from bot.model_checks import check_model, models_of, models_with_another, reachable
from bot.operator_words import OperatorWords
from bot.phone_company import addresses_of, carrier_of, number_in, signatures_of
from bot.recorded_calls import open_recordings
from bot.retention import CHANNEL as RETENTION
from bot.retention import DailyRetention
from bot.server.acknowledge import acknowledge
from bot.server.api import api
from bot.server.batch_reports import batch_reports
from bot.server.batches import LiveCallsHere, batches
from bot.server.block_list import block_list
from bot.server.call_acts import call_acts
from bot.server.call_places import call_places
from bot.server.call_sound import call_sound
from bot.server.guard import Guard
from bot.server.health import health
from bot.server.messages import messages
from bot.server.metrics import metrics
from bot.server.passes import Passes
from bot.server.recordings import recordings
from bot.server.suppressions import suppressions
from bot.server.webhooks import webhooks
from bot.store.one_host import open_store, open_store_alone
from bot.traced_calls import traces_of_calls
from bot.web import open_console, reaching_into, web_of
from config import Settings, SettingsError
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
    colleagues: Callable[[], Awaitable[None]]  # likewise: for other processes
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
    brains = _warm_brains(settings)
    our_number = number_in("TWILIO_PHONE_NUMBER", settings.twilio_phone_number)
    human = number_in("HUMAN_TRANSFER_NUMBER", settings.human_transfer_number)
    opened_at = utcnow()
    # One that takes the place of a worker that died is not kept from it by a file.
    takes_a_place = context is not None and context.replaced_at is not None
    async with AsyncExitStack() as stack:
        # Of several workers their parent keeps a SQLite file for this machine.
        store = await stack.enter_async_context(
            (open_store if context else open_store_alone)(settings.database_url)
        )
        asking = await stack.enter_async_context(
            open_colleagues(store, near=context.peers if context else NoPeers())
        )
        agents = await stack.enter_async_context(
            live_agents(
                settings,
                pipelines=pipelines,
                brains=brains,
                store=store,
                last_good=takes_a_place,
                keeps_versions=False,  # before what they point to is found to be in order
            )
        )
        if not takes_a_place:  # else a file that is at fault is found below, with the others
            require_keys(agents.values(), brains, inbound_agent=settings.inbound_agent)
        phone_company = await stack.enter_async_context(aclosing(carrier_of(settings)))
        carrier = WithBrowsers(phone_company, BrowserLines())
        business = await stack.enter_async_context(open_business(settings))
        outside = await stack.enter_async_context(
            open_outside(settings, agents, pipelines, strict=not takes_a_place)
        )
        await agents.examine(
            partial(
                faults_outside,
                outside=outside,
                pipelines=pipelines,
                brains=brains,
                inbound_agent=settings.inbound_agent,
            )
        )
        library = await stack.enter_async_context(open_library(settings, store))
        opt_outs = OptOuts(store.suppressions)
        stack.push_async_callback(opt_outs.finish)
        recorded = await stack.enter_async_context(
            open_recordings(settings, store=store, carrier=phone_company.recordings)
        )
        front_desk = await stack.enter_async_context(
            open_front_desk(
                settings,
                store=store,
                agents=agents,
                carrier=phone_company,
                opt_outs=opt_outs,
                beside={
                    "recording": recorded,
                    RETENTION: DailyRetention(store=store, days=settings.retention_days),
                },
            )
        )
        preparing = Preparing(clips=Clips(settings.var_dir / "clips"), brains=brains)
        stack.push_async_callback(preparing.stop)
        lines = join_call_services(
            settings,
            store=store,
            pipelines=pipelines,
            agents=agents,
            carrier=carrier,
            our_number=our_number or "",
            human=human,
            shared=SharedServices(
                brains=brains,
                business=business,
                opt_outs=opt_outs,
                clips=preparing.clips,
                human_available=human is not None,
                messages_of=front_desk.messages_of,
                texts_of=front_desk.texts_of,
                recorder_of=recorded.recorder_of,
                numbers=business if isinstance(business, HttpBusiness) else None,
                find_words=(
                    OperatorWords(settings.recordings_words) if settings.recordings_words else None
                ),
                library=library,
            ),
            outside_tools=outside.tools,
            agent_for=recorded.notices.agent_for,
            on_new_voice=preparing.begin if settings.prepare_lines else None,
            admission=context.admission if context else admission_of(settings),
            worker=context.worker if context else None,
            peers=asking,
            colleagues=asking,
        )
        calls, registry, recovery = lines.calls, lines.registry, lines.recovery
        signatures = signatures_of(settings)
        watch = Watch(
            troubles=registry.troubles,
            store=store,
            carrier=carrier,
            check_model=partial(check_model, brains),
            models=reachable(models_of(agents.values(), settings.inbound_agent), brains),
            spared=models_with_another(agents.values()),
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
        standing = context.standing if context else registry.standing
        passes = Passes(settings.trunkline_api_key.get_secret_value())
        reaching = reaching_into(settings, store, calls, passes)
        console = stack.enter_context(
            open_console(
                settings,
                store,
                calls,
                agents,
                brains,
                services,
                standing,
                reaching,
                recorded,
                needed=NEEDED,
            )
        )
        web = web_of(
            console,
            Guard(api_keys=[settings.trunkline_api_key.get_secret_value()]),
            routes(calls, signatures, addresses_of(settings)),
            person_routes(calls, signatures, addresses_of(settings)),
            text_routes(front_desk.texts, signatures),
            recording_routes(recorded, signatures),
            stream_route(calls, signatures),
            browser_stream_route(calls, carrier.lines, console.door.may_act),
            api(calls, store, services.single_calls, reaching),
            call_acts(reaching),
            call_places(reaching),
            call_sound(calls, store, passes, console.door.still_acts),
            recordings(recorded, store),
            batches(services.batches),
            batch_reports(services.intake, plan_writer_of(settings, services), services.reports),
            suppressions(services.suppressions),
            block_list(store, agents),
            messages(front_desk.book, store),
            acknowledge(front_desk.book, store, front_desk.links),
            webhooks(store, front_desk.outbox.nudge),
            health(standing),
            metrics(standing, store),
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
                    tasks.create_task(
                        preparing.prepare(
                            [
                                agent
                                for agent in agents.values()
                                if key_of(agent.brain) not in registry.troubles
                            ]
                        )
                    )

        await stack.enter_async_context(lines.loop_lag.beating())  # no call is held up before
        await stack.enter_async_context(traces_of_calls(settings, feed=calls.feed, store=store))
        yield Service(
            web=web,
            calls=calls,
            registry=registry,
            settle_in=settle_in,
            watch=partial(
                _at_once,
                watch.run,
                agents.watch,
                console.run,
                partial(library.watch, partial(tasks_by_client, agents)),
            ),
            outbox=front_desk.outbox.run,
            colleagues=partial(asking.run, calls, web),
            drain_secs=settings.drain_secs,
        )


async def _at_once(*works: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for work in works:
            tasks.create_task(work())


def _warm_brains(settings: Settings) -> Mapping[str, Brain]:
    brains = open_brains(settings)
    SileroModel.shared()  # 40 ms that no caller should wait for, and 30 more:
    for brain in brains.values():
        brain.prepare()
    return brains


def admission_of(settings: Settings, *, workers: int = 1) -> Admission:
    """The rule of the whole service. Raises SettingsError."""
    try:
        return admission(settings.max_calls, settings.inbound_reserve, workers=workers)
    except ValueError as error:
        raise SettingsError(f"INBOUND_RESERVE: {error}") from error
