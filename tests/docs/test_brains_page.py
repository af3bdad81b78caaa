"""docs/brains.md says what the code and the suite say."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from bot.brains.catalog import BUILT_IN, open_brains
from bot.brains.openai.members import Member
from bot.brains.openai.quirks import Quirks
from config import Settings
from config.brains import SHIPPED
from tests.brains.conformance.table import lines

PAGE = (Path(__file__).parents[2] / "docs" / "brains.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The rows of the first table below this heading."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def test_what_every_brain_plays_is_what_the_suite_has() -> None:
    """`python -m tests.brains.conformance.table` prints the table."""
    assert "\n".join(lines()) in PAGE


def test_every_brain_that_is_a_file_is_told_of_with_its_key() -> None:
    """And no other."""
    told = {row[0].strip("`"): row[1] for row in rows("Which one")}
    shipped = {path.stem: tomllib.loads(path.read_text()) for path in SHIPPED.glob("*.toml")}
    assert told.keys() - BUILT_IN.keys() == shipped.keys()
    for name, file in shipped.items():
        assert file.get("key", "none") in told[name]


def test_every_key_of_a_file_is_explained() -> None:
    """Those of the quirks with a dot."""
    told = {
        name for row in rows("A brain of your own") for name in re.findall(r"`([^`]+)`", row[0])
    }
    keys = {field.name for field in fields(Member)} - {"quirks"}
    keys |= {f"quirks.{field.name}" for field in fields(Quirks)} | {"protocol", "like"}
    assert told == keys


@pytest.mark.parametrize("row", rows("What a call costs"), ids=lambda row: row[1].strip("`"))
def test_the_cost_of_two_minutes_is_that_of_the_tables(row: list[str]) -> None:
    """To a tenth of a cent."""
    brain, model, usd = (cell.strip("`") for cell in row)
    estimated = open_brains(Settings(_env_file=None))[brain].estimate_usd(model, 120, 1000)
    assert f"{estimated:.3f}" == usd
