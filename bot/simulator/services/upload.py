"""Simulated speech over HTTP, as OpenAI has it: a turn's sound in and words out, and the reverse.

Source: OpenAI, Audio API reference: `audio/transcriptions`, `audio/speech` with `pcm` (24 kHz).
"""

import asyncio
import io
import json
import wave
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from bot.media.g711 import pcm_to_ulaw
from bot.simulator.model.sound import encode
from bot.simulator.services.chat import Broken, may_ask, refused
from bot.simulator.services.state import State

PCM = {"type": "audio/pcm", "rate": 24000}
PIECE = 4800  # bytes; 100 ms


async def transcriptions(request: Request) -> Response:
    """POST /v1/audio/transcriptions"""
    if not may_ask(request):
        return refused()
    state: State = request.app.state.services
    async with request.form() as form:
        upload = form["file"]
        assert not isinstance(upload, str)
        content = await upload.read()
    state.opened.append(request.url.path)
    faults = state.take_hearing()
    if faults.status:
        return _fault(faults.status)
    with wave.open(io.BytesIO(content)) as sound:
        assert sound.getframerate() == 8000, "the line's sound is sent as it is"
        ulaw = pcm_to_ulaw(sound.readframes(sound.getnframes()))
    await asyncio.sleep(state.pace.words_after_secs + faults.after_secs)
    if faults.garbage:
        return PlainTextResponse("{", media_type="application/json")
    words = "" if faults.silent else await state.words_of(ulaw)
    return JSONResponse({"text": words})


async def speech(request: Request) -> Response:
    """POST /v1/audio/speech"""
    if not may_ask(request):
        return refused()
    state: State = request.app.state.services
    body = json.loads(await request.body())
    state.opened.append(request.url.path)
    faults = state.take_speaking()
    if faults.status:
        return _fault(faults.status)
    assert body["response_format"] == "pcm"
    pcm = b"" if faults.silent else encode(await state.render(body["input"]), PCM)

    async def sound() -> AsyncIterator[bytes]:
        await asyncio.sleep(state.pace.sound_after_secs + faults.after_secs)
        for at in range(0, len(pcm), PIECE):
            if faults.drop and at > len(pcm) / 2:
                raise Broken
            yield pcm[at : at + PIECE]
            await asyncio.sleep(PIECE / 48000 / state.pace.speed)

    return StreamingResponse(sound(), media_type="audio/pcm")


def _fault(status: int) -> Response:
    error = {"message": "This is a fault.", "type": "fault", "code": None}
    return JSONResponse({"error": error}, status_code=status)
