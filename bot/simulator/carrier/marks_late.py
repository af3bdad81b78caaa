"""How far the service is from the carrier, as far as marks tell: each comes back late."""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MarksLate:
    """By so much after the sound before it was played, and up to `jitter_secs` more by chance."""

    secs: float = 0.0
    jitter_secs: float = 0.0
    seed: int = 1

    def delays(self) -> Iterator[float]:
        """Of one mark after the other, in seconds."""
        chance = random.Random(self.seed)
        while True:
            yield self.secs + chance.uniform(0.0, self.jitter_secs)
