"""Which three services speak in a call, as an agent's `model` names them. Plain code."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.brains.brain import NotSpoken

NAME = "cascade"
ARROW = ">"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One service: whose, and which model of theirs."""

    vendor: str
    model: str

    def __str__(self) -> str:
        return f"{self.vendor}:{self.model}" if self.model else self.vendor


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Who hears, who thinks, who speaks."""

    hearing: Part
    thinking: Part
    speaking: Part

    def __str__(self) -> str:
        return f" {ARROW} ".join(map(str, (self.hearing, self.thinking, self.speaking)))


# The vendors of each part, with the model where none is named; empty: they have no choice of one,
# or the server's own.
HEARING: Mapping[str, str] = MappingProxyType(
    {
        "openai": "gpt-transcribe",
        "deepgram": "",  # by the language: see `FLUX`
        "cartesia": "ink-whisper",
        "moonshine": "tiny",
        "whisper": "base",
    }
)
THINKING: Mapping[str, str] = MappingProxyType({"openai": "gpt-4.1-mini", "local": ""})
SPEAKING: Mapping[str, str] = MappingProxyType(
    {
        "openai": "gpt-4o-mini-tts",
        "deepgram": "",
        "elevenlabs": "eleven_flash_v2_5",
        "cartesia": "sonic-3",
        "piper": "",
    }
)
FLUX: Mapping[str, str] = MappingProxyType({"en": "flux-general-en"})
FLUX_ELSE = "flux-general-multi"
# Silence that an ear is given after a turn, and bills: it waits for that before it is sure.
SILENCE_SECS: Mapping[str, float] = MappingProxyType({"deepgram": 1.0})
# How the names of ears end that hear English only.
ENGLISH_ENDS: Mapping[str, str] = MappingProxyType({"deepgram": "-en", "whisper": ".en"})
DEFAULT = f"openai {ARROW} openai {ARROW} openai"
# Where an agent's file names none. Those that are not here have no voice that everybody may use.
VOICES: Mapping[str, str] = MappingProxyType(
    {"openai": "coral", "deepgram": "aura-2-thalia-en", "piper": ""}
)
_KINDS = (("hears", HEARING), ("thinks", THINKING), ("speaks", SPEAKING))


def parts_of(model: str) -> Parts:
    """The three that this text names, as `deepgram > openai:gpt-4.1-mini > elevenlabs`. Raises
    NotSpoken."""
    named = [each.strip() for each in (model or DEFAULT).split(ARROW)]
    if len(named) != len(_KINDS):
        raise NotSpoken(
            f'"{model}" is no cascade: say who hears, who thinks and who speaks, as in '
            f'"deepgram {ARROW} openai:gpt-4.1-mini {ARROW} elevenlabs"'
        )
    hearing, thinking, speaking = (
        _part(name, does, vendors) for name, (does, vendors) in zip(named, _KINDS, strict=True)
    )
    return Parts(hearing=hearing, thinking=thinking, speaking=speaking)


def _part(name: str, does: str, vendors: Mapping[str, str]) -> Part:
    vendor, _, model = (piece.strip() for piece in name.partition(":"))
    if vendor not in vendors:
        raise NotSpoken(f'"{vendor}" {does} for nobody; choose one of: {", ".join(vendors)}')
    return Part(vendor=vendor, model=model or vendors[vendor])


def in_language(hearing: Part, language: str) -> Part:
    """The one who hears this language, where no model of theirs is named."""
    if hearing.vendor != "deepgram" or hearing.model:
        return hearing
    return Part(vendor=hearing.vendor, model=FLUX.get(_code(language), FLUX_ELSE))


def of_another_language(parts: Parts, voice: str, language: str) -> list[str]:
    """Who of them was made for another language than this, by their names; sentences."""
    hearing, speaking, code = parts.hearing, parts.speaking, _code(language)
    told = []
    ends = ENGLISH_ENDS.get(hearing.vendor)
    if ends is not None and hearing.model.endswith(ends) and code != "en":
        told.append(f'{hearing} hears English only, and the agent\'s language is "{language}"')
    if speaking.vendor == "deepgram" and not voice.endswith(f"-{code}"):
        told.append(f'the voice {voice} was not made for the agent\'s language, "{language}"')
    return told


def _code(language: str) -> str:
    """Of a tag such as "de" or "de-AT" what comes first."""
    return language.strip().lower().replace("_", "-").partition("-")[0]


def voice_of(parts: Parts, voice: str) -> str:
    """This voice, or the one that its vendor suggests. Raises NotSpoken: it suggests none."""
    vendor = parts.speaking.vendor
    if not voice and vendor not in VOICES:
        raise NotSpoken(f"{vendor} speaks with a voice of your account: name it, voice = ...")
    return voice or VOICES[vendor]
