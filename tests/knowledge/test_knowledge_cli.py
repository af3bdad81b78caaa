"""`trunkline knowledge`, and what `check` and the doctor say of documents."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from files_kit import a_pdf, encrypted
from typer.testing import CliRunner

from bot.cli.commands import app
from bot.doctor.documents import documents
from config import load_settings, make_agent
from tests.databases import sqlite_copy

pytestmark = pytest.mark.realtime  # the files are read by processes
QUESTIONS = """
[[questions]]
ask = "What is a cleaning?"
says = "costs 90"
[[questions]]
ask = "Do you sell brushes?"
says = ""
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a database and a folder of documents."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", sqlite_copy(tmp_path / "trunkline.db"))
    monkeypatch.setenv("EMBEDDINGS_MODEL", "none")
    return tmp_path


def run(*arguments: str, code: int = 0) -> str:
    ended = CliRunner().invoke(app, ["knowledge", *arguments])
    assert ended.exit_code == code, ended.output
    return ended.output


def as_json(*arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code))


def test_documents_are_added_listed_asked_and_tried(root: Path) -> None:
    """From a file somewhere to an answer; and a file that cannot be read is named."""
    (root / "prices.md").write_text("# Prices\n\nA cleaning costs 90 dollars.")
    assert "read: prices.md" in run("add", "clinic", "prices.md")
    assert (root / "knowledge/clinic/prices.md").is_file()
    assert "nothing has changed" in run("add", "clinic")
    (root / "locked.pdf").write_bytes(encrypted(a_pdf([(11, "Secret.")]), "secret"))
    told = as_json("add", "clinic", "locked.pdf", code=1)
    assert "encrypted" in told["problems"]["locked.pdf"] and told["read"] == []

    listed = as_json("list")["documents"]
    assert [(each["name"], each["pieces"]) for each in listed] == [
        ("locked.pdf", 0),
        ("prices.md", 1),
    ]
    (root / "a[bold].txt").write_text("Open until six.")
    run("add", "clinic", "a[bold].txt", code=1)  # locked.pdf
    shown = run("list", "clinic")
    assert "prices.md" in shown
    assert "a[bold].txt" in shown
    found = as_json("ask", "clinic", "What is a cleaning?")["found"]
    assert [(each["document"], each["heading"]) for each in found] == [("prices.md", "Prices")]
    assert "A cleaning costs 90 dollars." in run("ask", "clinic", "cleaning?")
    assert "nothing is found" in run("ask", "clinic", "sushi", code=1)

    (root / "knowledge/clinic/questions.toml").write_text(QUESTIONS)
    assert "1 of 1 found, 1 of them first" in run("test", "clinic")
    (root / "knowledge/clinic/questions.toml").write_text(QUESTIONS.replace("90", "80"))
    trial = as_json("test", "clinic", code=1)
    assert (trial["counted"], trial["hits"]) == (1, 0)
    assert "not found: What is a cleaning?" in run("test", "clinic", code=1)


@pytest.mark.parametrize("name", ["../etc", "Clinic", "/tmp", ""])
def test_a_client_is_no_other_place(root: Path, name: str) -> None:
    """Nothing is copied to where a name leads out of the folder."""
    (root / "prices.md").write_text("x")
    for arguments in (("add", name, "prices.md"), ("ask", name, "x"), ("test", name)):
        run(*arguments, code=2)
    run("add", "clinic", "nowhere.md", code=2)
    assert not (root / "knowledge").exists()


def test_check_names_a_folder_that_is_missing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the agent; and one without a document that can be read."""
    agents = root / "agents"
    agents.mkdir()
    text = 'pipeline = "reception"\ninstructions = "Help."\nknowledge = "clinic"\n'
    (agents / "desk.toml").write_text(text)
    monkeypatch.setenv("TRUNKLINE_AGENTS", str(agents))
    ended = CliRunner().invoke(app, ["check", "desk"])
    assert ended.exit_code == 2
    assert "agent desk: knowledge: there is no folder knowledge/clinic" in ended.output
    (root / "knowledge/clinic").mkdir(parents=True)
    ended = CliRunner().invoke(app, ["check", "desk"])
    assert "no document that can be read" in ended.output
    (root / "knowledge/clinic/a.txt").write_text("Open.")
    ended = CliRunner().invoke(app, ["check", "desk"])
    assert "knowledge" not in ended.output


async def test_the_doctor_looks_at_documents(root: Path) -> None:
    """Whether they are there, are read, and are found by meaning."""
    agents = {"desk": make_agent({"name": "desk", "pipeline": "reception", "instructions": "-"})}
    settings = load_settings()
    assert [each.state for each in await documents(settings, agents)] == ["ok"]
    asks = {"name": "desk", "pipeline": "reception", "instructions": "-", "knowledge": "clinic"}
    agents = {"desk": make_agent(asks)}
    seen = [each.seen for each in await documents(settings, agents)]
    assert seen == ["agent desk: knowledge: there is no folder knowledge/clinic"]


def test_the_doctor_names_what_is_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file with its reason."""
    folder = root / "knowledge/clinic"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("Open from nine to five.")
    (folder / "scan.pdf").write_bytes(a_pdf([]))
    asks = {"name": "desk", "pipeline": "reception", "instructions": "-", "knowledge": "clinic"}
    agents = {"desk": make_agent(asks)}
    settings = load_settings()
    before = asyncio.run(_seen(settings, agents))
    assert before == ["the documents were not read yet"]
    run("add", "clinic", code=1)
    (scan,) = asyncio.run(_seen(settings, agents))
    assert scan.startswith("scan.pdf of clinic is not read: no text was found")
    monkeypatch.setenv("EMBEDDINGS_MODEL", "text-embedding-3-small")  # which is to be used
    scan, words = asyncio.run(_seen(load_settings(), agents))
    assert words == "of 2 documents 1 are found by their words alone"


async def _seen(settings: Any, agents: Any) -> list[str]:
    return [each.seen for each in await documents(settings, agents)]
