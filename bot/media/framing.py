"""The caller's sound as a frame."""

from bot.media.g711 import SAMPLE_RATE
from processors.frames import CallerAudioFrame
from processors.sound import CallerSound


def framed(sound: CallerSound) -> CallerAudioFrame:
    """Wraps the caller's sound in a frame, for processors that take frames."""
    return CallerAudioFrame(
        audio=sound.pcm,
        sample_rate=SAMPLE_RATE,
        num_channels=1,
        ulaw=sound.ulaw,
        payload=sound.payload,
        sent_rms=sound.sent_rms,
    )
