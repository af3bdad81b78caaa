"""CallTimeLimit and CallBudget: no call lasts or costs more than it may."""

import pytest

from bot.testing.stage import on_stage
from processors import AutoHangup, CallBudget, CallTimeLimit
from processors.frames import HangUpFrame, OnHoldFrame, TakenOverFrame, UsageFrame, WrapUpFrame


async def test_a_ten_minute_call_ends_in_order() -> None:
    """At 600 s a final last line, and where nothing obeys the call ends at 620 s."""
    async with on_stage(CallTimeLimit(secs=600, goodbye="Time is up.")) as stage:
        await stage.until(700)
    [line] = stage.ups(WrapUpFrame)
    assert (line.text, line.reason, line.final) == ("Time is up.", "time_limit", True)
    assert stage.up_secs(WrapUpFrame) == [600.0]
    assert stage.down_secs(HangUpFrame) == stage.up_secs(HangUpFrame) == [620.0]
    assert [frame.reason for frame in stage.downs(HangUpFrame)] == ["time_limit"]


async def test_with_auto_hangup_above_it_the_call_ends_once() -> None:
    """AutoHangup gives the line 8 s; the hard end after it then stays away."""
    async with on_stage(AutoHangup(), CallTimeLimit(secs=600, goodbye="Time is up.")) as stage:
        await stage.until(700)
    assert stage.down_secs(HangUpFrame) == [608.0]


async def test_a_call_over_its_budget_is_wrapped_up_once() -> None:
    """At the budget nothing happens, above it one final line is asked for, not one per report."""
    async with on_stage(CallBudget(usd=0.5, goodbye="That is all.")) as stage:
        await stage.down(UsageFrame(model_usd=0.5))
        assert stage.ups(WrapUpFrame) == []
        await stage.down(UsageFrame(model_usd=0.51), UsageFrame(model_usd=0.9))
    [line] = stage.ups(WrapUpFrame)
    assert (line.text, line.reason, line.final) == ("That is all.", "budget", True)


@pytest.mark.parametrize(("usd", "lines"), [(None, 0), (0.0, 1)])
async def test_no_budget_is_no_limit_and_zero_is_one(usd: float | None, lines: int) -> None:
    """None lets any cost pass; 0 lets none."""
    async with on_stage(CallBudget(usd=usd, goodbye="That is all.")) as stage:
        await stage.down(UsageFrame(model_usd=1000))
    assert len(stage.ups(WrapUpFrame)) == lines


async def test_time_counts_when_neither_a_hold_nor_an_operator_has_it() -> None:
    """The end of the one is not the end of the other."""
    async with on_stage(CallTimeLimit(secs=100, goodbye="Time is up.")) as stage:
        await stage.at(10, TakenOverFrame(begins=True, by="operator"))
        await stage.at(20, OnHoldFrame(begins=True, by="music"))
        await stage.at(30, OnHoldFrame())
        await stage.at(40, OnHoldFrame(begins=True, by="music"))
        await stage.at(200, TakenOverFrame())
        await stage.at(300, OnHoldFrame())
        await stage.until(500)
    assert stage.up_secs(WrapUpFrame) == [390.0]
