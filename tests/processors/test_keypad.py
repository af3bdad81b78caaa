"""Keys put together to what was typed."""

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import InputDTMFFrame

from bot.testing.stage import Stage, on_stage
from processors import HumanKey, Keypad
from processors.frames import HangUpFrame, KeysTypedFrame, TransferFrame
from processors.keypad import MOST_KEYS


async def press(stage: Stage, keys: str, *, each_secs: float = 0.4) -> None:
    for digit in keys:
        await stage.down(InputDTMFFrame(button=KeypadEntry(digit)))
        await stage.after(each_secs)


def typed(stage: Stage) -> list[tuple[str, bool]]:
    """What was typed in full, and whether an answer is wanted."""
    return [(frame.keys, frame.asks) for frame in stage.ups(KeysTypedFrame) if frame.complete]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("4071", [("4071", True)]),
        ("4071#", [("4071", True)]),
        ("4071#23#", [("4071", True), ("23", True)]),
        ("#", [("#", True)]),
        ("##", [("#", True), ("#", True)]),
        ("*", [("*", True)]),
        ("*70#", [("*70", True)]),
        ("5", [("5", True)]),
        ("0", [("0", False)]),
        ("00", [("00", False)]),
        ("9", [("9", False)]),
        ("90", [("90", True)]),
    ],
)
async def test_what_was_typed(keys: str, told: list[tuple[str, bool]]) -> None:
    """Until # or two seconds without a key; keys with a meaning of their own ask for nothing."""
    async with on_stage(Keypad(alone=("0", "9"))) as stage:
        await press(stage, keys, each_secs=1.9)
        await stage.after(2.0)
        assert typed(stage) == told
        assert len(stage.downs(InputDTMFFrame)) == len(keys)


async def test_a_hash_ends_it_at_once() -> None:
    """And two seconds without a key, not sooner."""
    async with on_stage(Keypad()) as stage:
        await press(stage, "12#", each_secs=0.1)
        assert typed(stage) == [("12", True)]
        await press(stage, "34", each_secs=0.1)
        await stage.after(1.8)
        assert len(typed(stage)) == 1
        await stage.after(0.2)
        assert typed(stage) == [("12", True), ("34", True)]


async def test_keys_without_end_are_told_in_parts() -> None:
    """Nothing is lost, and nothing grows without bound."""
    async with on_stage(Keypad()) as stage:
        await press(stage, "1" * (2 * MOST_KEYS + 3), each_secs=0.01)
        await stage.after(2)
        assert [len(keys) for keys, _ in typed(stage)] == [MOST_KEYS, MOST_KEYS, 3]


@pytest.mark.parametrize("end", [HangUpFrame(reason="silence"), TransferFrame(reason="x")])
async def test_the_end_of_a_call_ends_what_is_typed(end: HangUpFrame | TransferFrame) -> None:
    """What was typed until then is told before."""
    async with on_stage(Keypad()) as stage:
        await press(stage, "12")
        await stage.down(end)
        assert typed(stage) == [("12", True)]


async def test_zero_for_a_person_is_told_too() -> None:
    """Before the caller is put through."""
    async with on_stage(HumanKey(human_available=True, nobody=""), Keypad()) as stage:
        await press(stage, "0")
        await stage.after(3)
        assert len(stage.downs(TransferFrame)) == 1
        assert typed(stage) == [("0", False)]
