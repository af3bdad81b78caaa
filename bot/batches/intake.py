"""Files come in: a table of people becomes a batch, or goes into one that is there.

A file is read apart, in a child where calls are carried; what comes of it is stored in slices, so
that a hundred thousand rows are no more to be heard than ten. A batch is there whole or not at all.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from heapq import merge
from pathlib import PurePath
from typing import Any

from bot.batches.earlier_batches import EarlierBatches
from bot.batches.errors import Malformed, NotThere, RequestRefused
from bot.batches.joining import Joining
from bot.batches.opened_files import FileOpener
from bot.batches.reading.file_reader import People
from bot.batches.reading.left_out import recounted
from bot.batches.reading.tables import Choices
from bot.batches.requests import request_for
from bot.batches.settings import BatchSettings
from bot.batches.settings_reader import new_settings, read_settings
from bot.batches.taken_in import TakenIn, told_of_columns, told_of_rows
from bot.calls import prompts
from bot.child import Apart, in_this_process
from bot.slices import slices
from bot.store import OVER, BatchRecord, ContactRecord, Store, StoreError
from config import Agent, AgentError
from config.calling_rules import Rules
from pipelines import PIPELINES, PipelineSpec, find_pipeline
from tools import opt_out

STORED_AT_ONCE = 100  # contacts in one transaction: some milliseconds of the event loop
STALE = timedelta(minutes=10)  # an import that stored nothing for so long has been given up


class Intake:
    """Takes files in. What it refuses is a `Refused`, in one sentence; then nothing is stored.

    `can_tell` says whether there is a secret to sign results with. `apart` reads files: a process
    that carries calls leaves that to children.
    """

    def __init__(
        self,
        *,
        store: Store,
        agents: Mapping[str, Agent],
        now: Callable[[], datetime],
        can_tell: bool,
        rules: Rules,
        pipelines: Mapping[str, PipelineSpec] = PIPELINES,
        apart: Apart = in_this_process,
    ) -> None:
        self._store = store
        self._rules = rules
        self._agents = agents
        self._now = now
        self._can_tell = can_tell
        self._pipelines = pipelines
        self._files = FileOpener(store=store, apart=apart)

    async def open_batch(
        self,
        content: bytes,
        filename: str,
        *,
        agent: str,
        name: str = "",
        settings: Mapping[str, Any],
        columns: Mapping[str, str] | None = None,
        choices: Choices | None = None,
        only_look: bool = False,
    ) -> TakenIn:
        """A new batch, planned, of the good rows of a file.

        `columns` says what columns are, where the names they have do not: field -> column.
        `only_look` stores nothing, and says what would become of the file.
        """
        speaker = self._agent(agent)
        read = new_settings(settings, self._rules)
        if read.results_url and not self._can_tell:
            raise Malformed("settings: results_url needs RESULTS_SECRET, which is not set")
        await self.drop_unfinished()
        batch_id = f"batch_{uuid.uuid4().hex[:12]}"
        file = await self._files.open(content, filename, columns or {}, choices)
        with await self._files.people(file, batch_id, read, speaker, now=self._now()) as people:
            await _require_words(people, speaker, read)
            kept = read.model_copy(
                update={
                    "times_in": people.imported.times_in or read.times_in,
                    "left_out": dict(people.not_called),
                }
            )
            batch = BatchRecord(
                id=batch_id,
                name=name or PurePath(filename).stem,
                agent=agent,
                settings=kept.model_dump(mode="json"),
                created_at=self._now(),
            )
            earlier = self._earlier(batch_id)
            contacts = (person.contact for person in people.persons())
            if only_look:
                async for some in slices(contacts, most=STORED_AT_ONCE):
                    await earlier.look_for(some)
            elif people.contacts:
                await self._store_all(batch, contacts, earlier)
                await self._files.remember(file)
            rows = await told_of_rows(file, people, people.problems())
        return TakenIn(
            batch=batch if people.contacts and not only_look else None,
            contacts=people.contacts,
            merged=people.merged,
            known=0,
            unusable=people.bad_rows,
            not_called=people.not_called,
            times_in=people.imported.times_in,
            earlier=await earlier.found(),
            **rows,
            **told_of_columns(file, speaker, read),
        )

    async def add_to(
        self,
        batch_id: str,
        content: bytes,
        filename: str,
        *,
        columns: Mapping[str, str] | None = None,
        times_in: str = "",
        choices: Choices | None = None,
        without_day: bool = False,
    ) -> TakenIn:
        """More people for a batch that is not over, as a rule the bad rows of its file, mended.

        Those keep their lines; the lines of other rows are numbered on. Who is refused consent in
        it is not called any more. `times_in` is the zone of this file's times, where it is not
        that of the batch's first; `without_day` lets it say nothing of days, whatever that did. If
        the database goes away in the middle, who is in stays in: the same file can be taken in
        again.
        """
        batch = await self._open(batch_id)
        file = await self._files.open(content, filename, columns or {}, choices)
        said = {"times_in": times_in, "without_day": without_day}
        read = read_settings({**batch.settings, **{k: v for k, v in said.items() if v}})
        last_line = await self._store.batches.last_line(batch_id)
        speaker = self._agent(batch.agent)
        earlier = self._earlier(batch_id)
        joining = Joining(store=self._store, now=self._now, earlier=earlier)
        with await self._files.people(
            file, batch_id, read, speaker, now=self._now(), last_line=last_line
        ) as people:
            await _require_words(people, speaker, read)
            async for some in slices(people.refusals(), most=STORED_AT_ONCE):
                await joining.stop(dict(some))
            async for off in slices(people.called_off(), most=STORED_AT_ONCE):
                await joining.call_off(off)
            async for persons in slices(people.persons(), most=STORED_AT_ONCE):
                await joining.join(persons)
            await self._files.remember(file)
            every = merge(people.problems(), joining.refused, key=lambda row: row.line)
            rows = await told_of_rows(file, people, every)
        if (now := await self._store.batches.get(batch_id)) and now.state in OVER:
            await self._store.batches.cancel_waiting(batch_id)
            raise RequestRefused(f"{batch_id} ended meanwhile: nobody new is called")
        more = len(joining.refused)
        counts = Counter(people.not_called) + Counter(handed_back=more)
        await self._count(batch, people.mended, counts)
        return TakenIn(
            batch=batch,
            contacts=joining.new,
            merged=people.merged + joining.joined,
            known=joining.known,
            unusable=people.bad_rows + more,
            not_called=counts,
            times_in=people.imported.times_in,
            stopped=joining.stopped,
            earlier=await earlier.found(),
            lines_after=people.lines_after,
            **rows,
            **told_of_columns(file, speaker, read),
        )

    def agent_names(self) -> list[str]:
        """The agents that can call for a batch."""
        return sorted(name for name in self._agents if not self._lacks(name))

    async def drop_unfinished(self) -> None:
        """Removes what processes have left that ended in the middle of an import."""
        await self._store.batches.drop_imports(before=self._now() - STALE)

    async def _open(self, batch_id: str) -> BatchRecord:
        """A batch that takes people in. Raises NotThere, RequestRefused."""
        batch = await self._store.batches.get(batch_id)
        if batch is None:
            raise NotThere(f"there is no batch {batch_id}")
        if batch.state in OVER:
            raise RequestRefused(f"{batch_id} takes nobody in any more: it is {batch.state}")
        if batch.state == "importing":
            raise RequestRefused(f"{batch_id} takes nobody in yet: its file is still being read in")
        return batch

    def _earlier(self, batch_id: str) -> EarlierBatches:
        return EarlierBatches(store=self._store, batch_id=batch_id, now=self._now)

    async def _store_all(
        self, batch: BatchRecord, contacts: Iterable[ContactRecord], earlier: EarlierBatches
    ) -> None:
        """All or nothing; no contact is called before all are stored."""
        batches = self._store.batches
        await batches.begin_import(batch)
        try:
            async for some in slices(contacts, most=STORED_AT_ONCE):
                await earlier.look_for(some)
                if not await batches.add_imported(batch.id, some, at=self._now()):
                    raise RequestRefused("the import took so long that it was given up: try again")
            if not await batches.end_import(batch.id):
                raise RequestRefused("the import took so long that it was given up: try again")
        except BaseException:  # also when the sender has gone, or this process ends
            with suppress(StoreError):  # then the next import or start drops it
                await asyncio.shield(batches.drop_import(batch.id))
            raise

    async def _count(self, batch: BatchRecord, mended: int, counts: Mapping[str, int]) -> None:
        """Adds to what the batch says of rows that lead to no call; those that were handed back
        and came in again count once.
        """
        now = await self._store.batches.get(batch.id) or batch
        together = recounted(now.settings.get("left_out", {}), mended, counts)
        await self._store.batches.set_settings(batch.id, {**now.settings, "left_out": together})

    def _agent(self, name: str) -> Agent:
        if name not in self._agents:
            known = ", ".join(sorted(self._agents))
            raise Malformed(f'there is no agent "{name}"; choose one of: {known}')
        agent = self._agents[name]
        if lacks := self._lacks(name):
            raise Malformed(
                f"agent {name} calls nobody for a batch: who wants no more calls could not say so, "
                f"for its pipeline {agent.pipeline} has {lacks}"
            )
        return agent

    def _lacks(self, name: str) -> str:
        """What the agent's pipeline lacks to call people for a batch; empty: nothing."""
        spec = find_pipeline(self._agents[name].pipeline, self._pipelines)
        if spec.for_callers:
            return "no key for that"
        return "" if opt_out in spec.tools else "no opt_out"


async def _require_words(people: People, agent: Agent, settings: BatchSettings) -> None:
    """Raises Malformed when the agent's texts need what the file does not say."""
    async for kinds in slices(people.kinds(), most=20):
        for contact in kinds:
            try:
                prompts.check(agent, request_for(contact, settings), "outbound")
            except AgentError as fault:
                given = ", ".join(sorted(contact.variables)) or "none"
                why = f"agent {agent.name}: {fault} (the file gives: {given})"
                raise Malformed(why) from fault
