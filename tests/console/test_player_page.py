"""The player of a recording in the browser: which lines of the transcript can be played."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "bot/console/static"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not here: the page runs in no other program")
def test_lines_that_are_in_the_recording_can_be_played() -> None:
    """Others were said before it began, as in an earlier one of the call, or after it: at the start
    or the end of this one somebody else speaks. Without a known length nothing is after it.
    """
    moments = [f"2026-11-30T12:00:{secs}+00:00" for secs in ("05", "09", "27", "41")]
    ran = subprocess.run(
        [str(NODE), str(HERE / "player_page.mjs"), str(STATIC / "player.js"), *moments],
        check=True,
        capture_output=True,
        text=True,
        timeout=50,
    )
    found = json.loads(ran.stdout)
    assert list(found["30"].values()) == ["▶ 0:00", "▶ 0:17"]
    assert list(found[""].values()) == ["▶ 0:00", "▶ 0:17", "▶ 0:31"]
