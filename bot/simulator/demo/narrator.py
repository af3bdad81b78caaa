"""Tells a call from what the carrier sees of it and from what the service writes down of it.

Rows come out in the order things happened, although words are written down late: a row waits
while somebody speaks, or has spoken, whose words are still to come and who began before it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.simulator.carrier import Event
from bot.simulator.demo.rows import TimelineRow, Who
from bot.simulator.voices import MARGIN_MS

# After this long without words there will be none: cut before the first, or not understood.
WORDS_SECS = 4.0
WORDS_OF_CUT_SECS = 0.8  # what was heard of a line that was cut is written down at once
SAME_MOMENT_SECS = 0.6  # the carrier's ear and the service agree this well on when words began
RESULT_CHARS = 120


@dataclass(kw_only=True)
class _Open:
    """Somebody's words are still to come."""

    since_secs: float
    until_secs: float | None = None  # nobody waits for them any longer; None: still speaking


@dataclass(frozen=True, kw_only=True)
class _Pending:
    order_secs: float
    row: TimelineRow


class Narrator:
    """One call's story.

    `other` is who the agent speaks with: the caller, or whom it called; `ringing` says whose
    phone rings.
    """

    def __init__(self, *, other: Who, ringing: str) -> None:
        self.interruptions_ms: list[float] = []  # from the other's onset to the agent's silence
        self._other = other
        self._ringing = ringing
        self._answered_at: datetime | None = None
        self._answered_t = 0.0
        self._open: dict[Who, _Open] = {}
        self._speaking: set[Who] = set()
        self._pending: list[_Pending] = []
        self._told: set[tuple[str, str]] = set()  # kind and time of what was written down
        self._other_began_ms: list[float] = []  # each of their utterances
        self._other_ended_ms: float | None = None  # None: no answer is due
        self._agent_began_ms: list[float] = []
        self._agent_ended_ms = 0.0
        self._waits: list[tuple[float, float]] = []  # (when the agent answered, after how many ms)
        self._over = False

    # -- what the carrier sees ------------------------------------------------------------------

    def carrier_saw(self, event: Event, now: datetime) -> None:
        """Takes in an event as it happens."""
        at_ms = float(str(event.detail.get("at_ms", (event.t - self._answered_t) * 1000)))
        match event.kind:
            case "status":
                self._status(str(event.detail["status"]), event.t, now)
            case "caller_says":
                self._other_begins(at_ms)
            case "caller_said":
                self._other_ends(at_ms)
            case "agent_speaks":
                self._agent_begins(at_ms)
            case "agent_quiet":
                self._agent_ends(at_ms)
            case "stream_started":
                self._note(at_ms, "the media stream opens")
            case "clear":
                self._cleared(at_ms)
            case "error" | "caller_wait_timed_out" | "caller_failed":
                detail = " ".join(str(value) for value in event.detail.values())
                self._note(at_ms, f"{event.kind.replace('_', ' ')}: {detail}")
            case "ended":
                self._ended(at_ms, str(event.detail["reason"]))

    def _status(self, status: str, t: float, now: datetime) -> None:
        if status == "ringing":
            self._pending.append(_Pending(order_secs=-1.0, row=_line(None, self._ringing)))
        elif status == "in-progress":
            self._answered_at, self._answered_t = now, t
            self._note(0.0, "answered")

    def _other_begins(self, at_ms: float) -> None:
        self._other_began_ms.append(at_ms)
        self._other_ended_ms = None
        self._speaks(self._other, at_ms)

    def _other_ends(self, at_ms: float) -> None:
        self._other_ended_ms = at_ms - MARGIN_MS
        self._falls_silent(self._other, at_ms, words_within_secs=WORDS_SECS)

    def _agent_begins(self, at_ms: float) -> None:
        self._agent_began_ms.append(at_ms)
        if self._other_ended_ms is not None:
            self._waits.append((at_ms / 1000, at_ms - self._other_ended_ms))
            self._other_ended_ms = None
        self._speaks(Who.AGENT, at_ms)

    def _agent_ends(self, at_ms: float) -> None:
        self._agent_ended_ms = at_ms
        opened = self._open.get(Who.AGENT)
        if opened and at_ms / 1000 <= opened.since_secs + SAME_MOMENT_SECS / 2:
            del self._open[Who.AGENT]  # its words are here already
        self._falls_silent(Who.AGENT, at_ms, words_within_secs=WORDS_SECS)

    def _cleared(self, at_ms: float) -> None:
        if Who.AGENT not in self._speaking or self._other not in self._speaking:
            return
        cut_in = self._other_began_ms[-1] > self._agent_began_ms[-1]
        onset_ms = max(self._other_began_ms[-1], self._agent_began_ms[-1])
        self.interruptions_ms.append(at_ms - onset_ms)
        self._falls_silent(Who.AGENT, at_ms, words_within_secs=WORDS_OF_CUT_SECS)
        how = f"the {self._other.value} cuts in" if cut_in else "both begin at once"
        text = f"{how}; the agent is silent {at_ms - onset_ms:.0f} ms later"
        row = TimelineRow(at_secs=onset_ms / 1000, who=Who.CUT, text=text)
        # A line that was cut stands above this row, and what it was cut for below.
        order_secs = onset_ms / 1000 + (-0.001 if cut_in else 0.001)
        self._pending.append(_Pending(order_secs=order_secs, row=row))

    def _ended(self, at_ms: float, reason: str) -> None:
        self._over = True
        if reason != "rest-completed":
            text = f"ended: {reason}"
        elif Who.AGENT in self._speaking:  # its silence has not lasted long enough to be told
            text = "the agent hangs up after its last word"
        else:
            waited_secs = (at_ms - self._agent_ended_ms) / 1000
            text = f"the agent hangs up, {waited_secs:.1f} s after its last word"
        self._speaking.clear()
        self._note(at_ms, text)

    def _speaks(self, who: Who, at_ms: float) -> None:
        self._speaking.add(who)
        opened = self._open.setdefault(who, _Open(since_secs=at_ms / 1000))
        opened.until_secs = None

    def _falls_silent(self, who: Who, at_ms: float, *, words_within_secs: float) -> None:
        self._speaking.discard(who)
        if who in self._open:
            self._open[who].until_secs = at_ms / 1000 + words_within_secs

    def _note(self, at_ms: float, text: str) -> None:
        at_secs = at_ms / 1000
        self._pending.append(_Pending(order_secs=at_secs, row=_line(at_secs, text)))

    # -- what the service writes down -----------------------------------------------------------

    def service_wrote(self, record: Mapping[str, Any]) -> None:
        """Takes in the record of the call as `GET /calls/{id}` shows it now."""
        if self._answered_at is None:
            return
        for turn in record["turns"]:
            if self._is_news(turn["role"], turn):
                self._turn(turn, record["latency"]["first_words_ms"])
        for tool_call in record["tool_calls"]:
            if tool_call["duration_ms"] is not None and self._is_news("tool", tool_call):
                self._tool_call(tool_call)

    def _is_news(self, kind: str, entry: Mapping[str, Any]) -> bool:
        key = (kind, entry["started_at"])
        news = key not in self._told
        self._told.add(key)
        return news

    def _turn(self, turn: Mapping[str, Any], first_words_ms: int | None) -> None:
        who = Who.AGENT if turn["role"] == "agent" else self._other
        written_secs = self._secs(turn["started_at"])
        began_ms = self._agent_began_ms if who is Who.AGENT else self._other_began_ms
        at_secs = _nearest(began_ms, written_secs)
        text, note = str(turn["text"]), ""
        if who is Who.AGENT:
            note = self._figure(at_secs, first_words_ms)
            text += " —" if turn["interrupted"] else ""
        row = TimelineRow(at_secs=at_secs, who=who, text=text, note=note)
        self._pending.append(_Pending(order_secs=at_secs, row=row))
        self._open.pop(who, None)
        if who in self._speaking:  # and goes on with the next line
            self._open[who] = _Open(since_secs=self._secs(turn["ended_at"]))

    def _figure(self, at_secs: float, first_words_ms: int | None) -> str:
        """How long the other side waited for these words, if it did."""
        if self._agent_began_ms and at_secs == self._agent_began_ms[0] / 1000:
            return f"first words {first_words_ms} ms"
        for answered_secs, waited_ms in self._waits:
            if answered_secs == at_secs:
                return f"heard after {waited_ms:.0f} ms"
        return ""

    def _tool_call(self, tool_call: Mapping[str, Any]) -> None:
        at_secs = self._secs(tool_call["started_at"])
        given = ", ".join(f"{name}={value}" for name, value in tool_call["arguments"].items())
        said = f"{tool_call['name']}({given})\n→ {_brief(tool_call['result'])}"
        took = f"{tool_call['duration_ms']} ms" + ("" if tool_call["ok"] else ", failed")
        row = TimelineRow(at_secs=at_secs, who=Who.TOOL, text=said, note=took)
        self._pending.append(_Pending(order_secs=at_secs, row=row))

    def _secs(self, timestamp: str) -> float:
        assert self._answered_at is not None
        return (datetime.fromisoformat(timestamp) - self._answered_at).total_seconds()

    # -- what can be told -----------------------------------------------------------------------

    def settled(self, now_secs: float) -> list[TimelineRow]:
        """Rows whose turn it is to be told, each once. `now_secs` is the time since the answer."""
        for who, opened in list(self._open.items()):
            if opened.until_secs is not None and opened.until_secs <= now_secs:
                del self._open[who]
        bar_secs = min((opened.since_secs for opened in self._open.values()), default=None)
        self._pending.sort(key=lambda pending: pending.order_secs)
        ready = [p for p in self._pending if bar_secs is None or p.order_secs < bar_secs]
        self._pending = self._pending[len(ready) :]
        return [pending.row for pending in ready]

    def rest(self) -> list[TimelineRow]:
        """All rows that still wait: the call is over and written down."""
        self._open.clear()
        return self.settled(0.0)

    def now(self) -> Sequence[TimelineRow]:
        """What goes on at this moment, and rows that wait for it to end."""
        happening = [
            TimelineRow(at_secs=opened.since_secs, who=who, text="is speaking")
            for who, opened in self._open.items()
            if who in self._speaking
        ]
        if not happening and self._other_ended_ms is not None and not self._over:
            at_secs = self._other_ended_ms / 1000
            happening.append(TimelineRow(at_secs=at_secs, who=Who.AGENT, text="is about to answer"))
        return [*happening, *(pending.row for pending in self._pending)]


def _nearest(began_ms: Sequence[float], written_secs: float) -> float:
    """When an utterance really began that the service wrote down as beginning then."""
    heard = [began / 1000 for began in began_ms]
    nearest = min(heard, key=lambda secs: abs(secs - written_secs), default=written_secs)
    return nearest if abs(nearest - written_secs) < SAME_MOMENT_SECS else max(0.0, written_secs)


def _line(at_secs: float | None, text: str) -> TimelineRow:
    return TimelineRow(at_secs=at_secs, who=Who.LINE, text=text)


def _brief(value: object) -> str:
    """A tool's result, near enough to JSON, at a length that can be read in passing."""
    text = json.dumps(value, ensure_ascii=False).replace('"', "")
    return text if len(text) <= RESULT_CHARS else f"{text[:RESULT_CHARS]}…"
