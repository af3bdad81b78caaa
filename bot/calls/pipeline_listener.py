"""What comes through the pipeline of a call is told to the call, its journal and its recorder."""

import re

from loguru import logger
from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.pipeline.worker import PipelineWorker

from bot.calls.call import Call, new_token
from bot.calls.events import BrainLost, EndingDecided, HandOverAsked, KeysAsked, TransferAsked
from bot.calls.holds import Holds
from bot.calls.legs import Target
from bot.calls.outcome import BRAIN_IS_LOST, Ending
from bot.calls.person_events import ConsultAsked, ConsultCalledOff
from bot.calls.shared_services import Recorder
from bot.calls.unproven import Unproven
from bot.clock import utcnow
from bot.tasks import TaskSet
from processors.frames import (
    ConsultFrame,
    HandOverFrame,
    HangUpFrame,
    MachineNoteFrame,
    NumberTypedFrame,
    OnHoldFrame,
    PassageFrame,
    PassageReadyFrame,
    PressKeysFrame,
    RecordingFrame,
    TakenOverFrame,
    TransferFrame,
    UnprovenFrame,
)
from processors.people import whom_to_call
from tools import Toolbox

_OURS = frozenset(ending.value for ending in Ending)
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_TOLD = (  # what comes through for the call
    HangUpFrame,
    TransferFrame,
    MachineNoteFrame,
    RecordingFrame,
    PassageFrame,
    NumberTypedFrame,
    PressKeysFrame,
    UnprovenFrame,
    HandOverFrame,
    ConsultFrame,
    OnHoldFrame,
)


class PipelineListener:
    """Hears what one pipeline tells, from the moment it is made."""

    def __init__(
        self,
        call: Call,
        worker: PipelineWorker,
        *,
        toolbox: Toolbox,
        unproven: Unproven,
        holds: Holds,
        recorder: Recorder | None,
        human_available: bool,
        tasks: TaskSet,
    ) -> None:
        self._call = call
        self._worker = worker
        self._toolbox = toolbox
        self._unproven = unproven
        self._holds = holds
        self._recorder = recorder
        self._human_available = human_available
        self._tasks = tasks
        self._failed: set[str] = set()  # processors
        worker.set_reached_downstream_filter(_TOLD)
        worker.add_event_handler("on_frame_reached_downstream", self._frame_came_through)
        worker.add_event_handler("on_heartbeat_timeout", self._stuck)
        worker.add_event_handler("on_pipeline_error", self._processor_failed)

    async def _frame_came_through(self, worker: PipelineWorker, frame: Frame) -> None:
        if isinstance(frame, HangUpFrame):
            self._call.post(_end_of(frame.reason))
        elif isinstance(frame, TransferFrame):
            first, *others = _targets(self._call, frame.to) or [Target("", "")]
            self._call.post(
                TransferAsked(frame.reason, frame.line, first.number, first.name, tuple(others))
            )
            if self._recorder is not None:
                self._recorder.put_through()
        elif isinstance(frame, ConsultFrame | PressKeysFrame | HandOverFrame):
            self._wanted(frame)
        elif isinstance(frame, MachineNoteFrame | UnprovenFrame | OnHoldFrame):
            if not isinstance(frame, TakenOverFrame):  # as of a hold, but it is none
                self._note(frame)
        elif isinstance(frame, RecordingFrame) and self._recorder is not None:
            self._recorder.told(frame)
        elif isinstance(frame, NumberTypedFrame):
            self._toolbox.number_typed(frame.kind, frame.number)
        elif isinstance(frame, PassageFrame) and frame.opens:
            self._call.sound.is_private = True
            self._tasks.start(self._open_passage(), name=f"passage::{self._call.id}")
        elif isinstance(frame, PassageFrame):
            self._call.sound.is_private = False
            if self._recorder is not None:
                self._recorder.resume()

    def _wanted(self, frame: ConsultFrame | PressKeysFrame | HandOverFrame) -> None:
        """What the agent wants to be done while the call goes on."""
        match frame:
            case ConsultFrame():
                self._ask_person(frame)
            case PressKeysFrame():
                self._call.post(KeysAsked(frame.keys, new_token()))
            case HandOverFrame():
                self._call.post(HandOverAsked(frame.agent, frame.reason))

    def _ask_person(self, frame: ConsultFrame) -> None:
        if not frame.to:
            self._call.post(ConsultCalledOff())
            return
        first, *others = _targets(self._call, frame.to) or [Target("", "")]
        self._call.post(ConsultAsked(frame.reason, frame.brief, first, tuple(others)))

    def _note(self, frame: MachineNoteFrame | UnprovenFrame | OnHoldFrame) -> None:
        """What is kept in the call's record, and changes nothing."""
        if isinstance(frame, MachineNoteFrame):
            self._call.journal.changed(machine=frame.note)
        elif isinstance(frame, UnprovenFrame):
            self._unproven.stand(frame.claims or {})
        else:
            self._holds.told(frame)

    async def _open_passage(self) -> None:
        if self._recorder is not None:
            await self._recorder.pause()
        await self._worker.queue_frame(PassageReadyFrame())

    async def _stuck(self, worker: PipelineWorker) -> None:
        self._call.post(EndingDecided(Ending.PIPELINE_STUCK))

    async def _processor_failed(self, worker: PipelineWorker, frame: ErrorFrame) -> None:
        """A processor raised, or reported an error: its author has said what is to follow."""
        follows = getattr(frame.processor, "on_failure", "skip")
        if str(frame.processor) not in self._failed:  # some fail at each frame of sound
            self._failed.add(str(frame.processor))
            log = logger.bind(call_id=self._call.id).opt(exception=frame.exception)
            log.error(
                "{} failed; what follows: {}", frame.processor, follows, event="processor_failed"
            )
        if follows == "transfer" and self._human_available:
            self._call.post(TransferAsked(f"{frame.processor} failed."))
        elif follows in ("transfer", "end"):
            self._call.post(EndingDecided(Ending.PROCESSOR_FAILED))


def _targets(call: Call, name: str) -> list[Target]:
    """Who are called in turn for one of the agent's people; nobody, if none has this name."""
    people = call.agent.people
    called = whom_to_call(people, name, utcnow())
    return [Target(each, people[each].number) for each in called]


def _ending(reason: str) -> Ending:
    """The ending a processor asks for; an author's own word for one is a hang-up as any other."""
    return Ending(reason) if reason in _OURS else Ending.END_CALL


def _end_of(reason: str) -> BrainLost | EndingDecided:
    """What it means for the call that a processor asks for this ending."""
    ending = _ending(reason)
    if ending in BRAIN_IS_LOST:
        return BrainLost(ending)
    return EndingDecided(ending, _own_reason(reason))


def _own_reason(reason: str) -> str:
    """The author's own word for an ending, which its record keeps; empty if it is one of ours."""
    if reason in _OURS:
        return ""
    if _SLUG.fullmatch(reason):
        return reason
    logger.warning(
        "{!r} is no reason for an ending: write a word such as booked_out",
        reason,
        event="ending_reason_invalid",
    )
    return ""
