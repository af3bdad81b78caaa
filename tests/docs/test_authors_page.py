"""docs/pipelines.md, done as an author would: Trunkline is installed, and the page's files are
written into a folder outside of this repository, checked, and run.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from page_kit import PIPELINES, ROOT, fenced, shown_files

TRUNKLINE = ("-c", "from bot.cli import main; main()")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what pip would install of this repository, by the words of pyproject.toml, and
    without a package index; the packages that it needs are those of this environment.
    """
    site = tmp_path_factory.mktemp("site")
    packaging = PROJECT["tool"]["setuptools"]
    beside = dict(packaging["package-data"])
    kinds = ["*.py", *beside.pop("*")]
    places = [
        *(f"{top}/**/{kind}" for top in packaging["packages"]["find"]["include"] for kind in kinds),
        *(f"{package.replace('.', '/')}/{kind}" for package in beside for kind in beside[package]),
    ]
    for file in (each for place in places for each in ROOT.glob(place)):
        to = site / file.relative_to(ROOT)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to)
    project = PROJECT["project"]
    told = site / f"{project['name']}-{project['version']}.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    (told / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {what}\n" for name, what in points.items())
            for group, points in groups
        )
    )
    return site


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
    (settings,) = fenced(PIPELINES, "ini")
    (root / "pytest.ini").write_text(settings, encoding="utf-8")
    return root


def run(*arguments: str, at: Path, path: str = "") -> str:
    """What Python says there, which must succeed."""
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=at,
        env={**os.environ, "PYTHONPATH": path, "TRUNKLINE_EXTENSIONS": "ourline"},
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
    path = os.pathsep.join([str(authors), str(ROOT)])
    listed = run(*TRUNKLINE, "agents", at=authors, path=path)
    assert re.search(r"^ *night +afterhours ", listed, re.MULTILINE)
    checked = run(*TRUNKLINE, "check", at=authors, path=path)
    assert "night is in order (pipeline afterhours)" in checked


def test_the_processors_shown_can_be_used(authors: Path) -> None:
    """Each is made without arguments, those too that no list has."""
    run(
        "-c",
        "from ourline.processors import counter, repeat, stop\n"
        "counter.Counter(), repeat.RepeatKey(), stop.StopKey()",
        at=authors,
        path=os.pathsep.join([str(authors), str(ROOT)]),
    )


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_the_tests_shown_pass(authors: Path, installed: Path) -> None:
    """From an empty folder to green, with what pip has installed and nothing of this repository."""
    told = run("-m", "pytest", "-q", "-p", "no:cacheprovider", at=authors, path=str(installed))
    assert re.search(r"^3 passed", told, re.MULTILINE)


@pytest.mark.thorough
@pytest.mark.timeout(300)
def test_what_is_installed_is_whole(installed: Path) -> None:
    """The agents that ship are there, the tests of this repository are not, and the service loads
    without pytest.
    """
    assert not (installed / "tests").exists()
    alone = (
        "import sys, config, bot.app, bot.cli, bot.dialler_app\n"
        "assert config.__file__.startswith(sys.argv[1])\n"
        "assert config.read_agents(config.SHIPPED)\n"
        "assert 'pytest' not in sys.modules"
    )
    run("-c", alone, str(installed), at=installed, path=str(installed))
