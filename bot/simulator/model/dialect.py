"""How servers of other vendors speak the protocol: what they call differently, lack, leave out.

What a client sends is put into the words of OpenAI before it is checked, or refused as the server
would; what the server says is put into its own on the way out.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.simulator.model.refusal import Event, ModelRefusal

_DETECTIONS = frozenset({"semantic_vad", "server_vad"})


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """That of one server; the defaults are OpenAI's.

    voices: those it has besides OpenAI's.
    key_header: that of the key; another than Authorization has the key alone.
    at_the_top: fields of `session.audio` that stand in the session itself.
    transcription: its names of fields, with OpenAI's.
    transcribes: it writes down what callers say without being asked to.
    efforts: its words for `reasoning.effort`, with those of OpenAI.
    turn_detection: the kinds it knows; none: the client ends turns.
    turn_options: it knows `create_response` and `interrupt_response`.
    truncates: what `conversation.item.truncate` does there.
    deletes: it knows `conversation.item.delete`.
    out_of_band: it knows responses beside the conversation.
    tells_formats, tells_usage, tells_metadata: they are in its events.
    """

    voices: tuple[str, ...] = ()
    key_header: str = "Authorization"
    at_the_top: frozenset[str] = frozenset()
    transcription: Mapping[str, str] = field(default_factory=dict)
    transcribes: bool = False
    noise_reduction: bool = True
    efforts: Mapping[str, str] = field(default_factory=dict)
    turn_detection: frozenset[str] = _DETECTIONS
    turn_options: bool = True
    truncates: Literal["cuts", "ignores", "refuses"] = "cuts"
    deletes: bool = True
    out_of_band: bool = True
    tells_formats: bool = True
    tells_usage: bool = True
    tells_metadata: bool = True

    def from_client(self, event: Event) -> Event | None:
        """The event in OpenAI's words; None: it changes nothing. Raises ModelRefusal."""
        if self == OPENAI:
            return event
        kind = event.get("type")
        if kind == "session.update" and _has_shape(event.get("session")):
            return {**event, "session": self._session(copy.deepcopy(event["session"]))}
        if kind == "conversation.item.truncate" and self.truncates != "cuts":
            if self.truncates == "refuses":
                raise _unknown("type", kind)
            return None
        if kind == "conversation.item.delete" and not self.deletes:
            raise _unknown("type", kind)
        if kind == "response.create" and not self.out_of_band:
            response = event.get("response")
            if isinstance(response, dict) and response.get("conversation") == "none":
                raise _unknown("response.conversation", "none")
        return event

    def _session(self, session: Event) -> Event:
        audio = session.setdefault("audio", {})
        heard, spoken = audio.setdefault("input", {}), audio.setdefault("output", {})
        for name, part in (("turn_detection", heard), ("voice", spoken)):
            if name in self.at_the_top:
                if name in part:
                    raise _unknown(f"session.audio.{name}", part[name])
                if name in session:
                    part[name] = session.pop(name)
        if "noise_reduction" in heard and not self.noise_reduction:
            raise _unknown("session.audio.input.noise_reduction", heard["noise_reduction"])
        self._detection(heard)
        if self.transcribes:
            heard.setdefault("transcription", {"model": "its own"})
        if transcription := heard.get("transcription"):
            heard["transcription"] = {
                self.transcription.get(name, name): value for name, value in transcription.items()
            }
        if self.efforts and session.get("reasoning"):
            effort = self.efforts.get(session["reasoning"].get("effort"))
            if effort is None:
                raise _unknown("session.reasoning.effort", session["reasoning"])
            session["reasoning"] = {"effort": effort}
        if self.voices and spoken.get("voice") in self.voices:
            spoken["voice"] = "alloy"
        return session

    def _detection(self, heard: Event) -> None:
        detection = heard.get("turn_detection")
        if detection and detection.get("type") not in self.turn_detection:
            raise _unknown("session.audio.input.turn_detection.type", detection.get("type"))
        if detection and not self.turn_options:
            if "create_response" in detection:
                raise _unknown("turn_detection.create_response", True)
            detection["interrupt_response"] = False
        if not self.turn_detection:
            heard["turn_detection"] = None

    def to_client(self, event: Event) -> Event:
        """The event in this server's words."""
        if "session" in event and not self.tells_formats:
            session: dict[str, Any] = {**event["session"]}
            session.pop("audio", None)
            return {**event, "session": session}
        if response := event.get("response"):
            told = dict(response)
            if not self.tells_usage:
                told["usage"] = None
            if not self.tells_metadata:
                told["metadata"] = None
            return {**event, "response": told}
        return event


OPENAI = Dialect()


def _has_shape(session: object) -> bool:
    """What stands in it can be put into other words; the rest is refused as it is."""
    if not isinstance(session, dict) or not isinstance(audio := session.get("audio", {}), dict):
        return False
    sides = (audio.get("input", {}), audio.get("output", {}), session.get("reasoning") or {})
    if not all(isinstance(side, dict) for side in sides):
        return False
    heard = sides[0]
    parts = (heard.get("turn_detection") or {}, heard.get("transcription") or {})
    return all(isinstance(part, dict) for part in parts)


def _unknown(param: str, value: Any) -> ModelRefusal:
    return ModelRefusal(
        message=f"Invalid value: {value!r} for {param}.", code="invalid_value", param=param
    )
