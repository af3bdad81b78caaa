"""Keys that the agent presses, when it is silent."""

from pipecat.frames.frames import Frame, InterruptionFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.floor import FLOOR_FRAMES, Floor
from processors.frames import KeysPressedFrame, KeysRequestFrame, PressKeysFrame


class KeyPresser(CallProcessor):
    """Has the keys pressed that the model asks for, one request after the other.

    Consumes: KeysRequestFrame, KeysPressedFrame and the frames that tell who is speaking. All
        pass.
    Adds: PressKeysFrame (both ways) once the agent is silent and no response is being generated,
        or `give_up_secs` after the request; the next one after the answer to the last.
    Place: after the model.

    What the agent is saying is heard first: pressing keys may take the line away for a moment.
    The other side may speak meanwhile, as menus do.
    """

    caller_sound = "ignored"
    consumes = (*FLOOR_FRAMES, KeysRequestFrame, KeysPressedFrame)
    adds = {PressKeysFrame: "both"}

    def __init__(self, *, give_up_secs: float = 8.0) -> None:
        super().__init__()
        self._give_up_secs = give_up_secs
        self._floor = Floor()
        self._wanted = ""
        self._pressing = False

    def _note(self, frame: Frame) -> None:
        self._floor.note(frame)
        if isinstance(frame, KeysPressedFrame):
            self._pressing = False

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, KeysRequestFrame):
            self._wanted += frame.keys
            self._start_timer("give_up", self._give_up_secs, self._press)
        if self._wanted and isinstance(frame, (*self.consumes, InterruptionFrame)):
            await self._press_if_silent()

    async def _press_if_silent(self) -> None:
        floor = self._floor
        if not (self._pressing or floor.agent_busy or floor.line_is_down):
            await self._press()

    async def _press(self) -> None:
        if self._pressing or not self._wanted:
            return
        self._stop_timer("give_up")
        keys, self._wanted, self._pressing = self._wanted, "", True
        await self.broadcast_frame(PressKeysFrame, keys=keys)
