"""The agents of a running service: a file that changes acts on the next call, a bad one on none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from loguru import logger

from bot.agent_files import Seen, files_in, seen_in
from bot.agents import agent_folders, faults_of, fit_agents, require_inbound_agent
from bot.brains import Brain
from bot.brains_of_agents import as_spoken, of_line
from bot.calls import CurrentAgents
from bot.clock import utcnow
from bot.store import Store, StoredAgent, StoreError
from config import (
    Agent,
    AgentError,
    AgentFile,
    Settings,
    SettingsError,
    as_written,
    read_file,
    refuse_shared_numbers,
)
from pipelines import PipelineSpec

LOOK_SECS = 2.0  # between looks at the files while nobody calls
RING_SECS = 0.5  # for changed files, while a phone rings


@dataclass(frozen=True, kw_only=True)
class Known:
    """An agent as its file said when it was good."""

    file: AgentFile
    agent: Agent  # fit for a call


@asynccontextmanager
async def live_agents(
    settings: Settings,
    *,
    pipelines: Mapping[str, PipelineSpec],
    brains: Mapping[str, Brain],
    store: Store,
    last_good: bool = False,
    keeps_versions: bool = True,
) -> AsyncIterator["LiveAgents"]:
    """All agents, read. With `last_good` a bad file is no reason not to start: then the store's
    newest version of that agent acts. Without `keeps_versions` the store gets none: see `examine`.
    Raises AgentError, SettingsError: a file is wrong, or there is nobody to answer the phone.
    """
    agents = LiveAgents(settings, pipelines=pipelines, brains=brains, store=store)
    agents.keeps_versions = keeps_versions
    await agents.open(last_good=last_good)
    try:
        yield agents
    finally:
        await agents.close()


class LiveAgents(CurrentAgents):
    """All agents by name, each as its newest good file says; a call keeps the one it began with.

    Files are looked at when a call comes, and every LOOK_SECS, and are read only when one has
    changed: in a thread, for that takes longer than sound can wait. Each process looks for itself.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        pipelines: Mapping[str, PipelineSpec],
        brains: Mapping[str, Brain],
        store: Store,
    ) -> None:
        self._settings = settings
        self._pipelines = pipelines
        self._brains = brains
        self._store = store
        self._known: Mapping[str, Known] = {}
        self._seen: Seen = ()
        self._unnoted: set[str] = set()  # whose version the store does not have yet
        self._looking: asyncio.Task[None] | None = None
        self._last_good: Mapping[str, Known] = {}  # of the store, if we began with them
        self._examined: Mapping[str, Agent] = {}  # by `open`, all together: fit for a call
        # What else is wrong with an agent whose file has changed, as sentences.
        self.faults_elsewhere: Callable[[Agent], Awaitable[list[str]]] | None = None
        self.keeps_versions = True
        self.refused: Sequence[str] = ()  # what is wrong with files now: file, line and what

    async def open(self, *, last_good: bool) -> None:
        """Reads all files; see `live_agents`."""
        if last_good:
            self._known = self._last_good = await self._stored()
        else:
            self._examined = fit_agents(self._settings, self._pipelines, self._brains)
        await self._look()
        self._examined = {}
        require_inbound_agent(self._settings, self._known)

    def __getitem__(self, name: str) -> Agent:
        return self._known[name].agent

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    async def refresh(self) -> None:
        """Takes in what has changed, before a call gets its agent. What takes longer than RING_SECS
        acts on a later call.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="look at agent files")
        done, _ = await asyncio.wait({self._looking}, timeout=RING_SECS)
        for look in done:
            if not look.cancelled() and (error := look.exception()) is not None:
                logger.opt(exception=error).error(
                    "the agent files cannot be looked at", event="agent_files_not_read"
                )

    async def examine(self, faults_elsewhere: Callable[[Agent], Awaitable[list[str]]]) -> None:
        """From now on a file is refused for these as well, also one that took the place of the last
        good one we began with; what is not refused is kept as a version.
        """
        self.faults_elsewhere = faults_elsewhere
        before = self._last_good or self._known
        self._known, refused = await self._without_faults_elsewhere(self._known, before)
        self._tell([*self.refused, *refused])
        self.keeps_versions = True
        await self.refresh()

    async def close(self) -> None:
        """Waits for a look that is under way."""
        if self._looking is not None:
            await asyncio.wait({self._looking})

    async def watch(self) -> None:
        """Looks at the files until cancelled, so that a mistake is told before somebody calls."""
        while True:
            await asyncio.sleep(LOOK_SECS)
            await self.refresh()

    async def _look(self) -> None:
        seen = await asyncio.to_thread(seen_in, agent_folders(self._settings))
        if seen != self._seen:
            known, refused = await asyncio.to_thread(self._read, self._known)
            known, more = await self._without_faults_elsewhere(known, self._known)
            refused = [*refused, *more]
            self._seen = seen
            self._unnoted |= {name for name in known if known[name] is not self._known.get(name)}
            self._known = known
            self._tell(refused)
        if self._unnoted and self.keeps_versions:
            await self._note()

    async def _without_faults_elsewhere(
        self, known: Mapping[str, Known], before: Mapping[str, Known]
    ) -> tuple[Mapping[str, Known], Sequence[str]]:
        """These agents, those as they were before that point to something that is wrong."""
        kept, refused = dict(known), []
        for name, each in known.items():
            if each is before.get(name) or self.faults_elsewhere is None:
                continue
            if faults := await self.faults_elsewhere(each.agent):
                refused.append(f"{each.file.path}: {'; '.join(faults)}")
                del kept[name]
                kept |= {name: before[name]} if name in before else {}
        return kept, refused

    def _tell(self, refused: Sequence[str]) -> None:
        for fault in refused:
            if fault not in self.refused:
                logger.error(
                    "{}; the last good version of the agent stays",
                    fault,
                    event="agent_file_refused",
                )
        if self.refused and not refused:
            logger.info("all agent files are in order again", event="agent_files_in_order")
        self.refused = tuple(refused)

    async def _note(self) -> None:
        """Has the store keep new versions; while it is away, calls have them all the same."""
        for name in tuple(self._unnoted):
            known = self._known.get(name)
            if known is None:
                self._unnoted.discard(name)
                continue
            hash_, since = known.agent.version or (known.file.hash, utcnow())
            stored = StoredAgent(
                agent=name,
                hash=hash_,
                since=since,
                text=known.file.text,
                hours_text=known.file.hours_text,
            )
            try:
                version = await self._store.agent_versions.in_force(stored)
            except StoreError as error:
                logger.warning(
                    "the version of an agent is not kept, trying again: {}",
                    error,
                    event="agent_version_not_kept",
                )
                return
            self._unnoted.discard(name)
            if self._known.get(name) is known:
                agent = replace(known.agent, version=(version.hash, version.since))
                self._known = {**self._known, name: replace(known, agent=agent)}

    async def _stored(self) -> Mapping[str, Known]:
        """The newest version of each agent that has a file, as far as it is good for a call."""
        found: dict[str, Known] = {}
        for path in files_in(agent_folders(self._settings)):
            for stored in (await self._store.agent_versions.of(path.stem))[:1]:
                try:
                    file = as_written(path, stored.text, stored.hours_text)
                    agent = self._fit(file, file.agent())
                except AgentError as error:
                    logger.warning(
                        "a stored version of an agent is of no use: {}",
                        error,
                        event="agent_version_unusable",
                    )
                else:
                    version = (stored.hash, stored.since)
                    found[path.stem] = Known(file=file, agent=replace(agent, version=version))
        return found

    def _read(self, known: Mapping[str, Known]) -> tuple[Mapping[str, Known], Sequence[str]]:
        """The agents after what has changed, one change at a time: what does not fit together with
        the others is refused, and tried again after those that do.
        """
        wanted, refused = self._wanted(known)
        agents = dict(known)
        waiting = [n for n in {**known, **wanted} if wanted.get(n) is not known.get(n)]
        faults: dict[str, str] = {}
        while waiting:
            faults = {}
            for name in waiting:
                changed = {n: each for n, each in agents.items() if n != name}
                changed |= {name: wanted[name]} if name in wanted else {}
                try:
                    # At the start all come at once: who answers the phone may be the last.
                    if known:
                        require_inbound_agent(self._settings, changed)
                    refuse_shared_numbers(each.agent for each in changed.values())
                except (AgentError, SettingsError) as error:
                    faults[name] = f"{wanted[name].file.path if name in wanted else name}: {error}"
                else:
                    agents = changed
            if len(faults) == len(waiting):
                break
            waiting = list(faults)
        return agents, tuple(dict.fromkeys([*refused, *faults.values()]))

    def _wanted(self, known: Mapping[str, Known]) -> tuple[dict[str, Known], list[str]]:
        """The agents that the files describe, each good by itself; where one is not, what was known
        of it; and what is wrong.
        """
        by_path = {each.file.path: each for each in known.values()}
        wanted: dict[str, Known] = {}
        refused: list[str] = []
        for path in files_in(agent_folders(self._settings)):
            before = by_path.get(path)
            try:
                file = read_file(path)
                if before is None or before.file.hash != file.hash:
                    agent = self._fit(file, file.agent())
                    version = (file.hash, utcnow())
                    before = Known(file=file, agent=replace(agent, version=version))
            except AgentError as error:
                refused.append(str(error))
            if before is None:
                continue
            other = wanted.get(before.agent.name)
            if other is not None and other.file.path.parent == path.parent:
                refused.append(f'{path}: another file here is "{before.agent.name}" already')
            else:
                wanted[before.agent.name] = before
        return wanted, refused

    def _fit(self, file: AgentFile, agent: Agent) -> Agent:
        """The agent, fit for a call. Raises AgentError."""
        agent = of_line(agent, self._settings)
        is_examined = agent == self._examined.get(agent.name)
        if not is_examined and (
            faults := faults_of(agent, self._settings, self._pipelines, self._brains)
        ):
            told = "; ".join(faults)
            raise AgentError(told if str(file.path) in told else f"{file.path}: {told}")
        return as_spoken(agent, self._brains)
