"""A simulated voice over a websocket, as that of ElevenLabs: texts of contexts in, sound out.

Written from the client, `pipecat.services.elevenlabs.tts` of Pipecat 1.14.0: what that sends is
what is understood here, and what it reads is what is sent. ElevenLabs' own service was not seen.
"""

import base64
from typing import Any

from starlette.websockets import WebSocket

from bot.simulator.services.contexts import ContextVoice
from bot.simulator.services.speaking import serve


class ElevenVoice(ContextVoice):
    """One connection."""

    def take(self, message: dict[str, Any]) -> bool:
        if message.get("close_socket"):
            return False
        context = message.get("context_id", "")
        if message.get("close_context"):
            self.end(context)
        elif message.get("text", "").strip():  # " " opens a context, "" keeps the socket alive
            self.say(context, message["text"])
        return True

    def sound(
        self, context: str, pcm: bytes, words: list[str], secs: float
    ) -> list[dict[str, Any]]:
        message: dict[str, Any] = {"contextId": context, "audio": base64.b64encode(pcm).decode()}
        if chars := list(" ".join(words)):
            each_ms = secs * 1000 / len(chars)
            message["alignment"] = {
                "chars": chars,
                "charStartTimesMs": [round(number * each_ms) for number in range(len(chars))],
                "charDurationsMs": [round(each_ms)] * len(chars),
            }
        return [message]

    def over(self, context: str) -> dict[str, Any]:
        return {"contextId": context, "isFinal": True}


async def speak(socket: WebSocket) -> None:
    """/v1/text-to-speech/VOICE/multi-stream-input"""
    assert socket.query_params["output_format"] == "pcm_8000", "it needs no resampling"
    await serve(socket, ElevenVoice, key_header="xi-api-key")
