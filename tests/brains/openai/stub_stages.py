"""The server of the package speech-to-speech, with stages that need no model: run as a program.

    python stub_stages.py PORT FOLDER

FOLDER has the lines of the agent in order, `0.raw`, `1.raw`, ... (16-bit samples at 16 kHz), with
their words in `0.txt`, ...; the stages hear speech by its loudness and write down how long it was.
"""

import contextlib
import sys
import threading
import time
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import numpy as np
import uvicorn
from speech_to_speech.api.openai_realtime.pipeline_unit import PipelineUnit
from speech_to_speech.api.openai_realtime.service import RealtimeService
from speech_to_speech.api.openai_realtime.websocket_router import create_app
from speech_to_speech.pipeline.cancel_scope import CancelScope
from speech_to_speech.pipeline.control import SESSION_END, is_control_message
from speech_to_speech.pipeline.events import (
    AssistantOutputEvent,
    SpeechStartedEvent,
    SpeechStoppedEvent,
    TranscriptionCompletedEvent,
)
from speech_to_speech.pipeline.messages import AUDIO_RESPONSE_DONE, AudioOutput

CHUNK_MS = 32
LOUD = 500.0  # RMS
QUIET_MS = 600
PIECE = 3200  # bytes; 100 ms


class Stages:
    """Hears, answers with the next line, and speaks it faster than it is played."""

    def __init__(self, unit: Any, folder: Path) -> None:
        self._unit = unit
        self._folder = folder
        self._said = 0
        self._heard_ms = 0
        self._began_ms: int | None = None
        self._quiet_ms = 0
        self._turn = 0

    def run(self) -> None:
        while True:
            with contextlib.suppress(Empty):
                self._hear(self._unit.input_queue.get(timeout=0.01))
            try:
                request = self._unit.text_prompt_queue.get_nowait()
            except Empty:
                continue
            if not is_control_message(request):
                threading.Thread(target=self._answer, args=(request,), daemon=True).start()

    def _hear(self, item: Any) -> None:
        if is_control_message(item, SESSION_END.kind):
            self._said = 0
            self._unit.output_queue.put(item)
            return
        if is_control_message(item):
            return
        samples = np.frombuffer(item[0], "<i2").astype(np.float64)
        self._heard_ms += CHUNK_MS
        loud = float(np.sqrt((samples**2).mean())) > LOUD
        tell = self._unit.text_output_queue.put
        if loud and self._began_ms is None:
            self._turn += 1
            self._began_ms = self._heard_ms
            tell(SpeechStartedEvent(audio_start_ms=self._heard_ms, turn_id=f"turn{self._turn}"))
        self._quiet_ms = 0 if loud else self._quiet_ms + CHUNK_MS
        if self._began_ms is not None and self._quiet_ms >= QUIET_MS:
            turn, began_ms = f"turn{self._turn}", self._began_ms
            self._began_ms = None
            lasted = (self._heard_ms - began_ms) / 1000
            tell(SpeechStoppedEvent(audio_end_ms=self._heard_ms, duration_s=lasted, turn_id=turn))
            words = f"speech of {lasted:.1f} seconds"
            tell(TranscriptionCompletedEvent(transcript=words, turn_id=turn))

    def _answer(self, request: Any) -> None:
        generation = self._unit.cancel_scope.generation
        number, self._said = self._said, self._said + 1
        about = {"response_key": request.response_key, "cancel_generation": generation}
        put = self._unit.output_queue.put
        raw = self._folder / f"{number}.raw"
        if raw.exists():
            put(AssistantOutputEvent(text=raw.with_suffix(".txt").read_text(), **about))
            sound = raw.read_bytes()
            for at in range(0, len(sound), PIECE):
                if self._unit.cancel_scope.is_stale(generation):
                    break
                put(AudioOutput(audio=sound[at : at + PIECE], **about))
                time.sleep(0.02)
        put(AudioOutput(audio=AUDIO_RESPONSE_DONE, **about))


def main(port: int, folder: Path) -> None:
    prompts: Queue[Any] = Queue()
    listen, playing, stop = threading.Event(), threading.Event(), threading.Event()
    listen.set()
    unit = PipelineUnit(
        index=0,
        service=RealtimeService(text_prompt_queue=prompts, should_listen=listen),
        cancel_scope=CancelScope(),
        should_listen=listen,
        response_playing=playing,
        input_queue=Queue(),
        output_queue=Queue(),
        text_output_queue=Queue(),
        text_prompt_queue=prompts,
        handlers=[],
    )
    threading.Thread(target=Stages(unit, folder).run, daemon=True).start()
    app = create_app(pool=[unit], stop_event=stop)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
