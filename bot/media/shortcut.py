"""The caller's sound on its way down the list of processors, past all that have no use for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from pipecat.processors.frame_processor import FrameProcessor

from processors.sound import CallerSound, CallerSoundUse


class _Hearer(Protocol):
    def hear_caller(self, sound: CallerSound) -> bool | None: ...


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """The processors that are handed the caller's sound directly, in order, and the one that then
    pushes it on as a frame. A hearer that returns true keeps it from all that follow."""

    hearers: tuple[Callable[[CallerSound], bool | None], ...]
    last: FrameProcessor | None  # what stands below it wants frames; None: nothing does


def shortcut(line: FrameProcessor) -> Shortcut:
    """The way from the processor that brings the sound: direct as far as each processor declares
    what it does with it (`CallProcessor.caller_sound`), Pipecat's from the first that does not."""
    hearers: list[Callable[[CallerSound], bool | None]] = []
    above = line
    while (processor := above.next) is not None:
        use: CallerSoundUse = vars(type(processor)).get("caller_sound", "framed")
        if use == "framed":
            return Shortcut(hearers=tuple(hearers), last=above)
        if use != "ignored":
            hearers.append(cast(_Hearer, processor).hear_caller)
        if use == "consumed":
            break
        above = processor
    return Shortcut(hearers=tuple(hearers), last=None)
