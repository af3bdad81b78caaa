"""All that is served over HTTP and websockets, in one application, and the console in it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import ClientDisconnect

from bot.batch_services import BatchServices, plan_writer_of
from bot.brains import Brain, Meter, find_brain
from bot.calls import CallService, CurrentAgents, HealthStatus
from bot.carriers.browser.ringing import BrowserCalls
from bot.carriers.twilio.signed import AnsweredElsewhere, answered_elsewhere
from bot.console.batches import BatchDesk
from bot.console.console import Console
from bot.doctor.apart import visit_apart
from bot.recordings import Recordings
from bot.server.api import Declined, declined, wrong_shape
from bot.server.entrance import Entrance, cut_off
from bot.server.guard import Guard
from bot.server.passes import Passes
from bot.server.reaching import Reaching
from bot.server.refusing import database_away
from bot.store import Store, StoreError
from config import Settings


def web_of(console: Console, guard: Guard, *routers: APIRouter) -> FastAPI:
    """These routes and the console, after the entrance that turns away what is not to come in."""
    web = FastAPI(
        title="Trunkline",
        version=version("trunkline"),
        docs_url=None,
        redoc_url=None,
        # A request is held against one route after another. The carrier's, which come by the
        # hundred a second, stand first, and the many pages of the console last. A router that were
        # included would prepare each of its routes again within the first request that it sees.
        routes=[route for router in routers for route in router.routes],
    )
    web.add_middleware(Entrance, has_key=guard.has_key, door=console.door)
    console.install(web)
    web.add_exception_handler(ClientDisconnect, cut_off)
    web.add_exception_handler(AnsweredElsewhere, answered_elsewhere)
    web.add_exception_handler(StoreError, database_away)
    web.add_exception_handler(RequestValidationError, wrong_shape)
    web.add_exception_handler(Declined, declined)
    return web


def reaching_into(settings: Settings, store: Store, calls: CallService, passes: Passes) -> Reaching:
    """How live calls are acted on, by the API and the console."""
    return Reaching(calls, store, passes, can_transfer=bool(settings.human_transfer_number))


@contextmanager
def open_console(
    settings: Settings,
    store: Store,
    calls: CallService,
    agents: CurrentAgents,
    brains: Mapping[str, Brain],
    services: BatchServices,
    standing: Callable[[], HealthStatus],
    reaching: Reaching,
    recordings: Recordings,
    *,
    needed: Collection[str],
) -> Iterator[Console]:
    """The pages for people; closed on exit. `needed` are settings without which nothing starts."""

    def meter_of(name: str) -> Meter | None:
        agent = agents.get(name)
        return find_brain(agent.brain, brains).meter(agent.model) if agent else None

    console = Console(
        store=store,
        calls=calls,
        meter_of=meter_of,
        reaching=reaching,
        can_transfer=bool(settings.human_transfer_number),
        batch_desk=BatchDesk(
            batches=services.batches,
            intake=services.intake,
            plans=plan_writer_of(settings, services),
            reports=services.reports,
        ),
        standing=standing,
        agent_names=agents.keys,
        usual_agent=settings.inbound_agent,
        ring=BrowserCalls(calls=calls, our_number=settings.twilio_phone_number).ring,
        recordings=recordings,
        examine=partial(visit_apart, settings, needed),
        zone=ZoneInfo(settings.owner_timezone) if settings.owner_timezone else None,
        secret=settings.trunkline_api_key.get_secret_value(),
        public_url=settings.public_url,
    )
    try:
        yield console
    finally:
        console.close()
