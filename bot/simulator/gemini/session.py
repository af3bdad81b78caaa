"""One session of the simulated model: messages in, messages out, no I/O.

Whoever runs it passes the time with every call, sends what is in `outbox`, does the `jobs`, and
calls `wake` when `wake_at_secs` has come.
"""

import base64
import binascii
import json
import re
from collections import deque
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import soxr
from loguru import logger

from bot.media.g711 import pcm_to_ulaw
from bot.simulator.gemini.record import GeminiRecord
from bot.simulator.gemini.speaking import SimSpeaker
from bot.simulator.gemini.state import INVALID, POLICY, Closed, Saved, SimState
from bot.simulator.model.manner import Faults, Manner, Mishap, Moment
from bot.simulator.model.refusal import Event
from bot.simulator.model.script import Judgement, ModelScript
from bot.simulator.model.session import ScriptFor
from bot.simulator.model.sound import LINE_HZ, ULAW_BYTES_PER_MS
from bot.simulator.model.state import HangUpFault, Hear, PauseFault, Render, new_id

HEARD_HZ = 16000
MIME = f"audio/pcm;rate={HEARD_HZ}"
# What comes of a message that is not as the protocol has it.
_SHAPELESS = (AttributeError, IndexError, KeyError, TypeError, ValueError)
HANDLES_KEPT = 4  # of one session; each holds the whole conversation
_KINDS = ("setup", "clientContent", "realtimeInput", "toolResponse")

# As the client tells of a function that the model does not wait for.
_RESULT = re.compile(r"The function (\w+) that was called gave: (.*)\]", re.DOTALL)


class GeminiSimSession:
    """The far side of one connection. Times are seconds of one monotonic clock."""

    def __init__(
        self,
        *,
        script: ModelScript | ScriptFor,
        manner: Manner,
        faults: Faults,
        has_ears: bool,
        key_is_right: bool,
        without_models: set[str],
        handles: dict[str, Saved],
    ) -> None:
        self.record = GeminiRecord(session_id=new_id("session"), model="")
        self._script = script
        self._has_ears = has_ears
        fixed = script if isinstance(script, ModelScript) else ModelScript()
        self._state = SimState(
            record=self.record,
            judgement=Judgement(fixed, in_order=not has_ears),
            manner=manner,
            faults=faults,
            has_ears=has_ears,
        )
        self._key_is_right = key_is_right
        self._without_models = without_models
        self._handles = handles
        self._told_handles: deque[str] = deque()
        self._speaker = SimSpeaker(self._state)
        self._speaker.tell_handle = self._tell_handle  # type: ignore[method-assign]
        self._is_set_up = False
        self._history_open = False  # what comes is history, until it is complete
        self._asks: list[str] = []  # bracketed texts of content that is complete, unanswered
        self._activity: bytearray | None = None  # μ-law; None: the caller is silent
        self._intake = soxr.ResampleStream(HEARD_HZ, LINE_HZ, 1, dtype="int16", quality="LQ")

    # -- what the shell does ------------------------------------------------------------------

    @property
    def outbox(self) -> deque[str | HangUpFault | PauseFault]:
        return self._state.outbox

    @property
    def wake_at_secs(self) -> float | None:
        return self._state.agenda.next_at

    def take_jobs(self) -> list[Hear | Render]:
        jobs, self._state.jobs = self._state.jobs, []
        return jobs

    def open(self, now_secs: float) -> None:
        """The client has connected."""
        self._state.now_secs = self.record.opened_at_secs = now_secs
        self._state.reached(Moment.CONNECTED)
        self.wake(now_secs)

    def wake(self, now_secs: float) -> None:
        """Does what is due."""
        self._state.now_secs = now_secs
        while (action := self._state.agenda.pop_due(now_secs)) is not None:
            action()

    def receive(self, raw: str | bytes, now_secs: float) -> None:
        """A message of the client."""
        self._state.now_secs = now_secs
        try:
            message = json.loads(raw)
            if not isinstance(message, dict) or len(message) != 1 or [*message][0] not in _KINDS:
                raise Closed(INVALID, f"Unknown name in the message: {', '.join(message)}.")
            self._state.note_client(message)
            self._take(message)
        except Closed as closed:
            logger.warning("The simulated model closes the session: {}", closed.reason)
            self._state.close(closed.code, closed.reason)
        except _SHAPELESS as error:
            logger.warning("The simulated model cannot read a message: {!r}", error)
            self._state.close(INVALID, "Request contains an invalid argument.")
        self.wake(now_secs)

    def heard(self, item_id: str, words: str, now_secs: float) -> None:
        """The job `Hear` is done."""
        self._state.now_secs = now_secs
        self._speaker.unheard -= 1
        self._understood(item_id, words)

    def rendered(self, response_id: str, ulaw: bytes, now_secs: float) -> None:
        """The job `Render` is done."""
        self._state.now_secs = now_secs
        self._speaker.rendered(response_id, ulaw)

    def suffer(self, mishap: Mishap, now_secs: float) -> None:
        """Something goes wrong now, outside the faults agreed beforehand."""
        self._state.now_secs = now_secs
        self._state.suffer(mishap)

    # -- messages -----------------------------------------------------------------------------

    def _take(self, message: Mapping[str, Any]) -> None:
        if not self._is_set_up:
            if "setup" not in message:
                raise Closed(INVALID, "The first message has to be a setup.")
            self._is_set_up = True
            self._set_up(message["setup"])
        elif "setup" in message:
            raise Closed(INVALID, "A session is set up once.")
        elif "clientContent" in message:
            self._content(message["clientContent"])
        elif "realtimeInput" in message:
            self._realtime(message["realtimeInput"])
        else:
            for response in message["toolResponse"]["functionResponses"]:
                self._result(response)

    def _set_up(self, setup: Event) -> None:
        state = self._state
        self.record.model, self.record.session = setup["model"].removeprefix("models/"), setup
        if not self._key_is_right:
            raise Closed(INVALID, "API key not valid. Please pass a valid API key.")
        if self.record.model in self._without_models:
            name = setup["model"]
            why = f"{name} is not found for API version v1beta, or is not supported for bidi."
            raise Closed(POLICY, why)
        detection = setup["realtimeInputConfig"]["automaticActivityDetection"]
        if not detection.get("disabled"):
            raise Closed(INVALID, "This simulated model does not hear by itself when people speak.")
        for tool in setup.get("tools") or []:
            self._speaker.declared |= {each["name"] for each in tool["functionDeclarations"]}
        self._history_open = bool(
            (setup.get("historyConfig") or {}).get("initialHistoryInClientContent")
        )
        handle = (setup.get("sessionResumption") or {}).get("handle")
        if handle:
            self._resume(handle)
        elif not isinstance(self._script, ModelScript):
            instructions = setup["systemInstruction"]["parts"][0]["text"]
            script = self._script(instructions)
            state.judgement = Judgement(script, in_order=not self._has_ears)
        state.after(state.faults.updated_after_secs, self._tell_set_up)

    def _resume(self, handle: str) -> None:
        saved = self._handles.get(handle)
        if saved is None or self._state.faults.refuses_handles:
            raise Closed(POLICY, "BidiGenerateContent session not found.")
        self.record.resumed = True
        self._state.judgement = deepcopy(saved.judgement)
        self._state.has_answered = saved.has_answered
        self.record.turns, self.record.told = list(saved.turns), list(saved.told)

    def _tell_set_up(self) -> None:
        self._state.emit({"setupComplete": {}})
        self._state.reached(Moment.UPDATED)

    def _content(self, content: Event) -> None:
        if self._activity is not None:
            raise Closed(INVALID, "Request contains an invalid argument.")
        if not self._history_open:
            self._speaker.interrupt()
        told = []
        for turn in content.get("turns") or []:
            text = " ".join(part["text"] for part in turn["parts"])
            if text.startswith("["):
                told.append(text)
                self._told(text)
            else:
                self.record.turns.append((turn["role"], text))
        complete = bool(content.get("turnComplete"))
        if complete:
            self._asks, self._history_open = told, False

    def _realtime(self, given: Event) -> None:
        if self._history_open and "audio" not in given and "text" not in given:
            self._history_open = False  # there is none
        if "audio" in given:
            self._sound(given["audio"])
        elif "activityStart" in given:
            if self._activity is not None:
                raise Closed(INVALID, "An activity is under way.")
            self._speaker.interrupt()
            self._call_off_functions()
            self._asks = []
            self._activity = bytearray()
            self._state.reached(Moment.LISTENING)
        elif "activityEnd" in given:
            self._end_activity()
        elif "text" in given and given["text"].strip():
            self._told(given["text"])
        elif "text" in given and self._activity is None:
            wanted, self._asks = (self._asks or [""])[-1], []
            self._speaker.request(wanted)

    def _call_off_functions(self) -> None:
        """The caller cuts in: what the model has called it waits for no more."""
        functions = self._speaker.functions
        if functions and self._state.faults.cancels_tools:
            self._state.emit({"toolCallCancellation": {"ids": list(functions)}})
            functions.clear()

    def _told(self, text: str) -> None:
        if result := _RESULT.search(text):
            self._speaker.results.append((result[1], result[2]))
        self.record.told.append(text)
        self.record.turns.append(("told", text))

    def _sound(self, blob: Event) -> None:
        if blob.get("mimeType") != MIME:
            raise Closed(INVALID, f"Sound has to be {MIME}.")
        try:
            data = base64.b64decode(blob["data"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise Closed(INVALID, f"Sound has to be base64: {error}") from error
        if len(data) % 2:
            raise Closed(INVALID, "16-bit sound comes in an even number of bytes.")
        wide = np.frombuffer(data, "<i2").astype(np.int16)
        ulaw = pcm_to_ulaw(self._intake.resample_chunk(wide).tobytes())
        self.record.audio_received_ms += len(data) // 32
        if self._state.manner.keeps_audio:
            self.record.audio_received += ulaw
        if self._activity is None:
            self.record.stray_ms += len(data) // 32
        else:
            self._activity += ulaw

    def _end_activity(self) -> None:
        state = self._state
        if self._activity is None:
            raise Closed(INVALID, "No activity is under way.")
        ulaw, self._activity = bytes(self._activity), None
        item_id = str(len(self.record.activities_ms))
        self.record.activities_ms.append(len(ulaw) // ULAW_BYTES_PER_MS)
        if state.has_ears:
            self._speaker.unheard += 1
            state.jobs.append(Hear(item_id, ulaw))
        else:
            self._understood(item_id, state.judgement.expected_words())
        self._speaker.request()

    def _understood(self, item_id: str, words: str) -> None:
        state = self._state
        self.record.heard[item_id] = words
        if words:
            self._speaker.heard.append(words)
            self.record.turns.append(("user", words))
            for index, piece in enumerate(words.split(" ")):
                text = piece if index == 0 else f" {piece}"
                state.after(
                    state.manner.transcript_after_secs,
                    lambda text=text: state.content(inputTranscription={"text": text}),  # type: ignore[misc]
                )
        self._speaker.think()

    def _result(self, response: Event) -> None:
        name = self._speaker.functions.pop(response["id"], None)
        if name is None:
            raise Closed(INVALID, f"No function was called as {response['id']}.")
        scheduling = response.get("scheduling", "WHEN_IDLE")
        self.record.results.append((name, response["response"], scheduling))
        self._speaker.results.append((name, json.dumps(response["response"])))
        if scheduling != "SILENT":
            self._speaker.request()

    def _tell_handle(self) -> None:
        handle = new_id("handle")
        self._handles[handle] = Saved(
            judgement=deepcopy(self._state.judgement),
            turns=list(self.record.turns),
            told=list(self.record.told),
            has_answered=self._state.has_answered,
        )
        self._told_handles.append(handle)
        if len(self._told_handles) > HANDLES_KEPT:
            self._handles.pop(self._told_handles.popleft(), None)
        self._state.emit({"sessionResumptionUpdate": {"newHandle": handle, "resumable": True}})
