"""What agents ask of their brains and is probably a mistake: told by `check` and at the start."""

import re
from collections.abc import Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest
from loguru import logger
from typer.testing import CliRunner

from bot.agents import examine
from bot.brains.catalog import open_brains
from bot.brains_of_agents import doubts_of_brains, require_keys
from bot.cli import app
from bot.cli.ready import doubt
from config import Agent, Settings, SettingsError, load_settings, make_agent

TODAY = date(2026, 11, 30)
DEEPGRAM = "openai > openai > deepgram"


def an_agent(**fields: str) -> Agent:
    """An agent that places calls."""
    return make_agent({"name": "task", "pipeline": "reception", "instructions": "-", **fields})


def told_of(agents: Sequence[Agent], **settings: str) -> list[str]:
    """What is told of these, where OpenAI's key is set, and that of one other."""
    keys = {"openai_api_key": "sk-test", "xai_api_key": "sk-test", **settings}
    there = Settings(_env_file=None, **keys)
    return doubts_of_brains(agents, open_brains(there), inbound_agent="reception", today=TODAY)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, None),
        ({"brain": "gemini"}, "GEMINI_API_KEY is not set.*: task cannot speak in a call"),
        ({"brain": "gemini", "name": "reception"}, "GEMINI_API_KEY .*: the brain gemini of rec"),
        ({"fallback_brain": "gemini"}, "GEMINI_API_KEY .*when the brain of task is lost"),
        ({"brain": "cascade", "model": DEEPGRAM}, "DEEPGRAM_API_KEY is not set"),
        ({"fallback_brain": "cascade", "fallback_model": DEEPGRAM}, "DEEPGRAM_API_KEY is not set"),
        ({"model": "gpt-realtime"}, "gpt-realtime ends on 2027-01-20"),
        (
            {"brain": "gemini", "fallback_brain": "openai", "fallback_model": "gpt-realtime"},
            "gpt-realtime ends on",
        ),
        ({"model": "gpt-9"}, "the price of the model gpt-9 is not in the table"),
        ({"brain": "parrot"}, None),  # a fault: `faults_of_brains` tells
        ({"voice": "robot"}, None),
    ],
)
def test_what_is_probably_a_mistake_is_told(fields: dict[str, str], said: str | None) -> None:
    """Of the brain that an agent has, and of the one it falls back on."""
    told = told_of([an_agent(**fields)])
    assert bool(told) == (said is not None), told
    assert said is None or any(re.search(said, each) for each in told), told


def test_a_voice_of_another_language_is_told() -> None:
    """By the agent's name, and each thing once."""
    by_itself = an_agent(name="a", language="de", brain="cascade", model=DEEPGRAM)
    falls_back = an_agent(
        name="b", language="de", fallback_brain="cascade", fallback_model=DEEPGRAM
    )
    told = told_of([by_itself, falls_back, falls_back], deepgram_api_key="sk-test")
    assert ["agent a: " in told[0], "agent b: " in told[1], len(told)] == [True, True, 2]


@pytest.mark.skipif(find_spec("faster_whisper") is not None, reason="it is installed")
def test_an_ear_that_is_not_installed_is_told() -> None:
    """With what installs it."""
    (told,) = told_of([an_agent(brain="cascade", model="whisper > openai > openai")])
    assert told == "whisper is not installed here: pip install 'trunkline[words]'"


@pytest.mark.parametrize(
    ("brain", "model", "missing"),
    [("xai", "", "XAI_API_KEY"), ("cascade", DEEPGRAM, "DEEPGRAM_API_KEY, OPENAI_API_KEY")],
)
def test_who_answers_the_phone_needs_an_account(brain: str, model: str, missing: str) -> None:
    """Told by the name of what is not set; others may do without."""
    brains = open_brains(Settings(_env_file=None))
    agent = an_agent(name="reception", brain=brain, model=model)
    with pytest.raises(SettingsError) as refused:
        require_keys([agent], brains, inbound_agent="reception")
    named = str(refused.value).partition(" is not set")[0].partition(" are not set")[0]
    assert sorted(named.split(", ")) == sorted(missing.split(", "))
    require_keys([agent], brains, inbound_agent="another")


def test_check_and_serve_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` shows it below what is wrong, and does not fail for it."""
    file = 'pipeline = "reception"\ninstructions = "-"\nmodel = "gpt-9"\nfallback_brain = "xai"\n'
    (tmp_path / "desk.toml").write_text(file)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUNKLINE_AGENTS", str(tmp_path))
    checked = CliRunner().invoke(app, ["check", "desk"])
    logged: list[str] = []
    sink = logger.add(lambda message: logged.append(message.record["message"]), level="WARNING")
    settings = load_settings()
    doubt(settings, examine(settings, "desk").agents.values())
    logger.remove(sink)
    assert checked.exit_code == 0
    assert len(logged) == 3  # two keys, and a price
    assert all(f"to be looked at: {told}" in checked.output for told in logged)
