"""Where the adapters of a worker, a process that dials batches, are built and joined."""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from loguru import logger

from bot.agents import load_agents
from bot.app import carrier_of, rules_of, running
from bot.businesses import open_business
from bot.calls import Recovery
from bot.campaigns.clock import Clock, LeapingClock, SystemClock
from bot.campaigns.dialling.caretaker import Caretaker
from bot.campaigns.dialling.dialer import Dialer
from bot.campaigns.dialling.durable import Durable
from bot.campaigns.dialling.ends import Ends
from bot.campaigns.dialling.engine import Checkpoint, Engine, no_checkpoint
from bot.campaigns.dialling.heartbeats import Heartbeats
from bot.campaigns.dialling.leaping import leap_when_idle
from bot.campaigns.dialling.notices import Notices
from bot.campaigns.dialling.overseer import Overseer
from bot.campaigns.dialling.ring_back_ends import RingBackEnds
from bot.campaigns.dialling.telling import Teller
from bot.campaigns.dialling.worker import Worker
from bot.campaigns.gate.facts import Gate
from bot.signals import is_hangup, stop_signals
from bot.store import Store
from config import Settings

NEEDED = ("twilio_account_sid", "twilio_auth_token", "trunkline_api_key")


@asynccontextmanager
async def open_worker(
    settings: Settings, *, clock: Clock | None = None, checkpoint: Checkpoint = no_checkpoint
) -> AsyncIterator[Worker]:
    """Builds a worker that is ready to `run`; on exit everything it holds is let go.

    Raises:
        SettingsError, AgentError, StoreError: before anything is dialled.
    """
    settings.require(*NEEDED)
    rules, agents = rules_of(settings), load_agents(settings)
    clock = clock or SystemClock()
    worker_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.database_url)
        stack.push_async_callback(store.close)
        carrier = carrier_of(settings)
        stack.push_async_callback(carrier.aclose)
        business = await stack.enter_async_context(open_business(settings))
        dialer = await stack.enter_async_context(
            Dialer(
                service_url=settings.trunkline_url,
                api_key=settings.trunkline_api_key.get_secret_value(),
            )
        )
        recovery = Recovery(store=store, carrier=carrier, agents=agents)
        gate = Gate(store=store, appointments=business, rules=rules, clock=clock)
        ends = Ends(store)
        engine = Engine(
            store=store,
            gate=gate,
            dialer=dialer,
            ends=ends,
            caretaker=Caretaker(
                store=store,
                gate=gate,
                dialer=dialer,
                carrier=carrier,
                reconcile=recovery.reconcile,
            ),
            clock=clock,
            carrier_calls_per_second=settings.twilio_calls_per_second,
            checkpoint=checkpoint,
        )
        await store.fleet.beat(worker_id)  # before it has anything that could be taken over
        stack.push_async_callback(store.fleet.leave, worker_id)
        durable = await Durable.open(
            database_url=settings.database_url, worker_id=worker_id, reach=engine.reach
        )
        stack.push_async_callback(durable.close, within_secs=0)
        if results_secret := settings.results_secret.get_secret_value():
            notices = Notices(store=store, secret=results_secret)
            await stack.enter_async_context(running(notices.run()))
        await stack.enter_async_context(running(RingBackEnds(store=store, clock=clock).run()))
        if isinstance(clock, LeapingClock):
            await stack.enter_async_context(running(leap_when_idle(store, clock, tell=_say)))
        yield Worker(
            id=worker_id,
            store=store,
            durable=durable,
            heartbeats=Heartbeats(store=store, durable=durable, worker_id=worker_id),
            ends=ends,
            overseer=Overseer(store=store, clock=clock),
            teller=Teller(store=store, business=business),
            clock=clock,
            carrier_calls_per_second=settings.twilio_calls_per_second,
            checkpoint=checkpoint,
        )


def _say(leapt_to: datetime) -> None:
    logger.info("the clock leaps to {}", leapt_to.isoformat())


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
