"""Several services on one database, in one loop, behind a carrier that is told whom it reaches."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from bot.simulator.loopback_client import loopback_client
from bot.testing.line import API_KEY, HASTY, Line, agent_file, served
from tests.service.line_kit import ToneVoice, open_line

KNOWN_SECS = 6.0  # by then each knows of the others


@dataclass(frozen=True, kw_only=True)
class Services:
    """One line for each service; all but `url` and `api` are the same in all."""

    lines: Sequence[Line]

    def send(self, *, webhooks: int, streams: int) -> None:
        """From now on the carrier's requests reach this service, and its streams that."""
        self._balance(lambda url: streams if url.startswith("ws") else webhooks)

    def go_round(self) -> None:
        """From now on each request reaches the next one, whatever it is about."""
        turns = itertools.cycle(range(len(self.lines)))
        self._balance(lambda url: next(turns))

    def _balance(self, which: Any) -> None:
        self.lines[0].carrier.balance(lambda url: self.lines[which(url)].url)

    async def live(self) -> list[int]:
        """How many calls each has."""
        asked = [await line.api.get("/health/live") for line in self.lines]
        return [response.json()["live_calls"] for response in asked]


@asynccontextmanager
async def open_services(
    folder: Path, database_url: str, *, count: int = 2, **changes: Any
) -> AsyncIterator[Services]:
    """So many, each knowing the others."""
    given = {"manner": HASTY, "voice": ToneVoice(), "agents": {"front": agent_file()}}
    given |= {"inbound_agent": "front", "database_url": database_url}
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(open_line(folder, **(given | changes)))
        lines = [first]
        for number in range(1, count):
            own = first.settings.model_copy(update={"var_dir": folder / str(number)})
            url = await stack.enter_async_context(served(own))
            api = await stack.enter_async_context(client_of(url))
            lines.append(replace(first, url=url, api=api, settings=own))
        yield Services(lines=lines)


def client_of(url: str) -> httpx.AsyncClient:
    """A client with our key."""
    return loopback_client(base_url=url, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=50)
