"""What a call leaves behind, written as it happens.

Taking a note never waits and never raises: a writer of its own brings notes to the store in
order. A database that fails costs notes, never the call.
"""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.brains import Meter
from bot.calls.cost import bill
from bot.calls.meters import Meters
from bot.calls.note_writer import NoteWriter
from bot.clock import utcnow
from bot.metrics import FIRST_WORDS, TURN_LATENCY
from bot.store import (
    CallFacts,
    CallRecord,
    Cost,
    Dialled,
    Direction,
    Outcome,
    Store,
    ToolCallRecord,
    Transfer,
    TurnRecord,
)
from config.prices import PRICES


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
        self._meter = Meters(meter)
        self._latencies_ms: list[int] = []
        self._turns: dict[str, TurnRecord] = {}
        self._tool_calls: dict[str, ToolCallRecord] = {}
        self._notes = NoteWriter(call_id)
        self._ended_here = False  # the ending in the store is ours
        self._usage_waits = False  # a note of it does; it will hold what is used until then
        self._key_prefix = ""
        self._first_words_known = False
        self._sources: list[str] = []  # of the passages that the agent was told
        self.turns = 0
        if earlier is not None:
            self._continue(earlier)

    def _continue(self, earlier: CallRecord) -> None:
        """The model's ids begin anew with its session: a prefix keeps ours apart from those."""
        self.turns = len(earlier.turns)
        self._turns.update({turn.key: turn for turn in earlier.turns})
        self._first_words_known = earlier.first_words_ms is not None
        self._sources += [str(each.get("source", "")) for each in earlier.knowledge or ()]
        self._meter.add_recorded(earlier.usage)
        waits_ms = (turn.latency_ms for turn in earlier.turns)
        self._latencies_ms.extend(ms for ms in waits_ms if ms is not None)
        self._tool_calls.update({tool_call.key: tool_call for tool_call in earlier.tool_calls})
        self.another_session()

    def another_session(self, meter: Meter | None = None) -> None:
        """The model's ids begin anew: a prefix keeps what follows apart from what is there. With a
        `meter`, it is another model, and billed by that.
        """
        if meter is not None:
            self._meter.go_on_with(meter)
        self._key_prefix = f"after_{self.turns + len(self._tool_calls)}_"

    def so_far(self) -> tuple[tuple[TurnRecord, ...], tuple[ToolCallRecord, ...]]:
        """What was said and done in this call until now, in order."""
        turns = sorted(self._turns.values(), key=lambda turn: (turn.started_at, turn.key))
        return tuple(turns), tuple(self._tool_calls.values())

    # -- notes --------------------------------------------------------------------------------

    def opened(self, record: CallRecord) -> None:
        """The call exists."""
        self._notes.take(lambda: self._store.add_call(record))

    def changed(self, **changes: Any) -> None:
        """Something became known of the call (`Store.set_call`)."""
        self._notes.take(lambda: self._store.set_call(self._call_id, **changes))

    def first_words(self, after_ms: int) -> None:
        """The agent's first sound was sent this long after the stream's start."""
        if not self._first_words_known:
            self._first_words_known = True
            FIRST_WORDS.observe(after_ms / 1000)
            self.changed(first_words_ms=after_ms)

    def told_of(self, sources: Iterable[str]) -> None:
        """The agent is told passages from these places. A session that is opened anew, and an agent
        that goes on with the call, add to those that were told before.
        """
        new = [source for source in sources if source not in self._sources]
        if new or not self._sources:
            self._sources += new
            self.changed(knowledge=[{"source": source} for source in self._sources])

    def transferred(self, transfer: Transfer) -> None:
        """The call is to be put through; how that goes is not known yet."""
        self.changed(transfer=transfer, dialled=None)

    def transfer_step(self, step: str, *, to: str = "", at: datetime | None = None) -> None:
        """What has happened in putting the caller through (`Store.add_transfer_step`)."""
        when = at or utcnow()
        self._notes.take(
            lambda: self._store.add_transfer_step(self._call_id, step=step, to=to, at=when)
        )

    def caller_said(self, *, key: str, text: str, started_at: datetime, ended_at: datetime) -> None:
        self._turn(
            TurnRecord(
                key=self.key_of(key),
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
                key=self.key_of(key),
                role="agent",
                text=text,
                started_at=started_at,
                ended_at=ended_at,
                interrupted=interrupted,
                latency_ms=latency_ms,
            )
        )

    def key_of(self, key: str) -> str:
        """The key in the record of what the conversation calls so."""
        return self._key_prefix + key

    def _turn(self, turn: TurnRecord) -> None:
        self.turns += 1
        self._turns[turn.key] = turn
        self._notes.take_of_talk(lambda: self._store.put_turn(self._call_id, turn))

    def tool_started(self, *, key: str, name: str, arguments: Mapping[str, Any]) -> None:
        self._tool(
            ToolCallRecord(
                key=self.key_of(key),
                name=name,
                arguments=dict(arguments),
                started_at=utcnow(),
            )
        )

    def tool_finished(
        self, *, key: str, result: Mapping[str, Any], duration_ms: int | None, ok: bool
    ) -> None:
        begun = self._tool_calls.get(self.key_of(key))
        if begun is not None:
            if duration_ms is None:  # a write that ended after its deadline
                took = utcnow() - begun.started_at
                duration_ms = round(took.total_seconds() * 1000)
            self._tool(replace(begun, result=dict(result), duration_ms=duration_ms, ok=ok))

    def _tool(self, tool_call: ToolCallRecord) -> None:
        self._tool_calls[tool_call.key] = tool_call
        self._notes.take_of_talk(lambda: self._store.put_tool_call(self._call_id, tool_call))

    def used(self, usage: Mapping[str, Any]) -> float:
        self._meter.add_response(usage)
        return self._noted_usage()

    def transcribed(self, usage: Mapping[str, Any]) -> float:
        self._meter.add_transcription(usage)
        return self._noted_usage()

    def _noted_usage(self) -> float:
        if not self._usage_waits:
            self._usage_waits = True
            self._notes.take(self._write_usage)
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

    def hearing_usd(self, secs: float) -> float:
        """What the model would charge to hear so much sound once."""
        return self._meter.hearing_usd(secs)

    # -- the end ------------------------------------------------------------------------------

    def cost(self, talked_secs: float) -> Cost:
        """What the call has cost by now."""
        return bill(
            self._meter.usd,
            direction=self._direction,
            talked_secs=talked_secs,
            prices=PRICES,
        )

    def ended(
        self, *, status: str, outcome: Outcome, ended_at: datetime, talked_secs: float
    ) -> None:
        """The call has ended; an outcome without a summary is followed by `summed_up`."""
        figures = self._figures(talked_secs)

        async def write() -> None:
            self._ended_here = await self._store.end_call(
                self._call_id, status=status, outcome=outcome, ended_at=ended_at, **figures
            )

        self._notes.take(write)

    def summed_up(self, *, summary: str, fields: Mapping[str, Any], talked_secs: float) -> None:
        """What the call was about. Nothing is written if another process has ended it."""
        figures = self._figures(talked_secs)

        async def write() -> None:
            if self._ended_here:
                await self._store.sum_up_call(
                    self._call_id, summary=summary, fields=fields, **figures
                )

        self._notes.take(write)

    def _figures(self, talked_secs: float) -> CallFacts:
        return {
            "cost": self.cost(talked_secs),
            "turn_latencies_ms": tuple(self._latencies_ms),
            "usage": self._meter.as_record(),
        }

    def transfer_ended(self, dialled: Dialled) -> bool:
        """The person was dialled; this came of it. False: it is too late to note it here."""
        return self._notes.take(lambda: self._store.end_transfer(self._call_id, dialled))

    async def close(self) -> None:
        """Returns when all notes are in the store, or lost; no more are taken. A call whose ending
        was not noted stays open: who comes later finds out how it ended.
        """
        await self._notes.close()

    @property
    def backlog(self) -> int:
        """Notes taken that the store has not begun to write, as many as count for one call."""
        return self._notes.backlog

    async def written(self) -> None:
        """Waits until all notes taken so far are in the store, or lost."""
        await self._notes.written()
