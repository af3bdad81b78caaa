"""The tables: whom they compare, and how many times better is reckoned."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_bench_figures import CLEAN, EVEN

from tests.benchmarks import report
from tests.benchmarks.document import WRITTEN, Setting, document, with_others
from tests.benchmarks.figures import Arrival
from tests.benchmarks.grid import Grid
from tests.benchmarks.load import Habits, Pace
from tests.benchmarks.report import MEASURES, Outcome
from tests.benchmarks.running import Plan

SETTING = Setting(
    began_at=datetime(2026, 1, 1, tzinfo=UTC),
    command="bench",
    plan=Plan(
        warm_up_secs=1,
        measure_secs=1,
        habits=Habits(interruption=None),
        pace=Pace(),
        server_core=0,
        folder=Path(),
    ),
    generator_core=1,
    load_average=0.0,
    arrivals=1,
    rounds=1,
)

STOCK = replace(
    CLEAN, variant="stock", calls=10, cpu=0.3, rss_mb=290.0, uplink=replace(EVEN, p50=80.0)
)
FULL = replace(STOCK, calls=50, cpu=0.99)


def rows(grid: Grid | None) -> dict[str, list[str]]:
    assert grid is not None
    return {row[0]: list(row[1:]) for row in grid.rows}


def test_each_is_compared_at_the_most_it_carried_clean() -> None:
    """A saturated run is shown, and not compared."""
    found = report.comparison(Outcome(loads=[CLEAN, STOCK, FULL], arrivals=[], failures=[]))
    assert found is not None
    assert list(found.head[1:3]) == ["ours, 50 calls", "stock, 10 calls"]
    table = rows(found)
    assert table["calls a core"] == ["200", "33", "6.0x"]
    assert table["MB a call"] == ["1.00", "10.00", "10.0x"]
    assert table["uplink p50 ms"] == ["1.00", "80.00", "80.0x"]
    assert table["speech onset to clear p50 ms"] == ["-", "-", "-"]


def test_a_run_in_which_somebody_heard_a_gap_is_not_compared() -> None:
    """The largest below it is, also when the gaps were too short for a verdict."""
    gappy = replace(STOCK, calls=25, underruns=3, underrun_ms=90.0)
    assert gappy.verdict == ""
    found = report.comparison(Outcome(loads=[CLEAN, STOCK, gappy], arrivals=[], failures=[]))
    assert found is not None
    assert found.head[2] == "stock, 10 calls"


def test_first_words_are_compared_with_greetings_made_alike() -> None:
    """A prepared greeting has a row of its own, elsewhere."""
    words = {"ours": 100.0, "ours, greeting prepared": 20.0, "stock": 1600.0}
    arrivals = [
        Arrival(
            variant=name, greeting="", calls=30, lost=0, first_words=replace(EVEN, p50=ms, worst=ms)
        )
        for name, ms in words.items()
    ]
    found = Outcome(loads=[CLEAN, STOCK], arrivals=arrivals, failures=[])
    table = rows(report.comparison(found))
    assert table["first words, 30 calls at once, p50 ms"] == ["100", "1600", "16.0x"]


def test_without_both_there_is_no_comparison() -> None:
    """One variant alone has nothing to be better than."""
    assert report.comparison(Outcome(loads=[CLEAN], arrivals=[], failures=[])) is None


def test_every_run_has_a_row_and_clean_pairs_a_ratio() -> None:
    """By number of calls; no ratio with a saturated run."""
    ours_10 = replace(CLEAN, calls=10, cpu=0.05)
    labels = [row[0] for row in report.runs([CLEAN, ours_10, STOCK, FULL]).rows]
    assert labels == [
        "10, ours",
        "10, stock",
        "10, ours better than stock",
        "50, ours",
        "50, stock",
    ]


def test_variants_stand_side_by_side() -> None:
    """One column each, the ratio against stock at the end."""
    ours_10 = replace(CLEAN, calls=10, cpu=0.05)
    table = rows(report.abreast([ours_10, STOCK], 10))
    assert table["CPU ms per call-second"] == ["5.00", "30.00", "6.0x"]
    assert table["verdict"] == ["clean", "clean", "-"]
    assert set(measure.name for measure in MEASURES) <= set(table)


def test_a_grid_is_a_table_in_markdown() -> None:
    """Figures to the right; a row with other than its cells is refused."""
    grid = Grid(head=("", "a"), rows=[("x", "1")])
    assert grid.markdown() == "|  | a |\n| :-- | --: |\n| x | 1 |"
    with pytest.raises(ValueError, match="2 cells"):
        Grid(head=("", "a"), rows=[("x",)])


def test_relay_mode_and_the_whole_machine_stand_beside_the_full_figure() -> None:
    """What all cores would carry is reckoned from the CPU of a call."""
    relay = replace(CLEAN, variant="ours, relay", calls=100, cpu=0.2)
    workers = replace(CLEAN, variant="ours, 2 workers", calls=100, cpu=0.8)
    outcome = Outcome(loads=[CLEAN, STOCK], arrivals=[], beside=[relay, workers], failures=[])
    table = rows(report.beside(outcome, 2))
    assert {name: row[1:3] for name, row in table.items()} == {
        "50, ours": ["200", "400"],
        "100, ours, relay": ["500", "1000"],
        "100, ours, 2 workers": ["125", "250"],
    }
    assert report.beside(Outcome(loads=[CLEAN], arrivals=[], failures=[]), 2) is None


def test_what_others_wrote_on_the_page_stays() -> None:
    """Sections that no benchmark writes stand after those that it does."""
    stood = "# Benchmarks\n\nOld.\n\n## Every run\n\nold\n\n## Mutants\n\n97 of 100.\n"
    page = "# Benchmarks\n\nNew.\n\n## Every run\n\nnew\n"
    assert with_others(page, stood) == page + "\n## Mutants\n\n97 of 100.\n"
    assert with_others(page, page) == with_others(page, "") == page


def test_every_section_of_the_page_is_known_as_ours() -> None:
    """Else it would be kept, and stand there twice."""
    arrival = Arrival(variant="ours", greeting="", calls=1, lost=0, first_words=EVEN)
    outcome = Outcome(loads=[CLEAN, STOCK], arrivals=[arrival], beside=[CLEAN], failures=["one"])
    page = document(outcome, SETTING, [])
    assert len(re.findall("^## ", page, re.MULTILINE)) == len(WRITTEN)
    assert with_others(page, page) == page
