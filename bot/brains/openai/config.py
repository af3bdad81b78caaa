"""What sessions are opened with, as OpenAI Realtime (GA) takes it. Plain code.

Source: OpenAI, Realtime API reference, `RealtimeSessionCreateRequest` and
`conversation.item.create`.
"""

from collections.abc import Sequence
from typing import Any

from bot.brains.config import Abilities, EarlierTurn, SessionConfig
from bot.brains.openai.client_events import ClientEvent
from tools.signature import Signature

NAME = "openai"
MODEL = "gpt-realtime-2.1"  # where an agent's file names none
VOICE = "marin"
# Those that the realtime models speak with; any other is refused in the middle of a call.
VOICES = (
    *("alloy", "ash", "ballad", "cedar", "coral"),
    *("echo", "marin", "sage", "shimmer", "verse"),
)
ABILITIES = Abilities(voices=VOICES, formats=("ulaw", "pcm"))
# The current transcription models are listed in OpenAI's audio.input.transcription.
TRANSCRIPTION_MODEL = "gpt-transcribe"
# Those that take `keywords`; the others refuse a session that has them.
_TAKE_KEYWORDS = frozenset({"gpt-transcribe", "gpt-live-transcribe"})


def session_config(config: SessionConfig) -> dict[str, Any]:
    """The `session` of `session.update`, audio formats left out."""
    model = config.speaker.model
    thinking = {"reasoning": {"effort": config.effort}} if _reasons(model) else {}
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": config.instructions,
        "audio": {
            "input": {
                "noise_reduction": {"type": "near_field"},
                "transcription": _transcription(config),
                "turn_detection": _turn_detection(config),
            },
            "output": {"voice": config.speaker.voice},
        },
        "tools": [tool_schema(signature) for signature in config.tools],
        "tool_choice": "auto",
        **thinking,
    }


def _transcription(config: SessionConfig) -> dict[str, Any]:
    told: dict[str, Any] = {"model": TRANSCRIPTION_MODEL, "language": config.language}
    if config.keywords and TRANSCRIPTION_MODEL in _TAKE_KEYWORDS:
        told["keywords"] = list(config.keywords)
    return told


def reading_config(voice: str) -> dict[str, Any]:
    """The `session` of a session that only reads lines aloud."""
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": "You read lines aloud, word for word, in a friendly telephone voice.",
        "audio": {"input": {"turn_detection": None}, "output": {"voice": voice}},
    }


def tool_schema(signature: Signature) -> dict[str, Any]:
    """A tool as `session.tools` takes it: flat, not nested."""
    return {
        "type": "function",
        "name": signature.name,
        "description": signature.description,
        "parameters": signature.parameters,
    }


def retelling(turns: Sequence[EarlierTurn]) -> list[ClientEvent]:
    """Client events that give a new session these turns, oldest first."""
    return [_item(turn) for turn in turns if turn.text]


def _item(turn: EarlierTurn) -> ClientEvent:
    if turn.by == "caller":
        role, kind = "user", "input_text"
    else:
        role, kind = "assistant", "output_text"
    content = [{"type": kind, "text": turn.text}]
    return {
        "type": "conversation.item.create",
        "item": {"type": "message", "role": role, "content": content},
    }


def _reasons(model: str) -> bool:
    """Only the models from 2 on take `reasoning`; older ones refuse a session that has it."""
    return model.startswith("gpt-realtime-2") and not model.startswith("gpt-realtime-2025")


def _turn_detection(config: SessionConfig) -> dict[str, Any] | None:
    """Whether the model's side ends turns, and whether it also cuts its own answer off."""
    if config.turns == "local":
        return None
    return {
        "type": "semantic_vad",
        "eagerness": "medium",
        "create_response": True,
        "interrupt_response": config.cuts_itself,
    }
