"""A simulated ear over a websocket, as Deepgram's Flux: it hears turns by itself.

Source: Deepgram, API reference, `/v2/listen`: `Connected`, `TurnInfo`.
"""

import asyncio
import json

import numpy as np
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.media.g711 import pcm_to_ulaw
from bot.simulator.services.state import State

LOUD = 300  # of 32768, root mean square: speech
EAGER_BYTES = 8000 * 2 * 2 // 10  # of silence after which the end of a turn is guessed
TURN_BYTES = 8000 * 2 * 5 // 10  # that end it
TOLD_BYTES = 8000 * 2 // 4  # of a turn between two updates
START_BYTES = 8000 * 2 // 10  # of speech that begin one


class FluxTurns:
    """One connection's turns; `feed` gives the messages that follow from more sound."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._turn = bytearray()
        self._silent = self._told = self._number = 0
        self._heard_bytes = 0  # in all
        self._words = ""  # of the turn that is open, as far as they are known
        self._speaking = self._guessed = False

    async def feed(self, pcm: bytes) -> list[dict[str, object]]:
        """Sound of 16 bit at 8 kHz."""
        messages = []
        for at in range(0, len(pcm), 320):
            messages += await self._frame(pcm[at : at + 320])
        return messages

    async def _frame(self, pcm: bytes) -> list[dict[str, object]]:
        self._heard_bytes += len(pcm)
        samples = np.frombuffer(pcm, "<i2").astype(np.float64)
        loud = bool(len(samples)) and float(np.sqrt((samples**2).mean())) > LOUD
        if not self._speaking and not loud:
            self._turn.clear()
            return []
        self._turn += pcm
        self._silent = 0 if loud else self._silent + len(pcm)
        if not self._speaking:
            if len(self._turn) < START_BYTES:
                return []
            self._speaking, self._told = True, 0
            self._words = "" if self._state.ears else await self._listen()
            return [self._info("StartOfTurn", "")]
        if self._silent >= TURN_BYTES:
            ended = self._info("EndOfTurn", self._words)
            self._number += 1
            self._speaking = self._guessed = False
            self._words = ""
            self._silent = 0
            self._turn.clear()
            return [ended]
        if self._silent >= EAGER_BYTES and not self._guessed:
            self._guessed = True
            if self._state.ears:  # which need all of it
                self._words = await self._listen()
            wrong = " or not" if self._state.faults.hearing.guesses_wrong else ""
            return [self._info("EagerEndOfTurn", self._words + wrong)]
        if loud and self._guessed:
            self._guessed = False
            return [self._info("TurnResumed", self._words)]
        if loud and len(self._turn) - self._told >= TOLD_BYTES:
            self._told = len(self._turn)
            words = self._words.split()
            share = min(len(words), 1 + len(self._turn) // (TOLD_BYTES * 2))
            return [self._info("Update", " ".join(words[:share]))]
        return []

    async def _listen(self) -> str:
        return await self._state.words_of(pcm_to_ulaw(bytes(self._turn)))

    def _info(self, event: str, words: str) -> dict[str, object]:
        return {
            "type": "TurnInfo",
            "event": event,
            "turn_index": self._number,
            "audio_window_start": (self._heard_bytes - len(self._turn)) / 16000,
            "audio_window_end": self._heard_bytes / 16000,
            "transcript": words,
            "words": [{"word": word, "confidence": 0.99} for word in words.split()],
            "end_of_turn_confidence": 0.9,
        }


async def listen(socket: WebSocket) -> None:
    """/v2/listen"""
    state: State = socket.app.state.services
    faults = state.take_hearing()
    state.opened.append(socket.url.path)
    if faults.status or socket.headers.get("authorization") != f"Token {state.key}":
        await socket.send_denial_response(PlainTextResponse("a fault", faults.status or 401))
        return
    await socket.accept()
    await socket.send_text(json.dumps({"type": "Connected", "sequence_id": 0}))
    turns = FluxTurns(state)
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if (pcm := message.get("bytes")) is None:
                if "CloseStream" in (message.get("text") or ""):
                    await socket.close()
                    return
                continue
            for info in await turns.feed(pcm):
                await _send(socket, state, info)
    except WebSocketDisconnect:
        pass


async def _send(socket: WebSocket, state: State, info: dict[str, object]) -> None:
    if info["event"] == "EndOfTurn":
        faults = state.take_hearing()
        if faults.silent:
            return
        if faults.drop:
            await socket.close(1011)
            return
        await asyncio.sleep(state.pace.words_after_secs + faults.after_secs)
        if faults.garbage:
            await socket.send_text("{")
            return
    await socket.send_text(json.dumps(info))
