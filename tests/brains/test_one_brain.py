"""A vendor is known in its own folder alone: all else speaks of brains in neutral words."""

import re
from pathlib import Path

import pytest

from bot.brains.gemini import config as gemini
from bot.brains.openai import config as openai

ROOT = Path(__file__).parents[2]
ROOMS = ("bot/calls", "bot/media", "bot/brains", "bot/batches", "bot/carriers", "bot/server")
ROOMS += ("bot/workers", "bot/business.py", "bot/agents.py", "bot/app.py", "bot/dialler_app.py")
ROOMS += (
    "bot/knowledge",
    "bot/knowledge_room.py",
    "bot/call_services.py",
    "bot/model_checks.py",
    "bot/phone_company.py",
    "bot/web.py",
)
ROOMS += ("config/agents.py", "config/prices.py", "pipelines", "processors", "tools")
FOLDERS = {name: ROOT / "bot/brains" / name for name in ("openai", "gemini")}
CASCADE = ROOT / "bot/brains/cascade"  # of it all vendors are parts, and it is a session of its own
SOURCES = [
    source
    for room in ROOMS
    for source in ([ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py")))
    if CASCADE not in source.parents
]
# Who joins it, and the name by which an agent's file chooses it.
JOINS = {"bot/brains/catalog.py", "processors/agent.py"}
NAMES = {
    "openai": re.compile(r"(?i:openai(?!_api_key))"),  # a text may name the setting: what to do
    "gemini": re.compile(r"(?i:gemini(?!_api_key)|google)"),
}
WIRES = {
    "openai": re.compile(
        # types of events
        r"\b(?:session\.(?:update|created|updated)"
        r"|response\.(?:create|cancel|done|created|output_\w+)"
        r"|input_audio_buffer\.\w+|conversation\.item\b|output_audio_buffer)"
        # fields and their values
        r"|\b(?:audio_end_ms|audio_start_ms|input_audio_transcription|output_modalities"
        r"|tool_choice|turn_detection|semantic_vad|server_vad|interrupt_response"
        r"|function_call_output|input_text|output_text|input_token_details|cached_tokens|pcmu)\b"
        r"|audio/pcm"
        # models
        r"|\bgpt-|\bwhisper-"
        # voices
        rf"|[\"'](?:{'|'.join(openai.VOICES)})[\"']"
    ),
    "gemini": re.compile(
        # messages, their fields and values
        r"\b(?:setupComplete|serverContent|clientContent|realtimeInput|toolResponse|toolCall\w*"
        r"|goAway|sessionResumption\w*|usageMetadata|modelTurn|turnComplete|generationComplete"
        r"|activity(?:Start|End)|(?:input|output)(?:Audio)?Transcription|functionDeclarations"
        r"|contextWindowCompression|NON_BLOCKING|WHEN_IDLE)\b|audio/pcm"
        # voices
        rf"|[\"'](?:{'|'.join(gemini.VOICES)})[\"']"
    ),
}


def named(text: str, vendor: str, *, joins: bool = False) -> list[str]:
    """The lines that speak of the vendor."""
    name, wire = NAMES[vendor], WIRES[vendor]
    return [
        line for line in text.splitlines() if wire.search(line) or (name.search(line) and not joins)
    ]


@pytest.mark.parametrize("source", SOURCES, ids=lambda it: str(it.relative_to(ROOT)))
def test_no_vendor_outside_its_folder(source: Path) -> None:
    """Neither in code nor in words: not its name, its events, their fields, its models, voices."""
    joins, text = str(source.relative_to(ROOT)) in JOINS, source.read_text()
    for vendor, folder in FOLDERS.items():
        others_own = any(each in source.parents for each in FOLDERS.values())
        if folder not in source.parents:
            # Two vendors may call the same thing the same.
            found = [
                line
                for line in named(text, vendor, joins=joins)
                if not (others_own and not NAMES[vendor].search(line))
            ]
            assert found == []


@pytest.mark.parametrize("vendor", FOLDERS)
def test_the_walk_sees_what_it_looks_for(vendor: str) -> None:
    """In the vendor's own folder it finds plenty; the rooms of the core are walked."""
    files = sorted(FOLDERS[vendor].glob("*.py"))
    assert len([each for each in files if named(each.read_text(), vendor)]) > 8
    for room in ("bot/calls/prompts.py", "bot/brains/realtime/model.py", "bot/brains/brain.py"):
        assert ROOT / room in SOURCES
    assert not named("check OPENAI_API_KEY, GEMINI_API_KEY and its account", vendor)
    assert not named("an echo of what the agent said", vendor)


@pytest.mark.parametrize(
    ("vendor", "text"),
    [
        ("openai", '{"type": "session.update"}'),
        ("openai", 'event["audio_end_ms"]'),
        ("openai", 'voice = "marin"'),
        ("openai", 'model = "gpt-realtime-9"'),
        ("openai", "as OpenAI has it"),
        ("gemini", '{"serverContent": {}}'),
        ("gemini", 'message["goAway"]'),
        ("gemini", "voice = 'Kore'"),
        ("gemini", 'model = "gemini-9-live"'),
        ("gemini", "as Google has it"),
    ],
)
def test_a_word_of_theirs_is_seen(vendor: str, text: str) -> None:
    assert named(text, vendor)
