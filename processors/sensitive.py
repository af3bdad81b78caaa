"""Numbers that nobody may hear: typed on the keypad while the model is deaf and nothing records."""

from collections.abc import Mapping
from typing import Self

from pipecat.frames.frames import Frame, InputDTMFFrame
from pipecat.processors.frame_processor import FrameDirection

from processors.agent import Agent
from processors.agent_tables import NumberKind
from processors.base import CallProcessor
from processors.frames import (
    NumberRequestFrame,
    NumberTypedFrame,
    PassageFrame,
    PassageReadyFrame,
    SayFrame,
)
from processors.numbers import is_card_number

READY_SECS = 8.0  # for the carrier to pause a recording; if it does not, nothing is asked for
FIRST_KEY_SECS = 30.0  # somebody looks for their card
NEXT_KEY_SECS = 8.0  # and reads it off
MOST_KEYS = 40
MOST_TRIES = 3
_END, _ANEW = "#", "*"
_OF = {"card": "their card", "id": "their identity document"}
_TYPED = (
    "[The caller typed the number of {of} on the keypad. You cannot see it. Call hand_in_number "
    'with kind "{kind}" to pass it on, unless another function takes it.]'
)
_NOT_TYPED = "[The caller did not type the number of {of}. Offer to go on without it.]"


class SensitiveNumbers(CallProcessor):
    """Asks for a number by keypad, in a passage that the model does not hear and nothing records.

    Consumes: NumberRequestFrame, which opens a passage; PassageReadyFrame, after which the caller
        is asked; InputDTMFFrame, which does not pass while a passage is open: no other processor,
        and not the model, sees these keys. The other frames pass.
    Adds: PassageFrame (both ways) at its begin and its end; SayFrame (upstream): the line that
        asks, and `again` for a number that cannot be right; NumberTypedFrame (downstream).
    Place: right after the model and CallRecording, before all that takes keys.

    A number ends with #, or when no key is pressed for `NEXT_KEY_SECS`; * begins it anew. One of a
    card must have its check digit right. `lines` are the lines that ask, by kind.
    """

    caller_sound = "ignored"
    consumes = (NumberRequestFrame, PassageReadyFrame, InputDTMFFrame)
    adds = {PassageFrame: "both", SayFrame: "up", NumberTypedFrame: "down"}
    settings = ("keypad_numbers", "lines.type_card", "lines.type_id", "lines.type_again")

    def __init__(self, *, lines: Mapping[NumberKind, str], again: str) -> None:
        super().__init__()
        self._lines = lines
        self._again = again
        self._kind: NumberKind | None = None  # of the passage that is open
        self._ready = False
        self._keys = ""
        self._tries = 0

    @classmethod
    def of(cls, agent: Agent) -> Self:
        """As the agent's file says."""
        lines: dict[NumberKind, str] = {"card": agent.lines.type_card, "id": agent.lines.type_id}
        return cls(
            lines={kind: line for kind, line in lines.items() if kind in agent.keypad_numbers},
            again=agent.lines.type_again,
        )

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, InputDTMFFrame) and self._kind is not None:
            await self._pressed(frame.button.value)
            return
        await super().process_frame(frame, direction)

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        match frame:
            case NumberRequestFrame() if self._kind is None and frame.kind in self._lines:
                self._kind, self._ready, self._keys, self._tries = frame.kind, False, "", 0
                self._start_timer("wait", READY_SECS, self._give_up)
                await self.broadcast_frame(PassageFrame, opens=True)
            case PassageReadyFrame() if self._kind is not None and not self._ready:
                self._ready = True
                await self._ask(self._lines[self._kind])

    async def _ask(self, line: str) -> None:
        self._keys = ""
        self._start_timer("wait", FIRST_KEY_SECS, self._give_up)
        await self.push_frame(SayFrame(text=line), FrameDirection.UPSTREAM)

    async def _pressed(self, key: str) -> None:
        """Keys before the passage is ready could be recorded: they count for nothing."""
        if not self._ready:
            return
        if key == _ANEW:
            self._keys = ""
        elif key == _END:
            await self._complete()
            return
        else:
            self._keys = (self._keys + key)[:MOST_KEYS]
        self._start_timer("wait", NEXT_KEY_SECS, self._complete)

    async def _complete(self) -> None:
        kind = self._kind
        if kind is None:
            return
        self._tries += 1
        if is_card_number(self._keys) if kind == "card" else 4 <= len(self._keys) <= 20:
            await self.push_frame(NumberTypedFrame(kind=kind, number=self._keys))
            await self._close(_TYPED.format(of=_OF[kind], kind=kind))
        elif self._tries < MOST_TRIES:
            await self._ask(self._again)
        else:
            await self._give_up()

    async def _give_up(self) -> None:
        if self._kind is not None:
            await self._close(_NOT_TYPED.format(of=_OF[self._kind]))

    async def _close(self, note: str) -> None:
        self._stop_timer("wait")
        self._kind, self._keys = None, ""
        await self.broadcast_frame(PassageFrame, opens=False, note=note)
