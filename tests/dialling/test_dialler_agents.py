"""Agent files of a dialler that runs: a changed one counts from then on, a bad one does not."""

from pathlib import Path

import pytest
from dialler_kit import Diallers, until

from bot.store import Store
from bot.testing.line import agent_file
from tests.databases import sqlite_copy

pytestmark = pytest.mark.realtime


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return sqlite_copy(tmp_path / "trunkline.db")


@pytest.mark.thorough
async def test_a_changed_agent_counts_in_a_dialler_that_runs(
    store: Store, diallers: Diallers, tmp_path: Path
) -> None:
    """A bad file leaves the last good one, and mending it is enough. What is in force is for the
    service to say, which examines more: none of its versions is stored.
    """
    folder = tmp_path / "agents"
    folder.mkdir()
    file = folder / "desk.toml"
    file.write_text(agent_file(first_line="One."), encoding="utf-8")
    dialler = await diallers.start(TRUNKLINE_AGENTS=str(folder))
    file.write_text(agent_file("voise = 'ash'", first_line="Two."), encoding="utf-8")
    await until(lambda: "agent_file_refused" in dialler.log.read_text(), within_secs=20)
    file.write_text(agent_file(first_line="Three."), encoding="utf-8")
    await until(lambda: "agent_files_in_order" in dialler.log.read_text(), within_secs=20)
    assert await store.agent_versions.of("desk") == []
    assert await dialler.terminate() == 0
