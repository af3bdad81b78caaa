"""What brains cost beside each other: the table alone; the runs are for `python -m`."""

from tests.benchmarks.brains import NAMES, Cost, table


def test_each_brain_is_set_against_the_first_of_its_own_round() -> None:
    """A round on a busy machine makes all of them dearer, and no ratio larger."""
    quiet = [Cost(brain=name, cpu_ms=4.0 + n, cuts=6, generator=0) for n, name in enumerate(NAMES)]
    busy = [Cost(brain=cost.brain, cpu_ms=3 * cost.cpu_ms, cuts=6, generator=0.0) for cost in quiet]
    rows = [row.split(" | ") for row in table([quiet, busy])[2:]]
    assert [row[3] for row in rows] == ["1.00", "1.25", "1.50", "1.75"]
    assert [row[2] for row in rows] == ["8.00", "10.00", "12.00", "14.00"]
