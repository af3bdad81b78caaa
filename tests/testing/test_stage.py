"""The stage the other tests stand on keeps its own promises."""

import asyncio
import time

import pytest
from pipecat.frames.frames import TextFrame

from bot.testing import virtual_loop
from bot.testing.stage import on_stage, run_virtual
from processors import SilenceLadder


def test_an_hour_passes_at_once_and_every_clock_agrees() -> None:
    """Sleeping moves the loop's clock, `time.time` and `time.monotonic` alike, in no time."""

    async def story() -> tuple[float, float, float]:
        loop_secs, wall_secs, monotonic_secs = loop_time(), time.time(), time.monotonic()
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(10))
        return (
            loop_time() - loop_secs,
            time.time() - wall_secs,
            time.monotonic() - monotonic_secs,
        )

    def loop_time() -> float:
        return asyncio.get_running_loop().time()

    assert run_virtual(story()) == pytest.approx((3600, 3600, 3600), abs=0.01)


def test_waiting_for_what_never_comes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing ready and no timer set the loop fails instead of hanging."""
    monkeypatch.setattr(virtual_loop, "PATIENCE_SECS", 0.1)

    async def story() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="for ever"):
        run_virtual(story())


async def test_the_stage_runs_a_real_pipeline() -> None:
    """Frames pushed in above come out below and the reverse, at the time they were pushed."""
    async with on_stage(SilenceLadder(prompts=(), goodbye="Bye.", wait_secs=100)) as stage:
        await stage.at(3.0, TextFrame("down"))
        await stage.at_up(4.5, TextFrame("up"))
    assert [frame.text for frame in stage.downs(TextFrame)] == ["down"]
    assert stage.down_secs(TextFrame) == [3.0]
    assert stage.up_secs(TextFrame) == [4.5]
