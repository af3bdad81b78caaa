"""Prepared lines: the agent's own voice, rendered once, kept as μ-law files.

A greeting from here reaches the caller with the first media message, while the model connects.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bot.brains.config import Speaker

_WORD = re.compile(r"\w+")


class Clips:
    """A folder of clips, one file for each (speaker, text)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[Path, bytes] = {}

    def get(self, speaker: Speaker, text: str) -> bytes | None:
        """The line as μ-law at 8 kHz, or None when it has not been rendered."""
        path = self._path(speaker, text)
        if path not in self._loaded and path.is_file():
            self._loaded[path] = path.read_bytes()
        return self._loaded.get(path)

    def of_anyone(self, speaker: Speaker, voices: Iterable[str], text: str) -> bytes | None:
        """The line in any of these voices of that speaker's model, or None."""
        said = (self.get(replace(speaker, voice=voice), text) for voice in voices)
        return next((clip for clip in said if clip), None)

    def put(self, speaker: Speaker, text: str, ulaw: bytes) -> None:
        """Keeps a line; several processes may do so at once."""
        path = self._path(speaker, text)
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(handle, "wb") as file:
            file.write(ulaw)
        os.replace(partial, path)
        self._loaded[path] = ulaw

    def _path(self, speaker: Speaker, text: str) -> Path:
        key = "\0".join((speaker.model, speaker.voice, text))
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.ulaw"


def same_words(text: str, spoken: str) -> bool:
    """Whether the model said the line it was given: the same words, whatever the punctuation."""
    return _WORD.findall(text.lower()) == _WORD.findall(spoken.lower())
