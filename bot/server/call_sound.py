"""The sound of a live call over a websocket: for those who listen, and one who takes the call over.

The first message is the pass, as {"token": ...}. Sound goes in binary messages. To the client: a
byte, 0 for the other side and 1 for the agent's; two bytes, big-endian, in how many ms it is heard
on the line; then μ-law at 8 kHz, and none where what was sent is taken back. From a client that has
taken the call over: μ-law at 8 kHz alone. What else there is to say is JSON with an "event".
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from loguru import logger
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.calls import CallService, Reached
from bot.calls.call import Call
from bot.media import Piece
from bot.server.passes import Pass, Passes
from bot.server.reaching import GAVE_BACK, LISTENED, TOOK_OVER, WHY, noted
from bot.store import Store
from bot.tasks import TaskSet, first_of

POLICY_VIOLATION = 1008
FIRST_SECS = 5.0  # for the pass
MOST_UNPROVEN = 50  # sockets without one, at any moment: strangers hold no more
SILENT_SECS = 4.0  # a microphone sends all the time: one that does not is gone
LOOK_SECS = 5.0  # how often the session of a visitor is looked at
BACK_SECS = 2.0  # a browser that is gone may come back; then the agent goes on
MOST_SOUND = 4000  # bytes of one message: half a second
PARTING_SECS = 2.0  # for a last word
_GONE = (WebSocketDisconnect, RuntimeError)  # Starlette's second word for it, once it has been told
_SIDES = {"caller": 0, "agent": 1}
_NO_PASS = "this pass is not for this call, or was used, or is too old: ask for another"
_NOT_HERE = "the call is over, or another process has it that cannot be reached from here"


def call_sound(
    calls: CallService,
    store: Store,
    passes: Passes,
    still_acts: Callable[[str], Awaitable[bool]],
) -> APIRouter:
    """WS /calls/{call_id}/sound. `still_acts` tells of a session of the console, by its hash,
    whether its user may still be there.
    """
    router = APIRouter()
    beside = TaskSet()  # the audit log, too: sound waits for no database
    unproven = 0

    @router.websocket("/calls/{call_id}/sound")
    async def sound(websocket: WebSocket, call_id: str) -> None:
        nonlocal unproven
        if unproven >= MOST_UNPROVEN:
            await websocket.close(POLICY_VIOLATION)
            return
        unproven += 1
        try:
            await websocket.accept()
            bearer = passes.take(call_id, await _first(websocket))
        finally:
            unproven -= 1
        if bearer is None:
            logger.warning("refused: a pass that is none", event="call_sound_refused")
            await _refuse(websocket, _NO_PASS)
            return
        call = calls.registry.find(call_id)
        if call is None or call.state.ending is not None:
            await _refuse(websocket, _NOT_HERE)
            return
        if bearer.purpose == "take_over":
            reached = calls.take_over(call, who=bearer.who, seat=bearer.seat)
            if reached is not Reached.TAKEN:
                await _refuse(websocket, WHY[reached])
                return
        act = TOOK_OVER if _speaks(bearer) else LISTENED
        note = beside.start(noted(store.audit, bearer.who, act, call.id))
        visit = _Visit(websocket, call, bearer, still_acts)
        try:
            await visit.last()
        finally:
            if _speaks(bearer):
                beside.start(_leave(calls, store, call, bearer, note, at_once=visit.gave_back))

    return router


def _speaks(bearer: Pass) -> bool:
    return bearer.purpose == "take_over"


async def _leave(
    calls: CallService,
    store: Store,
    call: Call,
    bearer: Pass,
    note: asyncio.Task[None],
    *,
    at_once: bool,
) -> None:
    """The agent goes on, unless they come back in time, or have left before. `note` is that they
    came; that they left stands after it.
    """
    if not at_once:
        await asyncio.sleep(BACK_SECS)
    if calls.give_back(call, seat=bearer.seat):
        await note
        await noted(store.audit, bearer.who, GAVE_BACK, call.id)


class _Visit:
    """One who is at the sound of a call."""

    def __init__(
        self,
        websocket: WebSocket,
        call: Call,
        bearer: Pass,
        still_acts: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._websocket = websocket
        self._call = call
        self._bearer = bearer
        self._still_acts = still_acts
        self._signed_out = False
        self.gave_back = False

    async def last(self) -> None:
        """Until they leave or are signed out, the call is over, or it is no longer theirs."""
        with contextlib.suppress(TimeoutError, *_GONE):
            await self._tell("speaking" if _speaks(self._bearer) else "listening")
            happenings = [self._hear(), self._speak(), self._until_over()]
            if session := self._bearer.session:  # else they came with the key of the API
                happenings.append(self._until_signed_out(session))
            await first_of(*happenings)
            async with asyncio.timeout(PARTING_SECS):
                await self._tell(self._why())
                await self._websocket.close()

    def _why(self) -> str:
        """Why the visit is over."""
        if self._call.state.ending is not None:
            return "over"
        return "signed_out" if self._signed_out else "given_back"

    async def _hear(self) -> None:
        with self._call.sound.listen() as listener, contextlib.suppress(*_GONE):
            while True:
                piece, lost_ms = await listener.take()
                if lost_ms:
                    await self._tell("lost", ms=lost_ms)
                await self._websocket.send_bytes(_packed(piece))

    async def _speak(self) -> None:
        """What comes from the client, until it is gone or gives the call back."""
        patience_secs = SILENT_SECS if _speaks(self._bearer) else None
        while True:
            try:
                async with asyncio.timeout(patience_secs):
                    message = await self._websocket.receive()
            except TimeoutError:
                return
            if message["type"] == "websocket.disconnect":
                return
            ulaw, take = message.get("bytes"), self._call.sound.operator
            if ulaw and take is not None and self._is_theirs and len(ulaw) <= MOST_SOUND:
                await take(ulaw)
            elif _event(message.get("text")) == "give_back":
                self.gave_back = True
                return

    @property
    def _is_theirs(self) -> bool:
        operator = self._call.state.operator
        return operator is not None and operator.seat == self._bearer.seat

    async def _until_over(self) -> None:
        seated = _speaks(self._bearer)
        await self._call.until(
            lambda state: state.ending is not None or (seated and not self._is_theirs)
        )

    async def _until_signed_out(self, session: str) -> None:
        while await self._still_acts(session):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(LOOK_SECS)
        self._signed_out = True

    async def _tell(self, event: str, **more: Any) -> None:
        await self._websocket.send_text(json.dumps({"event": event, **more}))


def _packed(piece: Piece) -> bytes:
    in_ms = min(piece.in_ms, 0xFFFF)
    return bytes((_SIDES[piece.side], in_ms >> 8, in_ms & 0xFF)) + piece.ulaw


def _event(text: str | None) -> str:
    try:
        return str(json.loads(text or "{}")["event"])
    except (ValueError, KeyError, TypeError):
        return ""


async def _first(websocket: WebSocket) -> str:
    """The pass that the client shows; empty: none."""
    try:
        async with asyncio.timeout(FIRST_SECS):
            return str(json.loads(await websocket.receive_text())["token"])
    except (TimeoutError, ValueError, KeyError, TypeError, WebSocketDisconnect):
        return ""


async def _refuse(websocket: WebSocket, why: str) -> None:
    with contextlib.suppress(*_GONE):
        await websocket.send_text(json.dumps({"event": "refused", "why": why}))
        await websocket.close(POLICY_VIOLATION)
