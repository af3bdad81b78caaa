"""The caller's sound, as it comes from the carrier: the first processor of a pipeline."""

import asyncio
from collections.abc import Callable

from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import Frame, InputDTMFFrame, StartFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.errors import ErrorCategory

from bot.carriers.leg import Ended, Heard, KeyPressed, Leg, Reached
from bot.media.bot_audio import BotAudio
from bot.media.call_sound import CallSound
from bot.media.framing import framed
from bot.media.shortcut import Shortcut, shortcut
from processors.frames import LineBackFrame, LineLostFrame
from processors.sound import CallerSound

BACKLOG_MESSAGES = 500  # ten seconds of sound not taken yet: what comes then is dropped


class CallerAudio(FrameProcessor):
    """Reads the stream, and after it was lost the one that takes its place.

    Adds (downstream): the caller's sound, as CallerAudioFrame where a processor wants frames
    (`shortcut`); InputDTMFFrame; LineLostFrame when the stream is lost, LineBackFrame when another
    has been attached. Consumes nothing.
    Place: first in the list.
    """

    def __init__(
        self,
        *,
        leg: Leg,
        bot_audio: BotAudio,
        on_ended: Callable[[Ended], None],
        sound: CallSound | None = None,
    ) -> None:
        """What comes is told to those who listen to the call's `sound`."""
        super().__init__(enable_direct_mode=True)
        self._leg = leg
        self._bot_audio = bot_audio
        self._on_ended = on_ended
        self._sound = sound or CallSound()
        self._way = Shortcut(hearers=(), last=self)
        self._arrived: asyncio.Queue[Heard | Exception] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._listens = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self._way = shortcut(self)
            self._start()

    async def line_lost(self) -> None:
        """The stream is gone, which its socket may not have noticed: it is read no more."""
        if not self._tasks:
            return
        await self._stop()
        await self.push_frame(LineLostFrame())

    async def attach(self, leg: Leg) -> None:
        """Another stream of the same call has come; `BotAudio` has it already."""
        self._leg = leg
        self._arrived = asyncio.Queue()
        await self.push_frame(LineBackFrame())
        self._start()

    async def cleanup(self) -> None:
        await super().cleanup()
        await self._stop()

    def _start(self) -> None:
        self._listens = True
        self._tasks = [self.create_task(self._read()), self.create_task(self._pass_on())]

    async def _stop(self) -> None:
        self._listens = False
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            if task is not asyncio.current_task():
                await self.cancel_task(task)

    async def _read(self) -> None:
        await self._leg.hear(self._take)
        self._arrived.put_nowait("lost")

    def _take(self, came: Heard) -> None:
        """Sound is heard at once, the rest is passed on in order."""
        if not self._listens:
            return
        if isinstance(came, CallerSound):
            came.sent_rms = self._bot_audio.may_echo
            if self._sound.listeners:
                self._sound.caller(came.ulaw)
            for hear in self._way.hearers:
                try:
                    if hear(came):
                        return
                except Exception as error:  # the socket must not pay for it
                    self._arrived.put_nowait(error)
            if self._way.last is not None and self._arrived.qsize() < BACKLOG_MESSAGES:
                self._arrived.put_nowait(came)
        else:
            self._arrived.put_nowait(came)

    async def _pass_on(self) -> None:
        while True:
            match await self._arrived.get():
                case CallerSound() as sound if self._way.last is not None:
                    await self._way.last.push_frame(framed(sound))
                case Reached(point=point):
                    await self._bot_audio.reached(point)
                case KeyPressed(key=key):
                    await self.push_frame(InputDTMFFrame(button=KeypadEntry(key)))
                case "stopped":  # perhaps another comes
                    self._listens = False
                    await self.line_lost()
                    self._on_ended("stopped")
                    return
                case "broken":
                    await self._end("broken")
                    return
                case "lost":
                    await self.line_lost()
                    self._on_ended("lost")
                    return
                case Exception() as error:
                    await self.push_error(
                        f"raised {type(error).__name__}",
                        exception=error,
                        category=ErrorCategory.UNKNOWN,
                    )

    async def _end(self, how: Ended) -> None:
        self._listens = False
        await self._bot_audio.line_ended()
        self._on_ended(how)
