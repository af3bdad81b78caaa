"""The words in a recording, by faster-whisper on this machine: what a child of `bot/child.py` runs.

It imports little: a child begins sooner. https://github.com/SYSTRAN/faster-whisper, 1.2.
"""

import json
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from typing import Any

from bot.child import ChildRefused
from bot.masking import without_numbers

HIDDEN = "[number]"


def words_of(content: bytes, *, model: str, channels: int) -> Iterator[str]:
    """The words of an MP3 file in the order of their beginnings, a line of JSON each, as
    {"who", "word", "starts_ms", "ends_ms"}. Of two channels the caller is the left one and the
    agent the right one. For a child: it takes long, and all of a processor.

    Raises ChildRefused: the model cannot be used, or the file holds no sound.
    """
    from faster_whisper import WhisperModel
    from faster_whisper.audio import decode_audio

    try:
        # A folder of this machine: nothing is fetched from anywhere.
        recogniser = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=1)
        sides = decode_audio(BytesIO(content), split_stereo=channels == 2)
    except (RuntimeError, ValueError, OSError) as error:
        raise ChildRefused(f"{type(error).__name__}: the model or the file is of no use") from None
    heard: list[dict[str, Any]] = []
    by_side = zip(("caller", "agent"), sides, strict=True) if channels == 2 else (("", sides),)
    for who, sound in by_side:
        found, _ = recogniser.transcribe(
            sound, word_timestamps=True, vad_filter=True, condition_on_previous_text=False
        )
        heard += without_private([_entry(who, word) for part in found for word in part.words or ()])
    yield from map(json.dumps, sorted(heard, key=lambda each: each["starts_ms"]))


def _entry(who: str, word: Any) -> dict[str, Any]:
    return {
        "who": who,
        "word": word.word.strip(),
        "starts_ms": round(word.start * 1000),
        "ends_ms": round(word.end * 1000),
    }


def without_private(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The words of one side with numbers of cards, accounts and people hidden, as in transcripts:
    of digits in a row, which may be several words, all or none.
    """
    shown: list[dict[str, Any]] = []
    for digits, run in groupby(words, key=lambda each: any(map(str.isdigit, each["word"]))):
        some = list(run)
        said = " ".join(each["word"].rstrip(".,;") for each in some)
        if digits and without_numbers(said) != said:
            some = [each | {"word": HIDDEN} for each in some]
        shown += some
    return shown
