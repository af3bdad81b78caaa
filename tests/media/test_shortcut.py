"""Who is handed the caller's sound, and who gets it in frames."""

import json

import pytest
from pipecat.frames.frames import ErrorFrame, Frame, InputAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

import processors
from bot.carriers.leg import Ended
from bot.carriers.twilio.serializer import TwilioSerializer
from bot.media import BotAudio, CallerAudio
from bot.simulator.carrier import messages
from bot.testing.stage import Stage, on_stage
from processors import GoodbyeDetector, InterruptionClear, SileroVAD
from processors.base import CallProcessor
from processors.frames import CallerAudioFrame
from processors.sound import CallerSound, CallerSoundUse
from tests.media.far_carrier import STREAM_SID, FarCarrier

PIECES = [bytes([number]) * 160 for number in range(1, 5)]


class Ear(CallProcessor):
    """Hears without frames."""

    caller_sound: CallerSoundUse = "heard"

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[bytes] = []

    def _hear(self, sound: CallerSound) -> None:
        self.heard.append(sound.ulaw)

    def _note(self, frame: Frame) -> None:
        if isinstance(frame, CallerAudioFrame):
            self._hear(frame.sound)


class Last(Ear):
    """Hears, and lets nobody below hear."""

    caller_sound: CallerSoundUse = "consumed"


class FramedEar(Ear):
    """Derived from one that wants no frames, and says nothing of its own."""


class Author(CallProcessor):
    """Of an author who wants frames, and says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[CallerAudioFrame] = []

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, CallerAudioFrame):
            self.frames.append(frame)


class Stock(FrameProcessor):
    """A processor of Pipecat's own kind, with queues of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self.frames.append(frame)
        await self.push_frame(frame, direction)


class Clumsy(Ear):
    """Raises at every sound."""

    def _hear(self, sound: CallerSound) -> None:
        raise ValueError("no idea what to do with this")


class Careless(FrameProcessor):
    """As the model stands there, but raises, and nothing of its own catches it."""

    caller_sound: CallerSoundUse = "heard"

    def hear_caller(self, sound: CallerSound) -> None:
        raise ValueError("no idea what to do with this")

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


async def say(
    *processors: FrameProcessor, ended: list[Ended] | None = None, failing: bool = False
) -> Stage:
    """Sends the pieces over a line with these processors on it; what came out below is seen."""
    carrier = FarCarrier()
    leg = carrier.leg()
    bot_audio = BotAudio(leg=leg)
    caller_audio = CallerAudio(
        leg=leg,
        bot_audio=bot_audio,
        on_ended=(ended if ended is not None else []).append,
    )
    async with on_stage(caller_audio, *processors, bot_audio, failing=failing) as stage:
        for piece in PIECES:
            carrier.say(piece)
        await stage.after(0.1)
    return stage


def test_every_processor_of_the_house_speaks_for_itself() -> None:
    """One that says nothing would bring the frames back into every pipeline that has it."""
    for name in processors.__all__:
        assert vars(getattr(processors, name))["caller_sound"] in ("ignored", "heard", "gated")


async def test_nobody_makes_frames_for_those_who_want_none() -> None:
    """All hear each sound once, in order, and the last of them lets no frame be made."""
    first, last = Ear(), Last()
    stage = await say(SileroVAD(), first, InterruptionClear(), GoodbyeDetector(patterns=()), last)
    assert first.heard == last.heard == PIECES
    assert stage.downs(CallerAudioFrame) == []


@pytest.mark.parametrize("kind", [Author, Stock])
async def test_who_says_nothing_gets_every_frame(kind: type[Author] | type[Stock]) -> None:
    """Also after those who hear without frames; and all after it get frames as well."""
    above, wants, below, last = Ear(), kind(), Ear(), Last()
    await say(above, InterruptionClear(), wants, below, last)
    assert [frame.ulaw for frame in wants.frames] == PIECES  # type: ignore[union-attr]
    assert above.heard == below.heard == last.heard == PIECES


async def test_a_derived_processor_speaks_for_itself() -> None:
    """It may want the frames that the class it comes from has no use for."""
    derived = FramedEar()
    stage = await say(derived)
    assert derived.heard == PIECES
    assert [frame.ulaw for frame in stage.downs(CallerAudioFrame)] == PIECES


@pytest.mark.parametrize(("kind", "told"), [(Clumsy, 1), (Careless, len(PIECES))])
async def test_one_that_raises_costs_the_others_nothing(
    kind: type[Clumsy] | type[Careless], told: int
) -> None:
    """The sound goes on to those after it, and the stream goes on; the error is told."""
    ended: list[Ended] = []
    last = Last()
    stage = await say(kind(), last, ended=ended, failing=True)
    assert last.heard == PIECES
    assert [type(f.exception) for f in stage.ups(ErrorFrame)] == [ValueError] * told
    assert ended == []


async def test_the_message_is_what_it_says() -> None:
    """Sound in frames is what the line carried, at its rate."""
    author = Author()
    await say(author)
    text = json.dumps(
        messages.media(stream_sid=STREAM_SID, chunk=1, timestamp_ms=0, ulaw=PIECES[0])
    )
    assert author.frames[0].sound == TwilioSerializer(stream_sid=STREAM_SID).read(text)
    assert (author.frames[0].sample_rate, author.frames[0].num_channels) == (8000, 1)
