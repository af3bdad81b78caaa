"""Nonsense on both sockets of a live call: the conversation goes on, or ends by the one door."""

import base64
import json
import random
from collections.abc import Iterator
from pathlib import Path

from loguru import logger
from talk_kit import Event, Scene, Tap, Told, open_scene, tell

from bot.brains.openai import server_events
from bot.simulator.caller import CallerScript, Say, StayOn, WaitForAgent, render_words
from bot.simulator.model import ANYTHING, ModelScript, Step
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HUMAN
from tests.wire import captured, mutants

GREETING = "Hello there."
ASK = "When are you open?"
ANSWER = "We are open all day long."
SCRIPT = ModelScript(
    greeting=GREETING, steps=(Step(hears=ANYTHING, say=ANSWER, once=False),), expects=(ASK, ASK)
)
TWO_TURNS = (WaitForAgent(300), Say(ASK), WaitForAgent(500), Say(ASK), WaitForAgent(500))
SORRY = "Sorry, something broke."
AGENT = f'lines = {{ sorry = "{SORRY}" }}'
BURST = 450
OVERSIZED = json.dumps({"event": "media", "media": {"payload": "A" * 80_000}})


class Nonsense:
    """Messages no peer would send, different each time and the same in every run."""

    def __init__(self, *, kinds: tuple[str, ...], word: str, malformed: list[str]) -> None:
        self.count = 0
        self._random = random.Random(7)
        self._kinds, self._word, self._malformed = kinds, word, malformed

    def some(self, count: int) -> Iterator[str]:
        for _ in range(count):
            self.count += 1
            yield self._one()

    def _one(self) -> str:
        chance = self._random
        match chance.randrange(6):
            case 0:
                return chance.choice(self._malformed)
            case 1:
                return "".join(chr(chance.randrange(32, 0x2FFF)) for _ in range(40))
            case 2:
                whole = json.dumps({self._word: chance.choice(self._kinds), "n": chance.random()})
                return whole[: chance.randrange(1, len(whole))]
            case 3:
                return json.dumps({self._word: f"weather.{chance.randrange(99)}", "sky": [None]})
            case 4:
                kind = chance.choice(self._kinds)
                return json.dumps({self._word: kind, kind: [[chance.random()]], "error": 5})
            case _:
                return json.dumps(["x" * chance.randrange(2000)])


def unreadable() -> list[Event]:
    """Captured events of the model with one field that spoils them."""
    return [
        event
        for event in mutants.openai_mutants()
        if event["type"] in server_events.KINDS and server_events.read(event) is None
    ]


class BadLine:
    """What the carrier sends in place of each message."""

    def __init__(self) -> None:
        self.nonsense = Nonsense(
            kinds=("media", "mark", "dtmf"),
            word="event",
            malformed=list(captured.twilio_malformed().values()),
        )
        self.repeated = 0
        self._sent = 0
        self._before = ""

    def __call__(self, text: str) -> list[str]:
        """The message, once more what went before it, and a bad one now and then or by hundreds."""
        if json.loads(text)["event"] != "media":
            return [text]
        self._sent += 1
        before, self._before = self._before, text
        sent = [text, *self.nonsense.some(BURST if self._sent % 40 == 25 else self._sent % 3 == 0)]
        if self._sent % 50 == 10:
            self.nonsense.count += 1
            sent.append(OVERSIZED)
        if before and self._sent % 4 == 0:
            self.repeated += 2
            sent += [text, before]  # one twice, one late
        return sent


class BadModel(Tap):
    """The model's messages with bad ones between them."""

    made: "list[BadModel]" = []

    def __init__(self) -> None:
        BadModel.made.append(self)
        malformed = [*captured.openai_malformed().values(), *unreadable()]
        self.nonsense = Nonsense(
            kinds=("response.done", "response.output_item.added", "response.created"),
            word="type",
            malformed=[json.dumps(event) for event in malformed],
        )

    async def to_service(self, event: Event) -> list[Event | str]:
        if event["type"] == "session.created":
            return [event]
        few = event["type"].endswith(".delta")
        return [*self.nonsense.some(15 if few else 150), event]


class Babble(Tap):
    """A model that begins well, and from its first sound on says nothing that can be read."""

    async def to_service(self, event: Event) -> list[Event | str]:
        return ["{"] * 1000 if event["type"] == "response.output_audio.delta" else [event]


async def played(scene: Scene, folder: Path, spoken: Voice, bad_line: BadLine | None) -> Told:
    script = CallerScript(scene.actions, spoken)
    await render_words(script)
    async with open_scene(scene, folder) as line:
        sim = await line.carrier.dial(CALLER, caller=script)
        await sim.wait_for("stream_started")
        sim.streams[-1].tamper = bad_line
        return await tell(scene, line, sim, folder, spoken)


async def test_ten_thousand_bad_messages_leave_the_conversation_intact(
    tmp_path: Path, spoken: Voice
) -> None:
    """Malformed, oversized, unknown, repeated, late, on both sockets, singly and by hundreds."""
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(message.record["message"]))
    bad_line = BadLine()
    scene = Scene(script=SCRIPT, actions=TWO_TURNS, tap=BadModel)
    told = await played(scene, tmp_path, spoken, bad_line)
    logger.remove(sink)
    bad_model = BadModel.made[-1]
    assert bad_line.nonsense.count + bad_model.nonsense.count >= 10_000
    assert min(bad_line.nonsense.count, bad_model.nonsense.count) >= 2_000
    assert told.turns == [("agent", GREETING), *[("caller", ASK), ("agent", ANSWER)] * 2]
    assert told.outcome == ("completed", "caller_hung_up")
    assert told.heard_ms(ANSWER) == len(told.voice.render(ANSWER)) / 8
    assert told.errors == []
    assert len(told.sim.streams) == 1
    heard = [base64.b64decode(e["audio"]) for e in told.session.received(APPEND)]
    assert abs(sum(map(len, heard)) / 8 - told.ended_ms) < 700  # nothing twice, nothing lost
    (counted,) = [line for line in lines if line.startswith("messages dropped")]
    assert f"{bad_line.repeated} repeated" in counted


APPEND = "input_audio_buffer.append"


async def test_a_carrier_that_cannot_be_read_is_given_up(tmp_path: Path, spoken: Voice) -> None:
    """Nothing but nonsense: the caller hears an apology and gets a person."""
    scene = Scene(script=SCRIPT, agent=AGENT, actions=(StayOn(),))
    script = CallerScript(scene.actions, spoken)
    async with open_scene(scene, tmp_path) as line:
        sim = await line.carrier.dial(CALLER, caller=script)
        await sim.wait_for("agent_speaks")
        sim.streams[-1].tamper = lambda text: ["{"] * 30
        told = await tell(scene, line, sim, tmp_path, spoken)
    assert told.outcome == ("failed", "protocol_broken")
    assert (told.said_by_carrier, told.dialled) == ([SORRY], [HUMAN])


async def test_a_model_that_cannot_be_read_is_given_up(tmp_path: Path, spoken: Voice) -> None:
    """The same when it is the model that babbles."""
    scene = Scene(script=SCRIPT, agent=AGENT, actions=(StayOn(),), tap=Babble)
    told = await played(scene, tmp_path, spoken, None)
    assert told.outcome == ("failed", "protocol_broken")
    assert (told.said_by_carrier, told.dialled) == ([SORRY], [HUMAN])
