"""A simulated voice over a websocket, as Cartesia's Sonic: transcripts of contexts in, sound out.

Written from the client, `pipecat.services.cartesia.tts` of Pipecat 1.14.0: what that sends is what
is understood here, and what it reads is what is sent. Cartesia's own service was not seen.
"""

import base64
from typing import Any

from starlette.websockets import WebSocket

from bot.simulator.services.contexts import ContextVoice
from bot.simulator.services.speaking import serve

OUTPUT = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8000}


class SonicVoice(ContextVoice):
    """One connection."""

    def take(self, message: dict[str, Any]) -> bool:
        context = message["context_id"]
        if message.get("cancel"):
            self.call_off(context)
            return True
        assert message["output_format"] == OUTPUT, "the line's rate needs no resampling"
        assert message["model_id"] and message["voice"]["mode"] == "id" and message["voice"]["id"]
        if message["transcript"].strip():
            self.say(context, message["transcript"])
        if not message["continue"]:
            self.end(context)
        return True

    def sound(
        self, context: str, pcm: bytes, words: list[str], secs: float
    ) -> list[dict[str, Any]]:
        data = base64.b64encode(pcm).decode()
        messages: list[dict[str, Any]] = [{"type": "chunk", "context_id": context, "data": data}]
        if words:
            starts = [secs * number / len(words) for number in range(len(words))]
            times = {"words": words, "start": starts, "end": [*starts[1:], secs]}
            messages.append({"type": "timestamps", "context_id": context, "word_timestamps": times})
        return messages

    def over(self, context: str) -> dict[str, Any]:
        return {"type": "done", "context_id": context}


async def speak(socket: WebSocket) -> None:
    """/tts/websocket"""
    await serve(socket, SonicVoice, key_header="x-api-key")
