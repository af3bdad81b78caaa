"""One simulated caller on a real websocket, cheap enough for hundreds of them on one core."""

import asyncio
import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import orjson
from loguru import logger
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from bot.media.g711 import BYTES_PER_MS, ulaw_to_pcm
from tests.benchmarks.load.earpiece import Earpiece
from tests.benchmarks.load.session import ModelSide, close_back
from tests.benchmarks.load.sound import FRAME_MS, FRAMES_A_SEC, Speech, line_noise, marker
from tests.benchmarks.load.stream import CONNECTED, StreamMessages
from tests.benchmarks.load.tally import Tally

_LOUD = 1000  # of 32768: the simulated agent speaks far above, and is silent at its end
_QUIET_CODES = bytes(
    code
    for code, level in enumerate(np.frombuffer(ulaw_to_pcm(bytes(range(256))), "<i2"))
    if abs(int(level)) < _LOUD
)
_TAIL_CHARS = 32  # 24 bytes, 3 ms: the end of a message, one period of the agent's tone
_CLOSE_SECS = 2.0  # for the other side to close as well
_PATIENCE_SECS = 3.0  # an agent that has not fallen silent by then does not listen


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What a caller does beside listening."""

    interruption: Speech | None = None  # spoken over the agent; None: never
    interrupt_every: int = 3  # utterances of the agent; callers take turns
    interrupts_greeting: bool = False  # for a model that speaks when it is spoken to, and no more
    interrupt_after_secs: float = 1.0  # after an utterance's first sound


class LoadCaller(WSListener):
    """Speaks Media Streams: a frame each 20 ms on a schedule that does not drift, marks echoed
    when they have been played, `clear` obeyed.
    """

    def __init__(
        self, *, number: int, tally: Tally, habits: Habits, account_sid: str = "AC" + "0" * 32
    ) -> None:
        self.number = number
        self.call_sid = f"CA{secrets.token_hex(16)}"
        self.parameters: Mapping[str, str] = {}  # of `start`; set by whoever dials
        self.session: ModelSide | None = None
        self.begun_at: float | None = None
        self.marker_heard_at: float | None = None  # when the model last had a marker of ours
        self.greeted = asyncio.Event()  # the agent has been heard
        self.ended = asyncio.Event()
        self._tally = tally
        self._habits = habits
        self._messages = StreamMessages(
            account_sid=account_sid,
            call_sid=self.call_sid,
            stream_sid=f"MZ{secrets.token_hex(16)}",
        )
        self._marker = marker(number)
        self._earpiece = Earpiece()
        self._transport: WSTransport | None = None
        self._hung_up = False
        self._frames_sent = 0
        self._due_at = 0.0  # of the next frame
        self._ticking: asyncio.TimerHandle | None = None
        self._echoing: asyncio.TimerHandle | None = None
        self._marker_sent_at: float | None = None  # outstanding
        self._agent_began_at: float | None = None  # the model began; nothing of it here yet
        self._utterances = 0
        self._speech_frame: int | None = None  # while speaking
        self._spoke_at: float | None = None  # over the agent, no `clear` yet

    # -- the call -----------------------------------------------------------------------------

    def begin(self) -> None:
        """The call begins: from here on time is taken."""
        self.begun_at = time.perf_counter()
        self._tally.calls_begun += 1

    @property
    def talking(self) -> bool:
        """Its stream is open."""
        return self._transport is not None and not self.ended.is_set()

    def hang_up(self) -> None:
        """`stop`, then the socket is closed; by us, should the other side not follow."""
        if self._hung_up or not self.talking:
            return
        self._hung_up = True
        self._stop_timers()
        self._send(self._messages.stop())
        assert self._transport is not None
        self._transport.send_close(WSCloseCode.OK)
        asyncio.get_running_loop().call_later(_CLOSE_SECS, self._transport.disconnect)

    def cut(self) -> None:
        """The network takes the socket away."""
        self._hung_up = True
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def send_raw(self, message: bytes) -> None:
        """Sends something that no carrier would."""
        self._send(message)

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._send(CONNECTED)
        self._send(self._messages.start(self.parameters))
        self._due_at = time.perf_counter()
        self._tick()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._stop_timers()
        if not self._hung_up:
            self._tally.calls_lost += 1
            self._tally.dropped_calls.append(f"the service closed the stream ({_how(transport)})")
        self.ended.set()

    def _stop_timers(self) -> None:
        for timer in (self._ticking, self._echoing):
            if timer is not None:
                timer.cancel()

    # -- what the caller sends ----------------------------------------------------------------

    def _send(self, message: bytes) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, message)

    def _tick(self) -> None:
        """Sends the frames that are due; one that is late does not make the next one late."""
        while (late_secs := time.perf_counter() - self._due_at) > -0.0005:
            if self._tally.recording:
                self._tally.late_ms.append(max(0.0, late_secs * 1000))
            self._send_frame()
            self._due_at += FRAME_MS / 1000
        loop = asyncio.get_running_loop()
        self._ticking = loop.call_later(self._due_at - time.perf_counter(), self._tick)

    def _send_frame(self) -> None:
        place = self._frames_sent % FRAMES_A_SEC
        self._frames_sent += 1
        if self._speech_frame is not None:
            self._send_word(self._speech_frame)
        elif place == 0:
            if self._marker_sent_at is not None:
                self._lost_marker()
            message = self._messages.media(self._marker)
            self._marker_sent_at = time.perf_counter()
            self._send(message)
        else:
            self._send(self._messages.media(line_noise()[place]))

    def _send_word(self, index: int) -> None:
        words = self._habits.interruption
        assert words is not None
        message = self._messages.media(words.frames[index])
        if index == words.onset:
            self._spoke_at = time.perf_counter()
            asyncio.get_running_loop().call_later(_PATIENCE_SECS, self._give_up)
            if self.session is not None:
                self.session.caller_started()
        self._send(message)
        self._speech_frame = index + 1 if index + 1 < len(words.frames) else None
        if self._speech_frame is None and self.session is not None:
            self.session.caller_stopped()

    def _interrupt(self) -> None:
        if self._earpiece.buffered_ms(time.perf_counter()) > 0 and self._speech_frame is None:
            self._speech_frame = 0

    def _give_up(self) -> None:
        if self._spoke_at is not None:
            self._spoke_at = None
            if self._tally.recording:
                self._tally.ignored += 1

    # -- what the model has of it -------------------------------------------------------------

    def marker_arrived(self, at: float) -> None:
        """The model has the marker sent last."""
        if self.marker_heard_at is None and self.begun_at is not None:
            self._tally.setup_ms.append((at - self.begun_at) * 1000)
        self.marker_heard_at = at
        if self._marker_sent_at is None:
            return
        if self._tally.recording:
            self._tally.uplink_ms.append((at - self._marker_sent_at) * 1000)
        self._marker_sent_at = None

    def _lost_marker(self) -> None:
        """The next is due already: it took at least this long, if it comes at all."""
        if self._tally.recording:
            self._tally.uplink_ms.append(1000.0)
            self._tally.markers_lost += 1

    def agent_begins(self, at: float) -> None:
        """The model has sent the first sound of an utterance."""
        if self._agent_began_at is not None and self._tally.recording:
            self._tally.utterances_lost += 1
        self._agent_began_at = at

    # -- what the caller hears ----------------------------------------------------------------

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            close_back(transport)
        if frame.msg_type != WSMsgType.TEXT or self._hung_up:
            return
        now = time.perf_counter()
        message = orjson.loads(frame.get_payload_as_memoryview())
        event = message["event"]
        if event == "media":
            self._hear(message["media"]["payload"], now)
        elif event == "mark":
            self._earpiece.mark(message["mark"]["name"], now)
        elif event == "clear":
            self._clear(now)
        else:
            logger.warning("the service sent a message no carrier knows: {}", event)
        self._echo()

    def _hear(self, payload: str, now: float) -> None:
        duration_ms = (len(payload) * 3 // 4 - payload.count("=", -2)) / BYTES_PER_MS
        fresh = self._earpiece.buffered_ms(now) == 0
        underrun_ms = self._earpiece.play(
            duration_ms, ends_loud=_is_loud(payload[-_TAIL_CHARS:]), now=now
        )
        if self._tally.recording:
            self._tally.agent_ms += duration_ms
            if underrun_ms:
                self._tally.underruns += 1
                self._tally.underrun_ms += underrun_ms
        if self._agent_began_at is not None and _is_loud(payload):
            if self._tally.recording:
                self._tally.downlink_ms.append((now - self._agent_began_at) * 1000)
            self._agent_began_at = None
        if fresh and not underrun_ms and _is_loud(payload):
            self._utterance_begins(now)

    def _utterance_begins(self, now: float) -> None:
        if not self._utterances and self.begun_at is not None:
            self._tally.first_words_ms.append((now - self.begun_at) * 1000)
            self.greeted.set()
        habits = self._habits
        turn = (self._utterances + self.number) % habits.interrupt_every == 0
        greeting = not self._utterances and not habits.interrupts_greeting
        if turn and not greeting and habits.interruption is not None:
            after_secs = habits.interrupt_after_secs
            asyncio.get_running_loop().call_later(after_secs, self._interrupt)
        self._utterances += 1

    def _clear(self, now: float) -> None:
        self._earpiece.clear(now)
        if self._spoke_at is not None:
            if self._tally.recording:
                self._tally.clear_ms.append((now - self._spoke_at) * 1000)
            self._spoke_at = None

    def _echo(self) -> None:
        """Echoes the marks that are due and sets the clock for the next."""
        if self._echoing is not None:
            self._echoing.cancel()
            self._echoing = None
        for name in self._earpiece.pop_due(time.perf_counter()):
            self._send(self._messages.mark(name))
        due_at = self._earpiece.next_due
        if due_at is not None and not (self._hung_up or self.ended.is_set()):
            loop = asyncio.get_running_loop()
            wait_secs = max(0.0, due_at - time.perf_counter())
            self._echoing = loop.call_later(wait_secs, self._echo)


def _how(transport: WSTransport) -> str:
    handshake = transport.close_handshake
    closed = handshake.recv if handshake else None
    return f"code {closed.code} {closed.reason}".strip() if closed else "without a word"


def _is_loud(payload: str) -> bool:
    return bool(base64.b64decode(payload).translate(None, _QUIET_CODES))
