"""Where agents' files point to for more tools, each opened once and kept for all calls."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dotenv import dotenv_values

from bot.egress import Egress
from processors.agent import Agent
from processors.agent_tables import Source
from tools.tool import Tool

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class ToolSource(Protocol):
    """A document or a server that tools come from."""

    tools: tuple[Tool, ...]  # as they are now: a server may change them
    faults: list[str]  # what cannot be used before its file is mended, as sentences
    troubles: list[str]  # what may mend itself: a server that is not reached, or lacks a tool

    async def open(self) -> None:
        """Connects, if there is anything to connect to."""
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True)
class _Point:
    """One entry of an agent's tools, with how it is reached: two agents may share it."""

    entry: str
    source: str  # in words, to be compared


class Outside:
    """The tools that agents have from elsewhere."""

    def __init__(
        self,
        *,
        egress: Egress,
        folders: Iterable[Path],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`folders`: where documents may be, the first that has one."""
        self._egress = egress
        self._folders = tuple(folders)
        self._environment = _environment() if environment is None else environment
        self._sources: dict[_Point, ToolSource] = {}

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, agents: Iterable[Agent], *, egress: Egress, folders: Iterable[Path]
    ) -> "AsyncIterator[Outside]":
        """Opened for these agents, until this is left."""
        outside = cls(egress=egress, folders=folders)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(outside.aclose)
            await asyncio.gather(*(outside.open_for(agent) for agent in agents))
            yield outside

    async def open_for(self, agent: Agent) -> None:
        """Opens what this agent's file points to and nobody's did before."""
        for point, source in _points(agent):
            if point not in self._sources:
                self._sources[point] = self._source(point.entry, source)
                await self._sources[point].open()

    def tools(self, agent: Agent) -> tuple[Tool, ...]:
        """What it has from elsewhere, as it is at this moment. Of two tools with one name, the
        first.
        """
        found: dict[str, Tool] = {}
        for _, source in self._open(agent):
            for tool in source.tools:
                found.setdefault(tool.__name__, tool)
        return tuple(found.values())

    def faults(self, agent: Agent, own: Iterable[str] = ()) -> list[str]:
        """What is wrong with what its file points to; `own` are names of its pipeline's tools."""
        told: list[str] = []
        owners = dict.fromkeys(own, "the pipeline")
        for point, source in self._open(agent):
            told += [f"{point.entry}: {fault}" for fault in source.faults]
            for tool in source.tools:
                other = owners.setdefault(tool.__name__, point.entry)
                if other != point.entry:
                    told.append(f"{point.entry}: {other} has a tool {tool.__name__} as well")
        return told

    def troubles(self, agent: Agent) -> list[str]:
        """What is in trouble just now, and is tried again by itself."""
        return [
            f"{point.entry}: {trouble}"
            for point, source in self._open(agent)
            for trouble in source.troubles
        ]

    def _open(self, agent: Agent) -> list[tuple[_Point, ToolSource]]:
        points = [point for point, _ in _points(agent)]
        return [(point, self._sources[point]) for point in points if point in self._sources]

    async def aclose(self) -> None:
        for source in self._sources.values():
            await source.aclose()

    def _source(self, entry: str, how: Source) -> ToolSource:
        kind, _, where = entry.partition(":")
        try:
            headers, query = self._filled(how.headers), self._filled(how.query)
            environment = self._filled(how.environment)
        except KeyError as error:
            return _Nothing(f"${{{error.args[0]}}} is not set: put it into .env")
        # What reads these takes long to load: only those wait for it who use it.
        if kind == "openapi" and where:
            from bot.outside.openapi import OpenApiTools

            return OpenApiTools(
                self._path(where),
                only=how.only,
                address=how.address,
                headers=headers,
                query=query,
                repeatable=how.repeatable,
                egress=self._egress,
            )
        if kind == "mcp" and where.removeprefix("stdio:"):
            from bot.outside.mcp_tools import McpTools

            return McpTools(
                where,
                only=how.only,
                headers=headers,
                environment=environment,
                repeatable=how.repeatable,
                egress=self._egress,
            )
        return _Nothing(
            "must be like openapi:business.yaml, mcp:https://host/mcp or mcp:stdio:command"
        )

    def _path(self, where: str) -> Path:
        """Beside the agent's file, or in the working directory."""
        beside = (folder / where for folder in self._folders)
        return next((path for path in beside if path.is_file()), Path(where))

    def _filled(self, texts: Mapping[str, str]) -> dict[str, str]:
        """With variables of the environment in the place of ${NAME}. Raises KeyError."""
        return {
            name: _VARIABLE.sub(lambda match: self._environment[match[1]], text)
            for name, text in texts.items()
        }


class _Nothing:
    """An entry that leads nowhere."""

    tools: tuple[Tool, ...] = ()
    troubles: list[str] = []

    def __init__(self, why: str) -> None:
        self.faults = [why]

    async def open(self) -> None:
        """There is nothing to open."""

    async def aclose(self) -> None:
        """There is nothing to close."""


def _points(agent: Agent) -> list[tuple[_Point, Source]]:
    found = []
    for entry in agent.outside_tools:
        source = agent.sources.get(entry, Source())
        found.append((_Point(entry, repr(source)), source))
    return found


def _environment() -> dict[str, str]:
    """The environment, and under it what stands in .env."""
    in_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**in_file, **os.environ}
