"""What the parts of one session share: its clock, its way out to the client, its faults."""

import json
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.simulator.gemini.record import GeminiRecord
from bot.simulator.model.agenda import Action, Agenda
from bot.simulator.model.manner import Faults, Incident, Manner, Mishap, Moment
from bot.simulator.model.record import Moved
from bot.simulator.model.refusal import Event
from bot.simulator.model.script import Judgement
from bot.simulator.model.state import HangUpFault, Hear, PauseFault, Render

INVALID, POLICY, INTERNAL = 1007, 1008, 1011
GO_AWAY_SECS = 10.0  # told before a connection is ended; a minute at the service


class Closed(Exception):
    """The client has sent what ends the session."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(kw_only=True)
class Saved:
    """What a handle stands for."""

    judgement: Judgement
    turns: list[tuple[str, str]]
    told: list[str]
    has_answered: bool


@dataclass(kw_only=True)
class SimState:
    """`outbox` and `jobs` are emptied by the shell."""

    record: GeminiRecord
    judgement: Judgement
    manner: Manner
    faults: Faults
    has_ears: bool
    now_secs: float = 0.0
    has_answered: bool = False
    agenda: Agenda = field(default_factory=Agenda)
    outbox: deque[str | HangUpFault | PauseFault] = field(default_factory=deque)
    jobs: list[Hear | Render] = field(default_factory=list)
    stalled: bool = False
    _spoiled: bool = False
    _happened: Counter[Incident] = field(default_factory=Counter)

    def emit(self, message: Event) -> None:
        """Sends a message."""
        if self._spoiled:
            message = {**message, "xUnheardOf": {"since": "tomorrow"}}
        if not self.stalled:
            self.record.server_events.append(Moved(self.now_secs, self._kept(message)))
            self.outbox.append(json.dumps(message))

    def content(self, **fields: Any) -> None:
        """Sends a `serverContent` with these fields."""
        self.emit({"serverContent": fields})

    def close(self, code: int, reason: str) -> None:
        """Ends the connection."""
        self.outbox.append(HangUpFault(code, reason))

    def after(self, secs: float, action: Action) -> None:
        self.agenda.add(self.now_secs + secs, action)

    def reached(self, moment: Moment) -> None:
        """Lets happen what the faults hold in store for this moment."""
        for incident in self.faults.incidents:
            if incident.moment is moment and self._happened[incident] < incident.times:
                self._happened[incident] += 1
                self.after(
                    incident.after_secs,
                    partial(self.suffer, incident.mishap, for_secs=incident.for_secs),
                )

    def suffer(self, mishap: Mishap, *, for_secs: float = 0.0) -> None:
        """Something goes wrong now."""
        match mishap:
            case Mishap.DROP:
                self.outbox.append(HangUpFault(None))
            case Mishap.CLOSE | Mishap.ERROR:
                self.close(INTERNAL, "Internal error encountered.")
            case Mishap.INVALID:
                self.close(INVALID, "Request contains an invalid argument.")
            case Mishap.STALL:
                self.stalled = True
            case Mishap.DEAD:
                self.outbox.append(PauseFault(None))
            case Mishap.PAUSE:
                self.outbox.append(PauseFault(for_secs))
            case Mishap.GO_AWAY | Mishap.EXPIRE:
                left_secs = for_secs or GO_AWAY_SECS
                if mishap is Mishap.GO_AWAY:
                    self.emit({"goAway": {"timeLeft": f"{left_secs:g}s"}})
                why = "The operation was aborted."
                self.after(
                    left_secs if mishap is Mishap.GO_AWAY else 0.0,
                    lambda: self.close(POLICY, why),
                )
            case Mishap.UNKNOWN_FIELD | Mishap.UNKNOWN_LITERAL:
                self._spoiled = True
            case Mishap.UNKNOWN_EVENT:
                self.outbox.append(json.dumps({"moodUpdate": {"mood": "curious"}}))
            case Mishap.INVALID_JSON:
                self.outbox.append('{"serverContent": {"modelTurn": ')

    def note_client(self, message: Event) -> None:
        self.record.client_events.append(Moved(self.now_secs, self._kept(message)))

    def _kept(self, message: Event) -> Event:
        if self.manner.keeps_audio:
            return message
        if "audio" in (message.get("realtimeInput") or {}):
            return {"realtimeInput": {"audio": {"mimeType": "audio/pcm;rate=16000", "data": ""}}}
        if "modelTurn" in (message.get("serverContent") or {}):
            return {"serverContent": {"modelTurn": {"parts": []}}}
        return message
