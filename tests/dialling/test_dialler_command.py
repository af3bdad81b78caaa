"""`trunkline dialler`: one line when it is ready, exit code 0 when it was told to stop."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.realtime

COMMAND = (sys.executable, "-c", "from bot.cli import main; main()", "dialler")
GOOD = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "secret-token",
    "TRUNKLINE_API_KEY": "secret-key",
}


async def start(folder: Path, **environment: str) -> asyncio.subprocess.Process:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *COMMAND,
        cwd=folder,
        env={**kept, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        pytest.param(signal.SIGINT, marks=pytest.mark.thorough),
        pytest.param(signal.SIGHUP, marks=pytest.mark.thorough),
    ],
)
async def test_a_worker_says_when_it_is_ready_and_stops(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Nothing but our own lines, in a fresh folder with SQLite; nobody's address is opened."""
    process = await start(tmp_path, **GOOD)
    assert process.stdout is not None
    ready = (await asyncio.wait_for(process.stdout.readline(), 40)).decode()
    assert re.fullmatch(r"dialler \S+ is ready\n", ready)
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, err.decode()
    assert out == b""
    assert "dbos" not in err.decode().lower()
    assert "ERROR" not in err.decode()
    assert {file.name for file in (tmp_path / "var").glob("*.db")} == {
        "trunkline.db",
        "trunkline-workflows.db",
    }


async def test_a_worker_names_the_settings_that_it_lacks(tmp_path: Path) -> None:
    process = await start(tmp_path)
    _, err = await asyncio.wait_for(process.communicate(), 40)
    assert process.returncode == 2
    assert "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TRUNKLINE_API_KEY are not set" in err.decode()


@pytest.mark.thorough
async def test_rules_that_cannot_be_read_are_complained_about(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("[[rule]]\nregion = 5\n")
    rules = str(tmp_path / "rules.toml")
    process = await start(tmp_path, **GOOD, TRUNKLINE_CALLING_RULES=rules)
    _, err = await asyncio.wait_for(process.communicate(), 40)
    assert process.returncode == 2
    assert "TRUNKLINE_CALLING_RULES: " in err.decode()
