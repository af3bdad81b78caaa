"""Function calls of the model: run side by side, each answered once, never in dead air."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import orjson

from bot.brains.brain import CallLog
from bot.brains.realtime.events import FunctionCalled
from bot.clock import monotonic
from tools.tool import ToolAnswer
from tools.toolbox import Toolbox

FILLER_AFTER_SECS = 0.7  # a pause longer than this sounds like a lost line
LONG_SILENCE_SECS = 1.5  # in which nobody was heard: nothing more is waited for, an answer neither
LOOK_SECS = 0.2  # where a filler is due and cannot be said yet
FILLER_AGAIN_SECS = 3.0  # after a filler, if the caller still waits


class FunctionCalls:
    """The function calls under way in one call.

    `answered` is awaited with each result. `fill_silence` is awaited when the caller has waited for
    `FILLER_AFTER_SECS`, be it for one function or for several in a row, or when nobody has been
    heard for `LONG_SILENCE_SECS`; it says whether something was said. Calls already begun go on
    whatever the caller does meanwhile.
    """

    def __init__(
        self,
        *,
        toolbox: Toolbox,
        log: CallLog,
        start: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
        answered: Callable[[FunctionCalled, ToolAnswer], Awaitable[None]],
        fill_silence: Callable[[], Awaitable[bool]],
        silent_secs: Callable[[], float],
    ) -> None:
        self._toolbox = toolbox
        self._log = log
        self._start = start
        self._answered = answered
        self._fill_silence = fill_silence
        self._silent_secs = silent_secs
        self._filler_at: float | None = None  # loop time; None: somebody was heard since
        self._running: dict[str, str] = {}  # call id -> name
        self._succeeded: set[str] = set()  # names
        self._filling: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many are under way."""
        return len(self._running)

    def done_or_under_way(self, name: str) -> bool:
        """Whether this function is being run or has succeeded."""
        return name in self._succeeded or name in self._running.values()

    def heard(self) -> None:
        """The caller or the agent is heard: the caller waits anew after that."""
        self._filler_at = None

    def begin(self, call: FunctionCalled) -> None:
        """Starts one; a call id seen before that is still running is not started twice."""
        if call.call_id in self._running:
            return
        self._running[call.call_id] = call.name
        self._log.tool_started(
            key=call.call_id, name=call.name, arguments=_readable(call.arguments)
        )
        self._start(self._run(call), f"tool::{call.name}")
        if self._filling is None:
            self._filling = self._start(self._fill_silences(), "fill silence")

    async def _fill_silences(self) -> None:
        """One for all that run side by side or one after the other: the caller waits once."""
        loop = asyncio.get_running_loop()
        while True:
            if self._filler_at is None:
                patience = LONG_SILENCE_SECS - self._silent_secs()
                self._filler_at = loop.time() + min(FILLER_AFTER_SECS, max(0.0, patience))
            if loop.time() >= self._filler_at:
                said = await self._fill_silence()
                pause_secs = FILLER_AGAIN_SECS if said else LOOK_SECS
                self._filler_at = loop.time() + pause_secs
            await asyncio.sleep(self._filler_at - loop.time())

    async def _run(self, call: FunctionCalled) -> None:
        began = monotonic()
        answer = await self._toolbox.run(call.name, call.arguments, call.call_id)
        self._running.pop(call.call_id, None)
        if answer.ok:
            self._succeeded.add(call.name)
        if self._filling is not None and not self._running:
            self._filling.cancel()
            self._filling = None
        self._log.tool_finished(
            key=call.call_id,
            result=answer.output,
            duration_ms=round((monotonic() - began) * 1000),
            ok=answer.ok,
        )
        await self._answered(call, answer)


def _readable(arguments: str) -> Mapping[str, Any]:
    """The arguments for the record, also when they are not the JSON object they should be."""
    try:
        read = orjson.loads(arguments)
    except ValueError:
        return {"unreadable": arguments}
    return read if isinstance(read, dict) else {"unreadable": arguments}
