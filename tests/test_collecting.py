"""Which files a run reads, by the markers that it asks for and those that stand in the file."""

from pathlib import Path

import pytest

from tests.collecting import APART, LONG, need_not_be_read, undeclared, unit

VIRTUAL = "not (thorough or postgresql) and not realtime"
REAL = "not (thorough or postgresql) and realtime"
DEEP = "not (thorough or postgresql) and not realtime and hypothesis"
LATER = "thorough or postgresql"
PLAIN = "def test_it() -> None: ...\n"
SOME_REAL = "@pytest.mark.realtime\ndef test_it() -> None: ...\ndef test_too() -> None: ...\n"
ALL_REAL = f"pytestmark = pytest.mark.realtime\n{PLAIN}"
ALL_THOROUGH = f"pytestmark = [pytest.mark.realtime, pytest.mark.thorough]\n{PLAIN}"
PROPERTIES = f"from hypothesis import given\n{PLAIN}"


@pytest.mark.parametrize(
    ("text", "read_for"),
    [
        (PLAIN, {VIRTUAL, "not thorough"}),
        (SOME_REAL, {VIRTUAL, REAL, "not thorough"}),
        (ALL_REAL, {REAL, "not thorough"}),
        (ALL_THOROUGH, {LATER}),
        (PROPERTIES, {VIRTUAL, DEEP, "not thorough"}),
        (SOME_REAL + PROPERTIES, {VIRTUAL, REAL, DEEP, "not thorough"}),
    ],
)
def test_a_file_is_read_if_one_test_in_it_may_be_asked_for(
    tmp_path: Path, text: str, read_for: set[str]
) -> None:
    file = tmp_path / "test_some.py"
    file.write_text(text)
    asked = {VIRTUAL, REAL, DEEP, LATER, "not thorough"}
    assert {each for each in asked if not need_not_be_read(file, each)} == read_for


def test_what_a_folder_offers_on_both_databases_may_be_on_either(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("@pytest.fixture(params=DATABASES)\n")
    (file := tmp_path / "test_some.py").write_text(PLAIN)
    assert not need_not_be_read(file, VIRTUAL)
    assert not need_not_be_read(file, LATER)
    assert need_not_be_read(file, REAL)


def test_of_other_markers_nothing_is_taken_for_known(tmp_path: Path) -> None:
    """`asyncio` and `timeout` are set from elsewhere, too."""
    file = tmp_path / "test_some.py"
    file.write_text(PLAIN)
    assert not need_not_be_read(file, "asyncio")
    assert not need_not_be_read(file, "not asyncio")
    assert need_not_be_read(file, "asyncio and realtime")


def test_a_marker_that_does_not_stand_in_the_file_is_found(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a test would be left out of the run that asks for its marker."""
    item = request.node
    assert undeclared(item) == set()
    (elsewhere := tmp_path / "test_other.py").write_text(PLAIN)
    monkeypatch.setattr(item, "path", elsewhere)
    item.add_marker("thorough")
    assert undeclared(item) == {"thorough"}


def test_a_file_is_shared_among_workers_only_if_it_is_named() -> None:
    """Its tests stand alone; the others find what an earlier one of their file set up."""
    long, usual = "tests/dialling/test_kill.py", "tests/service/test_echo.py"
    assert unit(f"{long}::test_it[a::b]") == f"{long}::test_it[a::b]"
    assert unit(f"{usual}::test_it[a]") == unit(f"{usual}::test_too") == usual


@pytest.mark.parametrize("name", sorted({*LONG, *APART}))
def test_what_comes_first_is_there(name: str, request: pytest.FixtureRequest) -> None:
    """A file that was renamed would come in its turn again."""
    assert (request.config.rootpath / name).is_file()
