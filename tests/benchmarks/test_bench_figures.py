"""Percentiles, verdicts and what figures are derived from."""

from dataclasses import replace
from typing import Any

import pytest

from tests.benchmarks.figures import Load, Spread, median_load, percentile, spread

EVEN = Spread(p50=1.0, p99=2.0, worst=3.0, count=100)
CLEAN = Load(
    variant="ours",
    calls=50,
    secs=20.0,
    talking=50,
    lost=0,
    bare=1,
    cpu=0.25,
    idle_mb=200.0,
    rss_mb=249.0,
    agent_share=0.45,
    uplink=EVEN,
    downlink=EVEN,
    setup=EVEN,
    clear=None,
    ignored=0,
    underruns=0,
    underrun_ms=0.0,
    late=EVEN,
    generator_cpu=0.3,
)


def test_a_percentile_is_one_of_the_values() -> None:
    """The smallest that the share of them does not exceed."""
    hundred = [float(n) for n in range(1, 101)]
    assert percentile(hundred, 0.5) == 50
    assert percentile(hundred, 0.99) == 99
    assert percentile(hundred, 1.0) == 100
    assert percentile([7.0], 0.01) == 7
    with pytest.raises(ValueError, match="of nothing"):
        percentile([], 0.5)


def test_a_spread_needs_no_order_and_no_values() -> None:
    """Nothing measured is None, not zero."""
    assert spread([3.0, 1.0, 2.0]) == Spread(p50=2.0, p99=3.0, worst=3.0, count=3)
    assert spread([]) is None


def test_costs_are_per_call() -> None:
    """A quarter of a core for 50 calls: 5 ms each second, 200 calls a core, 1 MB each."""
    assert CLEAN.cpu_ms == pytest.approx(5.0)
    assert CLEAN.calls_a_core == pytest.approx(200.0)
    assert CLEAN.mb_a_call == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, ""),
        ({"cpu": 0.96}, "saturated: 96% of a core"),
        ({"uplink": replace(EVEN, p99=201.0)}, "saturated: uplink p99 201 ms"),
        ({"uplink": None}, "saturated: no sound reached the model"),
        ({"lost": 2}, "saturated: 2 calls lost or refused"),
        ({"underruns": 9, "underrun_ms": 4500.0}, ""),  # of 450 s of speech
        ({"underruns": 9, "underrun_ms": 4600.0}, "choppy: the agent broke off for 1.0%"),
        ({"underruns": 1, "underrun_ms": 9000.0, "cpu": 0.96}, "saturated: 96% of a core"),
        ({"late": replace(EVEN, p99=25.0), "cpu": 0.99}, "generator late"),
        ({"generator_cpu": 0.97, "lost": 1}, "generator late"),
    ],
)
def test_a_verdict_blames_the_generator_first(change: dict[str, Any], verdict: str) -> None:
    """What a late generator measures says nothing about the server."""
    load = replace(CLEAN, **change)
    assert load.verdict == verdict or (verdict and load.verdict.startswith(verdict))


def test_a_run_with_a_gap_in_it_was_not_carried() -> None:
    """Be it ever so short; nor was one with any other verdict, nor is silence speech."""
    assert CLEAN.carried
    assert not replace(CLEAN, underruns=1, underrun_ms=5.0).carried
    assert not replace(CLEAN, cpu=0.96).carried
    assert replace(CLEAN, agent_share=0.0, underruns=1, underrun_ms=5.0).broken_share == 0.0


def test_rounds_are_merged_figure_by_figure() -> None:
    """Each figure is the median of that figure; what one round lacks the others give."""
    rounds = [
        replace(CLEAN, cpu=0.2, underruns=1, uplink=replace(EVEN, p50=9.0)),
        replace(CLEAN, cpu=0.9, underruns=0, uplink=replace(EVEN, p50=1.0)),
        replace(CLEAN, cpu=0.3, underruns=7, uplink=replace(EVEN, p50=2.0), clear=EVEN),
    ]
    merged = median_load(rounds)
    assert (merged.cpu, merged.underruns, merged.clear) == (0.3, 1, EVEN)
    assert merged.uplink == replace(EVEN, p50=2.0)
