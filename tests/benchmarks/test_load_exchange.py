"""Callers and model through a relay on real sockets: what is measured is what the relay does."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.benchmarks.load import Exchange, Habits, LoadModel, Pace, StreamDialer, Tally, speech
from tests.benchmarks.load.talk import deltas

pytestmark = pytest.mark.realtime

PACE = Pace(talk_ms=600, share=0.5, delta_ms=200, turn_ms=100, ear_ms=50)
WORDS = speech(bytes([0x80, 0x00]) * 1600)  # 400 ms of something loud
UPDATE = {
    "type": "session.update",
    "session": {"audio": {way: {"format": {"type": "audio/pcmu"}} for way in ("input", "output")}},
}


@dataclass
class Relay:
    """Joins each stream with a session of the model; may be slow, may interrupt, may hang up."""

    model_url: str
    late_secs: float = 0.0  # each message, in both directions
    between_secs: float = 0.0  # two deltas pass at least
    clears: bool = False  # when the model's ear hears the caller
    drops: bool = False  # streams at once
    url: str = ""
    marks_sent: int = 0
    marks_echoed: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)  # of streams
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def stream(self, caller: ServerConnection) -> None:
        if self.drops:
            return
        async with connect(f"{self.model_url}?model=any", compression=None) as model:
            await model.send(json.dumps(UPDATE))
            await model.send(json.dumps({"type": "response.create"}))
            down = asyncio.create_task(self._down(model, caller))
            async for raw in caller:
                message = json.loads(raw)
                self.events.append(message["event"])
                if message["event"] == "media":
                    append = {"type": "input_audio_buffer.append"}
                    audio = message["media"]["payload"]
                    self._later(model.send(json.dumps({**append, "audio": audio})))
                elif message["event"] == "mark":
                    self.marks_echoed.append(message["mark"]["name"])
            down.cancel()
            await asyncio.wait({down})

    async def _down(self, model: Any, caller: ServerConnection) -> None:
        async for raw in model:
            event = json.loads(raw)
            if event["type"] == "response.output_audio.delta":
                self._later(self._play(caller, event["delta"]))
                await asyncio.sleep(self.between_secs)
            elif event["type"].endswith("speech_started") and self.clears:
                await caller.send(json.dumps({"event": "clear", "streamSid": "MZ"}))

    async def _play(self, caller: ServerConnection, delta: str) -> None:
        await self._say(caller, "media", {"payload": delta})
        self.marks_sent += 1
        await self._say(caller, "mark", {"name": str(self.marks_sent)})

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(self.late_secs)
            with contextlib.suppress(ConnectionClosed):
                await work

        task = asyncio.create_task(wait())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _say(self, caller: ServerConnection, event: str, body: dict[str, str]) -> None:
        await caller.send(json.dumps({"event": event, "streamSid": "MZ", event: body}))


@asynccontextmanager
async def relayed(
    habits: Habits | None = None, **manner: Any
) -> AsyncIterator[tuple[Exchange, Relay, LoadModel]]:
    """An exchange whose calls go through a relay."""
    async with LoadModel(pace=PACE) as model:
        relay = Relay(model_url=model.url, **manner)
        async with serve(relay.stream, "127.0.0.1", 0, compression=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            dialer = StreamDialer(f"ws://127.0.0.1:{port}/")
            exchange = Exchange(model=model, dialer=dialer, tally=Tally(), habits=habits)
            exchange.tally.recording = True
            yield exchange, relay, model
            await exchange.hang_up(*exchange.talking)
        await asyncio.gather(*relay.tasks)


async def until(condition: Any, within_secs: float = 8.0) -> None:
    async with asyncio.timeout(within_secs):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


async def test_a_call_is_heard_both_ways_and_told_from_others() -> None:
    """Three calls: each has first words, a set-up time and up- and downlinks; marks come back."""
    async with relayed() as (exchange, relay, model):
        await exchange.together(3)
        tally = exchange.tally
        await until(lambda: len(tally.downlink_ms) >= 3 and len(tally.uplink_ms) >= 6)
        await until(lambda: len(relay.marks_echoed) >= 9)
        assert len(tally.first_words_ms) == len(tally.setup_ms) == 3
        assert (tally.underruns, tally.markers_lost, model.strays) == (0, 0, 0)
        assert relay.events[:2].count("connected") >= 1
    assert relay.events.count("stop") == 3
    assert (tally.calls_lost, tally.calls_refused) == (0, 0)


async def test_what_the_server_adds_is_what_is_measured() -> None:
    """Sound held back 60 ms on its way up comes 60 ms late, and down likewise."""
    async with relayed(late_secs=0.06) as (exchange, _, _):
        await exchange.call()
        tally = exchange.tally
        await until(lambda: tally.uplink_ms and tally.downlink_ms)
        assert tally.uplink_ms[0] >= 60
        assert tally.downlink_ms[0] >= 60


async def test_speaking_over_the_agent_is_timed_until_clear() -> None:
    """The model's ear takes 50 ms here; a server that clears then is timed with it."""
    habits = Habits(interruption=WORDS, interrupt_every=1, interrupt_after_secs=0.1)
    async with relayed(habits, clears=True) as (exchange, _, _):
        await exchange.call()
        await until(lambda: exchange.tally.clear_ms)
        assert 50 <= exchange.tally.clear_ms[0] < 500


async def test_a_stream_that_the_server_closes_is_a_lost_call() -> None:
    """And one that was never accepted is a refused one."""
    async with relayed(drops=True) as (exchange, _, _):
        await exchange.call()
        await until(lambda: exchange.tally.calls_lost == 1)
    refused = Exchange(model=LoadModel(), dialer=StreamDialer("ws://127.0.0.1:9/"), tally=Tally())
    assert await refused.call() is None
    assert refused.tally.calls_refused == 1


async def test_a_server_that_dribbles_makes_underruns() -> None:
    """Sound that comes slower than it plays leaves gaps in the sentence."""
    async with relayed(between_secs=0.25) as (exchange, _, _):
        await exchange.call()
        await until(lambda: exchange.tally.underruns >= 1)
        assert exchange.tally.underrun_ms > 20


def test_an_utterance_ends_in_silence_whatever_its_form() -> None:
    """Both forms are as long as they say they are."""
    assert [len(deltas(sound, PACE)) for sound in ("audio/pcmu", "audio/pcm")] == [3, 3]
    with contextlib.suppress(ValueError):
        deltas("audio/opus", PACE)
        raise AssertionError("an unknown form was accepted")
