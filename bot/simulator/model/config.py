"""The session object: what the client asked for, checked, merged and told back.

Source: openai.types.realtime.RealtimeSessionCreateRequest and its parts.
"""

import copy
from typing import Any

from bot.simulator.model.refusal import Event, ModelRefusal
from bot.simulator.model.turns import TurnRules

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
PCM = {"type": "audio/pcm", "rate": 24000}
SERVER_VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
SEMANTIC_VAD = {
    "type": "semantic_vad",
    "eagerness": "auto",
    "create_response": True,
    "interrupt_response": True,
}


DEFAULTS: Event = {
    "type": "realtime",
    "object": "realtime.session",
    "output_modalities": ["audio"],
    "instructions": "You are a helpful, friendly voice assistant.",
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "tracing": None,
    "truncation": "auto",
    "prompt": None,
    "include": None,
    "audio": {
        "input": {
            "format": PCM,
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": SERVER_VAD,
        },
        "output": {"format": PCM, "voice": "alloy", "speed": 1.0},
    },
}


class SessionConfig:
    """One session's agreement. `accepts_g711=False` answers every G.711 wish with PCM."""

    def __init__(self, *, session_id: str, model: str, expires_at: int, accepts_g711: bool) -> None:
        self._accepts_g711 = accepts_g711
        about = {"id": session_id, "model": model, "expires_at": expires_at}
        self._session: Event = {**copy.deepcopy(DEFAULTS), **about}

    def as_wire(self) -> Event:
        return copy.deepcopy(self._session)

    def __getitem__(self, field: str) -> Any:
        return self._session[field]

    @property
    def input(self) -> Event:
        return dict(self._session["audio"]["input"])

    @property
    def output(self) -> Event:
        return dict(self._session["audio"]["output"])

    def turn_rules(self, *, semantic_silence_ms: int) -> TurnRules | None:
        detection = self.input["turn_detection"]
        if detection is None:
            return None
        if detection["type"] == "semantic_vad":
            return TurnRules(silence_ms=semantic_silence_ms)
        return TurnRules(
            threshold=detection["threshold"],
            prefix_ms=detection["prefix_padding_ms"],
            silence_ms=detection["silence_duration_ms"],
        )

    def update(self, wished: Event, *, voice_locked: bool, responding: bool) -> None:
        """Merges a `session.update`, or raises `ModelRefusal` and changes nothing.

        null goes back to the default, except that it turns `turn_detection` off.
        """
        if wished["type"] != "realtime":
            raise _invalid("session.type", "a realtime session stays a realtime session")
        if wished.get("model") not in (None, self["model"]):
            raise _invalid("session.model", "the model of a session cannot be changed")
        check_choices(wished, "session")
        audio = wished.get("audio") or {}
        sides = {side: dict(audio.get(side) or {}) for side in ("input", "output")}
        self._check_output(sides["output"], voice_locked=voice_locked, responding=responding)
        if "turn_detection" in sides["input"]:
            turns = _full_turn_detection(sides["input"].pop("turn_detection"))
            self._session["audio"]["input"]["turn_detection"] = turns
        for side, wishes in sides.items():
            if "format" in wishes:
                wishes["format"] = self.sound_format(wishes["format"])
            _merge(self._session["audio"][side], wishes, DEFAULTS["audio"][side])
        rest = {name: wished[name] for name in wished if name not in ("type", "audio", "model")}
        _merge(self._session, rest, DEFAULTS)

    def sound_format(self, wished: Event | None) -> Event:
        """The format that is really used when this one is wished for."""
        g711 = wished is not None and wished.get("type") in ("audio/pcmu", "audio/pcma")
        return dict(wished) if wished and g711 and self._accepts_g711 else dict(PCM)

    def _check_output(self, wished: Event, *, voice_locked: bool, responding: bool) -> None:
        voice = wished.get("voice") or self.output["voice"]
        if isinstance(voice, str) and voice not in VOICES:
            known = ", ".join(f"'{name}'" for name in VOICES)
            raise _invalid("session.audio.output.voice", f"supported values are {known}")
        if voice_locked and voice != self.output["voice"]:
            raise ModelRefusal(
                message="Cannot update a conversation's voice if assistant audio is present.",
                code="cannot_update_voice",
                param="session.audio.output.voice",
            )
        speed = wished.get("speed") or self.output["speed"]
        if not 0.25 <= speed <= 1.5:
            raise _invalid("session.audio.output.speed", "it lies between 0.25 and 1.5")
        if responding and speed != self.output["speed"]:
            raise _invalid("session.audio.output.speed", "it cannot change during a response")


def check_choices(wished: Event, path: str) -> None:
    """What the types allow and the service does not; the same for a session and a response."""
    modalities = wished.get("output_modalities")
    if modalities is not None and len(modalities) != 1:
        raise _invalid(f"{path}.output_modalities", "it is ['audio'] or ['text'], not both")
    limit = wished.get("max_output_tokens")
    if isinstance(limit, int) and not 1 <= limit <= 4096:
        raise _invalid(f"{path}.max_output_tokens", "it lies between 1 and 4096, or is 'inf'")
    for index, tool in enumerate(wished.get("tools") or []):
        for field in ("type",) if tool.get("type") == "mcp" else ("type", "name"):
            if not tool.get(field):
                raise ModelRefusal(
                    message=f"Missing required parameter: '{path}.tools[{index}].{field}'.",
                    code="missing_required_parameter",
                    param=f"{path}.tools[{index}].{field}",
                )


def _merge(into: Event, wishes: Event, defaults: Event) -> None:
    for name, value in wishes.items():
        into[name] = copy.deepcopy(defaults.get(name) if value is None else value)


def _full_turn_detection(wished: Event | None) -> Event | None:
    if wished is None:
        return None
    defaults = SEMANTIC_VAD if wished["type"] == "semantic_vad" else SERVER_VAD
    full = {**defaults, **{field: value for field, value in wished.items() if value is not None}}
    if not 0 <= full.get("threshold", 0) <= 1:
        path = "session.audio.input.turn_detection.threshold"
        raise _invalid(path, "it lies between 0 and 1")
    return full


def _invalid(path: str, why: str) -> ModelRefusal:
    return ModelRefusal(
        message=f"Invalid value for '{path}': {why}.", code="invalid_value", param=path
    )
