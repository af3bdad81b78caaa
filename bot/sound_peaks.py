"""How loud a recording is from moment to moment, for a picture of it: for a child (`bot/child.py`).
It imports little: a child begins sooner.
"""

import json
from collections.abc import Iterator
from io import BytesIO

from bot.child import ChildRefused

MOST_POINTS = 4000  # of each channel: two for each pixel of a wide screen
_STEP_SECS = 0.05  # of short recordings: finer is nothing to see
_STEPS_AT_ONCE = 500


def peaks_of(content: bytes) -> Iterator[str]:
    """Of an MP3 file: a line of JSON, {"duration": seconds, "peaks": [[0 to 1, ...], ...]}, with a
    list for each channel. For a child.

    Raises ChildRefused: the file holds no sound.
    """
    import numpy as np
    import soundfile  # type: ignore[import-untyped]

    try:
        with soundfile.SoundFile(BytesIO(content)) as file:
            rate, frames = file.samplerate, file.frames
            step = max(int(rate * _STEP_SECS), -(-frames // MOST_POINTS), 1)
            peaks: list[list[float]] = [[] for _ in range(file.channels)]
            read = 0
            for block in file.blocks(step * _STEPS_AT_ONCE, dtype="float32", always_2d=True):
                read += len(block)
                for at in range(0, len(block), step):
                    loudest = np.abs(block[at : at + step]).max(axis=0)
                    for channel, peak in zip(peaks, loudest, strict=True):
                        channel.append(round(min(1.0, float(peak)), 3))
    except (soundfile.SoundFileError, RuntimeError, ValueError) as error:
        raise ChildRefused(f"{type(error).__name__}: the file holds no sound") from None
    if not read:
        raise ChildRefused("the file holds no sound")
    yield json.dumps({"duration": round(read / rate, 3), "peaks": peaks})
