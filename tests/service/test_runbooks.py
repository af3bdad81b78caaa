"""The runbooks, played from the first ring to the record, with every brain."""

from pathlib import Path

import pytest
from runbook_kit import Played, play_runbook

from bot.simulator.runbooks import AGENTS, runbooks
from bot.simulator.voices import Voice
from config import SHIPPED, read_agents
from tests.brains.conformance.brains import ENTRIES
from tests.brains.conformance.endpoints import Entry

STORIES = {story.name: story for story in runbooks()}
SAID = {  # among the words of the agent that were heard
    "table": ("Seven forty-five is perfect", "The name is Alex Morgan"),
    "biryani": ("Fourteen fifty is fine", "The name is Alex Morgan", "Twenty minutes"),
    "dentist": ("D S, four four seven one, nine oh two", "Tuesday at ten"),
    "cancel": ("please cancel it", "No pause", "Just the cancellation", "K, seven, T, four, zero"),
    "where-is-my-order": ("arrive tomorrow before noon",),
}
QUICK = {  # by which brain a story is told in every run
    "table": "gemini",
    "biryani": "cascade",
    "dentist": "openai",
    "cancel": "openai",
}
CARD = "insurance-card.txt > INSURANCE CARD"


def scenes() -> list[pytest.ParameterSet]:
    """Each story with each brain; in a quick run four of them are told, each by one."""
    return [
        pytest.param(
            name,
            brain,
            id=f"{name}-{brain.name}",
            marks=() if QUICK.get(name) == brain.name else pytest.mark.thorough,
        )
        for name in STORIES
        for brain in ENTRIES
    ]


@pytest.mark.parametrize(("name", "brain"), scenes())
async def test_a_runbook_comes_to_its_end(
    name: str, brain: Entry, tmp_path: Path, spoken: Voice
) -> None:
    """Tools, words, fields and ending are as the story has them."""
    played = await play_runbook(STORIES[name], brain, tmp_path, spoken)
    assert played.missing == []
    assert [words for words in SAID[name] if words not in played.said] == []
    if name == "dentist":
        _told_of_the_card(played)


def _told_of_the_card(played: Played) -> None:
    """The model was told at the start of the call, and once more in the middle of it; the record
    says from where."""
    found = played.record["tool_calls"][0]["result"]["found"]
    assert found[0]["source"] == CARD
    assert "DS 4471 902" in found[0]["text"]
    assert {"source": CARD} in played.record["knowledge"]
    assert f"[{CARD}] Insurer: Delta Smile" in played.endpoint.told


@pytest.mark.parametrize("name", STORIES)
def test_a_runbook_gives_its_agent_all_it_needs(name: str) -> None:
    """Its agent exists, and every variable that its texts name has a value."""
    story = STORIES[name]
    agent = read_agents(SHIPPED, AGENTS)[story.agent]
    assert agent.placeholders <= agent.variables.keys() | story.variables.keys()
    assert agent.outcome.fields.keys() >= story.expects.fields.keys()
    assert story.expects.first_line in ("", agent.first_line)
