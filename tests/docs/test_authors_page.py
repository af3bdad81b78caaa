"""docs/pipelines.md, done as an author would: its files written into a folder, checked, and run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from page_kit import PIPELINES, ROOT, fenced, shown_files

TRUNKLINE = ("-c", "from bot.cli import main; main()")


@pytest.fixture(scope="module")
def authors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an author who has done all that docs/pipelines.md shows."""
    root = tmp_path_factory.mktemp("author")
    for name, text in shown_files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (agent,) = fenced(PIPELINES, "toml")
    (root / "ourline" / "agents").mkdir()
    (root / "ourline" / "agents" / "night.toml").write_text(agent, encoding="utf-8")
    return root


def python_of(root: Path, *arguments: str) -> str:
    """What Python says there, which must succeed; nothing of this package is changed."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(root), str(ROOT)]),
            "TRUNKLINE_EXTENSIONS": "ourline",
        },
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_every_block_is_a_file() -> None:
    """A block without a file of its own would never be run."""
    assert len(shown_files()) == len(fenced(PIPELINES, "python"))


def test_every_file_is_in_the_folder() -> None:
    """Nothing of this package is edited."""
    assert {name.partition("/")[0] for name in shown_files()} == {"ourline"}


def test_the_pipeline_shown_can_be_named_by_an_agent(authors: Path) -> None:
    """It is found by `trunkline agents`, and `trunkline check` finds all in order."""
    listed = python_of(authors, *TRUNKLINE, "agents")
    assert re.search(r"^ *night +afterhours ", listed, re.MULTILINE)
    assert "night is in order (pipeline afterhours)" in python_of(authors, *TRUNKLINE, "check")


def test_the_processors_shown_can_be_used(authors: Path) -> None:
    """Each is made without arguments, those too that no list has."""
    python_of(
        authors,
        "-c",
        "from ourline.processors import counter, repeat, stop\n"
        "counter.Counter(), repeat.RepeatKey(), stop.StopKey()",
    )


@pytest.mark.thorough
@pytest.mark.timeout(180)
def test_the_tests_shown_pass(authors: Path) -> None:
    """From an empty folder to green, with the settings that this repository gives to pytest."""
    told = python_of(
        authors,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")),
        "ourline/tests",
    )
    assert re.search(r"^3 passed", told, re.MULTILINE)
