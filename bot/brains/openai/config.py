"""What sessions are opened with, as OpenAI Realtime (GA) takes it. Plain code.

Source: OpenAI, Realtime API reference, `RealtimeSessionCreateRequest` and
`conversation.item.create`.
"""

from collections.abc import Sequence
from typing import Any

from bot.brains.config import EarlierTurn, SessionConfig
from bot.brains.openai.client_events import ClientEvent
from bot.brains.openai.quirks import Quirks, Transcription
from tools.signature import Signature

NAME = "openai"
MODEL = "gpt-realtime-2.1"  # where an agent's file names none
VOICE = "marin"
# Those that the realtime models speak with; any other is refused in the middle of a call.
VOICES = (
    *("alloy", "ash", "ballad", "cedar", "coral"),
    *("echo", "marin", "sage", "shimmer", "verse"),
)
# The current transcription models are listed in OpenAI's audio.input.transcription.
TRANSCRIPTION_MODEL = "gpt-transcribe"


def session_config(config: SessionConfig, quirks: Quirks) -> dict[str, Any]:
    """The `session` of `session.update`, audio formats left out."""
    heard: dict[str, Any] = {"turn_detection": _turn_detection(config, quirks)}
    if quirks.noise_reduction:
        heard["noise_reduction"] = {"type": "near_field"}
    if quirks.transcription.model:
        heard["transcription"] = _transcription(config, quirks.transcription)
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": config.instructions,
        **_sound(heard, config.speaker.voice, quirks),
        "tools": [tool_schema(signature) for signature in config.tools],
        "tool_choice": "auto",
        **_thinking(config, quirks),
    }


def reading_config(voice: str, quirks: Quirks) -> dict[str, Any]:
    """The `session` of a session that only reads lines aloud."""
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": "You read lines aloud, word for word, in a friendly telephone voice.",
        **_sound({"turn_detection": None}, voice, quirks),
    }


def _sound(heard: dict[str, Any], voice: str, quirks: Quirks) -> dict[str, Any]:
    """`audio`, and the fields beside it that stand in it elsewhere. Without a voice the server has
    one of its own."""
    spoken: dict[str, Any] = {"voice": voice} if voice else {}
    above: dict[str, Any] = {}
    for name in quirks.at_the_top:
        for part in (heard, spoken):
            if name in part:
                above[name] = part.pop(name)
    return {"audio": {"input": heard, "output": spoken}, **above}


def _thinking(config: SessionConfig, quirks: Quirks) -> dict[str, Any]:
    effort, model = quirks.efforts.get(config.effort), config.speaker.model
    reasons = model.startswith(quirks.reasoning_models) and not _is_first(model)
    return {"reasoning": {"effort": effort}} if effort and reasons else {}


def _transcription(config: SessionConfig, quirks: Transcription) -> dict[str, Any]:
    told: dict[str, Any] = {"model": quirks.model}
    if quirks.language:
        told[quirks.language] = config.language
    if quirks.keywords and config.keywords:
        told[quirks.keywords] = list(config.keywords)[: quirks.most_keywords]
    return told


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


def _is_first(model: str) -> bool:
    """A snapshot of OpenAI's first realtime model, which refuses a session with `reasoning`, as all
    before the second do."""
    return model.startswith("gpt-realtime-2025")


def _turn_detection(config: SessionConfig, quirks: Quirks) -> dict[str, Any] | None:
    """Whether the model's side ends turns, and whether it also cuts its own answer off."""
    if config.turns == "local" or quirks.turn_detection == "none":
        return None
    detection: dict[str, Any] = {"type": quirks.turn_detection}
    if quirks.turn_detection == "semantic_vad":
        detection["eagerness"] = "medium"
    if quirks.turn_options:
        detection |= {"create_response": True, "interrupt_response": config.cuts_itself}
    return detection
