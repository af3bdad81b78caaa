"""One call as the carrier has it: its state, its sound, its story, and the handles to act on it."""

import asyncio
import math
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, TypeVar

from loguru import logger

from bot.clock import utcnow
from bot.simulator.caller import HeardSpan
from bot.simulator.carrier.errors import CarrierError
from bot.simulator.carrier.exchange import Exchange, new_sid
from bot.simulator.carrier.legs import DialLeg
from bot.simulator.carrier.line import PhoneLine
from bot.simulator.carrier.recordings import SimRecording
from bot.simulator.carrier.request import CallRequest, RecordingRequest
from bot.simulator.carrier.states import CallStatus, End, EndReason, Order
from bot.simulator.carrier.status import StatusReporter, post_callback
from bot.simulator.carrier.stream import ClearRecord, MarkRecord, StreamLeg
from bot.simulator.carrier.timeline import Event, Timeline
from bot.simulator.recording import Heard
from bot.simulator.surroundings import Surroundings

T = TypeVar("T")
Direction = Literal["inbound", "outbound-api"]

KEY_GAP_SECS = 0.25  # a person pressing one key after another
STATUS_EVENTS = {
    CallStatus.INITIATED: "initiated",
    CallStatus.RINGING: "ringing",
    CallStatus.IN_PROGRESS: "answered",
}


class SimCall:
    """A live or finished call. Also the handset its caller holds."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        direction: Direction,
        from_number: str,
        to_number: str,
        request: CallRequest,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.sid = new_sid("CA")
        self.direction: Direction = direction
        self.from_number = from_number
        self.to_number = to_number
        self.request = request
        self.state = CallStatus.QUEUED if direction == "outbound-api" else CallStatus.RINGING
        self.end_reason: EndReason | None = None
        self.answered_by: str | None = None  # what machine detection found
        self.created_at = utcnow()
        self.started_at: datetime | None = None  # dialled
        self.ended_at: datetime | None = None
        self.documents: list[str] = []  # every TwiML document executed, in order
        self.streams: list[StreamLeg] = []
        self.legs: list[DialLeg] = []
        self.recordings: list[SimRecording] = []
        self.line: PhoneLine | None = None  # from the answer on
        self.timeline = Timeline(self._watched)
        self._exchange = exchange
        self._surroundings = surroundings
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._ended = asyncio.Event()
        self._time_limit: asyncio.TimerHandle | None = None
        self._reporter = StatusReporter(exchange=exchange, subject=self)

    # What can be seen of a call.

    @property
    def events(self) -> list[Event]:
        """The story so far: (t, kind, detail), t in seconds since the call began."""
        return self.timeline.events

    @property
    def errors(self) -> list[CarrierError]:
        """What the carrier complained of in this call."""
        return [error for error in self._exchange.errors if error.call_sid == self.sid]

    @property
    def marks(self) -> list[MarkRecord]:
        """Marks of all streams of the call."""
        return [mark for stream in self.streams for mark in stream.marks]

    @property
    def clears(self) -> list[ClearRecord]:
        """Clears of all streams of the call."""
        return [clear for stream in self.streams for clear in stream.clears]

    @property
    def heard(self) -> Heard:
        """Both sides as the caller's end had them, from the answer on."""
        return self.line.heard if self.line else Heard(caller=b"", agent=b"")

    @property
    def duration_secs(self) -> int | None:
        """Billable length: from the answer to the end, begun seconds counted; None without one."""
        if self.line is None or self.ended_at is None:
            return None
        return math.ceil(self.line.now_ms / 1000)

    async def wait_ended(self, timeout_secs: float | None = None) -> EndReason:
        """Why it ended, as soon as it has; TimeoutError if that takes longer."""
        async with asyncio.timeout(timeout_secs):
            await self._ended.wait()
        assert self.end_reason is not None
        return self.end_reason

    async def wait_for(self, kind: str, *, count: int = 1, timeout_secs: float = 10.0) -> Event:
        """The `count`-th event of this kind; TimeoutError, telling what did happen, if late."""
        return await self.timeline.wait_for(kind, count=count, timeout_secs=timeout_secs)

    # What the caller can do (the Handset of a script).

    @property
    def now_ms(self) -> float:
        return self.line.now_ms if self.line else 0.0

    def agent_sounds(self) -> Sequence[HeardSpan]:
        return self.line.agent_sounds() if self.line else ()

    async def speak(self, ulaw: bytes, text: str = "") -> float:
        assert self.line, "nobody speaks before the answer"
        return await self.line.speak(ulaw, text)

    async def press(self, digits: str) -> None:
        """Press these keys, one every 250 ms."""
        for digit in digits:
            self.note("caller_pressed", digit=digit)
            if self.streams and self.line and self.line.listener:
                self.streams[-1].press(digit)
            await asyncio.sleep(KEY_GAP_SECS)

    @property
    def keys_heard(self) -> str:
        """Keys that were played to the other side, without the pauses between them."""
        played = (str(e.detail["digits"]) for e in self.events if e.kind == "digits_played")
        return "".join(played).replace("w", "").replace("W", "")

    async def hang_up(self) -> None:
        """The caller hangs up; returns when the call is over."""
        unanswered = CallStatus.NO_ANSWER if self.direction == "inbound" else CallStatus.CANCELED
        status = CallStatus.COMPLETED if self.line else unanswered
        self.order(End(status=status, reason=EndReason.CALLER_HUNG_UP))
        await self.wait_ended()

    def cut_stream(self) -> None:
        """Break the TCP connection of the media stream."""
        assert self.streams, "there is no stream to cut"
        self.streams[-1].cut()

    def end_stream(self) -> None:
        """Stop the media stream in order, as at a hang-up, while the call goes on."""
        assert self.streams, "there is no stream to end"
        self.streams[-1].end()

    # What the carrier does.

    def note(self, kind: str, /, **detail: object) -> None:
        """Write into the timeline."""
        self.timeline.note(kind, **detail)

    def complain(self, code: int, message: str, detail: str = "") -> None:
        """Put an entry into the carrier's debugger."""
        error = CarrierError(
            code=code,
            message=message,
            call_sid=self.sid,
            at_secs=self.timeline.now_secs,
            detail=detail,
        )
        self._exchange.errors.append(error)
        self.note("error", code=code, message=message)
        logger.bind(call_sid=self.sid, code=code).debug("The simulated carrier complains")

    def order(self, order: Order) -> None:
        """End the call, or have it run another document. Without effect on an ended call."""
        self._orders.put_nowait(order)

    async def unless_ordered(self, work: Coroutine[Any, Any, T]) -> T | Order:
        """Do this to the end unless an order comes, which cancels it and is returned instead."""
        task = asyncio.create_task(work)
        order = asyncio.create_task(self._orders.get())
        try:
            await asyncio.wait({task, order}, return_when=asyncio.FIRST_COMPLETED)
            return order.result() if order.done() else task.result()
        finally:
            task.cancel()
            order.cancel()
            await asyncio.gather(task, order, return_exceptions=True)

    def move(self, state: CallStatus) -> None:
        """Go to this state on the way to an answer, and report it."""
        self.state = state
        if state is CallStatus.INITIATED:
            self.started_at = utcnow()
        self.note("status", status=str(state))
        if self.direction == "outbound-api":
            params = self.voice_params()
            self._reporter.report(self.request.status_callback, STATUS_EVENTS[state], params)

    def answer(self) -> PhoneLine:
        """The call is picked up: sound begins."""
        self.line = PhoneLine(
            chunk_ms=self._exchange.chunk_ms, note=self.note, surroundings=self._surroundings
        )
        self.started_at = self.started_at or utcnow()
        self.move(CallStatus.IN_PROGRESS)
        self.limit_to(self.request.time_limit_secs)
        if self.request.recording:
            self.start_recording(self.request.recording)
        return self.line

    def end(self, end: End) -> None:
        """The last thing that happens to a call. A call canceled in the queue is not reported."""
        never_dialled = self.state is CallStatus.QUEUED
        if self._time_limit:
            self._time_limit.cancel()
        if self.line:
            self.line.end()
        self.state, self.end_reason = end.status, end.reason
        self.ended_at = utcnow()
        self.note("ended", status=str(end.status), reason=str(end.reason))
        for recording in self.recordings:
            self.finish_recording(recording)
        if not never_dialled:
            params = self.voice_params() | self._final_params()
            self._reporter.report(self.request.status_callback, "completed", params)
        self._ended.set()

    def limit_to(self, secs: float) -> None:
        """End an answered call when it has lasted this long."""
        if self._time_limit:
            self._time_limit.cancel()
        end = End(status=CallStatus.COMPLETED, reason=EndReason.TIME_LIMIT)
        left_secs = max(0.0, secs - self.now_ms / 1000)
        loop = asyncio.get_running_loop()
        self._time_limit = loop.call_later(left_secs, self.order, end)

    def update_request(self, **changes: Any) -> None:
        """Change how the call is handled from now on."""
        self.request = replace(self.request, **changes)

    def voice_params(self) -> dict[str, str]:
        """What Twilio sends with every voice request and callback."""
        place = {
            f"{end}{part}": ""
            for end in ("From", "To", "Caller", "Called")
            for part in ("City", "State", "Zip", "Country")
        }
        return place | {
            "AccountSid": self._exchange.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self.sid,
            "CallStatus": str(self.state),
            "Called": self.to_number,
            "Caller": self.from_number,
            "Direction": self.direction,
            "From": self.from_number,
            "To": self.to_number,
        }

    def start_recording(self, request: RecordingRequest) -> SimRecording:
        """Record from now on."""
        recording = SimRecording(request=request, started_ms=self.now_ms)
        self.recordings.append(recording)
        self._report_recording(recording)
        return recording

    def finish_recording(self, recording: SimRecording) -> None:
        """Stop it, if it is still running."""
        if recording.goes_on:
            recording.finish(self.heard)
            self._report_recording(recording)

    def recording_url(self, recording: SimRecording) -> str:
        """RecordingUrl: append .wav or .mp3."""
        account = f"{self._exchange.api_url}/2010-04-01/Accounts/{self._exchange.account_sid}"
        return f"{account}/Recordings/{recording.sid}"

    def _report_recording(self, recording: SimRecording) -> None:
        callback = recording.request.callback
        if callback is None or recording.status not in callback.events:
            return
        params = {
            "AccountSid": self._exchange.account_sid,
            "CallSid": self.sid,
            "RecordingUrl": self.recording_url(recording),
            **recording.callback_params(),
        }
        self._exchange.spawn(
            post_callback(self._exchange, self, callback, "recording_callback", params)
        )

    def _final_params(self) -> dict[str, str]:
        duration_secs = self.duration_secs or 0
        params = {
            "CallDuration": str(duration_secs),
            "Duration": str(math.ceil(duration_secs / 60)),
        }
        if self.answered_by:
            params["AnsweredBy"] = self.answered_by
        if self.recordings:
            last = self.recordings[-1]
            params |= {
                "RecordingSid": last.sid,
                "RecordingUrl": self.recording_url(last),
                "RecordingDuration": str(last.duration_secs),
            }
        return params

    def _watched(self, event: Event) -> None:
        if self._exchange.watcher:
            self._exchange.watcher(self, event)
