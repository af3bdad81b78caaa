"""What the parts of one call's model share."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection

from bot.brains.brain import CallLog
from bot.brains.config import ModelConfig
from bot.brains.realtime.conversation import Conversation
from bot.brains.realtime.opening import Opening
from bot.brains.realtime.turn_taking import TurnTaking


class Push(Protocol):
    """`FrameProcessor.push_frame`."""

    def __call__(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> Coroutine[Any, Any, None]: ...


@dataclass(kw_only=True, eq=False)
class Context:
    """One call's conversation, and how its parts reach the pipeline."""

    config: ModelConfig
    log: CallLog
    conversation: Conversation
    turn_taking: TurnTaking
    opening: Opening
    push: Push
    spawn: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]
    broadcast: Callable[..., Awaitable[None]]  # in both directions
    pump: Callable[[], Awaitable[None]]  # passes on what happened, and sends what is to be sent
    fail: Callable[[str, str], Awaitable[None]]  # the model is gone: the call ends for this reason
    closing: bool = False  # nothing is said any more

    @staticmethod
    def now() -> float:
        """Loop time."""
        return asyncio.get_running_loop().time()
