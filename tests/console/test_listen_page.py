"""Listening in the browser: what `listen.js` leaves open when a visit ends before it has begun."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "bot/console/static"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not here: the page runs in no other program")
def test_who_stops_while_it_connects_is_not_there() -> None:
    """At whichever step: no microphone, no socket, and no pass is used."""
    ran = subprocess.run(
        [str(NODE), str(HERE / "listen_page.mjs"), str(STATIC / "listen.js")],
        check=True,
        capture_output=True,
        text=True,
        timeout=50,
    )
    found = json.loads(ran.stdout)
    assert len(found) == 7
    for step, left in found.items():
        said = "not taken over" if step.startswith("take") else "do not listen"
        assert said in left.pop("said"), step
        assert left == {"tracks": 0, "sockets": 0, "tokens": 0}, step
