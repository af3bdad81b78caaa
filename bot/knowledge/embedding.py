"""What turns sentences into vectors that are near each other where the sentences mean the same."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]  # of length 1


class NotEmbedded(Exception):
    """There are no vectors now; the message says why, in one sentence without personal data."""


class NotTheseEmbedded(NotEmbedded):
    """The fault lies with these texts alone: others may have vectors."""


class Embedder(Protocol):
    """One model. What gives vectors raises NotEmbedded, and nothing else."""

    @property
    def name(self) -> str:
        """Of the model and its form: vectors of two names are never compared."""
        ...

    async def prepare(self) -> None:
        """Does what takes long before the first question. Raises nothing."""
        ...

    async def question(self, text: str) -> Vector:
        """For one question, while somebody waits."""
        ...

    async def passages(self, texts: Sequence[str]) -> Sequence[Vector]:
        """For what may be found, in this order; nobody waits."""
        ...

    async def close(self) -> None:
        """Lets go of what it holds."""
        ...


def unit(values: Sequence[float] | Vector) -> Vector:
    """This vector at length 1. Raises NotEmbedded: it has none."""
    vector = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore"):
        length = float(np.linalg.norm(vector))
    if vector.ndim != 1 or not np.isfinite(length) or length == 0.0:
        raise NotEmbedded("the model gave no vector")
    return (vector / length).astype(np.float32)
