"""Simulated servers of an owner's own machine: what a chat server has, and Piper's HTTP server.

Source: OpenAI, Models API reference, which chat servers follow; Piper 1.8, `piper.http_server`.
"""

import asyncio
import io
import json
import wave

import numpy as np
import soxr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.media.g711 import ulaw_to_pcm
from bot.simulator.services.chat import may_ask, refused
from bot.simulator.services.state import State

RATE_HZ = 22050  # of Piper's medium voices


async def models(request: Request) -> Response:
    """GET /v1/models"""
    if not may_ask(request):
        return refused()
    return JSONResponse({"object": "list", "data": [{"id": "tiny-chat", "object": "model"}]})


async def voices(request: Request) -> Response:
    """GET /voices"""
    return JSONResponse({"en_US-joe-medium": {"audio": {"sample_rate": RATE_HZ}}})


async def synthesize(request: Request) -> Response:
    """POST /synthesize"""
    state: State = request.app.state.services
    faults = state.take_speaking()
    if faults.status:
        return Response(status_code=faults.status)
    body = json.loads(await request.body())
    narrow = np.frombuffer(ulaw_to_pcm(await state.render(body["text"])), np.int16)
    await asyncio.sleep(state.pace.sound_after_secs + faults.after_secs)
    wide = soxr.resample(narrow, 8000, RATE_HZ).astype("<i2").tobytes()
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setframerate(RATE_HZ)
        sound.setsampwidth(2)
        sound.setnchannels(1)
        sound.writeframes(b"" if faults.silent else wide)
    return Response(b"RIFF" if faults.garbage else file.getvalue(), media_type="audio/wav")
