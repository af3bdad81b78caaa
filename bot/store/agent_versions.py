"""The versions of agents: what their files said, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.records import AgentVersion
from bot.store.tables import agent_versions


@dataclass(frozen=True, kw_only=True)
class StoredAgent:
    """One version of an agent, with the text of its file and of the hours that it names."""

    agent: str
    hash: str
    since: datetime  # in force, from the moment that a process took it in
    text: str
    hours_text: str = ""


class AgentVersions:
    """All there have been. A version that comes back is written down once more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def in_force(self, version: StoredAgent) -> AgentVersion:
        """Writes it down, unless it is the newest of its agent already; since when it is in force.

        May be asked by several processes at the same time for the same version.
        """
        newest = _of(version.agent).limit(1)

        async def put(connection: AsyncConnection) -> AgentVersion:
            await self._database.lock(connection, f"agent {version.agent}")
            known = (await connection.execute(newest)).mappings().first()
            if known is not None and known["hash"] == version.hash:
                return AgentVersion(hash=version.hash, since=known["since"])
            await connection.execute(insert(agent_versions).values(vars(version)))
            return AgentVersion(hash=version.hash, since=version.since)

        return await self._database.write("note an agent's version", put)

    async def of(self, agent: str) -> Sequence[StoredAgent]:
        """Those of one agent, the newest first."""

        async def find(connection: AsyncConnection) -> list[StoredAgent]:
            found = await connection.execute(_of(agent))
            return [StoredAgent(**row) for row in found.mappings()]

        return await self._database.read("look up an agent's versions", find)


def _of(agent: str) -> Select[Any]:
    own = select(agent_versions).where(agent_versions.c.agent == agent)
    return own.order_by(agent_versions.c.since.desc())
