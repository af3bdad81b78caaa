"""Files as far as their header: what their columns mean, and what becomes of their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.batches.errors import Malformed
from bot.batches.model_variables import told_names
from bot.batches.reading.columns import (
    BadColumns,
    ColumnMap,
    check,
    guess_columns,
    header_key,
    map_columns,
    remembered,
)
from bot.batches.reading.file_reader import FileReader, People
from bot.batches.reading.tables import Choices, NoTable
from bot.batches.settings import BatchSettings
from bot.child import Apart
from bot.store import Store
from config import Agent


@dataclass(frozen=True, kw_only=True)
class OpenedFile:
    """A file as far as its header, and what its columns are."""

    content: bytes
    name: str
    choices: Choices
    header: tuple[str, ...]
    notes: tuple[str, ...]
    columns: ColumnMap


class FileOpener:
    """Has files read apart, and knows what their senders said of such files before."""

    def __init__(self, *, store: Store, apart: Apart) -> None:
        self._store = store
        self._reader = FileReader(apart)

    async def open(
        self,
        content: bytes,
        filename: str,
        wanted: Mapping[str, str],
        choices: Choices | None,
    ) -> OpenedFile:
        """The file as far as its header. Raises Malformed."""
        named = tuple(part.strip() for names in wanted.values() for part in names.split("|"))
        chosen = replace(choices or Choices(), named=named)
        try:
            top = await self._reader.top(content, filename, chosen)
        except NoTable as fault:
            raise Malformed(str(fault)) from fault
        columns = await self._meaning(top.header, wanted, top.notes)
        return OpenedFile(
            content=content,
            name=filename,
            choices=chosen,
            header=top.header,
            notes=top.notes,
            columns=columns,
        )

    async def _meaning(
        self, header: Sequence[str], wanted: Mapping[str, str], notes: Sequence[str]
    ) -> ColumnMap:
        """What the columns are: as said now, else as said of such a file before, else guessed."""
        kept = await self._store.batches.get_column_map(header_key(header))
        try:
            base = remembered(kept, header) if kept else guess_columns(header)
            meaning = map_columns(header, wanted, base=base) if wanted else base
            check(meaning, header)
        except BadColumns as fault:
            raise Malformed(_noted(fault, notes)) from fault
        return meaning

    async def remember(self, file: OpenedFile) -> None:
        await self._store.batches.put_column_map(header_key(file.header), file.columns.as_json())

    async def people(
        self,
        file: OpenedFile,
        batch_id: str,
        settings: BatchSettings,
        agent: Agent,
        *,
        now: datetime,
        last_line: int | None = None,
    ) -> People:
        """What becomes of its rows, nothing of it stored yet. Raises Malformed."""
        try:
            return await self._reader.people(
                file.content,
                file.name,
                file.choices,
                batch_id=batch_id,
                settings=settings,
                columns=file.columns,
                told=told_names(agent, settings),
                now=now,
                zone=settings.times_in or agent.timezone,
                last_line=last_line,
            )
        except NoTable as fault:
            raise Malformed(_noted(fault, file.notes)) from fault


def _noted(fault: Exception, notes: Sequence[str]) -> str:
    """What is wrong, and what of the file was not read, which may be why."""
    return " ".join([str(fault), *(f"({note})" for note in notes)])
