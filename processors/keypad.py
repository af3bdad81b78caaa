"""Keys that the caller types, put together into what they mean."""

from collections.abc import Collection

from pipecat.frames.frames import Frame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.base import CallProcessor
from processors.frames import HangUpFrame, KeysTypedFrame, TransferFrame

MOST_KEYS = 64  # in one go: further keys are told separately
_END = "#"


class Keypad(CallProcessor):
    """Tells the model what the caller types: a code, a date, the number of an order.

    Consumes: InputDTMFFrame, which passes.
    Adds: KeysTypedFrame (upstream) at each key, `complete` once the caller has pressed # or no
        key for `quiet_secs`, or when the call is about to end. A # that ends other keys is none
        of them.
    Place: after the model and after HumanKey.

    `alone` are keys that mean something of their own when nothing else is typed with them, such
    as 0 for a person. The model is told of those too, and no answer is asked for.
    """

    caller_sound = "ignored"
    consumes = (InputDTMFFrame,)
    adds = {KeysTypedFrame: "up"}

    def __init__(self, *, alone: Collection[str] = ("0",), quiet_secs: float = 2.0) -> None:
        super().__init__()
        self._alone = frozenset(alone)
        self._quiet_secs = quiet_secs
        self._keys = ""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, HangUpFrame | TransferFrame):
            await self._tell()
        await super().process_frame(frame, direction)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if not isinstance(frame, InputDTMFFrame):
            return
        key: str = frame.button.value
        ends = key == _END or len(self._keys) + 1 >= MOST_KEYS
        if key != _END or not self._keys:
            self._keys += key
        if ends:
            await self._tell()
        else:
            self._start_timer("quiet", self._quiet_secs, self._tell)
            await self._push(complete=False)

    async def _tell(self) -> None:
        self._stop_timer("quiet")
        if self._keys:
            await self._push(complete=True)
            self._keys = ""

    async def _push(self, *, complete: bool) -> None:
        typed = KeysTypedFrame(
            keys=self._keys,
            complete=complete,
            asks=len(set(self._keys)) > 1 or self._keys[0] not in self._alone,
        )
        await self.push_frame(typed, FrameDirection.UPSTREAM)
