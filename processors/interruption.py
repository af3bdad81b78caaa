"""Letting the caller cut in."""

from typing import Literal

from pipecat.frames.frames import (
    Frame,
    InterruptionFrame,
    UserStartedSpeakingFrame,
    VADUserStartedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.floor import Floor

_LOCAL_EAR = VADUserStartedSpeakingFrame
_MODELS_EAR = UserStartedSpeakingFrame

# In hybrid turns the local ear is the quicker one. The model's is listened to as well: after a
# pause too short for the local ear, it alone says that the caller speaks again.
_ONSET: dict[str, tuple[type[Frame], ...]] = {
    "hybrid": (_LOCAL_EAR, _MODELS_EAR),
    "local": (_LOCAL_EAR,),
    "server": (_MODELS_EAR,),
}


class InterruptionClear(CallProcessor):
    """Silences the agent when the caller starts to speak; otherwise it does nothing.

    Consumes: VADUserStartedSpeakingFrame (`turns` "hybrid" and "local") and
        UserStartedSpeakingFrame ("hybrid" and "server"); BotStartedSpeakingFrame,
        BotStoppedSpeakingFrame, LLMFullResponseStartFrame and LLMFullResponseEndFrame, which come
        from below, to know whether there is anything to interrupt. All of them pass.
    Adds: InterruptionFrame, both ways.
    Place: between the voice detector and the model.
    """

    def __init__(self, *, turns: Literal["hybrid", "server", "local"] = "hybrid") -> None:
        """Raises ValueError for another value of `turns`."""
        super().__init__()
        if turns not in _ONSET:
            raise ValueError(f'turns must be "hybrid", "server" or "local", not {turns!r}')
        self._onset = _ONSET[turns]
        self._floor = Floor()

    def _note(self, frame: Frame) -> None:
        self._floor.note(frame)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, self._onset) and self._floor.agent_busy:
            self._floor.note(InterruptionFrame())
            await self.broadcast_interruption()
