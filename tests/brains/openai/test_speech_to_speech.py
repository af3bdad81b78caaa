"""A call through a server that others wrote: speech-to-speech 1.1.0, in a process of its own.

It is no dependency of ours. To run this, install it into a folder, and name that:

    pip install --no-deps --target /tmp/s2s speech-to-speech==1.1.0 scipy
    TEST_S2S=/tmp/s2s make test-all

Its API is the real one; behind it are stages without models (`stub_stages.py`), and real speech.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

from bot.media.g711 import ulaw_to_pcm
from bot.simulator.caller import (
    CallerScript,
    InterruptAfter,
    Pause,
    Say,
    WaitForAgent,
    render_words,
)
from bot.testing.line import CALLER
from tests.service.line_kit import open_line
from tests.voices import kept_voice

FOLDER = os.environ.get("TEST_S2S", "/tmp/s2s")
GREETING = "Hello, you are speaking with the desk of the clinic."
STORY = (
    "We are open from nine in the morning to five in the evening, on every day of the week but "
    "Sunday, and on holidays there is somebody on the phone as well."
)
ANSWER = "All right, then I stop here."
WAIT = "Wait, please stop."
LINES = (GREETING, STORY, ANSWER)

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.thorough,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        not (Path(FOLDER) / "speech_to_speech").is_dir(),
        reason="speech-to-speech is not in the folder that TEST_S2S names",
    ),
]


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    """The server with these lines in its mouth, as its URL."""
    for number, line in enumerate(LINES):
        pcm = np.frombuffer(ulaw_to_pcm(kept_voice("agent").render(line)), "<i2")
        wide = soxr.resample(pcm, 8000, 16000).astype("<i2")
        (folder / f"{number}.raw").write_bytes(wide.tobytes())
        (folder / f"{number}.txt").write_text(line, encoding="utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    stages = Path(__file__).with_name("stub_stages.py")
    paths = os.pathsep.join([FOLDER, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(stages), str(port), str(folder)),
        env={**os.environ, "PYTHONPATH": paths},
    )
    try:
        await _until_open(port, process)
        yield f"ws://127.0.0.1:{port}/v1/realtime"
    finally:
        process.kill()
        await process.wait()


async def _until_open(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(240):
        while True:
            assert process.returncode is None, "the server ended"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.2)
            else:
                writer.close()
                return


def alike(heard: bytes, said: bytes) -> float:
    """How alike the best stretch of what was heard is to what was said, from 0 to 1."""
    wide = np.frombuffer(ulaw_to_pcm(heard), "<i2").astype(np.float64)
    line = np.frombuffer(ulaw_to_pcm(said), "<i2").astype(np.float64)
    size = 1 << (len(wide) + len(line)).bit_length()
    both = np.fft.irfft(np.fft.rfft(wide, size) * np.conj(np.fft.rfft(line, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(wide**2)])
    at = int(np.argmax(both[: max(1, len(wide) - len(line))]))
    norm = np.sqrt((energy[at + len(line)] - energy[at]) * (line**2).sum())
    return float(both[at] / norm)


BELIEVES = '[quirks]\nformats = ["ulaw", "pcm"]\n'  # it agrees to any format, and sends PCM


@pytest.mark.parametrize("quirks", ["", BELIEVES], ids=["as known", "formats it does not keep to"])
async def test_real_sound_goes_both_ways_and_a_caller_who_cuts_in_is_heard(
    tmp_path: Path, quirks: str
) -> None:
    """No noise, a clear when the caller begins, both sides in the record."""
    (tmp_path / "lines").mkdir()
    (tmp_path / "brains").mkdir()
    actions: tuple[Any, ...] = (
        WaitForAgent(500),
        Pause(300),
        Say("When are you open?"),
        InterruptAfter(2500, WAIT),
        WaitForAgent(900),
        Pause(300),
    )
    caller = CallerScript(actions, kept_voice("caller"))
    await render_words(caller)
    async with served(tmp_path / "lines") as url:
        (tmp_path / "brains" / "near.toml").write_text(
            f'like = "speech-to-speech"\nurl = "{url}"\n{quirks}', encoding="utf-8"
        )
        agent = (
            'pipeline = "reception"\ninstructions = "Be brief."\nbrain = "near"\n'
            "outcome = { summary = false }\n"
        )
        async with open_line(
            tmp_path,
            agents={"desk": agent},
            inbound_agent="desk",
            trunkline_brains=tmp_path / "brains",
        ) as line:
            sim = await line.carrier.dial(CALLER, caller=caller)
            await sim.wait_ended()
            record = await line.ended(sim.sid)
    turns = [(turn["role"], turn["text"]) for turn in record["turns"]]
    assert record["outcome"]["reason"] == "caller_hung_up", turns
    assert turns[0] == ("agent", GREETING)
    assert alike(sim.heard.agent, kept_voice("agent").render(GREETING)) > 0.9
    assert alike(sim.heard.agent, kept_voice("agent").render(ANSWER)) > 0.9
    cut = next(turn for turn in record["turns"] if turn["text"].startswith("We are open"))
    assert cut["interrupted"] and cut["text"] != STORY and STORY.startswith(cut["text"])
    assert sim.clears
    assert [role for role, _ in turns].count("caller") == 2
    assert ("agent", ANSWER) in turns
