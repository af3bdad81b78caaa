"""What all calls of one carrier share."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.carrier.answers import AnswerPolicy, Answers
from bot.simulator.carrier.errors import CarrierError
from bot.simulator.carrier.faults import CallbackFaults
from bot.simulator.carrier.marks_late import MarksLate
from bot.simulator.carrier.timeline import Event
from bot.simulator.carrier.webhooks import Webhooks
from bot.simulator.voices import Voice

Watcher = Callable[[Any, Event], None]  # (the SimCall, what happened to it)


@dataclass(kw_only=True)
class Exchange:
    """The switchboard: who we are, how we reach the service, who answers where."""

    account_sid: str
    api_url: str  # of the simulated REST API, e.g. http://127.0.0.1:1234
    webhooks: Webhooks
    chunk_ms: int
    say_voice: Voice | None  # speaks <Say>; without one a <Say> lasts as long as reading it would
    say_ms_per_char: float
    queue_secs: float = 0.0  # how long an outbound call stays queued before it is dialled
    watcher: Watcher | None = None
    default_answer: AnswerPolicy = field(default_factory=Answers)
    answers: dict[str, AnswerPolicy] = field(default_factory=dict)
    callback_faults: CallbackFaults = field(default_factory=CallbackFaults)
    marks_late: MarksLate = field(default_factory=MarksLate)
    errors: list[CarrierError] = field(default_factory=list)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    conferences: Any = None  # of `bot.simulator.carrier.conference`, which needs this file

    def answer_at(self, number: str) -> AnswerPolicy:
        """What happens when this number is called."""
        return self.answers.get(number, self.default_answer)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do this beside everything else; the carrier waits for it when it closes."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task


def new_sid(prefix: str) -> str:
    """A fresh Twilio identifier, e.g. CA and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)
