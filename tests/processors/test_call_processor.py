"""What every processor stands on: named timers, and one end."""

import ast
import asyncio
import inspect
import textwrap

import pytest
from pipecat.clocks.system_clock import SystemClock
from pipecat.frames import frames as pipecats
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    StartFrame,
    TextFrame,
)
from pipecat.observers.base_observer import BaseObserver, FrameProcessed, FramePushed
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup
from pipecat.utils.asyncio.task_manager import TaskManager

from bot.testing.stage import on_stage
from processors.base import PIPECATS_OWN, CallProcessor, OnFailure
from processors.frames import HangUpFrame, SayFrame, TransferFrame


class Kettle(CallProcessor):
    """Rings three seconds after each text; remembers what it did."""

    def __init__(self) -> None:
        super().__init__()
        self.acted: list[str] = []
        self.rang_at_secs: list[float] = []

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, TextFrame):
            self.acted.append(frame.text)
            self.boil()

    def boil(self) -> None:
        self._start_timer("kettle", 3.0, self._ring_out)

    async def _ring_out(self) -> None:
        self.rang_at_secs.append(asyncio.get_running_loop().time())
        self._stop_timer("kettle")
        await asyncio.sleep(1.0)
        await self.push_frame(TextFrame("done"))


async def test_a_timer_rings_once_and_starting_it_again_starts_it_anew() -> None:
    """Each name has one timer; stopping it from its own callback cuts nothing short."""
    kettle = Kettle()
    async with on_stage(kettle) as stage:
        await stage.at(0.0, TextFrame("one"))
        await stage.at(2.0, TextFrame("two"))
        await stage.until(20)
        start_secs = stage.start_secs
    assert [round(at - start_secs, 3) for at in kettle.rang_at_secs] == [5.0]
    assert [frame.text for frame in stage.downs(TextFrame)] == ["one", "two", "done"]


class Follows(BaseObserver):
    """Notes every step of every text."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, str]] = []
        self.came: list[tuple[str, str]] = []

    async def on_process_frame(self, data: FrameProcessed) -> None:
        if isinstance(data.frame, TextFrame):
            self.came.append((data.frame.text, type(data.processor).__name__))

    async def on_push_frame(self, data: FramePushed) -> None:
        if isinstance(data.frame, TextFrame):
            self.steps.append((data.frame.text, type(data.source).__name__))


async def test_an_observer_sees_every_step_from_when_it_comes_on() -> None:
    """And none before: nobody was there to see it."""
    observer = Follows()
    async with on_stage(Kettle(), Kettle()) as stage:
        await stage.at(0.0, TextFrame("unseen"))
        stage.worker.add_observer(observer)
        await stage.at(0.5, TextFrame("seen"))
    ours = [step for step in observer.steps if step[1] == "Kettle"]
    assert ours == [("seen", "Kettle"), ("seen", "Kettle")]
    came = [step for step in observer.came if step[1] == "Kettle"]
    assert came == [("seen", "Kettle"), ("seen", "Kettle")]


def test_pipecat_itself_does_nothing_with_other_frames() -> None:
    """What is left out where nobody observes is a note for observers, and nothing else: there is
    that, and then what is done with frames of kinds that are named.
    """
    source = textwrap.dedent(inspect.getsource(FrameProcessor.process_frame))
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.AsyncFunctionDef)
    _, observer, note, kinds = function.body
    assert ast.unparse(observer).startswith("observer = ")
    assert isinstance(note, ast.If) and ast.unparse(note.test) == "observer" and not note.orelse
    named: set[type[Frame]] = set()
    branch = [kinds]
    while branch:
        (each,) = branch
        assert isinstance(each, ast.If)
        assert ast.unparse(each.test).startswith("isinstance(frame, ")
        names = [node.id for node in ast.walk(each.test) if isinstance(node, ast.Name)]
        named |= {getattr(pipecats, name) for name in names if name not in ("isinstance", "frame")}
        branch = each.orelse
    assert named == set(PIPECATS_OWN)


async def test_a_handler_is_told_of_steps_of_its_own_processor() -> None:
    """Before and after each."""
    told: list[str] = []

    async def tell(processor: FrameProcessor, frame: Frame) -> None:
        if isinstance(frame, TextFrame):
            told.append(frame.text)

    kettle = Kettle()
    kettle.add_event_handler("on_before_push_frame", tell)
    kettle.add_event_handler("on_after_push_frame", tell)
    async with on_stage(Kettle(), kettle) as stage:
        await stage.at(0.0, TextFrame("one"))
    assert told == ["one", "one"]


async def test_a_handler_is_told_of_what_its_own_processor_takes_in() -> None:
    """Before and after each frame; and whoever hands one over with a callback is called back."""
    told: list[str] = []

    async def tell(processor: FrameProcessor, frame: Frame) -> None:
        if isinstance(frame, TextFrame):
            told.append(frame.text)

    async def called_back(processor: FrameProcessor, frame: Frame, way: FrameDirection) -> None:
        told.append("called back")

    kettle, other = Kettle(), Kettle()
    kettle.add_event_handler("on_before_process_frame", tell)
    kettle.add_event_handler("on_after_process_frame", tell)
    async with on_stage(other, kettle) as stage:
        await stage.at(0.0, TextFrame("one"))
        await other.queue_frame(TextFrame("two"), FrameDirection.DOWNSTREAM, called_back)
    assert told == ["one", "one", "two", "two", "called back"]


def test_pipecat_itself_takes_frames_in_as_we_do() -> None:
    """In direct mode it leaves out what comes after a cancellation, waits with the StartFrame, and
    calls handlers: nothing else is left out where there are none.
    """
    queue = textwrap.dedent(inspect.getsource(FrameProcessor.queue_frame))
    process = inspect.getsource(vars(FrameProcessor)["_FrameProcessor__process_frame"])
    (function,) = ast.parse(queue).body
    assert isinstance(function, ast.AsyncFunctionDef)
    cancelled, direct = map(ast.unparse, function.body[1:3])
    assert cancelled == "if self._cancelling:\n    return"
    assert [line.strip() for line in direct.splitlines()] == [
        "if self._enable_direct_mode:",
        "if isinstance(frame, StartFrame):",
        "await self.__setup_done.wait()",
        "await self.__process_frame(frame, direction, callback)",
        "return",
    ]
    assert [line.strip() for line in process.splitlines() if "await " in line] == [
        'await self._call_event_handler("on_before_process_frame", frame)',
        "await self.process_frame(frame, direction)",
        "await callback(self, frame, direction)",
        'await self._call_event_handler("on_after_process_frame", frame)',
        "await self.push_error(",
    ]


class Bell(CallProcessor):
    """Takes the turn at each text."""

    adds = {InterruptionFrame: "both", SayFrame: "up"}

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, TextFrame):
            await self._take_turn(SayFrame(text="Fire!"))


async def test_the_turn_is_taken_before_the_line_is_asked_for() -> None:
    """The model is cancelled, the sound is cut, and only then the line is asked for."""
    async with on_stage(Bell()) as stage:
        await stage.at(1.0, TextFrame("ring"))
    went_up = [seen.frame for seen in stage.source.seen]
    kinds = [type(frame) for frame in went_up if isinstance(frame, InterruptionFrame | SayFrame)]
    assert kinds == [InterruptionFrame, SayFrame]
    assert len(stage.downs(InterruptionFrame)) == 1
    assert [frame.text for frame in stage.ups(SayFrame)] == ["Fire!"]


@pytest.mark.parametrize("end", [HangUpFrame, TransferFrame])
@pytest.mark.parametrize("direction", list(FrameDirection))
async def test_behind_the_end_of_a_call_nothing_is_done(
    end: type[Frame], direction: FrameDirection
) -> None:
    """Timers stop, later frames pass without effect and no timer starts again."""
    kettle = Kettle()
    async with on_stage(kettle) as stage:
        await stage.down(TextFrame("before"))
        push = stage.down if direction is FrameDirection.DOWNSTREAM else stage.up
        await push(end())
        await stage.down(TextFrame("behind"))
        kettle.boil()
        await stage.until(20)
    assert kettle.acted == ["before"]
    assert kettle.rang_at_secs == []
    assert len(stage.downs(TextFrame)) == 2


@pytest.mark.parametrize("end", [EndFrame, CancelFrame])
async def test_a_pipeline_that_ends_takes_its_timers_along(end: type[Frame]) -> None:
    """EndFrame and CancelFrame stop them (the stage fails if a task is left)."""
    kettle = Kettle()
    async with on_stage(kettle) as stage:
        await stage.down(TextFrame("before"))
        await stage.worker.queue_frame(end())
        await stage.after(1)
        assert stage.worker.has_finished()
    assert kettle.rang_at_secs == []


@pytest.mark.parametrize("after_secs", [1.0, 3.5])
async def test_cleanup_alone_ends_timers_and_callbacks(after_secs: float) -> None:
    """A processor torn down without a word leaves no task, not even one that has rung."""
    kettle = Kettle()
    manager = TaskManager()
    setup = FrameProcessorSetup(
        clock=SystemClock(),
        task_manager=manager,
        pipeline_worker=None,  # type: ignore[arg-type]
    )
    await kettle.setup(setup)
    await kettle.queue_frame(StartFrame())
    await kettle.queue_frame(TextFrame("before"))
    await asyncio.sleep(after_secs)
    assert manager.current_tasks()
    await kettle.cleanup()
    await asyncio.sleep(0)
    assert not manager.current_tasks()


class Cracked(Kettle):
    """Fails when it has to do with cold water, and when it rings."""

    def __init__(self, on_failure: OnFailure) -> None:
        super().__init__()
        self.on_failure = on_failure

    async def _act(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, TextFrame) and frame.text == "cold":
            raise ValueError("too cold")
        await super()._act(frame, direction)

    async def _ring_out(self) -> None:
        await super()._ring_out()
        raise ValueError("cracked")


async def test_a_processor_that_fails_goes_on() -> None:
    """The frame at which it failed is lost to it, to nobody else; it is told of once."""
    kettle = Cracked("skip")
    async with on_stage(kettle, failing=True) as stage:
        await stage.down(*map(TextFrame, ("cold", "one", "cold", "two")))
        await stage.until(5)
    assert kettle.acted == ["one", "two"]
    assert [frame.text for frame in stage.downs(TextFrame)] == [
        "cold",
        "one",
        "cold",
        "two",
        "done",
    ]
    assert len(kettle.rang_at_secs) == len(stage.ups(ErrorFrame)) == 1


async def test_a_timer_that_fails_is_told_of() -> None:
    """Nobody waits for what it was to do; the call goes on."""
    kettle = Cracked("skip")
    async with on_stage(kettle, failing=True) as stage:
        await stage.down(TextFrame("one"))
        await stage.until(5)
        await stage.down(TextFrame("two"))
        await stage.until(10)
    assert (kettle.acted, len(kettle.rang_at_secs)) == (["one", "two"], 2)
    assert [str(error.exception) for error in stage.ups(ErrorFrame)] == ["cracked"]


async def test_a_processor_that_degrades_stands_aside() -> None:
    """From its first failure on it passes frames and does nothing else, timers included."""
    kettle = Cracked("degrade")
    async with on_stage(kettle, failing=True) as stage:
        await stage.down(*map(TextFrame, ("one", "cold", "two")))
        kettle.boil()
        await stage.until(10)
    assert (kettle.acted, kettle.rang_at_secs) == (["one"], [])
    assert [frame.text for frame in stage.downs(TextFrame)] == ["one", "cold", "two"]
    assert len(stage.ups(ErrorFrame)) == 1
