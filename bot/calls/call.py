"""One call, while it lives: who, with which agent, where it stands, how it ends."""

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loguru import logger

from bot.brains.realtime import RealtimeSession
from bot.calls.brief import CallRequest
from bot.calls.journal import Journal
from bot.calls.outcome import MEANING, Ending
from bot.calls.reconnections import Reconnections
from bot.calls.states import Stage, may_move
from bot.calls.stream import Stream
from bot.carriers import MachineDetected, StatusLog
from bot.clock import utcnow
from bot.store import CallRecord, Direction
from config import Agent
from pipelines import PipelineSpec
from tools import Tool


def _token() -> str:
    return secrets.token_urlsafe(24)


def _future() -> "asyncio.Future[Any]":
    return asyncio.get_running_loop().create_future()


@dataclass(kw_only=True, eq=False)
class Call:
    """A live call. Its stage moves in `move` alone; its ending is decided once, by `end`."""

    id: str
    direction: Direction
    agent: Agent
    pipeline: PipelineSpec
    outside_tools: tuple[Tool, ...] = ()  # beside those of the pipeline
    request: CallRequest
    from_number: str = field(repr=False)
    to_number: str = field(repr=False)
    journal: Journal
    call_sid: str | None = None
    earlier: CallRecord | None = None  # what another process left of this call, in its middle
    # Handed to the carrier as a stream parameter, given back by the stream that claims the call;
    # empty while no stream is expected.
    token: str = field(default_factory=_token, repr=False)
    started_at: datetime = field(default_factory=utcnow)
    placed: asyncio.Event = field(default_factory=asyncio.Event)  # call_sid is known, or never will
    in_doubt: bool = False  # the carrier may have this call, or not: only it can tell
    # Done when it is let in and has a place; a call that waits or is turned away has none.
    admitted: "asyncio.Future[None]" = field(default_factory=_future)
    visits: int = 0  # how often the carrier has asked what to do with it
    stage: Stage = Stage.EXPECTED
    status_log: StatusLog = field(default_factory=StatusLog)
    # What the carrier says of who has answered, until the conversation takes it in.
    machine_reports: "asyncio.Queue[MachineDetected]" = field(default_factory=asyncio.Queue)
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    transfer_reason: str | None = None
    session: "asyncio.Task[RealtimeSession] | None" = None
    stream: "asyncio.Future[Stream]" = field(default_factory=_future)  # the newest
    stream_lost: asyncio.Event = field(default_factory=asyncio.Event)
    stopped_at: datetime | None = None  # when the carrier stopped it; None: it did not
    reconnections: Reconnections = field(default_factory=Reconnections)
    parting: asyncio.Event = field(default_factory=asyncio.Event)  # it is to end after a last line
    parting_as: Ending = Ending.HUNG_UP_BY_API  # how it ends then
    took_leave: bool = False  # that line is over: nothing more is to be said
    ending: "asyncio.Future[Ending]" = field(default_factory=_future)
    own_reason: str = ""  # an author's own word for that ending, kept in the record
    # The carrier has asked what follows the stream: our answer ends the call there.
    follow_up_asked: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)  # all is stored and let go

    def end(self, ending: Ending) -> bool:
        """Decides how this call ends. True when this decided it; the first decision stands."""
        if self.ending.done():
            return False
        self.ended_at = self.stopped_at or utcnow()
        self.ending.set_result(ending)
        self.move(Stage.ENDING)
        logger.bind(call_id=self.id).info(
            "call ends: {} ({})", ending.value, MEANING[ending].result
        )
        return True

    def part(self, ending: Ending) -> None:
        """Has the agent say its last line and the call end so; the first decision stands."""
        if not self.parting.is_set():
            self.parting_as = ending
            self.parting.set()

    def learn_sid(self, call_sid: str) -> None:
        """The carrier has this call, and calls it so; the first name stands."""
        self.call_sid = self.call_sid or call_sid
        self.in_doubt = False
        self.placed.set()

    def claim_stream(self) -> bool:
        """A stream with the token has come: true if it is the one expected, from now on."""
        if self.stage > Stage.TALKING or not self.token:
            return False
        self.token = ""
        self.stopped_at = None
        self.move(Stage.TALKING)
        return True

    def lose_stream(self, *, stopped: bool = False) -> None:
        """The stream is gone, without a word or `stopped` by the carrier. Known already: nothing
        happens."""
        if self.stage is Stage.TALKING and self.stream.done():
            self.stopped_at = utcnow() if stopped else None
            self.stream = _future()
            self.stream_lost.set()

    def expect_new_stream(self) -> bool:
        """The carrier asks what follows a lost stream: true if it may bring another, by `token`."""
        if self.stage is not Stage.TALKING or self.stream.done():
            return False
        if not self.reconnections.allow(asyncio.get_running_loop().time()):
            return False
        self.token = _token()
        return True

    def move(self, to: Stage) -> bool:
        """Moves the call to a later stage; false when it is there or beyond."""
        if not may_move(self.stage, to):
            return False
        logger.bind(call_id=self.id).debug("call {} -> {}", self.stage.name, to.name)
        self.stage = to
        return True

    @property
    def may_talk(self) -> bool:
        """Whether it has a place or waits for one: not if it was turned away, or is over."""
        return self.stage < Stage.ENDED and (self.admitted.done() or not self.ending.done())

    @property
    def other_party(self) -> str:
        """The number we speak with, raw."""
        return self.from_number if self.direction == "inbound" else self.to_number

    @property
    def our_number(self) -> str:
        """The number of the line."""
        return self.to_number if self.direction == "inbound" else self.from_number
