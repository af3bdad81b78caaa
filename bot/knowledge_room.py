"""Where the room of knowledge is built and joined, for the service and for commands."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.brains.catalog import open_embedder
from bot.child import Bounds, Children
from bot.knowledge import DocumentFolder, Embedder, Indexer, Library
from bot.knowledge.local_embedder import LocalEmbedder, is_installed
from bot.knowledge.searching import Search
from bot.store import Store
from config import Agent, Settings

# One document, or two hundred passages for the model of this machine.
BOUNDS = Bounds(secs=180.0, cpu_secs=60, memory_bytes=1024**3, output_bytes=64 * 1024**2)


@dataclass(frozen=True, kw_only=True)
class KnowledgeRoom:
    """Its parts, for commands."""

    folder: DocumentFolder
    embedder: Embedder | None
    indexer: Indexer
    search: Search


@asynccontextmanager
async def open_room(settings: Settings, store: Store) -> AsyncIterator[KnowledgeRoom]:
    """Nothing is read yet; on exit it lets go of what it holds."""
    apart = Children(BOUNDS)
    folder = DocumentFolder(settings.trunkline_knowledge)
    embedder = embedder_of(settings, apart)
    search = Search(store, embedder)
    try:
        yield KnowledgeRoom(
            folder=folder,
            embedder=embedder,
            indexer=Indexer(store=store, folder=folder, embedder=embedder, apart=apart),
            search=search,
        )
    finally:
        await search.close()
        if embedder is not None:
            await embedder.close()


@asynccontextmanager
async def open_library(settings: Settings, store: Store) -> AsyncIterator[Library]:
    """The documents of all clients, for calls."""
    async with open_room(settings, store) as room:
        yield Library(room.indexer, room.search)


def embedder_of(settings: Settings, apart: Children) -> Embedder | None:
    """The one of the account, else that of this machine where it is installed, else none."""
    if settings.embeddings_model == "none":
        return None
    account = open_embedder(settings)
    if account is not None:
        return account
    return LocalEmbedder(apart) if is_installed() else None


def clients_of(agents: Mapping[str, Agent]) -> set[str]:
    """Whose documents agents answer from."""
    return {agent.knowledge for agent in agents.values() if agent.knowledge}


def missing_documents(settings: Settings, agents: Mapping[str, Agent]) -> Iterator[str]:
    """A sentence for each agent whose documents are not there."""
    folder = DocumentFolder(settings.trunkline_knowledge)
    for agent in agents.values():
        if not agent.knowledge:
            continue
        where = folder.of(agent.knowledge)
        try:
            files = folder.files(agent.knowledge)
        except OSError as error:
            why = f"there is no folder {where}" if not where.exists() else f"{where}: {error}"
            yield f"agent {agent.name}: knowledge: {why}"
        else:
            if not any(file.digest for file in files):
                yield f"agent {agent.name}: knowledge: no document that can be read is in {where}"
