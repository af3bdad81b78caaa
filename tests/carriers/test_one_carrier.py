"""Twilio is known in its own folder alone: the core answers in values, and hears values."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ("bot/calls", "bot/media", "bot/brains/realtime", "bot/batches", "bot/business.py")
PORT = sorted((ROOT / "bot/carriers").glob("*.py"))
SOURCES = [
    source
    for room in CORE
    for source in ([ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py")))
]
# Names of settings (TWILIO_PHONE_NUMBER) may stand in texts that say what to do.
VENDOR = re.compile(
    r"[Tt]wilio|(?i:twiml)|VoiceResponse|streamSid|StreamSid"
    r"|</?(?:Connect|Stream|Say|Dial|Number|Sip|Hangup|Redirect|Pause|Reject|Response)\b"
)


def named(text: str) -> list[str]:
    """The lines that speak of the vendor."""
    return [line for line in text.splitlines() if VENDOR.search(line)]


@pytest.mark.parametrize("source", [*SOURCES, *PORT], ids=lambda it: str(it.relative_to(ROOT)))
def test_no_vendor_in_the_core(source: Path) -> None:
    """Neither in code nor in words: not its name, its documents, their verbs, its messages."""
    assert named(source.read_text()) == []


def test_the_walk_sees_what_it_looks_for() -> None:
    """In Twilio's own folder it finds plenty; the rooms of the core are walked."""
    folder = ROOT / "bot/carriers/twilio"
    assert len([each for each in folder.glob("*.py") if named(each.read_text())]) > 10
    assert ROOT / "bot/calls/runner.py" in SOURCES
    assert ROOT / "bot/media/bot_audio.py" in SOURCES
    for text in ("twiml.hang_up()", "a <Dial> follows", "TwilioSerializer", '"streamSid"'):
        assert named(text)
    assert not named("TWILIO_PHONE_NUMBER is not set")
