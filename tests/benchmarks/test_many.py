"""What many calls leave behind in a server of its own; `make leaks` plays more of them."""

from pathlib import Path

import pytest

from tests.benchmarks.many import Wish, run

pytestmark = [pytest.mark.realtime, pytest.mark.thorough]


@pytest.mark.timeout(240)
async def test_a_hundred_calls_at_a_time_leave_nothing_behind(tmp_path: Path) -> None:
    """No task, thread, socket or memory; a busy machine may turn some of them away."""
    wish = Wish(one_by_one=10, at_once=100, waves=1, warm_up=5, warm_up_waves=1)
    found = await run(wish, tmp_path, None)
    assert found.left_behind == ()
