"""What sessions are opened with, as the Gemini Live API takes it. Plain code.

Source: google-genai 3.6, `types.LiveClientSetup` and its parts (their JSON names in camel case).
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.brains.config import Abilities, SessionConfig
from tools.signature import Signature

NAME = "gemini"
MODEL = "gemini-3.8-live"  # where an agent's file names none
VOICE = "Kore"
# The prebuilt voices of the Live API (Google, Gemini API, speech generation guide).
VOICES = (
    *("Achernar", "Achird", "Algenib", "Algieba", "Alnilam", "Aoede", "Autonoe", "Callirrhoe"),
    *("Charon", "Despina", "Enceladus", "Erinome", "Fenrir", "Gacrux", "Iapetus", "Kore"),
    *("Laomedeia", "Leda", "Orus", "Puck", "Pulcherrima", "Rasalgethi", "Sadachbia"),
    *("Sadaltager", "Schedar", "Sulafat", "Umbriel", "Vindemiatrix", "Zephyr", "Zubenelgenubi"),
)
# Activity is marked by us, so the local ear alone ends turns; sound is 16-bit PCM, 16 kHz to the
# model and 24 kHz from it.
ABILITIES = Abilities(voices=VOICES, formats=("pcm_16_24",), turns=("local",))

SUMMARY = "hand_in_summary"  # a function of our own: sessions that speak write no text
_FROM_THE_LINE = (
    "\n\nTexts in [square brackets] come from the telephone system and not from the caller, who "
    "does not hear or see them. Do what they ask and never mention or read out the brackets. Call "
    f"the function {SUMMARY} only when such a text asks for it."
)


def setup(config: SessionConfig, *, handle: str) -> dict[str, Any]:
    """The first message of a session; with a `handle`, of one that goes on where another was."""
    declared = [declaration(signature) for signature in config.tools]
    return _setup(
        model=config.speaker.model,
        voice=config.speaker.voice,
        instructions=config.instructions + _FROM_THE_LINE,
        functions=[*declared, _SUMMARY_DECLARATION],
        transcription=_transcription(config),
        thinking=_thinking(config),
        handle=handle,
    )


def reading_setup(model: str, voice: str) -> dict[str, Any]:
    """The first message of a session that only reads lines aloud."""
    return _setup(
        model=model,
        voice=voice,
        instructions="You read lines aloud, word for word, in a friendly telephone voice.",
        functions=[],
        transcription={},
        thinking=_thinking(None, model),
        handle="",
    )


def _setup(
    *,
    model: str,
    voice: str,
    instructions: str,
    functions: list[dict[str, Any]],
    transcription: Mapping[str, Any],
    thinking: Mapping[str, Any],
    handle: str,
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "model": model if "/" in model else f"models/{model}",
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}},
            **thinking,
        },
        "systemInstruction": {"parts": [{"text": instructions}]},
        "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}},
        "inputAudioTranscription": dict(transcription),
        "outputAudioTranscription": {},
        # Without it a session with sound ends after 15 minutes.
        "contextWindowCompression": {"slidingWindow": {}},
        "sessionResumption": {"handle": handle} if handle else {},
    }
    if functions:
        told["tools"] = [{"functionDeclarations": functions}]
    if not handle:
        # What is told of the call so far comes before all else, and asks for no answer.
        told["historyConfig"] = {"initialHistoryInClientContent": True}
    return {"setup": told}


def declaration(signature: Signature) -> dict[str, Any]:
    """A tool as `functionDeclarations` takes it. The model goes on while it runs: what becomes of
    its result is said with the result."""
    return {
        "name": signature.name,
        "description": signature.description,
        "parametersJsonSchema": signature.parameters,
        "behavior": "NON_BLOCKING",
    }


_SUMMARY_DECLARATION = {
    "name": SUMMARY,
    "description": "Hands in a text about this call, when the telephone system asks for it.",
    "parametersJsonSchema": {
        "type": "object",
        "properties": {"text": {"type": "string", "description": "The text that is asked for."}},
        "required": ["text"],
    },
    "behavior": "NON_BLOCKING",
}


def _transcription(config: SessionConfig) -> dict[str, Any]:
    told: dict[str, Any] = {"languageCodes": [config.language]}
    if config.keywords:
        told["customVocabulary"] = list(config.keywords)
    return told


def _thinking(config: SessionConfig | None, model: str = "") -> dict[str, Any]:
    """A model that thinks refuses a session which does not say how much, and the least there is;
    one that does not is only told where its agent's file asks for more."""
    effort = config.effort if config else "minimal"
    thinks = re.search(r"thinking", config.speaker.model if config else model)
    if not thinks and effort == "minimal":
        return {}
    level = "low" if effort == "minimal" else effort
    return {"thinkingConfig": {"thinkingLevel": level.upper()}}
