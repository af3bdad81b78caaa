"""The bar of a batch: everybody is in it once, and every kind can be seen."""

from bot.gauge import EMPTY, FULL, bar, in_words, slices

STATES = {"done": 5, "skipped": 1, "cancelled": 1, "dialling": 2, "waiting": 91}


def test_everybody_is_counted_once() -> None:
    """Those who are done by outcome, the others by state, those who wait last."""
    parts = slices({"busy": 1, "confirmed": 3}, STATES)
    assert sum(part.number for part in parts) == 100
    assert in_words(parts) == (
        "3 confirmed, 1 busy, 1 without outcome, 1 skipped, 1 not called, 2 taken up, 91 waiting"
    )


def test_every_kind_can_be_seen() -> None:
    """However few they are; the bar is always as wide as it is, and who waits is empty."""
    for outcomes, states in (
        ({"confirmed": 3, "busy": 1}, STATES),
        ({"confirmed": 9_999, "opt_out": 1}, {"done": 10_000}),
        ({}, {"waiting": 40}),
        ({f"o{n}": 1 for n in range(9)}, {"done": 9}),
    ):
        parts = slices(outcomes, states)
        drawn = bar(parts, columns=30).plain
        assert len(drawn) == 30
        called = [part for part in parts if part.name != "waiting"]
        assert drawn.count(FULL) >= len(called)
        assert (EMPTY in drawn) or not states.get("waiting")
