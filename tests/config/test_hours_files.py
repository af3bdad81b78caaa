"""Files of hours: named by agent files, and what is said when one is wrong."""

from pathlib import Path

import pytest

from config import AgentError, file_content, make_agent, read_agents

AGENT = 'pipeline = "reception"\ninstructions = "Help."\nhours = "clinic"\n'
HOURS = """\
timezone = "America/New_York"
holidays = "US-NY"

[week]
mon-fri = "08:30-18:00"

[exceptions]
"2026-12-24/2026-12-31" = "closed"

[[on_call]]
who = "Ana"
number = "+12125550100"
week = { mon-fri = "18:00-08:00" }

[[on_call]]
who = "Ben"
number = "+12125550101"
week = { sat-sun = "00:00-24:00" }
"""


def write(folder: Path, hours: str | None = HOURS, agent: str = AGENT) -> Path:
    (folder / "hours").mkdir()
    (folder / "desk.toml").write_text(agent, encoding="utf-8")
    if hours is not None:
        (folder / "hours" / "clinic.toml").write_text(hours, encoding="utf-8")
    return folder


def test_an_agent_names_its_hours(tmp_path: Path) -> None:
    """They are in the folder hours beside it, for all agents of the business."""
    agent = read_agents(write(tmp_path))["desk"]
    assert agent.hours is not None
    assert agent.hours.timezone == "America/New_York"
    assert [each.who for each in agent.hours.on_call] == ["Ana", "Ben"]


def test_hours_may_stand_in_the_agents_file(tmp_path: Path) -> None:
    """As a table of its own."""
    inline = AGENT.replace('hours = "clinic"\n', "") + "[hours]\ntimezone = 'UTC'\n"
    agent = read_agents(write(tmp_path, agent=inline + "week = { mon = '08:00-09:00' }\n"))["desk"]
    assert agent.hours is not None and agent.hours.timezone == "UTC"


def test_an_agent_with_hours_is_handed_on_whole(tmp_path: Path) -> None:
    """As plain JSON values, for a process that plans."""
    agent = read_agents(write(tmp_path))["desk"]
    assert make_agent(file_content(agent)).hours == agent.hours


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("America/New_York", "America/Nowhere", "clinic.toml:1: hours.timezone: "),
        ("US-NY", "US-QQ", "clinic.toml:2: hours.holidays: "),
        ("08:30-18:00", "8.30-18.00", "clinic.toml:5: hours.week.mon-fri: "),
        ('mon-fri = "08:30', 'monday = "08:30', "clinic.toml:5: hours.week.monday: "),
        ('"closed"', '"shut"', "clinic.toml:8: hours.exceptions.2026-12-24/2026-12-31.hours: "),
        ("+12125550101", "5550101", "clinic.toml:17: hours.on_call.1.number: "),
        ('who = "Ben"', 'whom = "Ben"', "clinic.toml:16: hours.on_call.1.whom: "),
        ("sat-sun", "sat-sat-sun", "clinic.toml:18: hours.on_call.1.week.sat-sat-sun: "),
        ("[week]", "[weeks]", "clinic.toml:4: hours.weeks: there is no such key"),
        ("timezone = ", "timezone ", "clinic.toml: Expected '=' after a key"),
    ],
)
def test_a_fault_is_one_line_with_its_place(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    """File, line, key, and what is wrong with it."""
    with pytest.raises(AgentError) as caught:
        read_agents(write(tmp_path, HOURS.replace(old, new)))
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_hours_that_are_not_there(tmp_path: Path) -> None:
    """The file that was looked for is named, and where it is asked for; a name is no path."""
    with pytest.raises(AgentError, match=r"desk\.toml:3: hours: there is no file .*clinic\.toml"):
        read_agents(write(tmp_path, hours=None))
    (tmp_path / "desk.toml").write_text(AGENT.replace("clinic", "../clinic"), encoding="utf-8")
    with pytest.raises(AgentError, match=r"desk\.toml:3: hours: '\.\./clinic' is no name"):
        read_agents(tmp_path)


def test_after_hours_need_hours(tmp_path: Path) -> None:
    """Else they would never act."""
    lonely = AGENT.replace('hours = "clinic"', 'after_hours = { first_line = "Closed." }')
    with pytest.raises(AgentError, match=r"desk\.toml:3: after_hours: this agent has no hours"):
        read_agents(write(tmp_path, agent=lonely))
