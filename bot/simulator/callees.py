"""Who, or what, may pick up when the line calls: machines, assistants, faxes, as data.

Each is what a `CallerScript` does, in order.
"""

from collections.abc import Sequence

import numpy as np

from bot.media.g711 import pcm_to_ulaw
from bot.simulator.caller import Action, HangUp, Pause, Say, Sound, StayOn, WaitForAgent

FULL_SCALE = 32767
TONE_DBFS = -14.0  # as loud as the greeting before it, or a little louder
FAX_HZ, FAX_MS = 2100.0, 3300  # the answer of a fax (ITU-T T.30, CED)
BEHIND_GREETING_MS = 700


def tone(hz: float, ms: int, *, dbfs: float = TONE_DBFS) -> bytes:
    """A steady tone as the line carries it, in μ-law."""
    moments = np.arange(ms * 8) / 8000
    peak = FULL_SCALE * 10 ** (dbfs / 20)
    return pcm_to_ulaw((np.sin(2 * np.pi * hz * moments) * peak).astype("<i2").tobytes())


BEEP = tone(1000.0, 400)


def voicemail(*greeting: str, beep: bytes | None = BEEP) -> Sequence[Action]:
    """A machine: its greeting, perhaps a beep, and silence for as long as anybody likes."""
    spoken = tuple(step for line in greeting for step in (Say(line), Pause(BEHIND_GREETING_MS)))
    return (Pause(300), *spoken, *((Sound(beep),) if beep else ()), StayOn())


def full_mailbox(greeting: str) -> Sequence[Action]:
    """A machine that takes no message and hangs up."""
    return (Pause(300), Say(greeting), Pause(6000), HangUp())


def late_person(greeting: str, *words: str, beep: bytes | None = BEEP) -> Sequence[Action]:
    """A machine, and somebody who takes the phone when it records."""
    *machine, _ = voicemail(greeting, beep=beep)
    talk = tuple(step for line in words for step in (Say(line), WaitForAgent()))
    return (*machine, Pause(1800), *talk, HangUp())


def screened_person(question: str, thanks: str, *words: str) -> Sequence[Action]:
    """An assistant that asks who calls, and then the person it fetches."""
    talk = tuple(step for line in words for step in (Say(line), WaitForAgent()))
    return (
        Pause(300),
        Say(question),
        WaitForAgent(1000),
        Say(thanks),
        Pause(2500),
        *talk,
        HangUp(),
    )


def fax() -> Sequence[Action]:
    """A fax answers, and again, until nobody is there."""
    return (Pause(500), *(Sound(tone(FAX_HZ, FAX_MS)), Pause(1500)) * 3, HangUp())
