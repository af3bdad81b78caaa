"""Agents are data: what a file may say, and what is said when it is wrong."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import SHIPPED, Agent, AgentError, fill, find_agents, read_agents
from pipelines import find_pipeline
from processors.words.farewells import compile_farewells

MINIMAL = 'pipeline = "errand"\ninstructions = "Do it."\n'
SHIPPED_AGENTS = read_agents(SHIPPED)
# What each of ours needs of a call.
NEEDED: dict[str, set[str]] = {
    "reception": set(),
    "errand": {"task"},
    "reminder": set(),
    "table": set(),
}


def write(folder: Path, text: str, name: str = "clinic") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return folder


def test_a_file_needs_a_pipeline_and_instructions(tmp_path: Path) -> None:
    """All else has defaults; the file's name is the agent's."""
    agent = read_agents(write(tmp_path, MINIMAL))["clinic"]
    assert (agent.name, agent.pipeline, agent.instructions) == ("clinic", "errand", "Do it.")
    assert (agent.turns, agent.language, agent.tools, agent.limits.secs) == (
        "hybrid",
        "en",
        None,
        900,
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("pipeline = ", "clinic.toml: Invalid value"),
        ('pipeline = "errand"', "instructions: Field required"),
        ('instructions = "x"', "pipeline: Field required"),
        (MINIMAL + 'instructoins = "x"', "instructoins: there is no such key"),
        (MINIMAL + '[lines]\nfillr = "x"', "lines.fillr: there is no such key"),
        (MINIMAL + "[silence]\nwait_secs = 0", "silence.wait_secs: "),
        (MINIMAL + "[limits]\nsecs = -1", "limits.secs: "),
        (MINIMAL + "[limits]\nsecs = 14400", "limits.secs: "),
        (MINIMAL + "[limits]\nsecs = nan", "limits.secs: "),
        (MINIMAL + "[limits]\nring_secs = 3", "limits.ring_secs: "),
        (MINIMAL + "[limits]\nusd = 0", "limits.usd: "),
        (MINIMAL + 'turns = "telepathy"', "turns: "),
        (MINIMAL + 'language = "english"', "language: "),
        (MINIMAL + 'numbers = "+15550001111"', "numbers: "),
        (MINIMAL + 'variables = ["party"]', "variables: "),
        (MINIMAL + '[goodbye]\npatterns = ["bye("]', "goodbye.patterns"),
        (MINIMAL + 'name = "Not A Slug"', "name: "),
        (MINIMAL.replace("Do it.", ""), "instructions: "),
        (MINIMAL + 'voicemail = "Call us."', "voicemail: there is no such key"),
        (MINIMAL + "human_available = true", "human_available: there is no such key"),
        (MINIMAL + "given = []", "given: there is no such key"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(tmp_path: Path, text: str, complaint: str) -> None:
    """In one sentence."""
    with pytest.raises(AgentError) as caught:
        read_agents(write(tmp_path, text))
    assert complaint in str(caught.value)
    assert "clinic.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_each_wrong_file_is_named(tmp_path: Path) -> None:
    """Whoever mends one need not start again to hear of the next."""
    write(tmp_path, MINIMAL + 'voise = "x"', name="one")
    write(tmp_path, MINIMAL + "people.ann.number = '212-555-0110'", name="two")
    with pytest.raises(AgentError) as caught:
        read_agents(write(tmp_path, MINIMAL))
    first, second = str(caught.value).split("; ")
    assert first.endswith(": voise: there is no such key")
    assert second.endswith(
        ": people.ann.number: must be a number like +12125550100, or a sip: address"
    )


def test_all_that_is_wrong_with_a_file_is_told(tmp_path: Path) -> None:
    """With the place of each. What follows from another mistake is none."""
    (tmp_path / "hours").mkdir()
    (tmp_path / "hours" / "desk.toml").write_text(
        'timezone = "Mars"\nholidays = "US-QQ"\nopen_on = ["Columbus Day"]\nweek.mon = "9-17"\n'
    )
    text = (
        MINIMAL
        + 'hours = "desk"\nfirst_lne = "Hi."\nlanguage = "english"\n'
        + 'after_hours = { first_line = "Closed." }\nlimits.secs = "long"\n'
    )
    with pytest.raises(AgentError) as caught:
        read_agents(write(tmp_path, text))
    said = [fault.removeprefix(f"{tmp_path}/").split(": ")[0] for fault in caught.value.faults]
    lines_of_file, lines_of_hours = (4, 5, 7), (1, 2, 4)
    assert said == [
        *(f"clinic.toml:{line}" for line in lines_of_file),
        *(f"hours/desk.toml:{line}" for line in lines_of_hours),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            '[people.ann]\nnumber = "+12125550100"\nthen = "tom"\n',
            "clinic.toml:5: people.ann.then: 'tom' is none of the people",
        ),
        (
            'private = ["dose"]\nfirst_line = "Take {dose}."\n',
            "clinic.toml:3: private: a text of this agent holds {dose}",
        ),
        (
            'tools = []\n[sources]\n"mcp:https://crm.example/mcp" = {}\n',
            'clinic.toml:4: sources: "mcp:https://crm.example/mcp" is not in tools',
        ),
    ],
)
def test_what_takes_two_keys_to_see_has_a_line_as_well(
    tmp_path: Path, text: str, complaint: str
) -> None:
    """That of the key to be mended."""
    with pytest.raises(AgentError) as caught:
        read_agents(write(tmp_path, MINIMAL + text))
    assert complaint in str(caught.value)


def test_what_is_wrong_with_some_files_leaves_the_others(tmp_path: Path) -> None:
    """For who only wants to know which agents there are."""
    write(tmp_path, MINIMAL)
    write(tmp_path, MINIMAL + 'voise = "x"', name="one")
    found = find_agents(tmp_path)
    assert (set(found.agents), set(found.unread)) == ({"clinic"}, {"one"})
    assert found.faults == (f"{tmp_path}/one.toml:3: voise: there is no such key",)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """And a folder that is none."""
    (tmp_path / "clinic.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(AgentError, match=r"clinic\.toml"):
        read_agents(tmp_path)
    with pytest.raises(AgentError, match="not a folder"):
        read_agents(tmp_path / "nowhere")


def test_a_later_folder_replaces_an_agent_of_the_same_name(tmp_path: Path) -> None:
    """An operator's own reception instead of the shipped one."""
    own = write(tmp_path, MINIMAL, name="reception")
    agents = read_agents(SHIPPED, own)
    assert agents["reception"].instructions == "Do it."
    assert set(agents) == set(SHIPPED_AGENTS)


def test_two_files_of_a_folder_may_not_have_the_same_name(tmp_path: Path) -> None:
    """One of them would be forgotten without a word."""
    write(tmp_path, MINIMAL, name="one")
    write(tmp_path, MINIMAL + 'name = "one"', name="two")
    with pytest.raises(AgentError, match='"one"'):
        read_agents(tmp_path)


def test_two_agents_may_not_answer_the_same_number(tmp_path: Path) -> None:
    """Nobody could tell who does."""
    for name in ("one", "two"):
        write(tmp_path, MINIMAL + 'numbers = ["+15550001111"]', name=name)
    with pytest.raises(AgentError, match=r"both one and two answer \+15550001111"):
        read_agents(tmp_path)


def test_a_replaced_agent_answers_no_number(tmp_path: Path) -> None:
    """Its number is free for its successor."""
    number = MINIMAL + 'numbers = ["+15550001111"]'
    first = write(tmp_path / "first", number, name="reception")
    second = write(tmp_path / "second", number, name="reception")
    assert read_agents(first, second)["reception"].numbers == ("+15550001111",)


def test_variables_fill_the_texts() -> None:
    """Names in braces; other braces are text."""
    values = {"party": "4", "time": "7 pm"}
    assert fill("For {party} at {time}.", values) == "For 4 at 7 pm."
    assert fill('{} {0} {a b} { party } {"x": 1} {{party}}', values) == (
        '{} {0} {a b} { party } {"x": 1} {4}'
    )
    with pytest.raises(AgentError, match='"guest" is needed and not given'):
        fill("For {guest}", values)


@given(st.text(), st.text())
def test_a_value_is_not_filled_again(text: str, value: str) -> None:
    """A caller's words with braces in them are words."""
    assert fill("{a}", {"a": value}) == value
    assert fill(text.replace("{", "("), {}) == text.replace("{", "(")


@pytest.mark.parametrize("language", sorted({"de", "en", "es", "fr", "it", "nl", "pl", "pt", "tr"}))
def test_the_carriers_voice_is_told_a_locale(language: str) -> None:
    """Twilio's voices are named by language and country."""
    agent = Agent(name="x", pipeline="errand", instructions="x", language=language)
    assert re.fullmatch(rf"{language}-[A-Z]{{2}}", agent.locale)


# -- the agents that ship -------------------------------------------------------------------------


@pytest.mark.parametrize("agent", SHIPPED_AGENTS.values(), ids=SHIPPED_AGENTS)
def test_a_shipped_agent_is_complete(agent: Agent) -> None:
    """Its pipeline exists, its patterns compile, every text fills with what a call must give."""
    tools = {tool.__name__ for tool in find_pipeline(agent.pipeline).tools}
    assert set(agent.tools or ()) <= tools
    compile_farewells(agent.goodbye.patterns)
    needed = agent.placeholders - set(agent.variables)
    assert needed == NEEDED.get(agent.name, needed)
    values = {**agent.variables, **dict.fromkeys(needed, "Ask whether it is repaired.")}
    for text in (agent.instructions, agent.persona, agent.first_line, agent.lines.screening):
        assert "{" not in fill(text, values)


def test_the_shipped_agents() -> None:
    """One that answers, three that call, and whoever has been put beside them."""
    assert set(SHIPPED_AGENTS) == {path.stem for path in SHIPPED.glob("*.toml")}
    assert set(SHIPPED_AGENTS) >= set(NEEDED)
    assert SHIPPED_AGENTS["reception"].first_line
