"""Where the adapters of a dialler, a process that dials batches, are built and joined."""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from loguru import logger

from bot.batch_services import rules_of
from bot.batches.clock import Clock, LeapingClock, SystemClock, leap_when_idle
from bot.batches.dialling.batch_monitor import BatchMonitor
from bot.batches.dialling.dialler import Dialler
from bot.batches.dialling.durable import Durable
from bot.batches.dialling.ended_calls import EndedCallWatcher
from bot.batches.dialling.engine import Checkpoint, Engine, no_checkpoint
from bot.batches.dialling.heartbeats import Heartbeats
from bot.batches.dialling.live_call_monitor import LiveCallMonitor
from bot.batches.dialling.notices import Notices
from bot.batches.dialling.outcome_reporter import OutcomeReporter
from bot.batches.dialling.service_client import ServiceClient
from bot.batches.gate.facts import Gate
from bot.batches.ring_backs import RingBackWatcher
from bot.brains.catalog import open_brains
from bot.businesses import open_business
from bot.calls import Recovery
from bot.extensions import load_pipelines
from bot.front_desk import subscribe
from bot.live_agents import live_agents
from bot.phone_company import carrier_of
from bot.signals import is_hangup, stop_signals
from bot.store.one_host import open_store_alone
from bot.tasks import running
from config import Settings

NEEDED = ("twilio_account_sid", "twilio_auth_token", "trunkline_api_key")


@asynccontextmanager
async def open_dialler(
    settings: Settings, *, clock: Clock | None = None, checkpoint: Checkpoint = no_checkpoint
) -> AsyncIterator[Dialler]:
    """Builds a dialler that is ready to `run`; on exit everything it holds is let go.

    Raises:
        SettingsError, AgentError, StoreError: before anything is dialled.
    """
    settings.require(*NEEDED)
    brains = open_brains(settings)
    rules, pipelines = rules_of(settings), load_pipelines(settings)
    clock = clock or SystemClock()
    dialler_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store_alone(settings.database_url))
        subscribe(store, settings)
        # What a call costs that nobody has any more is by the file of its agent as it is then.
        agents = await stack.enter_async_context(
            live_agents(
                settings,
                pipelines=pipelines,
                brains=brains,
                store=store,
                keeps_versions=False,  # the service may refuse what is fine here
            )
        )
        carrier = carrier_of(settings)
        stack.push_async_callback(carrier.aclose)
        business = await stack.enter_async_context(open_business(settings))
        service_client = await stack.enter_async_context(
            ServiceClient(
                service_url=settings.trunkline_url,
                api_key=settings.trunkline_api_key.get_secret_value(),
            )
        )
        recovery = Recovery(store=store, carrier=carrier, agents=agents, brains=brains)
        gate = Gate(store=store, appointments=business, rules=rules, clock=clock)
        ends = EndedCallWatcher(store)
        engine = Engine(
            store=store,
            gate=gate,
            service_client=service_client,
            ends=ends,
            live_call_monitor=LiveCallMonitor(
                store=store,
                gate=gate,
                service_client=service_client,
                carrier=carrier,
                reconcile=recovery.reconcile,
            ),
            clock=clock,
            carrier_calls_per_second=settings.twilio_calls_per_second,
            checkpoint=checkpoint,
        )
        await store.fleet.beat(dialler_id)  # before it has anything that could be taken over
        stack.push_async_callback(store.fleet.leave, dialler_id)
        durable = await Durable.open(
            database_url=settings.database_url, dialler_id=dialler_id, reach=engine.reach
        )
        stack.push_async_callback(durable.close, within_secs=0)
        if results_secret := settings.results_secret.get_secret_value():
            notices = Notices(store=store, secret=results_secret)
            await stack.enter_async_context(running(notices.run()))
        await stack.enter_async_context(running(agents.watch()))
        await stack.enter_async_context(running(RingBackWatcher(store=store, clock=clock).run()))
        if isinstance(clock, LeapingClock):
            await stack.enter_async_context(running(leap_when_idle(store, clock, tell=_say)))
        heartbeats = Heartbeats(store=store, durable=durable, dialler_id=dialler_id)
        await heartbeats.beat()  # it knows of the others before it opens a queue
        yield Dialler(
            id=dialler_id,
            store=store,
            durable=durable,
            heartbeats=heartbeats,
            ends=ends,
            batch_monitor=BatchMonitor(store=store, clock=clock),
            outcome_reporter=OutcomeReporter(store=store, business=business),
            clock=clock,
            carrier_calls_per_second=settings.twilio_calls_per_second,
            checkpoint=checkpoint,
        )


def _say(leapt_to: datetime) -> None:
    logger.info("the clock leaps to {}", leapt_to.isoformat(), event="clock_leapt")


def stop_signal() -> asyncio.Event:
    """Set by the first SIGTERM, SIGHUP or SIGINT of this process; a second SIGTERM or SIGINT ends
    it at once.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard(number: signal.Signals) -> None:
        stop.set()
        if not is_hangup(number):
            loop.remove_signal_handler(number)

    for number in stop_signals():
        loop.add_signal_handler(number, heard, number)
    return stop
