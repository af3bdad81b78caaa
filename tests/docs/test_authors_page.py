"""docs/pipelines.md, done as an author would: its files written, registered, and run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from page_kit import PIPELINES, ROOT, fenced, shown_files


def put_before(path: Path, mark: str, line: str) -> None:
    """Adds a line to a file, before another one."""
    text = path.read_text(encoding="utf-8")
    assert mark in text, path
    path.write_text(text.replace(mark, f"{line}\n{mark}", 1), encoding="utf-8")


@pytest.fixture(scope="module")
def authors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of an author who has done all that docs/pipelines.md shows."""
    root = tmp_path_factory.mktemp("author")
    for room in ("bot", "config", "pipelines", "processors", "tests", "tools"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, root / room, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", root)
    for name, text in shown_files().items():
        (root / name).write_text(text, encoding="utf-8")
    (agent,) = fenced(PIPELINES, "toml")
    (root / "config" / "agents" / "night.toml").write_text(agent, encoding="utf-8")
    catalog, menu = root / "pipelines" / "catalog.py", root / "tools" / "__init__.py"
    first = "from pipelines.errand import"
    put_before(catalog, first, "from pipelines.afterhours import AFTERHOURS")
    text = catalog.read_text(encoding="utf-8")
    catalog.write_text(text.replace("ERRAND, REMINDER)", "ERRAND, REMINDER, AFTERHOURS)"))
    put_before(menu, "from tools.hours import", "from tools.directions import directions")
    return root


def python_of(root: Path, *arguments: str) -> str:
    """What Python says there, which must succeed."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_every_block_is_a_file() -> None:
    """A block without a file of its own would never be run."""
    assert len(shown_files()) == len(fenced(PIPELINES, "python"))


def test_the_pipeline_shown_can_be_named_by_an_agent(authors: Path) -> None:
    """Registered in the catalog as the page says, it is found by `trunkline agents`."""
    listed = python_of(authors, "-c", "from bot.cli import main; main()", "agents")
    assert re.search(r"^ *night +afterhours ", listed, re.MULTILINE)


def test_the_tool_and_the_processors_shown_can_be_used(authors: Path) -> None:
    """The model can be shown the tool; each processor is made without arguments."""
    shown = python_of(
        authors,
        "-c",
        "from tools import directions; from tools.signature import signature_of\n"
        "from processors.counter import Counter; from processors.repeat import RepeatKey\n"
        "Counter(), RepeatKey()\n"
        "print(signature_of(directions).schema()['parameters']['required'])",
    )
    assert shown == "['by']\n"


@pytest.mark.thorough
@pytest.mark.timeout(180)
def test_the_tests_shown_pass_and_those_that_ship_still_do(authors: Path) -> None:
    """A pipeline and an agent more make no test of pipelines and agents wrong."""
    python_of(
        authors,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *(name for name in shown_files() if name.startswith("tests/")),
        "tests/pipelines/test_pipeline_lists.py",
        "tests/config/test_agent_files.py",
    )
