"""An agent that could not do what its file says is an error at the start, in one sentence."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest

from bot.agents import examine, load_agents
from config import AgentError, Settings
from pipelines import PIPELINES
from tools import Tool, ToolAnswer, ToolCall, needs, opt_out, records


@records("ordr")
async def order_food(call: ToolCall, *, order: Annotated[str, "What."]) -> ToolAnswer:
    """Orders something."""
    raise AssertionError


async def introduce(call: ToolCall) -> ToolAnswer:
    """Finds out who it is."""
    raise AssertionError


@needs(introduce)
async def tell(call: ToolCall) -> ToolAnswer:
    """Tells what not everybody may hear."""
    raise AssertionError


def another_introduce() -> Tool:
    async def introduce(call: ToolCall) -> ToolAnswer:
        """Finds out who it is, in another way."""
        raise AssertionError

    return introduce


def load(folder: Path, tools: Sequence[Tool], wanted: str = "") -> None:
    """The agents, with one more whose pipeline has these tools."""
    (folder / "cook.toml").write_text(f'pipeline = "kitchen"\ninstructions = "Cook."\n{wanted}\n')
    kitchen = replace(PIPELINES["reception"], name="kitchen", tools=(*tools, opt_out))
    settings = Settings(_env_file=None, trunkline_agents=folder)
    load_agents(settings, {**PIPELINES, "kitchen": kitchen})


WRONG = [
    ([order_food], "", r"@records of order_food names 'ordr'"),
    ([introduce, another_introduce()], "", "tools has introduce 2 times"),
    ([tell], "", "tell needs introduce, which is not in tools"),
    ([introduce, tell], 'tools = ["tell"]', "agent cook: its tools leave out introduce"),
    ([introduce], 'tools = ["introduce", "sing"]', "agent cook: .*no tool sing"),
    (
        [introduce],
        'brain = "parrot"',
        r'no brain "parrot"; choose one of: .*openai.* \(.*cook.toml:3\)',
    ),
    (
        [introduce],
        'fallback_brain = "parrot"',
        r'fallback_brain: there is no brain "parrot"; .* \(.*cook.toml:3\)',
    ),
    (
        [introduce],
        'fallback_brain = "xai"\nfallback_voice = "marin"',
        r'fallback_voice: there is no voice "marin"; .* \(.*cook.toml:4\)',
    ),
    ([introduce], 'fallback_brain = "openai"', r"falls back on the model that it has \(.*:3\)"),
    (
        [introduce],
        'fallback_brain = "openai"\nfallback_model = "gpt-realtime-2.1"',
        r"falls back on the model that it has \(.*:3\)",
    ),
    ([introduce], 'fallback_voice = "eve"', "its fallback has no brain"),
    ([introduce], 'voice = "robot"', r'no voice "robot"; choose one of: alloy.* \(.*cook.toml:3\)'),
]


@pytest.mark.parametrize(("tools", "wanted", "said"), WRONG)
def test_a_tool_that_could_not_do_its_work_is_an_error_at_the_start(
    tmp_path: Path, tools: list[Tool], wanted: str, said: str
) -> None:
    """And not in the middle of a call, where a second order would be lost."""
    with pytest.raises(AgentError, match=said):
        load(tmp_path, tools, wanted)


def test_one_setting_chooses_the_brain_of_agents_that_name_none(tmp_path: Path) -> None:
    """With that brain's own model and voice; who names a brain keeps it."""
    named = 'pipeline = "reception"\ninstructions = "-"\nbrain = "openai"\nvoice = "ash"\n'
    (tmp_path / "named.toml").write_text(named)
    agents = load_agents(Settings(_env_file=None, trunkline_agents=tmp_path, brain="xai"))
    reception = agents["reception"]
    assert (reception.brain, reception.voice) == ("xai", "eve")
    assert (agents["named"].brain, agents["named"].voice) == ("openai", "ash")
    with pytest.raises(AgentError, match='no brain "parrot"'):
        load_agents(Settings(_env_file=None, brain="parrot"))


def test_tools_that_fit_are_taken(tmp_path: Path) -> None:
    """What needs another tool may have it, and what nobody wants needs nothing."""
    load(tmp_path, [introduce, tell])
    load(tmp_path, [introduce, tell], 'tools = ["introduce"]')


def test_a_place_that_nobody_fills_has_a_line(tmp_path: Path) -> None:
    """That of the text which holds it: mostly it is misspelt."""
    text = 'pipeline = "reception"\ninstructions = """\nA clinic,\n{adress}."""\n'
    text += 'first_line = "{owner} here."\nvariables.address = "12 Mill Street"\n'
    (tmp_path / "desk.toml").write_text(text)
    settings = Settings(_env_file=None, trunkline_agents=tmp_path, inbound_agent="desk")
    faults = examine(settings).faults
    assert [fault.split("[variables] ")[1] for fault in faults] == [
        f"adress ({tmp_path}/desk.toml:4)",
        f"owner ({tmp_path}/desk.toml:5)",
    ]


def test_a_file_that_cannot_be_read_hides_no_mistake_in_another(tmp_path: Path) -> None:
    """At the start as in a check; one who is named in another file is there all the same."""
    of_reception = 'pipeline = "reception"\ninstructions = "-"\n'
    (tmp_path / "one.toml").write_text(of_reception + "limits.secs = 0\nvoise = 1\n")
    (tmp_path / "two.toml").write_text(
        of_reception + 'tools = ["fly"]\nhand_over_to = { one = "all", three = "nothing" }\n'
    )
    settings = Settings(_env_file=None, trunkline_agents=tmp_path, inbound_agent="four")
    asked_for, asked_for_by_none = "INBOUND_AGENT names no agent", "there is no agent three"
    faults = examine(settings).faults
    told = ("limits.secs", "voise", asked_for, asked_for_by_none, "no tool fly")
    assert len(faults) == len(told)
    assert all(any(word in fault for fault in faults) for word in told)
    assert [f"{tmp_path}/two.toml:3" in fault for fault in examine(settings, "two").faults] == [
        False,
        True,
    ]
    assert len(examine(settings, "one").faults) == 2
    with pytest.raises(AgentError, match="voise.*no tool fly"):
        load_agents(settings)
