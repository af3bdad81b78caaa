"""OpenAI is known in its own folder alone: all else speaks of brains in neutral words."""

import re
from pathlib import Path

import pytest

from bot.brains.openai.config import VOICES

ROOT = Path(__file__).parents[2]
ROOMS = ("bot/calls", "bot/media", "bot/brains", "bot/batches", "bot/carriers", "bot/server")
ROOMS += ("bot/workers", "bot/business.py", "bot/agents.py", "bot/app.py", "bot/dialler_app.py")
ROOMS += ("config/agents.py", "config/prices.py", "pipelines", "processors", "tools")
VENDORS = ROOT / "bot/brains/openai"
SOURCES = [
    source
    for room in ROOMS
    for source in ([ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py")))
    if VENDORS not in source.parents
]
# Who joins it, and the name by which an agent's file chooses it.
JOINS = {"bot/brains/catalog.py", "processors/agent.py"}
NAME = re.compile(r"(?i:openai(?!_api_key))")  # a text that says what to do may name the setting
WIRE = re.compile(
    # types of events
    r"\b(?:session\.(?:update|created|updated)|response\.(?:create|cancel|done|created|output_\w+)"
    r"|input_audio_buffer\.\w+|conversation\.item\b|output_audio_buffer)"
    # fields and their values
    r"|\b(?:audio_end_ms|audio_start_ms|input_audio_transcription|output_modalities|tool_choice"
    r"|turn_detection|semantic_vad|server_vad|interrupt_response|function_call_output|input_text"
    r"|output_text|input_token_details|cached_tokens|pcmu)\b|audio/pcm"
    # models
    r"|\bgpt-|\bwhisper-"
    # voices
    rf"|[\"'](?:{'|'.join(VOICES)})[\"']"
)


def named(text: str, *, joins: bool = False) -> list[str]:
    """The lines that speak of the vendor."""
    return [
        line for line in text.splitlines() if WIRE.search(line) or (NAME.search(line) and not joins)
    ]


@pytest.mark.parametrize("source", SOURCES, ids=lambda it: str(it.relative_to(ROOT)))
def test_no_vendor_outside_its_folder(source: Path) -> None:
    """Neither in code nor in words: not its name, its events, their fields, its models, voices."""
    joins = str(source.relative_to(ROOT)) in JOINS
    assert named(source.read_text(), joins=joins) == []


def test_the_walk_sees_what_it_looks_for() -> None:
    """In the vendor's own folder it finds plenty; the rooms of the core are walked."""
    found = [each.name for each in sorted(VENDORS.glob("*.py")) if named(each.read_text())]
    assert len(found) > 10
    for room in ("bot/calls/prompts.py", "bot/brains/realtime/model.py", "bot/brains/brain.py"):
        assert ROOT / room in SOURCES
    for text in (
        '{"type": "session.update"}',
        'event["audio_end_ms"]',
        'voice = "marin"',
        'model = "gpt-realtime-9"',
        "as OpenAI has it",
    ):
        assert named(text)
    assert not named("check OPENAI_API_KEY and its account")
    assert not named("an echo of what the agent said")
