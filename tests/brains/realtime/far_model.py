"""The model's end of a session, in memory and on the loop's clock."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from bot.brains import ModelLost
from bot.brains.config import SoundFormat
from bot.brains.realtime import RealtimeSession
from tests.brains.openai.client_events import assert_valid
from tests.wire import openai_events
from tests.wire.openai_events import Event

_LINE = re.compile(r'Say exactly: "(.*)" Say nothing else\.', re.DOTALL)


class FarSession:
    """A session as `RealtimeModel` uses it; all that is posted must be valid."""

    def __init__(self, *, sound: SoundFormat = "ulaw") -> None:
        self.sound = sound
        self.posted: list[dict[str, Any]] = []
        self.posted_at: list[float] = []
        self.order: list[str] = []  # types of all messages, sound too
        self.appended: list[str] = []
        self.closed = False
        self.others = True  # sessions opened from here on may use another format
        self.disbelieved = False
        self.asked_after = 0  # how often we wanted to know whether it lives
        self.pinged = 0
        self.stalled = False  # the wire is dead, and nobody is told
        self.silent = False  # the wire lives, and no event is sent over it any more
        self._unanswered: list[Callable[[], None]] = []  # pings
        self._held: list[Event] = []
        self._inbox: asyncio.Queue[Event | None] = asyncio.Queue()

    # -- the service's side (`bot.brains.realtime.RealtimeSession`) ---------------------------

    def post(self, event: Mapping[str, Any]) -> None:
        assert_valid(dict(event))
        if event["type"] == "session.update":  # whether it is still there
            self.asked_after += 1
            self.tell(openai_events.session("updated"))
            return
        self.posted.append(dict(event))
        self.posted_at.append(asyncio.get_running_loop().time())
        self.order.append(event["type"])

    def ping(self, answered: Callable[[], None]) -> None:
        self.pinged += 1
        if self.stalled:
            self._unanswered.append(answered)
        else:
            asyncio.get_running_loop().call_soon(answered)

    def append(self, payload: str) -> None:
        self.appended.append(payload)
        self.order.append("input_audio_buffer.append")

    def disbelieve(self) -> bool:
        self.disbelieved = True
        return self.others

    async def events(self) -> AsyncIterator[Event]:
        while (event := await self._inbox.get()) is not None:
            yield event
        raise ModelLost("the model closed the session")

    def abort(self) -> None:
        self.closed = True
        self._inbox.put_nowait(None)

    async def close(self) -> None:
        self.abort()

    # -- for the tests ------------------------------------------------------------------------

    def tell(self, *events: Event) -> None:
        """Server events, at once."""
        if self.stalled:
            self._held += events
        for event in () if self.stalled or self.silent else events:
            self._inbox.put_nowait(event)

    def come_back(self) -> None:
        """The wire goes on, and nothing was lost on it."""
        self.stalled = False
        held, self._held = self._held, []
        self.tell(*held)
        for answered in self._unanswered:
            answered()
        self._unanswered.clear()

    def lose(self) -> None:
        """The session ends without our doing."""
        self._inbox.put_nowait(None)

    @property
    def heard(self) -> bytes:
        """All it was sent of the caller."""
        return b"".join(map(base64.b64decode, self.appended))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.posted if event["type"] == kind]

    def asked_for(self) -> list[str]:
        """What was asked for, in order: lines in quotes, else the purpose."""
        asked = []
        for event in self.of("response.create"):
            line = _LINE.match(event["response"].get("instructions", ""))
            asked.append(f'"{line[1]}"' if line else event["response"]["metadata"]["purpose"])
        return asked


class ObligingModel(FarSession):
    """Does what it is asked: says lines word for word, answers with the next of its replies."""

    def __init__(
        self, *, replies: list[str] | None = None, after_secs: float = 0.3, ms_per_word: int = 300
    ) -> None:
        super().__init__()
        self.replies = replies or []
        self.mute = False  # begins responses and never says anything in them
        self.deaf = False  # does not even begin them
        self._after_secs = after_secs
        self._ms_per_word = ms_per_word
        self._responses = 0
        self._turns = 0
        self._active: str | None = None
        self._timers: list[asyncio.TimerHandle] = []

    def post(self, event: Mapping[str, Any]) -> None:
        super().post(event)
        if event["type"] == "response.create" and not self.deaf:
            response = event["response"]
            self._respond(response["metadata"]["purpose"], response.get("instructions", ""))
        elif event["type"] == "response.cancel" and self._active == event["response_id"]:
            for timer in self._timers:
                timer.cancel()
            self._timers.clear()
            self.tell(openai_events.done(self._active, "cancelled"))
            self._active = None

    def hear(self, text: str, *, secs: float = 1.0, answers: bool = True) -> None:
        """The caller speaks, from now on for so long; its own ear hears it and answers."""
        self._turns += 1
        item_id = f"turn_{self._turns}"
        started, stopped, committed, words = openai_events.caller_turn(item_id, text)
        self.tell(started)
        loop = asyncio.get_running_loop()
        loop.call_later(secs, self.tell, stopped, committed)
        if answers:
            loop.call_later(secs + 0.1, self._respond, None, "")
        loop.call_later(secs + 0.8, self.tell, words)

    def _respond(self, purpose: str | None, instructions: str) -> None:
        self._responses += 1
        response_id = f"resp_{self._responses}"
        self._active = response_id
        self.tell(openai_events.created(response_id, purpose))
        if not self.mute:
            loop = asyncio.get_running_loop()
            self._timers.append(
                loop.call_later(self._after_secs, self._speak, response_id, purpose, instructions)
            )

    def _speak(self, response_id: str, purpose: str | None, instructions: str) -> None:
        line = _LINE.match(instructions)
        if line:
            text = line[1]
        elif self.replies:
            text = self.replies.pop(0)
        else:
            text = "I see."
        if text.startswith("call "):
            name = text.split(" ")[1]
            self.tell(openai_events.function_call(response_id, f"call_{response_id}", name))
        else:
            ms = self._ms_per_word * len(text.split())
            self.tell(*openai_events.spoken(response_id, f"item_{response_id}", text, ms=ms))
        self.tell(openai_events.done(response_id, purpose=purpose))
        self._active = None


async def opened(session: FarSession, *, after_secs: float = 0.0) -> RealtimeSession:
    """The session once it is open."""
    if after_secs:
        await asyncio.sleep(after_secs)
    return session  # type: ignore[return-value]


def opening(session: FarSession, *, after_secs: float = 0.0) -> "Awaitable[RealtimeSession]":
    """The session while it opens, as `RealtimeModel` takes it."""
    return asyncio.ensure_future(opened(session, after_secs=after_secs))
