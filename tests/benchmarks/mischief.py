"""What goes wrong on a line: each fault happens to one call, or to its session at the model."""

import random
from collections.abc import Awaitable, Callable, Mapping

from tests.benchmarks.load import Exchange, LoadCaller, LoadModel, LoadSession

NONSENSE = (
    b"",
    b"not json",
    b"[]",
    b"null",
    b'{"event":"media"}',
    b'{"event":"media","media":null}',
    b'{"event":"media","media":{"payload":"%%%"}}',
    b'{"event":"media","media":{"payload":17}}',
    b'{"event":"mark","mark":{"name":"never sent"}}',
    b'{"event":"dtmf","dtmf":{"digit":"Z"}}',
    b'{"event":"weather","weather":{"sky":"blue"}}',
    b'{"event":{"event":"media"}}',
    b'{"event":"media","media":{"payload":"' + b"A" * 20_000 + b'"}}',
)
MODEL_NONSENSE = (
    b"not json",
    b"[1, 2]",
    b'{"type":17}',
    b'{"type":"weather.updated","sky":"blue"}',
    b'{"type":"response.output_audio.delta"}',
    b'{"type":"response.created","response":null}',
    b'{"type":"input_audio_buffer.speech_stopped","item_id":null}',
    b'{"type":"error","error":{"type":"server_error","code":"hiccup","message":"A hiccup."}}',
)
STALL_SECS = 3.0


class Mischief:
    """Brings faults upon the calls of an exchange; those that end a call are made up for."""

    def __init__(self, *, exchange: Exchange, model: LoadModel, seed: int = 0) -> None:
        self._exchange = exchange
        self._model = model
        self._random = random.Random(seed)
        self.done: dict[str, int] = {}

    async def happen(self, fault: str) -> None:
        """One fault by its name in `FAULTS`."""
        await self.FAULTS[fault](self)
        self.done[fault] = self.done.get(fault, 0) + 1

    def _caller(self) -> LoadCaller:
        return self._random.choice(self._exchange.talking)

    def _session(self) -> LoadSession:
        return self._random.choice(self._model.open_sessions)

    async def _nonsense(self) -> None:
        caller = self._caller()
        for message in NONSENSE:
            caller.send_raw(message)

    async def _hang_up(self) -> None:
        await self._exchange.hang_up(self._caller())
        await self._exchange.call()

    async def _cut(self) -> None:
        caller = self._caller()
        caller.cut()
        await caller.ended.wait()
        await self._exchange.hang_up(caller)
        await self._exchange.call()

    async def _model_nonsense(self) -> None:
        session = self._session()
        for message in MODEL_NONSENSE:
            session.send_raw(message)

    async def _model_stall(self) -> None:
        self._session().stall(STALL_SECS)

    async def _model_cut(self) -> None:
        self._session().cut()

    FAULTS: Mapping[str, Callable[["Mischief"], Awaitable[None]]] = {
        "nonsense": _nonsense,  # messages no carrier sends
        "hang-up": _hang_up,  # a caller leaves, another comes
        "cut": _cut,  # a caller's socket breaks
        "model-nonsense": _model_nonsense,  # messages no model sends, and a harmless error
        "model-stall": _model_stall,  # the model says nothing for a while
        "model-cut": _model_cut,  # the model's socket breaks
    }
