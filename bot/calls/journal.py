"""What a call leaves behind, written as it happens.

Taking a note never waits and never raises: a writer of its own brings notes to the store in
order. A database that fails costs notes, never the call.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from loguru import logger

from bot.brains import Meter
from bot.calls.bill import bill
from bot.clock import monotonic, utcnow
from bot.metrics import FIRST_WORDS, TURN_LATENCY
from bot.store import (
    CallRecord,
    Cost,
    Direction,
    Outcome,
    Store,
    StoreError,
    ToolCallRecord,
    Transfer,
    TurnRecord,
)
from config.prices import PRICES

Note = Callable[[], Awaitable[Any]]
# Of one call, not written yet: an hour of talk has fewer. What it is and how it ended counts for
# none of them and is never lost.
MOST_WAITING = 1000
MOST_COUNTED = 50  # of one call: it takes twenty of them to turn a new call away
RETRY_SECS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # then the last of them, again and again
KEPT_SECS = 600.0  # a note that the database does not take, from when it was taken


class Journal:
    """The notes of one call (the `CallLog` port of `bot.brains`)."""

    def __init__(
        self,
        *,
        store: Store,
        call_id: str,
        direction: Direction,
        meter: Meter,
        earlier: CallRecord | None = None,
    ) -> None:
        """`earlier` is what another process has written of this call: it is continued."""
        self._store = store
        self._call_id = call_id
        self._direction = direction
        self._meter = meter
        self._latencies_ms: list[int] = []
        self._tool_calls: dict[str, ToolCallRecord] = {}
        self._notes: asyncio.Queue[tuple[Note, float] | None] = asyncio.Queue()  # taken when
        self._writer = asyncio.create_task(self._write(), name=f"journal::{call_id}")
        self._closed = False
        self._usage_waits = False  # a note of it does; it will hold what is used until then
        self._lost = 0  # notes that there was no room for
        self._key_prefix = ""
        self._first_words_known = False
        self.turns = 0
        if earlier is not None:
            self._continue(earlier)

    def _continue(self, earlier: CallRecord) -> None:
        """The model's ids begin anew with its session: a prefix keeps ours apart from those."""
        self.turns = len(earlier.turns)
        self._key_prefix = f"after_{self.turns + len(earlier.tool_calls)}_"
        self._first_words_known = earlier.first_words_ms is not None
        self._meter.add_recorded(earlier.usage)
        waits_ms = (turn.latency_ms for turn in earlier.turns)
        self._latencies_ms.extend(ms for ms in waits_ms if ms is not None)
        self._tool_calls.update({tool_call.key: tool_call for tool_call in earlier.tool_calls})

    # -- notes --------------------------------------------------------------------------------

    def opened(self, record: CallRecord) -> None:
        """The call exists."""
        self._note(lambda: self._store.add_call(record))

    def changed(self, **changes: Any) -> None:
        """Something became known of the call (`Store.set_call`)."""
        self._note(lambda: self._store.set_call(self._call_id, **changes))

    def first_words(self, after_ms: int) -> None:
        """The agent's first sound was sent this long after the stream's start."""
        if not self._first_words_known:
            self._first_words_known = True
            FIRST_WORDS.observe(after_ms / 1000)
            self.changed(first_words_ms=after_ms)

    def transferred(self, transfer: Transfer) -> None:
        """The call is put through."""
        self.changed(transfer=transfer)

    def caller_said(self, *, key: str, text: str, started_at: datetime, ended_at: datetime) -> None:
        self._turn(
            TurnRecord(
                key=self._key(key),
                role="caller",
                text=text,
                started_at=started_at,
                ended_at=ended_at,
            )
        )

    def agent_said(
        self,
        *,
        key: str,
        text: str,
        started_at: datetime,
        ended_at: datetime,
        interrupted: bool,
        latency_ms: int | None,
    ) -> None:
        if latency_ms is not None:
            self._latencies_ms.append(latency_ms)
            TURN_LATENCY.observe(latency_ms / 1000)
        self._turn(
            TurnRecord(
                key=self._key(key),
                role="agent",
                text=text,
                started_at=started_at,
                ended_at=ended_at,
                interrupted=interrupted,
                latency_ms=latency_ms,
            )
        )

    def _key(self, key: str) -> str:
        return self._key_prefix + key

    def _turn(self, turn: TurnRecord) -> None:
        self.turns += 1
        self._note_of_talk(lambda: self._store.put_turn(self._call_id, turn))

    def tool_started(self, *, key: str, name: str, arguments: Mapping[str, Any]) -> None:
        self._tool(
            ToolCallRecord(
                key=self._key(key),
                name=name,
                arguments=dict(arguments),
                started_at=utcnow(),
            )
        )

    def tool_finished(
        self, *, key: str, result: Mapping[str, Any], duration_ms: int | None, ok: bool
    ) -> None:
        begun = self._tool_calls.get(self._key(key))
        if begun is not None:
            if duration_ms is None:  # a write that ended after its deadline
                took = utcnow() - begun.started_at
                duration_ms = round(took.total_seconds() * 1000)
            self._tool(replace(begun, result=dict(result), duration_ms=duration_ms, ok=ok))

    def _tool(self, tool_call: ToolCallRecord) -> None:
        self._tool_calls[tool_call.key] = tool_call
        self._note_of_talk(lambda: self._store.put_tool_call(self._call_id, tool_call))

    def used(self, usage: Mapping[str, Any]) -> float:
        self._meter.add_response(usage)
        return self._noted_usage()

    def transcribed(self, usage: Mapping[str, Any]) -> float:
        self._meter.add_transcription(usage)
        return self._noted_usage()

    def _noted_usage(self) -> float:
        if not self._usage_waits:
            self._usage_waits = True
            self._note(self._write_usage)
        return self._meter.usd

    def _write_usage(self) -> Awaitable[Any]:
        self._usage_waits = False
        return self._store.set_call(self._call_id, usage=self._meter.as_record())

    def said_at_the_end(self) -> str:
        """The summary the model gave when it asked to hang up, if it did."""
        for tool_call in reversed(self._tool_calls.values()):
            if tool_call.name == "end_call":
                return str(tool_call.arguments.get("summary") or "")
        return ""

    # -- the end ------------------------------------------------------------------------------

    def cost(self, talked_secs: float) -> Cost:
        """What the call has cost by now."""
        return bill(
            self._meter.usd,
            direction=self._direction,
            talked_secs=talked_secs,
            prices=PRICES,
        )

    async def ended(
        self, *, status: str, outcome: Outcome, ended_at: datetime, talked_secs: float
    ) -> None:
        """Writes the ending behind all notes, then closes the journal."""
        cost = self.cost(talked_secs)
        self._note(
            lambda: self._store.end_call(
                self._call_id,
                status=status,
                outcome=outcome,
                ended_at=ended_at,
                turn_latencies_ms=tuple(self._latencies_ms),
                usage=self._meter.as_record(),
                cost=cost,
            )
        )
        await self._close()

    async def left_open(self) -> None:
        """Closes the journal without an ending: whoever comes after finds out how it ended."""
        await self._close()

    async def _close(self) -> None:
        self._closed = True
        self._notes.put_nowait(None)
        await asyncio.shield(self._writer)

    def _note(self, note: Note) -> None:
        if not self._closed:
            self._notes.put_nowait((note, monotonic()))

    def _note_of_talk(self, note: Note) -> None:
        """One of many; a call whose model runs wild must not take the memory of all."""
        if self._notes.qsize() < MOST_WAITING:
            self._note(note)
            return
        if not self._lost:
            log = logger.bind(call_id=self._call_id)
            log.error("{} notes of this call wait for the database: more are lost", MOST_WAITING)
        self._lost += 1

    @property
    def backlog(self) -> int:
        """Notes taken that the store has not begun to write, as many as count for one call."""
        return min(self._notes.qsize(), MOST_COUNTED)

    async def written(self) -> None:
        """Waits until all notes taken so far are in the store, or lost."""
        await self._notes.join()

    async def _write(self) -> None:
        while (taken := await self._notes.get()) is not None:
            note, at = taken
            try:
                await _kept(note, until=at + KEPT_SECS)
            except StoreError as error:
                log = logger.bind(call_id=self._call_id, event="note_lost")
                log.error("a note was lost: {}", error)
            except Exception:
                logger.bind(call_id=self._call_id).exception("a note was lost")
            finally:
                self._notes.task_done()
        self._notes.task_done()


async def _kept(note: Note, *, until: float) -> None:
    """Brings a note to the store, again and again while the store says that this may help, but not
    after this moment of `monotonic`; once in any case. What follows keeps its order behind it.
    """
    for attempt in itertools.count(1):
        try:
            await note()
        except StoreError as error:
            left_secs = until - monotonic()
            if not error.temporary or left_secs <= 0:
                raise
            wait_secs = min(RETRY_SECS[min(attempt, len(RETRY_SECS)) - 1], left_secs)
            if attempt == 1:
                log = logger.bind(event="note_waits")
                log.warning("the database does not take a note, trying again: {}", error)
            await asyncio.sleep(wait_secs)
        else:
            if attempt > 1:
                logger.bind(event="note_written").info("a note was written by attempt {}", attempt)
            return
