"""The words that an operator says in the agent's place, by the recogniser that finds the words of
recordings, in a process of its own.
"""

import io
import json
import wave
from pathlib import Path

from bot.child import Apart, Bounds, Children
from bot.heard_words import words_of
from bot.media.g711 import SAMPLE_RATE, ulaw_to_pcm

# Some seconds of speech; most of the time goes into reading the model.
BOUNDS = Bounds(secs=60.0, cpu_secs=60, memory_bytes=8 * 1024**3, output_bytes=1024**2)
_WORDS_OF = f"{words_of.__module__}:words_of"


class OperatorWords:
    """Fills `bot.calls.operator_talk.FindWords`."""

    def __init__(self, model: str, *, apart: Apart | None = None) -> None:
        """`model` is a folder with a model of faster-whisper."""
        self._model = str(Path(model).resolve())
        self._apart = apart or Children(BOUNDS)

    async def __call__(self, ulaw: bytes) -> str:
        """The words in so much sound, μ-law at 8 kHz. Raises ChildRefused, ChildFailed."""
        asked = {"model": self._model, "channels": 1}
        with await self._apart(_WORDS_OF, _as_wav(ulaw), asked) as output:
            return " ".join(json.loads(line)["word"] for line in output)


def _as_wav(ulaw: bytes) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(ulaw_to_pcm(ulaw))
    return content.getvalue()
