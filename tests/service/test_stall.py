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
TICK_SECS = 0.01
NO_DELAY_SECS = 0.002  # a timer is as late as this on an idle machine
LINE = " ".join(f"word{number}" for number in range(28))  # seven seconds


class Machine:
    """How long the machine let our thread wait that had something to do: it is not ours alone."""

    def __init__(self) -> None:
        self.stolen_ms = 0.0
        self._stalls = 0

    async def watch(self) -> None:
        """Until cancelled; a moment in which we stood still is not looked at."""
        while True:
            stalls, began, worked = self._stalls, time.monotonic(), time.thread_time()
            await asyncio.sleep(TICK_SECS)
            late_secs = time.monotonic() - began - TICK_SECS - (time.thread_time() - worked)
            if stalls == self._stalls and late_secs > NO_DELAY_SECS:
                self.stolen_ms += late_secs * 1000

    def stand_still(self) -> None:
        began = time.monotonic()
        time.sleep(STALL_SECS)
        self._stalls += 1
        self.stolen_ms += (time.monotonic() - began - STALL_SECS) * 1000


async def stand_still(sim: SimCall, machine: Machine) -> None:
    """Stops everything, at moments that fall differently between two messages of sound."""
    while not (sim.line and sim.line.playback.buffered_ms(sim.line.now_ms)):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    for number in range(STALLS):
        await asyncio.sleep(0.6 + 0.015 * number)
        machine.stand_still()


async def test_a_stall_of_300_ms_is_not_heard(spoken: Voice, tmp_path: Path) -> None:
    """Whenever it happens, the carrier has enough to play: the agent's words have no gap."""
    machine = Machine()
    scene = Scene(first_line=LINE, clips=(LINE,), actions=(WaitForAgent(500),))
    async with open_scene(scene, tmp_path) as line:
        sim = await line.carrier.dial(CALLER, caller=CallerScript(scene.actions, spoken))
        watching = asyncio.create_task(machine.watch())
        await stand_still(sim, machine)
        call = await tell(scene, line, sim, tmp_path, spoken)
        watching.cancel()
    sound, track = call.voice.render(LINE), call.sim.heard.agent
    begin, end = track.find(sound[:80]), track.find(sound[-80:]) + 80
    gaps_ms = (end - begin - len(sound)) / 8
    assert begin > 0 and 0 <= gaps_ms <= machine.stolen_ms
