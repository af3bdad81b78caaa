"""Piper as a voice, by its own HTTP server: it is under the GPL, so it stays at arm's length.

Pipecat's service for that server imports Piper itself, which would put it into this process.

Source: Piper 1.8, `piper.http_server`: `POST /synthesize` with `text` and `voice` as JSON, a WAV
file as answer; `GET /voices`. Older servers, and Pipecat 1.14, have it at `/`.
"""

import io
import wave
from collections.abc import AsyncGenerator
from typing import Any

from pipecat.frames.frames import ErrorFrame, Frame, TTSAudioRawFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

PIECE_MS = 100


class PiperOverHttp(TTSService):
    """One sentence a request: it synthesises in a few hundredths of the time that it takes to say
    it, and answers with the whole."""

    def __init__(self, *, url: str, client: Any, voice: str) -> None:
        """An empty `voice` is the server's own."""
        super().__init__(
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=None, voice=voice, language=None),
        )
        self._url, self._client, self._voice = url, client, voice

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """The sentence's sound, at the rate of the voice."""
        body: dict[str, Any] = {"text": text, **({"voice": self._voice} if self._voice else {})}
        try:
            answer = await self._client.post(f"{self._url}/synthesize", json=body)
            if answer.status_code in (404, 405):
                answer = await self._client.post(f"{self._url}/", json=body)
            answer.raise_for_status()
            with wave.open(io.BytesIO(answer.content)) as sound:
                rate_hz, pcm = sound.getframerate(), sound.readframes(sound.getnframes())
                if sound.getsampwidth() != 2 or sound.getnchannels() != 1:
                    raise ValueError("its sound is not 16 bit mono")
        except Exception as error:  # of whichever client the services share
            yield ErrorFrame(error=f"Piper at {self._url}: {str(error) or type(error).__name__}")
            return
        step = rate_hz * 2 * PIECE_MS // 1000 // 2 * 2
        for at in range(0, len(pcm), step):
            yield TTSAudioRawFrame(pcm[at : at + step], rate_hz, 1, context_id=context_id)
