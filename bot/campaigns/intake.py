"""Files come in: a table of people becomes a batch, or goes into one that is there."""

import asyncio
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import Any

from bot.calls import brief
from bot.campaigns.earlier_batches import InEarlier, in_earlier
from bot.campaigns.reading.cell_times import NoClock
from bot.campaigns.reading.columns import (
    BadColumns,
    ColumnMap,
    check,
    guess_columns,
    header_key,
    map_columns,
)
from bot.campaigns.reading.households import absorb, misfit
from bot.campaigns.reading.importing import BadRow, Imported, Problem, bad_rows_csv, import_contacts
from bot.campaigns.reading.numbering import numbered_on
from bot.campaigns.reading.sheets import read_sheet
from bot.campaigns.reading.tables import NoTable, Sheet
from bot.campaigns.refusals import Malformed, NotThere, Refused
from bot.campaigns.requests import request_for
from bot.campaigns.settings import BatchSettings
from bot.campaigns.terms import new_settings, read_settings
from bot.store import OVER, BatchRecord, ContactRecord, Store
from config import Agent, AgentError
from config.calling_rules import Rules
from pipelines import PIPELINES, PipelineSpec, find_pipeline
from tools import opt_out


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """Somebody of the batch who is not called any more, as a later row refuses consent."""

    line: int
    by_line: int  # of the row that refuses
    dialling: bool  # a call is under way, or about to be: it is the last


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """What became of a file: each of its rows is in one of the numbers."""

    batch: BatchRecord | None  # None: no row could be used, and there is no batch
    contacts: int
    merged: int  # rows whose number an earlier row has, or one that waits in the batch
    known: int  # rows that are in the batch already
    bad_rows: Sequence[BadRow]
    problems_csv: (
        str  # the bad rows, to be put right there and taken in again; empty: there are none
    )
    columns: ColumnMap
    times_in: str  # the zone on whose clock its times were read; empty: none had to be
    stopped: Sequence[Stopped] = ()
    earlier: Sequence[InEarlier] = ()  # batches that have some of the new contacts, oldest first
    lines_after: int = 0  # its line n is line n + this of the batch; 0: it is line n there too


class Intake:
    """Takes files in. What it refuses is a `Refused`, in one sentence; then nothing is stored.

    `can_tell` says whether there is a secret to sign results with.
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
    ) -> None:
        self._store = store
        self._rules = rules
        self._agents = agents
        self._now = now
        self._can_tell = can_tell
        self._pipelines = pipelines

    async def open_batch(
        self,
        content: bytes,
        filename: str,
        *,
        agent: str,
        name: str = "",
        settings: Mapping[str, Any],
        columns: Mapping[str, str] | None = None,
    ) -> TakenIn:
        """A new batch, planned, of the good rows of a file.

        `columns` says what columns are, where the names they have do not: field -> column.
        """
        speaker = self._agent(agent)
        read = new_settings(settings, self._rules)
        if read.results_url and not self._can_tell:
            raise Malformed("settings: results_url needs RESULTS_SECRET, which is not set")
        sheet = await asyncio.to_thread(_sheet, content, filename)
        meaning = await self._meaning(sheet, columns or {})
        batch_id = f"batch_{uuid.uuid4().hex[:12]}"
        imported = await asyncio.to_thread(self._import, sheet, batch_id, read, meaning, speaker)
        kept = read.model_copy(update={"times_in": imported.times_in or read.times_in})
        batch = BatchRecord(
            id=batch_id,
            name=name or PurePath(filename).stem,
            agent=agent,
            settings=kept.model_dump(mode="json"),
            created_at=self._now(),
        )
        earlier = await in_earlier(self._store, batch_id, imported.contacts, now=self._now())
        if imported.contacts:
            await self._store.batches.add(batch, imported.contacts)
            await self._remember(sheet, meaning)
        taken = _taken(batch if imported.contacts else None, imported, sheet, meaning)
        return replace(taken, earlier=earlier)

    async def add_to(
        self,
        batch_id: str,
        content: bytes,
        filename: str,
        *,
        columns: Mapping[str, str] | None = None,
        times_in: str = "",
    ) -> TakenIn:
        """More people for a batch that is not over, as a rule the bad rows of its file, mended.

        Those keep their lines; the lines of other rows are numbered on. Who is refused consent in
        it is not called any more. `times_in` is the zone of this file's times, where it is not
        that of the batch's first.
        """
        batch = await self._store.batches.get(batch_id)
        if batch is None:
            raise NotThere(f"there is no batch {batch_id}")
        if batch.state in OVER:
            raise Refused(f"{batch_id} takes nobody in any more: it is {batch.state}")
        there = {c.id: c for c in await self._store.batches.find_contacts(batch_id)}
        read_in = await asyncio.to_thread(_sheet, content, filename)
        sheet, lines_after = numbered_on(read_in, [contact.line for contact in there.values()])
        meaning = await self._meaning(sheet, columns or {})
        read = read_settings(batch.settings | ({"times_in": times_in} if times_in else {}))
        speaker = self._agent(batch.agent)
        imported = await asyncio.to_thread(self._import, sheet, batch_id, read, meaning, speaker)
        stopped = await self._stop(there, imported.refusals)
        new, refused, known = [], [], 0
        for contact in imported.contacts:
            stored = there.get(contact.id)
            if stored is None:
                new.append(contact)
            elif (together := absorb(stored, contact)) is None:
                known += 1
            elif reason := misfit([stored], contact):
                why = f"line {stored.line} has the same number {reason}"
                refused.append(_as_bad_row(contact, why, sheet))
            elif not await self._store.batches.put_uncalled(together):
                refused.append(_as_bad_row(contact, _too_late(stored), sheet))
        await self._store.batches.add_contacts(new)
        await self._remember(sheet, meaning)
        bad_rows = sorted([*imported.bad_rows, *refused], key=lambda row: row.line)
        left = replace(imported, contacts=tuple(new), bad_rows=tuple(bad_rows))
        joined = len(imported.contacts) - len(new) - known - len(refused)
        if (now := await self._store.batches.get(batch_id)) and now.state in OVER:
            await self._store.batches.cancel_waiting(batch_id)
            raise Refused(f"{batch_id} ended meanwhile: nobody new is called")
        taken = _taken(batch, left, sheet, meaning, known=known, joined=joined)
        earlier = await in_earlier(self._store, batch_id, new, now=self._now())
        return replace(taken, stopped=stopped, earlier=earlier, lines_after=lines_after)

    async def _stop(
        self, there: Mapping[str, ContactRecord], refusals: Mapping[str, int]
    ) -> Sequence[Stopped]:
        """Sees to it that stored contacts that a row says no to are not called (again)."""
        stopped = []
        for contact_id, line in refusals.items():
            contact = there.get(contact_id)
            if contact is None or contact.state not in ("waiting", "dialling"):
                continue
            decision = _refusal(line, at=self._now())
            state = await self._store.batches.refuse(contact_id, decision=decision, at=self._now())
            stopped.append(Stopped(line=contact.line, by_line=line, dialling=state == "dialling"))
        return stopped

    def _agent(self, name: str) -> Agent:
        if name not in self._agents:
            known = ", ".join(sorted(self._agents))
            raise Malformed(f'there is no agent "{name}"; choose one of: {known}')
        agent = self._agents[name]
        tools = find_pipeline(agent.pipeline, self._pipelines).tools
        if opt_out not in tools:
            raise Malformed(
                f"agent {name} calls nobody for a batch: who wants no more calls could not say so, "
                f"for its pipeline {agent.pipeline} has no opt_out"
            )
        return agent

    async def _meaning(self, sheet: Sheet, wanted: Mapping[str, str]) -> ColumnMap:
        """What the columns are: as said now, else as said of such a file before, else guessed."""
        kept = await self._store.batches.get_column_map(header_key(sheet.header))
        try:
            base = ColumnMap.of_json(kept) if kept else guess_columns(sheet.header)
            meaning = map_columns(sheet.header, wanted, base=base) if wanted else base
            check(meaning, sheet.header)
        except BadColumns as fault:
            raise Malformed(str(fault)) from fault
        return meaning

    async def _remember(self, sheet: Sheet, meaning: ColumnMap) -> None:
        await self._store.batches.put_column_map(header_key(sheet.header), meaning.as_json())

    def _import(
        self,
        sheet: Sheet,
        batch_id: str,
        settings: BatchSettings,
        meaning: ColumnMap,
        agent: Agent,
    ) -> Imported:
        try:
            imported = import_contacts(
                sheet,
                batch_id=batch_id,
                settings=settings,
                columns=meaning,
                now=self._now(),
                zone=settings.times_in or agent.timezone,
            )
        except NoClock as fault:
            raise Malformed(str(fault)) from fault
        _require_words(agent, settings, imported.contacts)
        return imported


def _sheet(content: bytes, filename: str) -> Sheet:
    try:
        return read_sheet(content, filename)
    except NoTable as fault:
        raise Malformed(str(fault)) from fault


def _require_words(
    agent: Agent, settings: BatchSettings, contacts: Iterable[ContactRecord]
) -> None:
    """Raises Malformed when the agent's texts need what the file does not say."""
    told: set[frozenset[str]] = set()
    for contact in contacts:
        names = frozenset(contact.variables)
        if names in told:
            continue
        told.add(names)
        try:
            brief.check(agent, request_for(contact, settings), "outbound")
        except AgentError as fault:
            given = ", ".join(sorted(names)) or "none"
            raise Malformed(f"agent {agent.name}: {fault} (the file gives: {given})") from fault


def _refusal(line: int, *, at: datetime) -> dict[str, Any]:
    """By which a contact is kept from being called, as the gate's decisions are stored."""
    why = f"line {line}, which came later, says that this number must not be called"
    reason = {"rule": "consent", "says": "never", "why": why, "until": None}
    return {"word": "never", "at": at.isoformat(), "until": None, "reasons": [reason]}


def _too_late(there: ContactRecord) -> str:
    how = (
        "calls this number no more"
        if there.state == "skipped"
        else "has called this number already"
    )
    return f"the batch {how} (line {there.line}): make another batch of it"


def _as_bad_row(contact: ContactRecord, why: str, sheet: Sheet) -> BadRow:
    cells = next(row.cells for row in sheet.rows if row.line == contact.line)
    return BadRow(line=contact.line, cells=cells, problems=(Problem(column="", why=why),))


def _taken(
    batch: BatchRecord | None,
    imported: Imported,
    sheet: Sheet,
    meaning: ColumnMap,
    *,
    known: int = 0,
    joined: int = 0,
) -> TakenIn:
    return TakenIn(
        batch=batch,
        contacts=len(imported.contacts),
        merged=len(imported.merged) + joined,
        known=known,
        bad_rows=imported.bad_rows,
        problems_csv=bad_rows_csv(imported, sheet) if imported.bad_rows else "",
        columns=meaning,
        times_in=imported.times_in,
    )
