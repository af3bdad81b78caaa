"""`trunkline try`: one command, no keys, and somebody is signed in."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from bot.simulator.loopback_client import loopback_client
from bot.simulator.voices import default_voice

pytestmark = [pytest.mark.thorough, pytest.mark.realtime, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]


async def test_it_opens_the_console(tmp_path: Path) -> None:
    """The link signs in, once; the phone is there for the receptionist; SIGTERM ends all of it."""
    try:
        default_voice("agent")
    except RuntimeError as missing:
        pytest.skip(str(missing))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bot.cli import main; main()"),
        *("try", "--var", str(tmp_path)),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(90):
            while not (link := re.search(rb"http://\S+", await process.stdout.readline())):
                assert process.returncode is None
        url = link[0].decode()
        base = url.partition("/console")[0]
        async with loopback_client(base_url=base) as client:
            assert (await client.get(url)).headers["location"] == "/console/live"
            page = (await client.get("/console/phone")).text
            assert "<option selected>reception</option>" in page
        async with loopback_client(base_url=base) as another:
            assert (await another.get(url)).status_code == 403
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 128 + signal.SIGTERM
