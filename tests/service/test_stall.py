"""The event loop stands still in the middle of a call."""

import asyncio
import time
from pathlib import Path

import pytest
from talk_kit import Scene, open_scene, tell

from bot.simulator.caller import CallerScript, WaitForAgent
from bot.simulator.carrier import SimCall
from bot.simulator.voices import Voice
from bot.testing.line import CALLER

pytestmark = pytest.mark.realtime

STALL_SECS = 0.3
STALLS = 6
LINE = " ".join(f"word{number}" for number in range(28))  # seven seconds


async def stand_still(sim: SimCall) -> float:
    """Stops everything, at moments that fall differently between two messages of sound.

    Returns by how much longer than asked for that was, in ms: the machine is not ours alone.
    """
    while not (sim.line and sim.line.playback.buffered_ms(sim.line.now_ms)):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    over_secs = 0.0
    for number in range(STALLS):
        await asyncio.sleep(0.6 + 0.015 * number)
        began = time.monotonic()
        time.sleep(STALL_SECS)  # noqa: ASYNC251 - a stall is what this is about
        over_secs += time.monotonic() - began - STALL_SECS
    return over_secs * 1000


async def test_a_stall_of_300_ms_is_not_heard(spoken: Voice, tmp_path: Path) -> None:
    """Whenever it happens, the carrier has enough to play: the agent's words have no gap."""
    scene = Scene(first_line=LINE, clips=(LINE,), actions=(WaitForAgent(500),))
    async with open_scene(scene, tmp_path) as line:
        sim = await line.carrier.dial(CALLER, caller=CallerScript(scene.actions, spoken))
        over_ms = await stand_still(sim)
        call = await tell(scene, line, sim, tmp_path, spoken)
    sound, track = call.voice.render(LINE), call.sim.heard.agent
    begin, end = track.find(sound[:80]), track.find(sound[-80:]) + 80
    gaps_ms = (end - begin - len(sound)) / 8
    assert begin > 0 and 0 <= gaps_ms <= over_ms
