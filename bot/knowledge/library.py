"""The documents of all clients, as calls and the service use them."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from loguru import logger

from bot.knowledge.indexing import Indexer, Report
from bot.knowledge.searching import Found, Search
from bot.store import StoreError
from tools import Facts, Unavailable

LOOK_SECS = 20.0  # between looks at the folders
TASK_SECS = 0.5  # while the phone rings
TASK_EMBEDDING_SECS = 0.3  # of them, where the vector of a task is not at hand
_LONGEST_TASK = 1_000  # characters of a task that its pieces are looked for by


class Library:
    """Keeps what is read up with the folders, and looks things up. (`Library` port of calls.)"""

    def __init__(self, indexer: Indexer, search: Search) -> None:
        self._indexer = indexer
        self._search = search
        self._told: dict[str, Report] = {}

    def of(self, client: str) -> "ClientKnowledge":
        """The `Knowledge` port of tools, for one client."""
        return ClientKnowledge(self._search, client)

    async def for_task(self, client: str, task: str) -> Sequence[Facts]:
        """The pieces that an agent with this task is told from the start; none in time: none."""
        try:
            async with asyncio.timeout(TASK_SECS):
                found = await self._search.find(
                    client, task[:_LONGEST_TASK], embedding_secs=TASK_EMBEDDING_SECS
                )
        except (StoreError, TimeoutError) as error:
            logger.warning(
                "a call begins without its documents: {!r}", error, event="documents_not_found"
            )
            return []
        return [facts_of(each) for each in found]

    async def watch(self, tasks: Callable[[], Mapping[str, Iterable[str]]]) -> None:
        """Looks at the folders of these clients until cancelled; with each, what its agents do."""
        while True:
            for client, of_agents in sorted(tasks().items()):
                await self.look(client, of_agents)
            await asyncio.sleep(LOOK_SECS)

    async def look(self, client: str, tasks: Iterable[str] = ()) -> None:
        """Reads what has changed of one client, and prepares for calls of agents with these tasks.
        Raises nothing: what was read before stands.
        """
        try:
            report = await self._indexer.refresh(client)
            await self._search.warm(client, [task[:_LONGEST_TASK] for task in tasks])
        except Exception as error:  # whatever is wrong with documents, the phone is answered
            logger.opt(exception=not isinstance(error, StoreError)).error(
                "documents of {} are not looked at: {!r}",
                client,
                error,
                event="documents_not_looked_at",
            )
            return
        if report.missing and not (client in self._told and self._told[client].missing):
            logger.error(
                "there is no folder of documents for {}; what was read before stays",
                client,
                event="documents_missing",
            )
        self._told[client] = report


@dataclass(frozen=True)
class ClientKnowledge:
    """The `Knowledge` port of tools: what the documents of one client say."""

    search: Search
    client: str

    async def look_up(self, question: str) -> Sequence[Facts]:
        """See `Knowledge.look_up`."""
        try:
            return [facts_of(each) for each in await self.search.find(self.client, question)]
        except StoreError as error:
            raise Unavailable(str(error), maybe_done=False) from None


def facts_of(found: Found) -> Facts:
    """As the model reads it, and as the record keeps it."""
    source = f"{found.document} > {found.heading}" if found.heading else found.document
    return {"source": source, "text": found.text}
