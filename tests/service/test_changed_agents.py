"""Agent files that change between calls, over the simulated carrier; versions, and going back."""

from pathlib import Path
from typing import Any

import pytest

from bot.simulator.caller import CallerScript, HangUp, Pause, WaitForAgent
from bot.testing.line import CALLER, HASTY, Line, agent_file
from tests.service.line_kit import ToneVoice, open_line
from tests.service.process_kit import ServiceProcess, environment, trunkline

NUMBER = "+15550003003"
OURS = f'numbers = ["{NUMBER}"]'
GREETED = CallerScript(actions=(WaitForAgent(200), HangUp()))


def desk(first_line: str, *tables: str) -> str:
    return agent_file(OURS, *tables, first_line=first_line)


async def called(line: Line, script: CallerScript = GREETED) -> dict[str, Any]:
    sim = await line.carrier.dial(CALLER, to_number=NUMBER, caller=script)
    return await line.ended(sim.sid)


def said(record: dict[str, Any]) -> str:
    return str(record["turns"][0]["text"])


def file_of(line: Line) -> Path:
    assert line.settings.trunkline_agents is not None
    return line.settings.trunkline_agents / "desk.toml"


async def test_a_changed_file_acts_on_the_next_call_and_a_bad_one_does_not(tmp_path: Path) -> None:
    """Each call's record names its version; health names the file and line that is wrong."""
    agents = {"desk": desk("One.")}
    async with open_line(tmp_path, manner=HASTY, voice=ToneVoice(), agents=agents) as line:
        first = await called(line)
        file_of(line).write_text(desk("Two."), encoding="utf-8")
        second = await called(line)
        file_of(line).write_text(desk("Three.", 'voise = "ash"'), encoding="utf-8")
        third = await called(line)
        alive = (await line.api.get("/health/live")).json()
        ready = await line.api.get("/health/ready")
        file_of(line).write_text(desk("Four."), encoding="utf-8")
        fourth = await called(line)
        mended = (await line.api.get("/health/live")).json()
    assert [said(each) for each in (first, second, third, fourth)] == [
        *("One.", "Two."),
        *("Two.", "Four."),
    ]
    versions = [each["agent_version"] for each in (first, second, third, fourth)]
    assert versions[1] == versions[2]
    assert len({version["hash"] for version in versions}) == 3
    (fault,) = alive["refused_files"]
    assert fault.startswith(str(file_of(line))) and "voise: there is no such key" in fault
    assert ready.status_code == 200
    assert mended["refused_files"] == []


async def test_a_call_keeps_the_agent_it_began_with(tmp_path: Path) -> None:
    """What changes while it lasts is for the next one."""
    agents = {"desk": desk("One.", '[silence]\nwait_secs = 2\nprompts = ["Still there?"]')}
    async with open_line(tmp_path, manner=HASTY, voice=ToneVoice(), agents=agents) as line:
        script = CallerScript(actions=(WaitForAgent(200), Pause(4000), HangUp()))
        sim = await line.carrier.dial(CALLER, to_number=NUMBER, caller=script)
        await line.until(sim.sid, lambda record: bool(record["turns"]))
        file_of(line).write_text(
            desk("Two.", '[silence]\nwait_secs = 2\nprompts = ["Anybody?"]'), encoding="utf-8"
        )
        during = await called(line)
        record = await line.ended(sim.sid)
    assert said(during) == "Two."
    assert [turn["text"] for turn in record["turns"]][:2] == ["One.", "Still there?"]


async def test_an_agent_that_is_added_answers_its_number(tmp_path: Path) -> None:
    """And calls by its name."""
    agents = {"other": agent_file(first_line="Other.")}
    async with open_line(tmp_path, manner=HASTY, voice=ToneVoice(), agents=agents) as line:
        before = await called(line)
        file_of(line).write_text(desk("New here."), encoding="utf-8")
        after = await called(line)
    assert before["agent"] == "reception"
    assert (after["agent"], said(after)) == ("desk", "New here.")


@pytest.mark.realtime
@pytest.mark.thorough
@pytest.mark.timeout(300)
async def test_several_workers_change_at_once_and_go_back(tmp_path: Path) -> None:
    """Whichever gets the call; the command line lists, compares and restores their versions."""
    service = ServiceProcess(tmp_path, workers=2)
    agents = {"desk": desk("One.")}
    async with open_line(
        tmp_path, serving=service.serving, manner=HASTY, voice=ToneVoice(), agents=agents
    ) as line:
        first = [await called(line) for _ in range(3)]
        file_of(line).write_text(desk("Two."), encoding="utf-8")
        second = [await called(line) for _ in range(3)]
        env = environment(line.settings)
        listed = await trunkline("agents", "list", "desk", env=env, folder=tmp_path)
        compared = await trunkline("agents", "diff", "desk", env=env, folder=tmp_path)
        back = await trunkline("agents", "rollback", "desk", env=env, folder=tmp_path)
        third = [await called(line) for _ in range(3)]
    assert {said(each) for each in first} == {said(each) for each in third} == {"One."}
    assert {said(each) for each in second} == {"Two."}
    old, new = (calls[0]["agent_version"]["hash"] for calls in (first, second))
    assert {each["agent_version"]["hash"] for each in third} == {old}
    assert [row.split()[0] for row in listed.out.splitlines()] == ["version", new, old]
    assert '-first_line = "One."\n+first_line = "Two."' in compared.out
    assert back.out == f"{file_of(line)} is as in {old}\n"
