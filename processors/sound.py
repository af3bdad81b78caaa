"""The caller's sound as the line brings it, and what processors do with it."""

from typing import Literal, NamedTuple

# What a processor does with the caller's sound. "framed": it wants each CallerAudioFrame, as one
# that says nothing does; "ignored": it lets them pass; "heard": as that, and its `hear_caller` is
# called with the sound; "consumed": as "heard", and nobody below gets any. It is the word of the
# class that says so: one derived from it may want the frames, and speaks for itself.
CallerSoundUse = Literal["framed", "ignored", "heard", "consumed"]


class CallerSound(NamedTuple):
    """20 ms and the like of the caller's line: what a CallerAudioFrame holds, without the frame."""

    ulaw: bytes
    payload: str  # the same bytes in base64, exactly as they arrived
    pcm: bytes  # the same sound, 16-bit
    sent_rms: int = 0  # the loudest of the agent's sound that may echo in it, of 32768
