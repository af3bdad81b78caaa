"""Windows of many calls scored in one run: the same to each call as if it were alone."""

import asyncio
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np
import pytest

from processors.listening.batched_vad import GATHER_SECS, MOST_AT_ONCE, BatchedVad
from processors.listening.silero import SileroModel, SileroStream

WINDOW = 512  # bytes at 8 kHz
SOUND = b"\1\0" * (WINDOW // 2)  # soft, but no silence, which may be known already


class Listened:
    """A stream on the shared ear, and what it was told."""

    def __init__(self, *, sample_rate: int = 8000) -> None:
        self.stream = SileroStream(sample_rate=sample_rate)
        self.probabilities: list[float] = []
        self.at_secs: list[float] = []

    def add(self, pcm: bytes) -> None:
        if self.stream.add(pcm):
            BatchedVad.of_this_loop().listen(self.stream, self._scored)

    def _scored(self, probability: float) -> None:
        self.probabilities.append(probability)
        self.at_secs.append(asyncio.get_running_loop().time())


async def test_each_call_is_scored_exactly_as_if_it_were_alone(
    speech_8k: bytes, speech_16k: bytes, noise_8k: bytes
) -> None:
    """Sixty calls at different places of speech and hiss, two rates: equal to the last bit."""
    sound = noise_8k[:16_000] + speech_8k + bytes(40_000) + speech_8k
    sounds = [sound[320 * n :] for n in range(60)] + [speech_16k, speech_16k[640:]]
    rates = [8000] * 60 + [16_000] * 2
    lines = [Listened(sample_rate=rate) for rate in rates]
    for at in range(0, max(map(len, sounds)), 320):
        for line, own, rate in zip(lines, sounds, rates, strict=True):
            line.add(own[at * rate // 8000 : (at + 320) * rate // 8000])
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    for line, own, rate in zip(lines, sounds, rates, strict=True):
        assert line.probabilities == SileroStream(sample_rate=rate).feed(own)


async def test_a_window_waits_for_company_and_no_longer() -> None:
    """Scored with all that came meanwhile, in one run of the model."""
    lines = [Listened() for _ in range(5)]
    with mock.patch.object(SileroModel, "run", autospec=True, side_effect=SileroModel.run) as run:
        began = asyncio.get_running_loop().time()
        for line in lines:
            line.add(SOUND)
            await asyncio.sleep(GATHER_SECS / 10)
        await asyncio.sleep(GATHER_SECS)
    assert run.call_count == 1
    for line in lines:
        assert line.at_secs == [pytest.approx(began + GATHER_SECS, abs=0.0005)]


async def test_nobody_waits_for_a_crowd() -> None:
    """So many in a run, and between two runs the loop has its turn."""
    happened: list[int | str] = []

    def run(model: SileroModel, samples: Any, *rest: Any) -> Any:
        happened.append(len(samples))
        return scored(model, samples, *rest)

    def turn() -> None:
        happened.append("turn")
        if len(happened) < 50:
            asyncio.get_running_loop().call_soon(turn)

    scored = SileroModel.run
    lines = [Listened() for _ in range(2 * MOST_AT_ONCE + 1)]
    for line in lines:
        line.add(SOUND)
    with mock.patch.object(SileroModel, "run", run):
        asyncio.get_running_loop().call_later(GATHER_SECS, turn)
        await asyncio.sleep(1)
    runs = [at for at, what in enumerate(happened) if what != "turn"]
    assert [happened[at] for at in runs] == [MOST_AT_ONCE, MOST_AT_ONCE, 1]
    assert all("turn" in happened[one:other] for one, other in pairwise(runs))


async def test_sound_that_piled_up_is_scored_window_by_window(speech_8k: bytes) -> None:
    """Ten seconds that come at once give the windows they would have given in time."""
    line = Listened()
    line.add(speech_8k)
    await asyncio.sleep(1)
    assert line.probabilities == SileroStream().feed(speech_8k)


async def test_a_model_that_fails_ends_no_call() -> None:
    """It is deaf while it fails, and hears again when it does not."""
    line = Listened()
    with mock.patch.object(SileroModel, "run", side_effect=RuntimeError("out of memory")):
        for _ in range(3):
            line.add(SOUND)
            await asyncio.sleep(0.1)
    assert line.probabilities == []
    line.add(SOUND)
    await asyncio.sleep(0.1)
    assert len(line.probabilities) == 1
    assert np.isfinite(line.probabilities).all()
