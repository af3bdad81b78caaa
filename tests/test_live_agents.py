"""Agent files that change while the service runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.agents import restore
from bot.brains.catalog import open_brains
from bot.clock import monotonic
from bot.far_sides import faults_outside, open_outside
from bot.live_agents import LOOK_SECS, LiveAgents, live_agents
from bot.store import Store
from bot.testing.line import agent_file
from config import Agent, AgentError, Settings
from pipelines import PIPELINES
from tests.brains.some_brains import BRAINS
from tests.databases import open_store

HOURS = 'timezone = "UTC"\nweek = { mon-fri = "08:00-18:00" }\n'


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(tmp_path / "calls.db")
    yield store
    await store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "agents"
    folder.mkdir()
    write(folder, "desk", "One.")
    return folder


def write(folder: Path, name: str, first_line: str, *tables: str) -> None:
    (folder / f"{name}.toml").write_text(agent_file(*tables, first_line=first_line), "utf-8")


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(_env_file=None, trunkline_agents=folder, **more)


def opened(
    folder: Path,
    store: Store,
    *,
    last_good: bool = False,
    keeps_versions: bool = True,
    **more: Any,
) -> AbstractAsyncContextManager[LiveAgents]:
    return live_agents(
        settings(folder, **more),
        pipelines=PIPELINES,
        brains=BRAINS,
        store=store,
        last_good=last_good,
        keeps_versions=keeps_versions,
    )


async def test_a_changed_file_acts_on_the_next_call(folder: Path, store: Store) -> None:
    """A call that has its agent keeps it; what is new and what is gone counts as well."""
    async with opened(folder, store) as agents:
        before = agents["desk"]
        write(folder, "desk", "Two.")
        write(folder, "shop", "Hi.")
        await agents.refresh()
        assert (before.first_line, agents["desk"].first_line) == ("One.", "Two.")
        assert agents["shop"].first_line == "Hi."
        (folder / "shop.toml").unlink()
        await agents.refresh()
        assert "shop" not in agents
        assert agents.refused == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('pipeline = \ninstructions = "-"', "desk.toml: Invalid value (at line 1"),
        ('pipeline = "reception"\ninstructions = "-"\nvoice = "bass"\n', "desk.toml:3)"),
        ('pipeline = "reception"\ninstructions = "-"\nvoise = "ash"\n', "desk.toml:3: voise: "),
        ('pipeline = "nowhere"\ninstructions = "-"\n', "desk.toml:1)"),
        (agent_file('tools = ["fly"]'), "has no tool fly"),
    ],
)
async def test_a_bad_file_acts_on_none(
    folder: Path, store: Store, text: str, complaint: str
) -> None:
    """The last good version stays, the fault is told with its place, and once it is mended it is
    over. Other files are taken in."""
    async with opened(folder, store) as agents:
        (folder / "desk.toml").write_text(text, encoding="utf-8")
        write(folder, "shop", "Hi.")
        await agents.refresh()
        assert agents["desk"].first_line == "One."
        assert agents["shop"].first_line == "Hi."
        (fault,) = agents.refused
        assert complaint in fault
        write(folder, "desk", "Two.")
        await agents.refresh()
        assert agents["desk"].first_line == "Two."
        assert agents.refused == ()


async def test_agents_must_fit_together(folder: Path, store: Store) -> None:
    """No number has two agents, and somebody answers the phone; what is exchanged at once fits."""
    one, two = 'numbers = ["+15550000001"]', 'numbers = ["+15550000002"]'
    write(folder, "desk", "One.", one)
    write(folder, "shop", "Hi.", two)
    async with opened(folder, store, inbound_agent="shop") as agents:
        write(folder, "shop", "Ho.", one)
        await agents.refresh()
        assert agents["shop"].first_line == "Hi."
        assert "both desk and shop answer +15550000001" in agents.refused[0]
        write(folder, "desk", "Two.", two)
        await agents.refresh()
        assert agents["desk"].first_line == "One."  # either would take the other's number
        write(folder, "desk", "Two.")
        await agents.refresh()
        assert (agents["desk"].first_line, agents["shop"].first_line) == ("Two.", "Ho.")
        (folder / "shop.toml").unlink()
        await agents.refresh()
        assert agents["shop"].first_line == "Ho."
        assert "INBOUND_AGENT names no agent" in agents.refused[0]


async def test_what_is_wrong_elsewhere_counts(folder: Path, store: Store) -> None:
    """As a document that a changed file points to; files that have not changed are not asked of."""
    asked: list[str] = []

    async def faults_elsewhere(agent: Agent) -> list[str]:
        asked.append(agent.name)
        return ["openapi:shop.yaml: no such file"] if agent.name == "shop" else []

    async with opened(folder, store) as agents:
        agents.faults_elsewhere = faults_elsewhere
        write(folder, "desk", "Two.")
        write(folder, "shop", "Hi.")
        await agents.refresh()
        assert sorted(asked) == ["desk", "shop"]
        assert (agents["desk"].first_line, "shop" in agents) == ("Two.", False)
        assert agents.refused == (f"{folder / 'shop.toml'}: openapi:shop.yaml: no such file",)


async def test_what_is_wrong_elsewhere_keeps_nobody_from_a_dead_workers_place(
    folder: Path, store: Store
) -> None:
    """The last good version acts again, and nobody is told that the other one was in force."""

    async def faults_elsewhere(agent: Agent) -> list[str]:
        return ["openapi:shop.yaml: no such file"] if agent.first_line == "Two." else []

    async with opened(folder, store):
        pass
    write(folder, "desk", "Two.")
    async with opened(folder, store, last_good=True, keeps_versions=False) as agents:
        await agents.examine(faults_elsewhere)
        assert agents["desk"].first_line == "One."
        assert agents.refused == (f"{folder / 'desk.toml'}: openapi:shop.yaml: no such file",)
        assert len(await store.agent_versions.of("desk")) == 1
        write(folder, "desk", "Three.")
        await agents.refresh()
        assert agents["desk"].first_line == "Three."
        assert not agents.refused
        assert len(await store.agent_versions.of("desk")) == 2


async def test_a_brain_without_an_account_is_refused(folder: Path, store: Store) -> None:
    """In a file that changes as at the start: who answers the phone goes on as they are."""
    asked = settings(folder, inbound_agent="desk", openai_api_key="sk-test")
    brains = open_brains(asked)
    async with (
        live_agents(asked, pipelines=PIPELINES, brains=brains, store=store) as agents,
        open_outside(asked, agents, PIPELINES) as outside,
    ):
        await agents.examine(
            partial(
                faults_outside,
                outside=outside,
                pipelines=PIPELINES,
                brains=brains,
                inbound_agent="desk",
            )
        )
        write(folder, "desk", "Two.", 'brain = "xai"')
        write(folder, "shop", "Hi.", 'brain = "xai"')
        await agents.refresh()
        assert (agents["desk"].first_line, agents["shop"].brain) == ("One.", "xai")
        (refused,) = agents.refused
        assert "desk.toml: XAI_API_KEY is not set" in refused


async def test_changed_hours_change_their_agents(folder: Path, store: Store) -> None:
    """They are a file of their own; wrong ones are named themselves."""
    (folder / "hours").mkdir()
    hours = folder / "hours" / "clinic.toml"
    hours.write_text(HOURS, encoding="utf-8")
    write(folder, "desk", "One.", 'hours = "clinic"')
    async with opened(folder, store) as agents:
        first = agents["desk"].version
        hours.write_text(HOURS.replace("18:00", "19:00"), encoding="utf-8")
        await agents.refresh()
        changed = agents["desk"]
        assert changed.hours is not None and changed.hours.week["mon-fri"] == ("08:00-19:00",)
        assert changed.version != first
        hours.write_text(HOURS.replace("18:00", "25:00"), encoding="utf-8")
        await agents.refresh()
        assert agents["desk"].hours == changed.hours
        assert "clinic.toml:2: hours.week.mon-fri: " in agents.refused[0]


async def test_versions_are_kept(folder: Path, store: Store) -> None:
    """Each with its text and since when it is in force, by whichever process; one that comes back
    is new again."""
    async with opened(folder, store) as agents, opened(folder, store) as others:
        first = agents["desk"].version
        assert first is not None and first == others["desk"].version
        write(folder, "desk", "Two.")
        await asyncio.gather(agents.refresh(), others.refresh())
        assert agents["desk"].version == others["desk"].version != first
        write(folder, "desk", "One.")
        await agents.refresh()
        again = agents["desk"].version
    assert again is not None
    assert again[0] == first[0]
    assert again[1] > first[1]
    kept = await store.agent_versions.of("desk")
    assert [each.hash == first[0] for each in kept] == [True, False, True]
    assert kept[0].text == (folder / "desk.toml").read_text(encoding="utf-8")


async def test_who_does_not_examine_all_of_a_version_keeps_none(folder: Path, store: Store) -> None:
    """It acts there all the same; once all is examined, the store gets it."""
    async with opened(folder, store) as agents:
        agents.keeps_versions = False
        write(folder, "desk", "Two.")
        await agents.refresh()
        assert agents["desk"].first_line == "Two."
        assert len(await store.agent_versions.of("desk")) == 1

        async def none(agent: Agent) -> list[str]:
            return []

        await agents.examine(none)
        assert len(await store.agent_versions.of("desk")) == 2


async def test_a_service_started_anew_has_the_same_version(folder: Path, store: Store) -> None:
    """In force since it was first taken in."""
    async with opened(folder, store) as agents:
        first = agents["desk"].version
    async with opened(folder, store) as agents:
        assert agents["desk"].version == first


async def test_a_bad_file_keeps_nobody_from_taking_a_dead_workers_place(
    folder: Path, store: Store
) -> None:
    """The store has the last good version; who starts anew is told of the mistake."""
    async with opened(folder, store) as agents:
        version = agents["desk"].version
    (folder / "desk.toml").write_text("pipeline = ", encoding="utf-8")
    with pytest.raises(AgentError, match=r"desk\.toml: Invalid value"):
        async with opened(folder, store):
            pass
    async with opened(folder, store, last_good=True) as agents:
        assert (agents["desk"].first_line, agents["desk"].version) == ("One.", version)
        assert "desk.toml: Invalid value" in agents.refused[0]


async def test_a_mistake_is_found_before_anybody_calls(folder: Path, store: Store) -> None:
    """The files are looked at all the time."""
    async with opened(folder, store) as agents:
        watching = asyncio.create_task(agents.watch())
        (folder / "desk.toml").write_text("pipeline = ", encoding="utf-8")
        await asyncio.sleep(2 * LOOK_SECS)
        assert agents.refused
        watching.cancel()


@pytest.mark.realtime
async def test_a_look_holds_nobody_up(folder: Path, store: Store) -> None:
    """Where nothing has changed, a caller waits for some milliseconds, and sound for none."""
    async with opened(folder, store) as agents:
        began = monotonic()
        for _ in range(50):
            await agents.refresh()
        assert (monotonic() - began) / 50 < 0.02


async def test_a_version_is_restored(folder: Path, store: Store) -> None:
    """Its files are as they were, hours too, and act on the next call."""
    (folder / "hours").mkdir()
    hours = folder / "hours" / "clinic.toml"
    hours.write_text(HOURS, encoding="utf-8")
    write(folder, "desk", "One.", 'hours = "clinic"')
    async with opened(folder, store) as agents:
        write(folder, "desk", "Two.", 'hours = "clinic"')
        hours.write_text(HOURS.replace("18:00", "19:00"), encoding="utf-8")
        await agents.refresh()
        old = (await store.agent_versions.of("desk"))[-1]
        written = restore(settings(folder), "desk", text=old.text, hours_text=old.hours_text)
        assert written == [hours, folder / "desk.toml"]
        await agents.refresh()
        assert agents["desk"].first_line == "One."
        assert agents["desk"].version is not None and agents["desk"].version[0] == old.hash
        assert hours.read_text(encoding="utf-8") == HOURS


def test_what_is_not_fit_any_more_is_not_restored(folder: Path) -> None:
    """Nothing is written then; nor over an agent that ships."""
    text = agent_file('tools = ["fly"]')
    with pytest.raises(AgentError, match="has no tool fly"):
        restore(settings(folder), "desk", text=text, hours_text="")
    assert "One." in (folder / "desk.toml").read_text(encoding="utf-8")
    with pytest.raises(AgentError, match="agents that ship do not change"):
        restore(Settings(_env_file=None), "reception", text=text, hours_text="")
