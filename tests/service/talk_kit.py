"""Calls as data, played on the whole product; several at once, for they take real time.

A test file lays out its scenes, a fixture plays them side by side, and each test looks at what
one call left behind: on the caller's line, at the model, in the service's records.
"""

import asyncio
import base64
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from _pytest.mark import ParameterSet
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bot.brains import Clips, Speaker
from bot.media.g711 import SILENCE
from bot.simulator.caller import Action, CallerScript, HeardSpan, StayOn, render_words
from bot.simulator.carrier import AnswerPolicy, Answers, MarksLate, SimCall
from bot.simulator.carrier.loudness import audible_spans
from bot.simulator.loopback_client import loopback_client
from bot.simulator.model import Faults, Manner, ModelScript
from bot.simulator.model.record import SessionRecord
from bot.simulator.surroundings import Surroundings
from bot.simulator.voices import Voice
from bot.testing.line import CALLER, HUMAN, Line
from bot.testing.voices import RulerVoice
from pipelines import PIPELINES, PipelineSpec
from tests.service.line_kit import open_line

AGENT = "desk"  # the agent that answers in every scene
BOOKED = "2027-03-09"  # a Tuesday, on which the clinic is open
BYTES_PER_MS = 8
QUICK = Manner(first_audio_after_secs=0.2, transcript_after_secs=0.1)

Event = dict[str, Any]
K = TypeVar("K")


RULER = RulerVoice()


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """One call. The caller does `actions` and hangs up; the agent's voice is a ruler.

    With an `order`, what POST /calls is to ask for, the line calls them instead.
    """

    order: Mapping[str, Any] | None = None  # of POST /calls: the caller is called; None: they call
    before: "Callable[[Line], Awaitable[None]] | None" = None  # what is so when the call begins
    bookings: Sequence[str] = ()  # times on `BOOKED`: appointments A1001, A1002, ... of the clinic
    actions: Sequence[Action] = (StayOn(),)
    surroundings: "Callable[[], Surroundings]" = Surroundings
    callee: Mapping[str, Any] = field(default_factory=dict)  # how they answer (`Answers`)
    brain: str = "openai"
    script: ModelScript = field(default_factory=ModelScript)
    manner: Manner = QUICK
    faults: Faults = field(default_factory=Faults)  # of the model
    first_faults: Sequence[Faults] = ()  # of its first sessions, one each, before those
    marks_late: MarksLate = field(default_factory=MarksLate)  # how far the carrier is
    agent: str = ""  # more of the agent's file, as TOML
    pipeline: str = "reception"
    pipelines: Mapping[str, PipelineSpec] = field(default_factory=lambda: PIPELINES)
    summary: bool = False  # asked for when the call is over
    first_line: str = ""  # empty: the model finds its own first words
    clips: Sequence[str] = ()  # lines that were prepared before
    business: Mapping[str, Any] = field(default_factory=dict)  # what is wrong with it
    human: AnswerPolicy = field(default_factory=lambda: Answers(ring_secs=0.2, talk_secs=0.2))
    settings: Mapping[str, Any] = field(default_factory=dict)
    voice: Voice = RULER
    tap: "Callable[[], Tap] | None" = None  # sits between the service and the model
    within_secs: float = 30.0


@dataclass(kw_only=True)
class Told:
    """What a call left behind."""

    sim: SimCall
    session: SessionRecord  # the model's, the last one
    sessions: Sequence[SessionRecord]  # all of them
    record: dict[str, Any]  # GET /calls/{id}
    appointments: list[dict[str, Any]]
    suppressed: list[tuple[str, str]]  # (number, note) of those who are never to be called again
    refused: list[int]  # handshakes the model refused
    voice: Voice  # of the agent
    caller_voice: Voice
    clips: Path

    # -- on the line --------------------------------------------------------------------------

    def heard(self, line: str) -> HeardSpan | None:
        """When the caller heard this line of the agent, as far as they heard it; ms of the line."""
        return stretch_of(self.sim.heard.agent, self.voice.render(line))

    def heard_ms(self, line: str) -> float:
        """How much of this line the caller heard."""
        span = self.heard(line)
        return span.end_ms - span.start_ms if span else 0.0

    def spoke_at(self, text: str) -> float:
        """When the first sound of these words left the caller's mouth, in ms of the line."""
        return float(self.noted("caller_says", text)["at_ms"]) + self._spans(text)[0].start_ms

    def fell_silent_at(self, text: str) -> float:
        """When the last sound of these words did."""
        return float(self.noted("caller_says", text)["at_ms"]) + self._spans(text)[-1].end_ms

    def caller_ms(self, text: str) -> float:
        """How long after they begin to say these words the caller falls silent."""
        return self._spans(text)[-1].end_ms

    def noted(self, kind: str, text: str) -> Mapping[str, Any]:
        """The carrier's note of this kind about these words."""
        return next(
            e.detail for e in self.sim.events if e.kind == kind and e.detail["text"] == text
        )

    def sounds_between(self, start_ms: float, end_ms: float) -> list[HeardSpan]:
        """What the caller heard of the agent in this time."""
        return audible_spans(
            self.sim.heard.agent[round(start_ms * BYTES_PER_MS) : round(end_ms * BYTES_PER_MS)],
            start_ms,
        )

    @property
    def ended_ms(self) -> float:
        """When the line went dead."""
        return self.sim.now_ms

    @property
    def said_by_carrier(self) -> list[str]:
        """Lines of <Say>, in order."""
        return [str(e.detail["text"]) for e in self.sim.events if e.kind == "say"]

    @property
    def dialled(self) -> list[str]:
        """Whom the carrier was told to dial."""
        return [str(e.detail["address"]) for e in self.sim.events if e.kind == "dial"]

    def at_ms(self, kind: str) -> float:
        """When the carrier first noted something of this kind, in ms of the line."""
        events = self.sim.events
        answered = next(e.t for e in events if e.detail.get("status") == "in-progress")
        return (next(e.t for e in events if e.kind == kind) - answered) * 1000

    def line_ms(self, at_secs: float) -> float:
        """A moment of `time.monotonic` on the caller's line."""
        assert self.sim.line is not None
        return (at_secs - self.sim.line.at_loop_time(0)) * 1000

    # -- at the model -------------------------------------------------------------------------

    @property
    def errors(self) -> list[Event]:
        """What the model objected to."""
        return [event["error"] for event in self.session.sent("error")]

    @property
    def truncated_ms(self) -> list[int]:
        """Where the model was told that its words were cut."""
        return [e["audio_end_ms"] for e in self.session.received("conversation.item.truncate")]

    def sent_at(self, kind: str) -> list[float]:
        """When the model sent its events of this type, in ms of the caller's line."""
        moved = self.session.server_events
        return [self.line_ms(m.at_secs) for m in moved if m.event["type"] == kind]

    @property
    def outputs(self) -> list[Event]:
        """What the model was told its functions came to, in order."""
        items = [e["item"] for e in self.session.received("conversation.item.create")]
        return [json.loads(i["output"]) for i in items if i["type"] == "function_call_output"]

    @property
    def asked(self) -> list[str]:
        """The purpose of each response we asked for, in order."""
        return [
            ((e.get("response") or {}).get("metadata") or {}).get("purpose", "")
            for e in self.session.received("response.create")
        ]

    # -- in the records -----------------------------------------------------------------------

    @property
    def outcome(self) -> tuple[str, str]:
        """(result, reason)."""
        return self.record["outcome"]["result"], self.record["outcome"]["reason"]

    @property
    def turns(self) -> list[tuple[str, str]]:
        """(role, text), as stored."""
        return [(turn["role"], turn["text"]) for turn in self.record["turns"]]

    def turn(self, begins: str) -> dict[str, Any]:
        """The agent's turn that begins with these words."""
        turns = [t for t in self.record["turns"] if t["role"] == "agent"]
        return next(t for t in turns if t["text"].startswith(begins))

    def _spans(self, text: str) -> list[HeardSpan]:
        return audible_spans(self.caller_voice.render(text))


def stretch_of(track: bytes, sound: bytes) -> HeardSpan | None:
    """Where a ruler's sound begins in a track and where it breaks off; None if it is not there.

    Silence within it, from a generator that fell behind, does not end it.
    """
    start = track.find(sound[:80])
    if start < 0:
        return None
    at, measured = start, 0
    while measured < len(sound) and at < len(track):
        if track[at] == sound[measured]:
            measured += 1
        elif track[at] != SILENCE:
            break
        at += 1
    return HeardSpan(start / BYTES_PER_MS, (start + measured) / BYTES_PER_MS)


class Scenes:
    """The scenes of one test file, and what came of each once they were played."""

    def __init__(self) -> None:
        self._scenes: list[Scene] = []
        self._thorough: set[Scene] = set()  # only thorough tests look at these
        self._told: dict[Scene, Told | BaseException] = {}

    def add(self, **what: Any) -> Scene:
        scene = Scene(**what)
        self._scenes.append(scene)
        return scene

    def thorough_but(self, cases: Mapping[K, Scene], *usual: K) -> list[ParameterSet]:
        """Each case as a parameter: the usual ones in every run, all others in a thorough one."""
        others = [case for case in cases if case not in usual]
        self._thorough |= {cases[case] for case in others}
        marked = [pytest.param(case, marks=pytest.mark.thorough) for case in others]
        return [*(pytest.param(case) for case in usual), *marked]

    @property
    def played(self) -> list[Scene]:
        """Those that were played in this run."""
        return list(self._told)

    def __getitem__(self, scene: Scene) -> Told:
        """Raises what went wrong in this scene, in the test that looks at it."""
        told = self._told[scene]
        if isinstance(told, BaseException):
            raise told
        return told

    async def play(
        self, folder: Path, spoken: Voice, *, at_once: int = 6, asked: Collection[bool] = (False,)
    ) -> None:
        """Plays all that are `asked` for, the thorough ones (True) or the others, so many at a
        time: more would wait for each other on a small machine.

        Opening a line and rendering words takes the processor from calls under way, so all of
        that is done before the first call begins.
        """
        places = asyncio.Semaphore(at_once)

        async def play(scene: Scene, home: Path, line: Line, stack: AsyncExitStack) -> Told:
            async with stack, places, asyncio.timeout(scene.within_secs):
                return await perform(scene, home, line, spoken)

        plays = []
        scenes = [scene for scene in self._scenes if (scene in self._thorough) in asked]
        for number, scene in enumerate(scenes):
            home = folder / str(number)
            home.mkdir()
            await render_words(CallerScript(scene.actions, spoken))
            stack = AsyncExitStack()
            line = await stack.enter_async_context(open_scene(scene, home))
            plays.append(play(scene, home, line, stack))
        told = await asyncio.gather(*plays, return_exceptions=True)
        self._told = dict(zip(scenes, told, strict=True))


def asked_by(request: pytest.FixtureRequest) -> set[bool]:
    """Whether thorough tests of this file, or others, or both are about to run."""
    tests = [item for item in request.session.items if item.path == request.path]
    return {item.get_closest_marker("thorough") is not None for item in tests}


async def perform(scene: Scene, folder: Path, line: Line, spoken: Voice) -> Told:
    """Plays one scene to the call's end."""
    caller = CallerScript(scene.actions, spoken, scene.surroundings())
    if scene.order is None:
        sim = await line.carrier.dial(CALLER, caller=caller)
    else:
        policy = Answers(**{"ring_secs": 0.3, "caller": caller, **scene.callee})
        line.carrier.answer(CALLER, policy)
        order = {"to": CALLER, "agent": AGENT, **scene.order}
        answer = await line.api.post("/calls", json=order)
        assert answer.status_code == 201, answer.text
        sim = await line.carrier.wait_for_call(to=CALLER)
    return await tell(scene, line, sim, folder, spoken)


@asynccontextmanager
async def open_scene(scene: Scene, folder: Path) -> AsyncIterator[Line]:
    """The line a scene is played on."""
    prepare_clips(folder, scene.clips, scene.voice)
    async with AsyncExitStack() as stack:
        tap, settings = None, dict(scene.settings)
        if scene.tap is not None:
            tap = scene.tap()
            settings["openai_realtime_url"] = await stack.enter_async_context(tap.open())
        line = await stack.enter_async_context(
            open_line(
                folder,
                brain=scene.brain,
                script=scene.script,
                manner=scene.manner,
                voice=scene.voice,
                agents={AGENT: _agent(scene)},
                pipelines=scene.pipelines,
                inbound_agent=AGENT,
                **settings,
            )
        )
        if tap is not None:
            tap.model_url = line.model.url
        await _book(line, scene.bookings)
        if scene.before is not None:
            await scene.before(line)
        line.model.faults = scene.faults
        line.carrier.marks_late = scene.marks_late
        line.model.next_faults(*scene.first_faults)
        for name, value in scene.business.items():
            setattr(line.business.faults, name, value)
        line.carrier.answer(line.settings.human_transfer_number or HUMAN, scene.human)
        yield line


async def _book(line: Line, times: Sequence[str]) -> None:
    async with loopback_client(base_url=line.business.url) as business:
        for time in times:
            wish = {"name": "Ann Miller", "day": BOOKED, "time": time}
            answer = await business.post(
                "/appointments", json=wish, headers={"Idempotency-Key": time}
            )
            assert answer.status_code == 201, answer.text


def _suppressed(folder: Path) -> list[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(folder / "trunkline.db")) as db:
        return db.execute("SELECT number, note FROM suppressions ORDER BY at").fetchall()


def _agent(scene: Scene) -> str:
    summary = str(scene.summary).lower()
    return (
        f'pipeline = "{scene.pipeline}"\ninstructions = "Be brief."\n'
        f'brain = "{scene.brain}"\nfirst_line = "{scene.first_line}"\n'
        f"outcome = {{ summary = {summary} }}\n{scene.agent}\n"
    )


async def tell(scene: Scene, line: Line, sim: SimCall, folder: Path, spoken: Voice) -> Told:
    """Waits for the call's end and gathers what is left of it."""
    await sim.wait_ended()
    record = await line.ended(sim.sid)
    sessions = line.model.sessions or [SessionRecord(session_id="", model="")]
    return Told(
        sim=sim,
        session=sessions[-1],
        sessions=sessions,
        record=record,
        appointments=await line.business.appointments(),
        suppressed=_suppressed(folder),
        refused=line.model.refused,
        voice=scene.voice,
        caller_voice=spoken,
        clips=folder / "clips",
    )


def prepare_clips(folder: Path, lines: Sequence[str], voice: Voice) -> None:
    """Puts lines where the service keeps those it has rendered."""
    clips = Clips(folder / "clips")
    for line in lines:
        clips.put(
            Speaker(brain="openai", model="gpt-realtime-2.1", voice="marin"),
            line,
            voice.render(line),
        )


class Tap:
    """Between the service and the model: passes every event on, unless a subclass changes it."""

    model_url = ""

    async def to_model(self, event: Event) -> Sequence[Event | str]:
        """What the model gets in place of this event of the service."""
        return [event]

    async def to_service(self, event: Event) -> Sequence[Event | str]:
        """What the service gets in place of this event of the model; text goes as it is."""
        return [event]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Where the service finds the tapped model."""
        async with serve(self._relay, "127.0.0.1", 0, max_size=None, compression=None) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            yield f"ws://127.0.0.1:{port}/v1/realtime"

    async def _relay(self, service: ServerConnection) -> None:
        assert service.request is not None
        query = service.request.path.partition("?")[2]
        headers = {"Authorization": service.request.headers["Authorization"]}
        async with connect(
            f"{self.model_url}?{query}",
            additional_headers=headers,
            max_size=None,
            compression=None,
            proxy=None,
        ) as model:
            ways = (_pump(service, model, self.to_model), _pump(model, service, self.to_service))
            tasks = [asyncio.create_task(way) for way in ways]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(
    source: Any, target: Any, change: Callable[[Event], Awaitable[Sequence[Event | str]]]
) -> None:
    try:
        async for message in source:
            for event in await change(json.loads(message)):
                await target.send(event if isinstance(event, str) else json.dumps(event))
    except ConnectionClosed:
        pass


class LateDone(Tap):
    """`response.done` comes a little after the last item, as it does across a real network."""

    async def to_service(self, event: Event) -> list[Event]:
        if event["type"] == "response.done":
            await asyncio.sleep(0.1)
        return [event]


def silenced(event: Event) -> Event:
    """Caller's sound on its way to the model, without the sound; other events as they are."""
    if event["type"] != "input_audio_buffer.append":
        return event
    silence = bytes([SILENCE]) * len(base64.b64decode(event["audio"]))
    return {**event, "audio": base64.b64encode(silence).decode()}
