"""Messages that come twice or late, told by their numbers."""

import pytest

from bot.media.sequence import MAX_GAP, Sequence

FAR = 10 * MAX_GAP


@pytest.mark.parametrize(
    ("numbers", "new"),
    [
        ([2, 3, 4], [2, 3, 4]),
        ([2, 2, 3, 3, 3, 4], [2, 3, 4]),  # twice
        ([2, 4, 3, 5], [2, 4, 5]),  # overtaken
        ([2, 3, 9, 10], [2, 3, 9, 10]),  # a gap
        ([2, 2 + MAX_GAP, 3, 2 + MAX_GAP + 1], [2, 2 + MAX_GAP, 2 + MAX_GAP + 1]),
        ([2, FAR, FAR + 1, FAR + 2], [2, FAR + 1, FAR + 2]),  # a long gap costs one message
        ([2, FAR, 3, 4, 5], [2, 3, 4, 5]),  # one number that cannot be believed
        ([2, FAR, FAR, 3], [2, 3]),  # nor twice the same
        ([FAR, 1, 2, 3], [FAR, 2, 3]),  # it begins anew
        ([7, -FAR, 8], [7, 8]),
        ([2, 10**30, 3], [2, 3]),
    ],
)
def test_each_number_counts_once(numbers: list[int], new: list[int]) -> None:
    """Gaps are fine, and one bad number deafens nobody."""
    sequence = Sequence()
    assert [number for number in numbers if sequence.is_new(number)] == new
