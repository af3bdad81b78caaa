"""One call: who, with which agent; and the mailbox for all that happens to it."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loguru import logger

from bot.calls.actions import Note, ToDo
from bot.calls.call_feed import CallFeed
from bot.calls.call_request import CallRequest
from bot.calls.events import Event, TimerDue
from bot.calls.journal import Journal
from bot.calls.outcome import MEANING, Ending
from bot.calls.state import CallState
from bot.calls.step import step
from bot.clock import instant, monotonic
from bot.media import CallSound
from bot.store import CallRecord, Direction, digest_of
from config import Agent
from pipelines import PipelineSpec
from tools import Tool

TOKEN_LETTERS = 32


def new_token() -> str:
    """A secret token with which a stream claims its call."""
    return secrets.token_urlsafe(24)


class Mailbox:
    """Takes the events of one call. What follows from an event is decided and noted as it is
    posted, so its poster can read the new state at once; all else that is to be done waits
    for the runner.
    """

    def __init__(self, call_id: str, state: CallState, feed: CallFeed) -> None:
        self.state = state
        self._call_id = call_id
        self._feed = feed
        self._actions: asyncio.Queue[ToDo] = asyncio.Queue()
        self._moved = asyncio.Event()  # set, and replaced, at each change

    def post(self, event: Event) -> bool:
        """Something has happened. Whether it changed anything."""
        before = self.state
        self.state, actions = step(before, event, instant())
        awaited = _awaited(before, self.state)
        for action in actions:
            if isinstance(action, Note):
                self._feed.noted({**action.changes, **awaited})
                awaited = {}
            else:
                self._actions.put_nowait(action)
        if awaited:
            self._feed.noted(awaited)
        changed = self.state is not before
        if changed or actions:
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()
        if changed:
            _log(self._call_id, before, self.state)
            self._feed.moved(before, self.state)
        return changed

    async def until(self, holds: Callable[[CallState], object]) -> CallState:
        """The state of the call, as soon as it `holds`."""
        while not holds(self.state):
            await self._moved.wait()
        return self.state

    async def next_action(self) -> ToDo:
        """What is to be done next. Posts `TimerDue` for each timer that runs out meanwhile."""
        while self._actions.empty():
            timer = self.state.next_timer
            try:
                async with asyncio.timeout(timer and max(0.0, timer[1] - monotonic())):
                    await self._moved.wait()
            except TimeoutError:
                if timer is not None:
                    self.post(TimerDue(*timer))
        return self._actions.get_nowait()


def _awaited(before: CallState, after: CallState) -> dict[str, Any]:
    """What to note of the stream that is awaited, for other processes: it may come to them."""
    if after.elsewhere or after.caller.token == before.caller.token:
        return {}
    return {"stream_digest": digest_of(after.caller.token)}


def _log(call_id: str, before: CallState, after: CallState) -> None:
    log = logger.bind(call_id=call_id)
    if after.stage is not before.stage:
        log.debug("call {} -> {}", before.stage.name, after.stage.name)
    if after.ending is not before.ending and after.ending is not None:
        ending = after.ending
        log.info("call ends: {} ({})", ending.value, MEANING[ending].result, event="ending_decided")


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """A live call: what never changes about it. What does is its `state`, moved by `post`."""

    id: str
    agent: Agent
    pipeline: PipelineSpec
    outside_tools: tuple[Tool, ...] = ()  # beside those of the pipeline
    request: CallRequest
    from_number: str = field(repr=False)
    to_number: str = field(repr=False)
    journal: Journal
    feed: CallFeed = field(repr=False)
    mailbox: Mailbox = field(repr=False)
    sound: CallSound = field(repr=False, default_factory=CallSound)
    earlier: CallRecord | None = None  # what another process left of this call, in its middle
    before: CallRecord | None = field(default=None, repr=False)  # a call that this one goes on with
    agents_before: tuple[Mapping[str, Any], ...] = ()  # who had it: agent, until
    handed_over: str = field(default="", repr=False)  # what its agent is told of that, once
    unheard: bool = False  # of that, nothing of the agent: its first words are still to be said
    taken_over_secs: float = 0.0  # how long operators spoke in the place of those agents
    late_facts: Awaitable[str] | None = field(default=None, repr=False)  # of who calls

    def post(self, event: Event) -> bool:
        """See `Mailbox.post`."""
        return self.mailbox.post(event)

    async def until(self, holds: Callable[[CallState], object]) -> CallState:
        """See `Mailbox.until`."""
        return await self.mailbox.until(holds)

    @property
    def state(self) -> CallState:
        """Where it stands now."""
        return self.mailbox.state

    @property
    def call_sid(self) -> str | None:
        """The carrier's name of it; None: not known yet."""
        return self.state.call_sid

    @property
    def direction(self) -> Direction:
        """Who called whom."""
        return self.state.direction

    @property
    def started_at(self) -> datetime:
        """When it was announced, or ordered."""
        return self.state.began_at

    @property
    def ending(self) -> Ending | None:
        """How it ends, once that is decided."""
        return self.state.ending

    @property
    def other_party(self) -> str:
        """The number we speak with, raw."""
        return self.from_number if self.direction == "inbound" else self.to_number

    @property
    def our_number(self) -> str:
        """The number of the line."""
        return self.to_number if self.direction == "inbound" else self.from_number
