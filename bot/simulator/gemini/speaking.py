"""The model's mouth: one turn at a time, and what stops it."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.simulator.gemini.state import SimState
from bot.simulator.model.manner import Moment
from bot.simulator.model.script import Call, News, ScriptAnswer, line_to_say_exactly
from bot.simulator.model.sound import WIDE_HZ, encode
from bot.simulator.model.state import Render, new_id

SUMMARY = "hand_in_summary"  # the function that texts are handed in by
TOKENS_PER_SEC = 25
CHARACTERS_PER_TOKEN = 4
_WIDE = {"type": "audio/pcm", "rate": WIDE_HZ}
_WIDE_BYTES_PER_MS = 48


@dataclass(kw_only=True)
class Turn:
    """One that is being thought of or spoken."""

    id: str
    wanted: str = ""  # the bracketed text that asks for it; empty: an answer to what is new
    news: News | None = None
    answer: ScriptAnswer | None = None
    begun: bool = False
    said_ms: float = 0.0
    said: str = ""


class SimSpeaker:
    """At most one turn at a time."""

    def __init__(self, state: SimState) -> None:
        self._state = state
        self._turn: Turn | None = None
        self._waiting: list[str] = []  # asked for while another is under way
        self._turns = 0
        self.heard: list[str] = []  # that no turn has answered
        self.results: list[tuple[str, str]] = []
        self.unheard = 0  # turns of the caller that are being made out
        self.functions: dict[str, str] = {}  # called, without a result: names by ids
        self.declared: set[str] = set()

    @property
    def busy(self) -> bool:
        return self._turn is not None

    def request(self, wanted: str = "") -> None:
        """Has it speak: to what is new, or as a text says; after the turn under way."""
        if self._turn is not None:
            self._waiting.append(wanted)
            return
        state = self._state
        number, self._turns = self._turns, self._turns + 1
        if state.faults.never_answers:
            return
        self._turn = Turn(id=new_id("turn"), wanted=wanted)
        state.emit({"sessionResumptionUpdate": {"newHandle": "", "resumable": False}})
        if state.faults.empty_after == number:
            self._finish(self._turn, turnCompleteReason=state.faults.empty_because or None)
        else:
            self.think()

    def think(self) -> None:
        """Decides what is said, once all that was spoken has been made out."""
        turn = self._turn
        if turn is None or turn.answer is not None or self.unheard:
            return
        exact = line_to_say_exactly(turn.wanted)
        if exact is not None:
            turn.answer = ScriptAnswer(say=exact)
        elif SUMMARY in turn.wanted:
            text = self._state.judgement.script.summary
            turn.answer = ScriptAnswer(
                say="", calls=(Call(name=SUMMARY, arguments={"text": text}),)
            )
        else:
            turn.news = News(
                heard=tuple(self.heard),
                results=tuple(self.results),
                first=not self._state.has_answered,
                told=tuple(self._state.record.told),
            )
            self.heard, self.results = [], []
            turn.answer = self._state.judgement.answer(turn.news)
        if turn.answer.say:
            self._state.jobs.append(Render(turn.id, turn.answer.say))
        else:
            self._start(turn, b"")

    def rendered(self, turn_id: str, ulaw: bytes) -> None:
        """Its line has been rendered; it may have been cut meanwhile."""
        if self._turn is not None and self._turn.id == turn_id:
            self._start(self._turn, ulaw)

    def interrupt(self) -> None:
        """What it is saying ends here, and what it was about to say is not said."""
        turn, self._turn, self._waiting = self._turn, None, []
        if turn is None:
            return
        if turn.begun:
            self._state.content(interrupted=True)
            self._remember(turn)
            self._state.emit(
                {"serverContent": {"turnComplete": True}, "usageMetadata": self._bill(turn)}
            )
        elif turn.answer is not None and turn.news is not None:
            self._state.judgement.take_back(turn.answer)
            self.heard = [*turn.news.heard, *self.heard]
            self.results = [*turn.news.results, *self.results]

    def _start(self, turn: Turn, ulaw: bytes) -> None:
        state = self._state
        latency_secs = state.faults.first_audio_after_secs
        if latency_secs is None:
            latency_secs = state.manner.first_audio_after_secs
        acts = self._perform(turn, ulaw)
        state.after(latency_secs, lambda: self._continue(turn, acts))

    def _continue(self, turn: Turn, acts: Iterator[float]) -> None:
        if self._turn is not turn:
            return
        wait_secs = next(acts, None)
        if wait_secs is not None:
            self._state.after(wait_secs, lambda: self._continue(turn, acts))

    def _perform(self, turn: Turn, ulaw: bytes) -> Iterator[float]:
        """Everything the turn does, with the seconds to wait in between."""
        state, manner = self._state, self._state.manner
        answer = turn.answer or ScriptAnswer(say="")
        turn.begun = True
        first, state.has_answered = not state.has_answered, True
        sound = encode(ulaw, _WIDE)
        step = manner.delta_ms * _WIDE_BYTES_PER_MS
        count = max(1, -(-len(sound) // step)) if answer.say else 0
        for index, words in enumerate(_spread(answer.say, count)):
            if words:
                turn.said += words
                state.content(outputTranscription={"text": words})
            piece = sound[index * step : (index + 1) * step]
            if piece:
                data = base64.b64encode(piece).decode()
                blob = {"mimeType": f"audio/pcm;rate={WIDE_HZ}", "data": data}
                state.content(modelTurn={"role": "model", "parts": [{"inlineData": blob}]})
                turn.said_ms += len(piece) / _WIDE_BYTES_PER_MS
            if index == 0:
                if first:
                    state.reached(Moment.GREETING)
                state.reached(Moment.SPEAKING)
            yield manner.delta_ms / 1000 / (state.faults.speed or manner.speed)
        if calls := [call for call in answer.calls if call.name in self.declared]:
            self._call(calls)
        if answer.say:
            state.content(generationComplete=True)
        self._finish(turn)

    def _call(self, calls: list[Call]) -> None:
        told = []
        for call in calls:
            call_id = new_id("function-call")
            self.functions[call_id] = call.name
            told.append({"id": call_id, "name": call.name, "args": dict(call.arguments)})
        self._state.emit({"toolCall": {"functionCalls": told}})
        self._state.reached(Moment.TOOL_CALL)

    def _finish(self, turn: Turn, **fields: Any) -> None:
        told = {name: value for name, value in fields.items() if value is not None}
        self._remember(turn)
        self._state.emit(
            {
                "serverContent": {"turnComplete": True, **told},
                "usageMetadata": self._bill(turn),
            }
        )
        self._turn = None
        self.when_idle()

    def when_idle(self) -> None:
        """Nothing is being said: tells the state's handle, or goes on with what waits."""
        if self._waiting:
            self.request(self._waiting.pop(0))
        else:
            self.tell_handle()

    def tell_handle(self) -> None:
        """Replaced by the session, which keeps what a handle stands for."""

    def _remember(self, turn: Turn) -> None:
        if turn.said:
            self._state.record.turns.append(("model", turn.said.strip()))

    def _bill(self, turn: Turn) -> dict[str, Any]:
        record = self._state.record
        setup = record.session
        text = len(str(setup.get("systemInstruction", ""))) + len(str(setup.get("tools", "")))
        text += sum(len(words) for role, words in record.turns if role == "told")
        text_in = text // CHARACTERS_PER_TOKEN + 1
        audio_in = round(sum(record.activities_ms) / 1000 * TOKENS_PER_SEC)
        audio_out = round(turn.said_ms / 1000 * TOKENS_PER_SEC)
        return {
            "promptTokenCount": text_in + audio_in,
            "responseTokenCount": audio_out,
            "totalTokenCount": text_in + audio_in + audio_out,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": text_in},
                {"modality": "AUDIO", "tokenCount": audio_in},
            ],
            "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": audio_out}],
        }


def _spread(text: str, count: int) -> list[str]:
    """The words of a text over this many pieces, in order and complete."""
    words = re.findall(r"\s*\S+\s*?(?=\s|$)", text) or [text]
    edges = [round(len(words) * index / count) for index in range(count + 1)] if count else []
    return ["".join(words[a:b]) for a, b in zip(edges, edges[1:], strict=False)]
