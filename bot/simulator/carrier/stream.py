"""The carrier's end of one media stream: a websocket client that speaks as Twilio does."""

import asyncio
import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from bot.simulator.carrier import messages
from bot.simulator.carrier.line import PhoneLine
from bot.simulator.carrier.marks_late import MarksLate
from bot.simulator.carrier.status import Subject

OPEN_SECS = 10.0
STOP_SECS = 1.0  # to say stop, and to close, when the call ends: nobody waits longer for us
BACKLOG_CHUNKS = 250  # 5 s of the caller's voice; what a slow reader does not take is lost


@dataclass(kw_only=True)
class MarkRecord:
    """One mark of the service; times in ms of the line."""

    name: str
    asked_ms: float
    echoed_ms: float | None = None
    cleared: bool = False  # echoed because of a clear, not because its sound has played


@dataclass(frozen=True, kw_only=True)
class ClearRecord:
    """One clear of the service."""

    at_ms: float
    dropped_ms: float  # sound that was buffered and was never heard


class StreamLeg:
    """One stream from connect to close."""

    def __init__(
        self,
        *,
        owner: Subject,
        line: PhoneLine,
        account_sid: str,
        call_sid: str,
        stream_sid: str,
        parameters: Mapping[str, str],
        marks_late: MarksLate,
    ) -> None:
        self.sid = stream_sid
        self.marks: list[MarkRecord] = []
        self.clears: list[ClearRecord] = []
        self.tamper: Callable[[str], Iterable[str]] | None = None  # what is sent for a message
        self._owner = owner
        self._line = line
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._parameters = parameters
        self._first_chunk_ms: int | None = None
        self._sequence = 0
        self._chunk = 0
        self._outgoing: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._reader_is_slow = False
        self._echoed = 0  # marks come back in the order they were set
        self._was_cut = False
        self._ends_itself = False
        self._echo_timer: asyncio.TimerHandle | None = None
        self._late = marks_late.delays()
        self._last_echo_at = 0.0  # loop time
        self._socket: ClientConnection | None = None

    async def run(self, url: str, signature: str) -> str:
        """Stream until the service closes the socket; cancel it to end the stream from here.

        Returns the error that ended it, "" if the service closed it in order.
        """
        socket = await self._open(url, signature)
        if socket is None:
            return "the stream could not be opened"
        self._socket = socket
        self._begin()
        sender = asyncio.create_task(self._send_all(socket))
        try:
            return await self._receive_all(socket)
        except asyncio.CancelledError:
            await self._stop(socket, sender)
            raise
        finally:
            self._finish()
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    def press(self, digit: str) -> None:
        """The caller presses a key."""
        self._outgoing.put_nowait(messages.dtmf(stream_sid=self.sid, digit=digit))

    def cut(self) -> None:
        """Break the TCP connection, without a word."""
        if self._socket:
            self._was_cut = True
            self._socket.transport.abort()

    def end(self) -> None:
        """Stop the stream as at a hang-up, though the call goes on."""
        self._ends_itself = True
        self._tell_stop()

    async def _open(self, url: str, signature: str) -> ClientConnection | None:
        headers = {"X-Twilio-Signature": signature}
        try:
            return await connect(
                url,
                additional_headers=headers,
                user_agent_header="Twilio.TmeWs/1.0",
                compression=None,
                proxy=None,
                open_timeout=OPEN_SECS,
                close_timeout=STOP_SECS,
                ping_interval=None,
                max_size=None,
            )
        except (websockets.InvalidStatus, websockets.InvalidHandshake) as error:
            self._owner.complain(31920, f"the websocket handshake failed: {error}", url)
        except TimeoutError:
            self._owner.complain(31901, "the websocket did not open in time", url)
        except ssl.SSLError as error:
            self._owner.complain(31910, f"TLS failed: {error}", url)
        except OSError as error:
            self._owner.complain(31902, f"could not connect: {error}", url)
        return None

    def _begin(self) -> None:
        self._outgoing.put_nowait(messages.connected())
        self._outgoing.put_nowait(
            messages.start(
                account_sid=self._account_sid,
                call_sid=self._call_sid,
                stream_sid=self.sid,
                parameters=self._parameters,
            )
        )
        self._line.listener = self._hear_caller
        self._owner.note("stream_started", stream_sid=self.sid)

    def _hear_caller(self, start_ms: int, ulaw: bytes) -> None:
        if self._first_chunk_ms is None:
            self._first_chunk_ms = start_ms
        if self._outgoing.qsize() >= BACKLOG_CHUNKS:
            if not self._reader_is_slow:
                self._reader_is_slow = True
                self._owner.complain(31930, "the service reads too slowly; media was discarded")
            return
        self._chunk += 1
        timestamp_ms = start_ms - self._first_chunk_ms
        self._outgoing.put_nowait(
            messages.media(
                stream_sid=self.sid, chunk=self._chunk, timestamp_ms=timestamp_ms, ulaw=ulaw
            )
        )

    async def _send_all(self, socket: ClientConnection) -> None:
        while (message := await self._outgoing.get()) is not None:
            if message["event"] != "connected":
                self._sequence += 1
                message["sequenceNumber"] = str(self._sequence)
            text = json.dumps(message)
            try:
                for sent in self.tamper(text) if self.tamper else (text,):
                    await socket.send(sent)
            except websockets.ConnectionClosed:
                return
        if self._ends_itself:
            await socket.close()

    async def _receive_all(self, socket: ClientConnection) -> str:
        try:
            async for raw in socket:
                self._receive(raw)
        except websockets.ConnectionClosedError as closed:
            self._complain_of_close(closed)
            by = "network" if self._was_cut else "service"
            self._owner.note("stream_closed", by=by, reason=str(closed))
            return str(closed)
        by = "carrier" if self._ends_itself else "service"
        self._owner.note("stream_closed", by=by, reason="")
        return ""

    def _complain_of_close(self, closed: websockets.ConnectionClosedError) -> None:
        if self._was_cut:
            self._owner.complain(31903, "the connection of the stream broke")
        elif closed.sent and closed.sent.code == 1002:
            self._owner.complain(31924, f"websocket protocol error: {closed.sent.reason}")
        else:
            self._owner.complain(31921, f"the service closed the stream: {closed}")

    def _receive(self, raw: str | bytes) -> None:
        self._echo_due_marks()
        now_ms = self._line.now_ms
        playback = self._line.playback
        try:
            command = messages.parse(raw, self.sid)
        except messages.BadMessage as bad:
            self._owner.complain(bad.code, str(bad), repr(raw)[:500])
            return
        match command:
            case messages.Media(ulaw=ulaw):
                playback.add(ulaw, now_ms)
            case messages.MarkMessage(name=name):
                self.marks.append(MarkRecord(name=name, asked_ms=now_ms))
                playback.mark(name, now_ms)
            case messages.Clear():
                dropped_ms = playback.clear(now_ms)
                self.clears.append(ClearRecord(at_ms=now_ms, dropped_ms=dropped_ms))
                self._owner.note("clear", at_ms=now_ms, dropped_ms=dropped_ms)
                for mark in self.marks[self._echoed :]:
                    mark.cleared = True
        self._echo_due_marks()

    def _echo_due_marks(self) -> None:
        if self._echo_timer:
            self._echo_timer.cancel()
            self._echo_timer = None
        now_ms = self._line.now_ms
        for name in self._line.playback.pop_due(now_ms):
            record = self.marks[self._echoed]
            self._echoed += 1
            record.echoed_ms = now_ms
            self._send_echo(messages.mark(stream_sid=self.sid, name=name))
            self._owner.note("mark", name=name, at_ms=now_ms, cleared=record.cleared)
        due_ms = self._line.playback.next_due_ms
        if due_ms is not None:
            loop = asyncio.get_running_loop()
            self._echo_timer = loop.call_at(self._line.at_loop_time(due_ms), self._echo_due_marks)

    def _send_echo(self, echo: dict[str, Any]) -> None:
        """Now, or later where marks are late; none overtakes the one before."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._last_echo_at = max(self._last_echo_at, now + next(self._late))
        if self._last_echo_at > now:
            loop.call_at(self._last_echo_at, self._outgoing.put_nowait, echo)
        else:
            self._outgoing.put_nowait(echo)

    async def _stop(self, socket: ClientConnection, sender: asyncio.Task[None]) -> None:
        self._tell_stop()
        self._owner.note("stream_closed", by="carrier", reason="")
        await asyncio.wait({sender}, timeout=STOP_SECS)
        await socket.close()

    def _tell_stop(self) -> None:
        self._line.listener = None
        self._outgoing.put_nowait(
            messages.stop(
                account_sid=self._account_sid, call_sid=self._call_sid, stream_sid=self.sid
            )
        )
        self._outgoing.put_nowait(None)

    def _finish(self) -> None:
        self._line.listener = None
        if self._echo_timer:
            self._echo_timer.cancel()
        self._line.playback.clear(self._line.now_ms)
        self._line.playback.pop_due(self._line.now_ms)
