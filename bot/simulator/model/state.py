"""What the parts of one session share: its agreement, its clock, its way out to the client."""

import json
import uuid
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial

from bot.simulator.model.agenda import Action, Agenda
from bot.simulator.model.config import SessionConfig
from bot.simulator.model.conversation import Conversation
from bot.simulator.model.manner import Faults, Incident, Manner, Mishap, Moment
from bot.simulator.model.record import Moved, SessionRecord
from bot.simulator.model.refusal import Event
from bot.simulator.model.script import Judgement
from bot.simulator.model.wire import assert_valid_server_event

GOING_AWAY = 1001
INTERNAL_ERROR = 1011


@dataclass(frozen=True)
class HangUpFault:
    """The server ends the connection: with this close code, or without a word."""

    code: int | None
    reason: str = ""


@dataclass(frozen=True)
class PauseFault:
    """The wire stands still: all wires for so long, or (None) this one for ever."""

    secs: float | None


@dataclass(frozen=True)
class Hear:
    """Work for the shell: understand this sound (μ-law), then call `ModelSession.heard`."""

    item_id: str
    ulaw: bytes


@dataclass(frozen=True)
class Render:
    """Work for the shell: render this line, then call `ModelSession.rendered`."""

    response_id: str
    text: str


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:20]}"


@dataclass(kw_only=True)
class SessionState:
    """`outbox` and `jobs` are emptied by the shell; everything else belongs to the session."""

    record: SessionRecord
    config: SessionConfig
    judgement: Judgement
    manner: Manner
    faults: Faults
    has_ears: bool
    now_secs: float = 0.0
    agenda: Agenda = field(default_factory=Agenda)
    outbox: deque[str | HangUpFault | PauseFault] = field(default_factory=deque)
    jobs: list[Hear | Render] = field(default_factory=list)
    unheard: set[str] = field(default_factory=set)  # items whose words are still being made out
    stirrings: int = 0  # counts what ends a silence: a word of the caller, a response
    stalled: bool = False
    _spoiled: bool = False
    _happened: Counter[Incident] = field(default_factory=Counter)

    @property
    def conversation(self) -> Conversation:
        return self.record.conversation

    def emit(self, event: Event) -> None:
        """Sends a server event, which must be one the `openai` package knows."""
        event = {"event_id": new_id("event"), **event}
        assert_valid_server_event(event)
        response = event.get("response") or {}
        is_cancelled = event["type"] == "response.done" and response["status"] == "cancelled"
        if is_cancelled and self.faults.no_done_if_cancelled:
            return
        if response and self.faults.no_metadata:
            event["response"] = {**response, "metadata": None}
        if "transcript" in event and "input" in event["type"] and self.faults.half_pairs:
            event["transcript"] += " \ud83d"
        event = self.manner.dialect.to_client(event)
        if self._spoiled:
            event["x_unheard_of"] = {"since": "tomorrow"}
        self._send(event)

    def after(self, secs: float, action: Action) -> None:
        self.agenda.add(self.now_secs + secs, action)

    def reached(self, moment: Moment) -> None:
        """Lets happen what the faults hold in store for this moment."""
        for incident in self.faults.incidents:
            if incident.moment is moment and self._happened[incident] < incident.times:
                self._happened[incident] += 1
                suffer = partial(self.suffer, incident.mishap, for_secs=incident.for_secs)
                if incident.after_secs > 0:
                    self.after(incident.after_secs, suffer)
                else:
                    suffer()

    def suffer(self, mishap: Mishap, *, for_secs: float = 0.0) -> None:
        """Something goes wrong now."""
        match mishap:
            case Mishap.DROP:
                self.outbox.append(HangUpFault(None))
            case Mishap.CLOSE:
                self.outbox.append(HangUpFault(INTERNAL_ERROR))
            case Mishap.STALL:
                self.stalled = True
            case Mishap.DEAD:
                self.outbox.append(PauseFault(None))
            case Mishap.PAUSE:
                self.outbox.append(PauseFault(for_secs))
            case Mishap.ERROR:
                self.emit(_server_error("server_error", "The server had an error. Try again."))
            case Mishap.EXPIRE:
                why = "Your session hit the maximum duration of 60 minutes."
                self.emit(_server_error("session_expired", why))
                self.outbox.append(HangUpFault(GOING_AWAY))
            case Mishap.UNKNOWN_FIELD:
                self._spoiled = True
            case Mishap.UNKNOWN_EVENT:
                self._send({"event_id": new_id("event"), "type": "response.mood.changed"})
            case Mishap.UNKNOWN_LITERAL:
                limits = [{"name": "sighs", "limit": 3, "remaining": 2, "reset_seconds": 0.1}]
                kind = "rate_limits.updated"
                self._send({"event_id": new_id("event"), "type": kind, "rate_limits": limits})
            case Mishap.INVALID_JSON:
                self.outbox.append('{"type": "response.output_audio.delta", "delta": ')

    def note_client(self, event: Event) -> None:
        self.record.client_events.append(Moved(self.now_secs, self._kept(event)))

    def _send(self, event: Event) -> None:
        if not self.stalled:
            self.record.server_events.append(Moved(self.now_secs, self._kept(event)))
            self.outbox.append(json.dumps(event))

    def _kept(self, event: Event) -> Event:
        sound = {"input_audio_buffer.append": "audio", "response.output_audio.delta": "delta"}
        name = sound.get(str(event.get("type")))
        return event if name is None or self.manner.keeps_audio else {**event, name: ""}


def _server_error(code: str, message: str) -> Event:
    return {
        "type": "error",
        "error": {
            "type": "server_error" if code == "server_error" else "invalid_request_error",
            "code": code,
            "message": message,
            "param": None,
            "event_id": None,
        },
    }
