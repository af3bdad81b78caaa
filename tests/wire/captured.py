"""Captured messages of both wires, and malformed ones (see the files beside this one)."""

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def _read(name: str) -> Any:
    return json.loads((_HERE / name).read_text(encoding="utf-8"))


def twilio(kind: str) -> dict[str, Any]:
    """A message as Twilio sends it: connected, start, media, dtmf, mark or stop."""
    message: dict[str, Any] = _read("twilio_messages.json")[kind]
    return message


def twilio_malformed() -> dict[str, str]:
    """Texts that are no messages of Media Streams, by what is wrong with them."""
    malformed: dict[str, str] = _read("twilio_malformed.json")
    return malformed


def openai_malformed() -> dict[str, dict[str, Any]]:
    """Server events that lack what they must have, by what is wrong with them."""
    malformed: dict[str, dict[str, Any]] = _read("openai_malformed.json")
    return malformed
