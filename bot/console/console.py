"""The console as the service has it: its door, its routes, and what it does beside."""

import asyncio
from collections.abc import Callable, Collection
from datetime import tzinfo

from fastapi import FastAPI
from loguru import logger

from bot.calls import CallService, HealthStatus
from bot.console.account import account
from bot.console.accounts import Accounts
from bot.console.batch_acts import batch_acts
from bot.console.batch_files import batch_files
from bot.console.batch_plans import batch_plans
from bot.console.batches import BatchDesk, batches
from bot.console.call_page import CallPage
from bot.console.costs import MeterOf
from bot.console.doctor import Examine, doctor
from bot.console.door import ConsoleDoor
from bot.console.erasing import erasing
from bot.console.live import live
from bot.console.overview import overview
from bot.console.pages import Pages, Safely, Trouble
from bot.console.past import past
from bot.console.phone import Ring, phone
from bot.console.player import player
from bot.console.reaching import reaching_routes
from bot.console.sign_in import sign_in
from bot.console.streams import Streams
from bot.console.tokens import Tokens
from bot.recordings import Recordings
from bot.server.reaching import Reaching
from bot.store import Store, StoreError

CLEAN_UP_SECS = 3600.0


class Console:
    """All of it."""

    def __init__(
        self,
        *,
        store: Store,
        calls: CallService,
        meter_of: MeterOf,
        secret: str,
        public_url: str,
        reaching: Reaching,
        can_transfer: bool,
        batch_desk: BatchDesk,
        standing: Callable[[], HealthStatus],
        agent_names: Callable[[], Collection[str]],
        usual_agent: str,
        ring: Ring,
        recordings: Recordings,
        examine: Examine,
        zone: tzinfo | None,
    ) -> None:
        """`secret` seals what browsers keep: with another one everybody signs in again."""
        self._accounts = Accounts(store, Tokens(secret))
        self._pages = Pages(zone)
        self._streams = Streams(self._accounts)
        page = CallPage(self._pages, meter_of)
        self.door = ConsoleDoor(self._accounts, public_url=public_url)
        self._routers = (
            sign_in(self._accounts, self._pages),
            account(self._accounts, store, self._pages),
            live(calls, store, self._pages, page, self._streams, can_transfer=can_transfer),
            erasing(store, self._pages),
            reaching_routes(reaching),
            phone(store, self._pages, page, ring, agent_names=agent_names, usual_agent=usual_agent),
            player(recordings, store),
            doctor(examine, store, self._pages),
            past(store, self._pages, page, agent_names=agent_names, zone=zone),
            overview(store, self._pages, standing=standing, zone=zone),
            batch_files(batch_desk, store, self._pages),
            batch_plans(batch_desk, store, self._pages, zone=zone),
            batches(batch_desk, store, self._pages),
            batch_acts(batch_desk.batches, store),
            self._pages.static_routes(),
        )

    def install(self, web: FastAPI) -> None:
        """Puts its routes into the service."""
        web.add_middleware(Safely)
        web.add_exception_handler(Trouble, self._pages.trouble)
        for pages in self._routers:
            web.router.routes.extend(pages.routes)

    async def run(self) -> None:
        """Works beside the calls until it is cancelled; pages are told nothing after that."""
        try:
            while True:
                await self._forget_old()
                await asyncio.sleep(CLEAN_UP_SECS)
        finally:
            self._streams.stopping = True

    async def _forget_old(self) -> None:
        try:
            await self._accounts.forget_old()
        except StoreError as error:
            logger.warning(
                "old sessions are not forgotten: {}", error, event="sessions_not_forgotten"
            )

    def close(self) -> None:
        """Lets go of what it holds."""
        self._accounts.passwords.close()
