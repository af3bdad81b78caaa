"""A call as its page shows it: turns in the order they were begun, tool calls, how putting through
went, what is live of it. Plain code; it is made of the record, and follows the feed.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.calls.feed import Interrupted, Item, Said, ToolFinished, ToolStarted, TransferStep, Words
from bot.store.records import CallRecord, Role


def _element(kind: str, key: str) -> str:
    return f"{kind}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one side says, or has said."""

    key: str
    who: Role
    text: str  # once it is over: what was heard
    at: datetime
    growing: bool = False
    interrupted: bool = False
    unheard: str = ""  # of an agent that was interrupted: the words that were not heard any more
    latency_ms: int | None = None

    @property
    def element(self) -> str:
        """The id of its element on the page."""
        return _element("turn", self.key)


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A tool that runs, or has run."""

    key: str
    name: str
    arguments: Any
    at: datetime
    result: Any = None
    duration_ms: int | None = None
    ok: bool | None = None  # None: it runs


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that has happened in putting the caller through."""

    at: datetime
    step: str  # of `bot.store.announcing.STEPS`
    to: str  # of the agent's people; empty: the human of the line


@dataclass(kw_only=True)
class Changes:
    """What the page has to show anew."""

    turns: list[Turn] = field(default_factory=list)  # that were there, and look otherwise
    new: list[Turn] = field(default_factory=list)  # to be put after those that were there
    order: bool = False  # all turns, for some stand elsewhere now
    tools: bool = False
    steps: bool = False
    latencies: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.turns or self.new or self.order or self.tools or self.steps or self.latencies
        )


class Transcript:
    """Turns and tool calls of one call."""

    def __init__(self, record: CallRecord) -> None:
        self._turns = {
            turn.key: Turn(
                key=turn.key,
                who=turn.role,
                text=turn.text,
                at=turn.started_at,
                interrupted=turn.interrupted,
                latency_ms=turn.latency_ms,
            )
            for turn in record.turns
        }
        self._tools = {
            tool.key: ToolCall(
                key=tool.key,
                name=tool.name,
                arguments=tool.arguments,
                at=tool.started_at,
                result=tool.result,
                duration_ms=tool.duration_ms,
                ok=tool.ok,
            )
            for tool in record.tool_calls
        }
        self.steps = [
            Step(at=datetime.fromisoformat(step["at"]), step=step["step"], to=step["to"])
            for step in record.transfer_steps or ()
        ]
        self.first_words_ms = record.first_words_ms
        self._shown = [turn.key for turn in self.turns]
        self._changed: set[str] = set()
        self._tools_changed = self._steps_changed = self._latencies_changed = False

    @property
    def turns(self) -> list[Turn]:
        """By the time they were begun."""
        return sorted(self._turns.values(), key=lambda turn: turn.at)

    @property
    def tools(self) -> list[ToolCall]:
        """Those begun last first."""
        return sorted(self._tools.values(), key=lambda tool: tool.at, reverse=True)

    @property
    def latencies_ms(self) -> list[int]:
        """How long the caller waited for each answer."""
        return [turn.latency_ms for turn in self.turns if turn.latency_ms is not None]

    def take(self, item: Item) -> None:
        """Something has happened."""
        match item:
            case Words():
                before = self._turns.get(item.key)
                if before is not None and not before.growing:
                    return  # it is over, and was read from the record
                turn = before or Turn(key=item.key, who=item.who, text="", at=item.at, growing=True)
                self._put(replace(turn, text=item.text))
            case Said():
                before = self._turns.get(item.key)
                said = Turn(
                    key=item.key,
                    who=item.who,
                    text=item.text,
                    at=item.started_at,
                    interrupted=item.interrupted,
                    latency_ms=item.latency_ms,
                )
                if before is not None and item.interrupted:
                    said = replace(said, unheard=_rest(before, item.text))
                self._put(said)
                self._latencies_changed |= item.latency_ms is not None
            case Interrupted():
                for turn in list(self._turns.values()):
                    if turn.growing and turn.who == "agent":
                        self._put(replace(turn, interrupted=True))
            case ToolStarted() | ToolFinished():
                self._take_tool(item)
            case TransferStep():
                step = Step(at=item.at, step=item.step, to=item.to)
                if step not in self.steps:  # what was read from the record may be told once more
                    self.steps.append(step)
                    self._steps_changed = True

    def _take_tool(self, item: ToolStarted | ToolFinished) -> None:
        if isinstance(item, ToolStarted):
            if item.key not in self._tools:
                self._tools[item.key] = ToolCall(
                    key=item.key, name=item.name, arguments=dict(item.arguments), at=item.at
                )
                self._tools_changed = True
        elif item.key in self._tools:
            self._tools[item.key] = replace(
                self._tools[item.key],
                result=dict(item.result),
                duration_ms=item.duration_ms,
                ok=item.ok,
            )
            self._tools_changed = True

    def changes(self) -> Changes:
        """What has changed since this was asked last."""
        turns = self.turns
        keys = [turn.key for turn in turns]
        kept = keys[: len(self._shown)] == self._shown
        changes = Changes(
            order=not kept,
            tools=self._tools_changed,
            steps=self._steps_changed,
            latencies=self._latencies_changed,
        )
        if kept:
            old = set(self._shown)
            changes.turns = [turn for turn in turns if turn.key in self._changed & old]
            changes.new = [turn for turn in turns if turn.key not in old]
        self._shown, self._changed = keys, set()
        self._tools_changed = self._steps_changed = self._latencies_changed = False
        return changes

    def _put(self, turn: Turn) -> None:
        self._turns[turn.key] = turn
        self._changed.add(turn.key)


def _rest(before: Turn, heard: str) -> str:
    """The words of a turn that were not heard; empty where what was heard does not begin it."""
    said = before.text + before.unheard
    return said[len(heard) :].strip() if said.startswith(heard) else ""
