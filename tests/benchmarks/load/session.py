"""One lean session of the realtime model: no ears, no checks, the events a client needs.

It counts the caller's sound and finds the markers in it, speaks on a schedule, answers when it is
asked to, and lets itself be interrupted. That the caller speaks it is told by the caller itself.
Event shapes: OpenAI, Realtime API reference (GA), server events.
"""

import asyncio
import base64
import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import orjson
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from tests.benchmarks.load.marker import Heard, MarkerEar
from tests.benchmarks.load.response import Event, Response, Status, beside, callers_turn
from tests.benchmarks.load.talk import Pace, deltas

_GOLDEN = 0.6180339887  # multiples of it spread evenly however many there are
_COUNTER = itertools.count(1)


def close_back(transport: WSTransport) -> None:
    """The other side closes: answers as the protocol asks (RFC 6455, 5.5.1), then lets go."""
    transport.send_close(WSCloseCode.OK)
    transport.disconnect()


class ModelSide(Protocol):
    """A session, as the caller knows it whose sound it has."""

    def caller_started(self) -> None:
        """The caller begins to speak."""
        ...

    def caller_stopped(self) -> None:
        """The caller has spoken."""
        ...


class CallerSide(Protocol):
    """The caller whose sound a session has."""

    @property
    def number(self) -> int: ...

    @property
    def talking(self) -> bool: ...

    def agent_begins(self, at: float) -> None:
        """The first sound of an utterance was sent."""
        ...


class LoadSession(WSListener):
    """The server's side of one websocket."""

    def __init__(self, *, pace: Pace, on_marker: Callable[["LoadSession", Heard], None]) -> None:
        self.number = next(_COUNTER)
        self.caller: CallerSide | None = None  # known from its first marker on
        self.appended_ms = 0.0
        self.open = False
        self.gone = False
        self._pace = pace
        self._on_marker = on_marker
        self._ear = MarkerEar(pcm_24k=True)
        self._bytes_per_ms = 48
        self._sound = "audio/pcm"  # of what we say; the default of the real one
        self._session: dict[str, Any] = {
            "type": "realtime",
            "object": "realtime.session",
            "id": f"sess_{self.number}",
            "audio": {"input": {"turn_detection": {"type": "server_vad"}}, "output": {}},
        }
        self._transport: WSTransport | None = None
        self._mute_until = 0.0
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._next_talk_at = 0.0
        self._quiet_at = 0.0  # when all that was said has been heard, if nobody cut it short
        self._response: Response | None = None  # under way
        self._responses = 0
        self._items = 0
        self._turn_id: str | None = None  # item of the caller's turn while it lasts

    # -- the socket ---------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.open = True
        self._emit({"type": "session.created", "session": self._session})

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.open = False
        self.gone = True
        for timer in self._timers.values():
            timer.cancel()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            close_back(transport)
        if frame.msg_type != WSMsgType.TEXT:
            return
        now = time.perf_counter()
        event = orjson.loads(frame.get_payload_as_memoryview())
        kind = event["type"]
        if kind == "input_audio_buffer.append":
            self._hear(event["audio"], now)
        elif (handle := self._HANDLERS.get(kind)) is not None:
            handle(self, event)

    def cut(self) -> None:
        """The network takes the socket away."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def stall(self, secs: float) -> None:
        """Says nothing for so long; what would have been said is lost."""
        self._mute_until = time.perf_counter() + secs

    def send_raw(self, message: bytes) -> None:
        """Sends something, known or not."""
        if self._transport is not None and self.open:
            self._transport.send(WSMsgType.TEXT, message)

    def _emit(self, event: Event) -> None:
        if time.perf_counter() >= self._mute_until:
            self._items += 1
            numbered = {"event_id": f"event_{self.number}_{self._items}", **event}
            self.send_raw(orjson.dumps(numbered))

    def _after(self, name: str, secs: float, action: Callable[[], None]) -> None:
        """Does something later; under the same name only the last such wish counts."""
        if (waiting := self._timers.get(name)) is not None:
            waiting.cancel()
        self._timers[name] = asyncio.get_running_loop().call_later(max(0.0, secs), action)

    # -- what the client wants ----------------------------------------------------------------

    def _hear(self, audio: str, now: float) -> None:
        sound = base64.b64decode(audio)
        self.appended_ms += len(sound) / self._bytes_per_ms
        if (heard := self._ear.hear(sound, now)) is not None:
            self._on_marker(self, heard)

    def _update(self, event: Event) -> None:
        given = event["session"]
        audio = self._session["audio"]
        for way in ("input", "output"):
            audio[way] |= (given.get("audio") or {}).get(way) or {}
            audio[way]["format"] = audio[way].get("format") or {"type": "audio/pcm", "rate": 24000}
        self._session |= {name: value for name, value in given.items() if name != "audio"}
        first = "talk" not in self._timers
        is_pcm = audio["input"]["format"]["type"] == "audio/pcm"
        if is_pcm != (self._bytes_per_ms == 48):
            self._ear = MarkerEar(pcm_24k=is_pcm)
            self._bytes_per_ms = 48 if is_pcm else 8
        self._sound = audio["output"]["format"]["type"]
        self._emit({"type": "session.updated", "session": self._session})
        if first:
            period_secs = self._pace.period_secs
            self._next_talk_at = time.perf_counter() + period_secs * (
                0.6 + self.number * _GOLDEN % 1.0
            )
            self._schedule()

    def _create(self, event: Event) -> None:
        wishes = event.get("response") or {}
        if wishes.get("conversation") == "none":
            for beside_it in beside(self._new_response(), wishes.get("metadata")):
                self._emit(beside_it)
        elif self._response is not None:
            self._refuse("conversation_already_has_active_response", event)
        else:
            self._begin(wishes.get("metadata"))

    def _cancel(self, event: Event) -> None:
        if self._response is None:
            self._refuse("response_cancel_not_active", event)
        else:
            self._finish("cancelled")
        self._quiet_at = time.perf_counter()

    def _commit(self, event: Event) -> None:
        self._emit({"type": "input_audio_buffer.committed", "item_id": self._new_item()})

    def _clear(self, event: Event) -> None:
        self._emit({"type": "input_audio_buffer.cleared"})

    def _item_create(self, event: Event) -> None:
        item = {"id": self._new_item(), "object": "realtime.item", **event["item"]}
        for step in ("added", "done"):
            self._emit({"type": f"conversation.item.{step}", "item": item})

    def _truncate(self, event: Event) -> None:
        self._quiet_at = time.perf_counter()
        fields = ("item_id", "content_index", "audio_end_ms")
        told = {name: event[name] for name in fields}
        self._emit({"type": "conversation.item.truncated", **told})

    def _delete(self, event: Event) -> None:
        self._emit({"type": "conversation.item.deleted", "item_id": event["item_id"]})

    def _refuse(self, code: str, event: Event) -> None:
        error = {
            "type": "invalid_request_error",
            "code": code,
            "message": f"{code}.",
            "event_id": event.get("event_id"),
        }
        self._emit({"type": "error", "error": error})

    def _new_response(self) -> str:
        self._responses += 1
        return f"resp_{self.number}_{self._responses}"

    def _new_item(self) -> str:
        self._items += 1
        return f"item_{self.number}_{self._items}"

    # -- speaking -----------------------------------------------------------------------------

    def _schedule(self) -> None:
        self._after("talk", self._next_talk_at - time.perf_counter(), self._talk)

    def _talk(self) -> None:
        """Its turn by the schedule, unless it is speaking or the caller is."""
        now = time.perf_counter()
        if self._response is None and self._turn_id is None and now >= self._quiet_at:
            self._begin(None)
        self._next_talk_at += self._pace.period_secs
        self._schedule()

    def _begin(self, metadata: Event | None) -> None:
        self._response = Response(
            response_id=self._new_response(), item_id=self._new_item(), metadata=metadata
        )
        for event in self._response.opening():
            self._emit(event)
        self._speak(0, time.perf_counter())

    def _speak(self, index: int, began_at: float) -> None:
        """One delta; the next follows on a schedule that does not drift."""
        response, pieces = self._response, deltas(self._sound, self._pace)
        if response is None:
            return
        if index == len(pieces):
            self._finish("completed")
            return
        self._emit(response.words(index))
        if index == 0:
            self._quiet_at = began_at + self._pace.talk_ms / 1000
            if self.caller is not None:
                self.caller.agent_begins(time.perf_counter())
        self._emit(response.sound(pieces[index]))
        next_at = began_at + (index + 1) * self._pace.delta_ms / self._pace.speed / 1000
        self._after(
            "delta", next_at - time.perf_counter(), lambda: self._speak(index + 1, began_at)
        )

    def _finish(self, status: Status) -> None:
        response, self._response = self._response, None
        if response is not None:
            for event in response.closing(status):
                self._emit(event)

    # -- the model's own ear, which is told ------------------------------------------------------

    @property
    def _listens(self) -> Event | None:
        """The session's turn detection; None when turns are the client's business."""
        detection: Event | None = self._session["audio"]["input"].get("turn_detection")
        return detection

    def caller_started(self) -> None:
        """The caller begins to speak: the ear notices after `ear_ms`."""
        if self._listens is not None:
            self._turn_id = self._new_item()
            self._after("ear", self._pace.ear_ms / 1000, self._turn_begins)

    def caller_stopped(self) -> None:
        """The caller has spoken: the turn is over after `turn_ms` of silence."""
        if self._turn_id is not None:
            self._after("turn", self._pace.turn_ms / 1000, self._turn_ends)

    def _turn_begins(self) -> None:
        listens = self._listens or {}
        at_ms = max(0, round(self.appended_ms) - self._pace.ear_ms)
        started = {"audio_start_ms": at_ms, "item_id": self._turn_id}
        self._emit({"type": "input_audio_buffer.speech_started", **started})
        if self._response is not None and listens.get("interrupt_response") is not False:
            self._finish("cancelled")
            self._quiet_at = time.perf_counter()

    def _turn_ends(self) -> None:
        listens, turn_id, self._turn_id = self._listens or {}, self._turn_id, None
        if turn_id is None:
            return
        for event in callers_turn(turn_id, ended_ms=round(self.appended_ms)):
            self._emit(event)
        if listens.get("create_response") is not False and self._response is None:
            self._begin(None)

    _HANDLERS: Mapping[str, Callable[["LoadSession", Event], None]] = {
        "session.update": _update,
        "response.create": _create,
        "response.cancel": _cancel,
        "input_audio_buffer.commit": _commit,
        "input_audio_buffer.clear": _clear,
        "conversation.item.create": _item_create,
        "conversation.item.truncate": _truncate,
        "conversation.item.delete": _delete,
    }
