"""The embedder of this machine, with another model in the place of its own."""

import numpy as np
import pytest

from bot.child import in_this_process
from bot.knowledge import local_embedder
from bot.knowledge.embedding import Vector
from bot.knowledge.local_embedder import LocalEmbedder


class Model:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def query(self, text: str) -> Vector:
        self.asked += 1
        return np.ones(4, np.float32)


async def test_it_is_made_ready_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at each client's folder has it ready, for as long as the service runs."""
    model = Model()
    monkeypatch.setattr(local_embedder, "_load", lambda: model)
    embedder = LocalEmbedder(in_this_process)

    for _ in range(3):
        await embedder.prepare()
    await embedder.close()

    assert model.asked == 1


async def test_what_could_not_be_loaded_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Model:
        raise OSError("no memory")

    model = Model()
    embedder = LocalEmbedder(in_this_process)

    monkeypatch.setattr(local_embedder, "_load", fail)
    await embedder.prepare()
    monkeypatch.setattr(local_embedder, "_load", lambda: model)
    await embedder.prepare()
    await embedder.close()

    assert model.asked == 1
