"""Files come in: a table of people becomes a batch, or goes into one that is there."""

import asyncio
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import Any

from bot.calls import brief
from bot.campaigns.reading.columns import (
    BadColumns,
    ColumnMap,
    check,
    guess_columns,
    header_key,
    map_columns,
)
from bot.campaigns.reading.households import absorb
from bot.campaigns.reading.importing import BadRow, Imported, Problem, bad_rows_csv, import_contacts
from bot.campaigns.reading.sheets import read_sheet
from bot.campaigns.reading.tables import NoTable, Sheet
from bot.campaigns.refusals import Malformed, NotThere, Refused
from bot.campaigns.requests import request_for
from bot.campaigns.settings import BatchSettings
from bot.campaigns.terms import read_settings
from bot.store import BatchRecord, ContactRecord, Store
from config import Agent, AgentError

OVER = ("cancelled", "done")


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
    ) -> None:
        self._store = store
        self._agents = agents
        self._now = now
        self._can_tell = can_tell

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
        read = read_settings(settings)
        if read.results_url and not self._can_tell:
            raise Malformed("settings: results_url needs RESULTS_SECRET, which is not set")
        sheet = await asyncio.to_thread(_sheet, content, filename)
        meaning = await self._meaning(sheet, columns or {})
        batch = BatchRecord(
            id=f"batch_{uuid.uuid4().hex[:12]}",
            name=name or PurePath(filename).stem,
            agent=agent,
            settings=read.model_dump(mode="json"),
            created_at=self._now(),
        )
        imported = await asyncio.to_thread(self._import, sheet, batch, read, meaning, speaker)
        if imported.contacts:
            await self._store.batches.add(batch, imported.contacts)
            await self._remember(sheet, meaning)
        return _taken(batch if imported.contacts else None, imported, sheet, meaning)

    async def add_to(
        self,
        batch_id: str,
        content: bytes,
        filename: str,
        *,
        columns: Mapping[str, str] | None = None,
    ) -> TakenIn:
        """More people for a batch that is not over, as a rule the bad rows of its file, mended."""
        batch = await self._store.batches.get(batch_id)
        if batch is None:
            raise NotThere(f"there is no batch {batch_id}")
        if batch.state in OVER:
            raise Refused(f"{batch_id} takes nobody in any more: it is {batch.state}")
        sheet = await asyncio.to_thread(_sheet, content, filename)
        meaning = await self._meaning(sheet, columns or {})
        read = read_settings(batch.settings)
        speaker = self._agent(batch.agent)
        imported = await asyncio.to_thread(self._import, sheet, batch, read, meaning, speaker)
        there = {c.id: c for c in await self._store.batches.find_contacts(batch_id)}
        new, too_late, known = [], [], 0
        for contact in imported.contacts:
            stored = there.get(contact.id)
            if stored is None:
                new.append(contact)
            elif (together := absorb(stored, contact)) is None:
                known += 1
            elif not await self._store.batches.put_uncalled(together):
                too_late.append(_as_bad_row(contact, stored, sheet))
        await self._store.batches.add_contacts(new)
        await self._remember(sheet, meaning)
        bad_rows = sorted([*imported.bad_rows, *too_late], key=lambda row: row.line)
        left = replace(imported, contacts=tuple(new), bad_rows=tuple(bad_rows))
        joined = len(imported.contacts) - len(new) - known - len(too_late)
        if (now := await self._store.batches.get(batch_id)) and now.state in OVER:
            await self._store.batches.cancel_waiting(batch_id)
            raise Refused(f"{batch_id} ended meanwhile: nobody new is called")
        return _taken(batch, left, sheet, meaning, known=known, joined=joined)

    def _agent(self, name: str) -> Agent:
        if name not in self._agents:
            known = ", ".join(sorted(self._agents))
            raise Malformed(f'there is no agent "{name}"; choose one of: {known}')
        return self._agents[name]

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
        batch: BatchRecord,
        settings: BatchSettings,
        meaning: ColumnMap,
        agent: Agent,
    ) -> Imported:
        imported = import_contacts(
            sheet,
            batch_id=batch.id,
            settings=settings,
            columns=meaning,
            now=self._now(),
            zone=agent.timezone,
        )
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


def _as_bad_row(contact: ContactRecord, there: ContactRecord, sheet: Sheet) -> BadRow:
    cells = next(row.cells for row in sheet.rows if row.line == contact.line)
    why = f"the batch has called this number already (line {there.line}): make another batch of it"
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
    )
