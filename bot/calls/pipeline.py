"""The conversation of one call, from its stream's start to the last frame."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from loguru import logger
from pipecat.frames.frames import Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.frame_processor import FrameDirection
from pipecat.workers.runner import WorkerRunner

from bot.brains import CallRequests, ForCall, Session, find_brain
from bot.calls.actions import TellAgent
from bot.calls.agent_in_call import agent_in_call
from bot.calls.call import Call
from bot.calls.events import EndingDecided, LegEnded
from bot.calls.holds import Holds, held_secs
from bot.calls.legs import Stream
from bot.calls.operator_seat import OperatorSeat
from bot.calls.operator_talk import OperatorTalk
from bot.calls.outcome import WITHOUT_TALK, Ending
from bot.calls.pipecat_worker import STOP_SECS, worker_of
from bot.calls.pipeline_listener import PipelineListener
from bot.calls.putting_through import MOST_TRANSFERS
from bot.calls.sessions import model_config_of
from bot.calls.shared_services import Recorder, SharedServices
from bot.calls.summary import summary_request
from bot.calls.toolboxes import done_before, toolbox_of
from bot.calls.unproven import Unproven
from bot.carriers import MachineDetected
from bot.carriers.leg import Ended, Leg
from bot.clock import utcnow
from bot.media import BotAudio, CallerAudio
from bot.tasks import TaskSet
from config import Agent
from pipelines import CallParts
from processors.frames import (
    AnswerNowFrame,
    ConsultFrame,
    ConsultOverFrame,
    KeysPressedFrame,
    MachineVerdictFrame,
    NoteFrame,
    PressKeysFrame,
    ProvenFrame,
    SayFrame,
    WhisperFrame,
    WrapUpFrame,
)
from processors.people import who_is_there
from tools import ToolAnswer

SUMMARY_SECS = 6.0  # the caller is gone; a record without a summary beats a late one
CALLEE_SECS = 0.3  # who picks up is on the line, and may say hello, before the agent speaks


def _talked_secs(call: Call) -> float:
    """How long the call lasted before this pipeline had it; its time on hold, and with an operator,
    is not counted.
    """
    if call.earlier is None or call.earlier.answered_at is None:
        return 0.0
    lasted_secs = (utcnow() - call.earlier.answered_at).total_seconds()
    return lasted_secs - held_secs(call.earlier) - call.taken_over_secs


def with_notes_of(old: "CallPipeline", call: Call) -> Call:
    """The call as it goes on: what its agent claimed and when it waited stay recorded."""
    earlier = call.earlier and replace(call.earlier, unproven=old.unproven, holds=old.holds)
    return replace(call, earlier=earlier, taken_over_secs=old.taken_over_secs)


def _who_is_there(agent: Agent) -> dict[str, bool]:
    """Of the agent's people: whether they, or whoever is called instead, can be called now."""
    now = utcnow()
    return {name: who_is_there(agent.people, name, now) is not None for name in agent.people}


def _frame_of(told: TellAgent) -> Frame:
    """What brings it to the model."""
    match told.how:
        case "say":
            return SayFrame(text=told.text)
        case "keys":
            return PressKeysFrame(keys=told.text)
        case how:
            return WhisperFrame(text=told.text, asks=how == "whisper")


class CallPipeline:
    """A pipeline built for one call, run by Pipecat, watched from outside."""

    def __init__(
        self,
        call: Call,
        *,
        stream: Stream,
        shared: SharedServices,
        session: "asyncio.Task[Session]",  # which may still be being opened
        asks_for_opening: bool,  # the session has been asked for the first words, or will be
        reopen: Callable[[], Awaitable[Session]],
        recorder: Recorder | None,
        operator_talk: OperatorTalk,
        colleagues: Mapping[str, str],
    ) -> None:
        self._call = call
        self.recorder = recorder
        self._tasks = TaskSet()
        self._handed_over = False  # to another agent
        self._stream = stream
        self._first_leg: Leg = stream.leg
        tired = call.state.transfers >= MOST_TRANSFERS  # and still nobody has come
        requests = CallRequests(
            human_available=shared.human_available and not tired,
            people=lambda: {} if tired else _who_is_there(call.agent),
            warm=frozenset(n for n, p in call.agent.people.items() if p.transfer == "warm"),
            asking=lambda: call.state.consultation is not None,
            keys_available=call.direction == "outbound",
            colleagues=colleagues,
        )
        self._toolbox = toolbox_of(call, shared, requests, self._late)
        self._unproven = Unproven(
            note=lambda claims: call.journal.changed(unproven=claims),
            earlier=call.earlier.unproven if call.earlier else None,
        )
        self._holds = Holds(call)
        config = replace(model_config_of(call, shared.brains), opening_asked=asks_for_opening)
        self._model = find_brain(call.agent.brain, shared.brains).processor(
            ForCall(
                session=session,
                reopen=reopen,
                config=config,
                toolbox=self._toolbox,
                requests=requests,
                clips=shared.clips,
                log=call.feed,
            )
        )
        begins = call.direction == "outbound" and call.earlier is None
        self._bot_audio = BotAudio(
            leg=stream.leg,
            sound=call.sound,
            pause_secs=CALLEE_SECS if begins else 0.0,
            on_first_words=self._first_words,
        )
        self._caller_audio = CallerAudio(
            leg=stream.leg,
            bot_audio=self._bot_audio,
            on_ended=self._stream_ended,
            sound=call.sound,
        )
        parts = CallParts(
            caller_audio=self._caller_audio,
            model=self._model,
            bot_audio=self._bot_audio,
            agent=agent_in_call(
                call.agent,
                call.request,
                talked_secs=_talked_secs(call),
                held_secs=held_secs(call.earlier) if call.earlier is not None else 0.0,
                human_available=shared.human_available,
                inbound=call.direction == "inbound",
            ),
        )
        self._operator = OperatorSeat(call, talk=operator_talk, queue=self._queue_down)
        *others, last = call.pipeline.build(parts)
        self._worker = worker_of(Pipeline([*others, self._operator.voice, last]))
        PipelineListener(
            call,
            self._worker,
            toolbox=self._toolbox,
            unproven=self._unproven,
            holds=self._holds,
            recorder=recorder,
            human_available=shared.human_available,
            tasks=self._tasks,
        )
        self._started_at = asyncio.get_running_loop().time()
        self._task: asyncio.Task[None] | None = None

    async def start(self, reports: Sequence[MachineDetected]) -> None:
        """Begins the conversation; `reports` are what the carrier has said of who answered."""
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        await runner.add_workers(self._worker)
        self._task = asyncio.create_task(runner.run(), name=f"pipeline::{self._call.id}")
        self._task.add_done_callback(self._stopped)
        for report in reports:
            await self.pass_on(report)
        if proven := self._proven_before():
            await self._worker.queue_frame(ProvenFrame(claims=proven))
        if asked := self._call.state.consultation:  # by the agent before this one
            waits = ConsultFrame(to=asked.target.name or "a person", reason=asked.reason)
            await self._worker.queue_frame(waits, FrameDirection.UPSTREAM)
        if self._call.late_facts is not None:
            told = self._tell_late(self._call.late_facts)
            self._tasks.start(told, name=f"late::{self._call.id}")

    async def _tell_late(self, facts: Awaitable[str]) -> None:
        """What was found out of the caller after their call was taken."""
        if text := await facts:
            await self._worker.queue_frame(NoteFrame(text=text), FrameDirection.UPSTREAM)
            await self._worker.queue_frame(ProvenFrame(claims=("standing",)))

    def _proven_before(self) -> tuple[str, ...]:
        """What the agent may claim though no tool of this process has done it. Whom we call is told
        of what stands in the order of the call, and a known caller of what they have."""
        done = [self._toolbox.covers(name) for name in done_before(self._call)]
        told = self._call.direction == "outbound" or self._call.request.caller
        known = ("standing",) if told else ()
        return tuple(dict.fromkeys((*known, *(claim for each in done for claim in each))))

    def _late(self, key: str, name: str, answer: ToolAnswer) -> None:
        """A write has ended after the model had to be answered without."""
        call = self._call
        call.feed.tool_finished(key=key, result=answer.output, duration_ms=None, ok=answer.ok)
        if answer.ok and (proven := self._toolbox.covers(name)):
            self._unproven.proven(proven)
            told = self._worker.queue_frame(ProvenFrame(claims=proven))
            self._tasks.start(told, name=f"proven::{call.id}")

    def _stream_ended(self, how: Ended) -> None:
        self._call.post(LegEnded(how))

    def _stopped(self, task: "asyncio.Task[None]") -> None:
        """It has come to its end, which is one of the call unless something decided it before."""
        if not self._handed_over:
            self._call.post(EndingDecided(Ending.PIPELINE_FAILED))

    async def hand_over(self) -> None:
        """Takes the pipeline down, and leaves the stream to the next."""
        self._handed_over = True
        await self.stop()

    @property
    def unproven(self) -> dict[str, Any] | None:
        """What its agent claimed and nothing covers."""
        return self._unproven.as_record

    @property
    def holds(self) -> list[dict[str, Any]] | None:
        """When its other side let us wait."""
        return self._holds.as_record

    @property
    def taken_over_secs(self) -> float:
        """How long operators have spoken in this call until now."""
        return self._call.taken_over_secs + self._operator.secs

    async def pass_on(self, report: MachineDetected) -> None:
        """Tells what the carrier says of who has answered."""
        await self._worker.queue_frame(
            MachineVerdictFrame(answered_by=report.answered_by, after_ms=report.after_ms)
        )

    async def say_farewell(self) -> None:
        """Says the agent's last line and hangs up after it, whatever the other side says."""
        line = WrapUpFrame(
            text=self._call.agent.lines.farewell,
            reason=self._call.state.farewell or Ending.HUNG_UP_BY_API,
            final=True,
        )
        await self._worker.queue_frame(line, FrameDirection.UPSTREAM)

    async def tell_of_person(self, text: str, *, over: bool) -> None:
        """What came of asking a person, for the agent to tell the caller; `over`: nobody is asked
        any more.
        """
        if over:
            told = ConsultOverFrame()
            await self._worker.queue_frame(told, FrameDirection.UPSTREAM)
        await self._worker.queue_frame(NoteFrame(text=text), FrameDirection.UPSTREAM)
        await self._worker.queue_frame(AnswerNowFrame(), FrameDirection.UPSTREAM)

    async def detach(self) -> None:
        """The stream is gone: what was being said is cut, and the conversation waits."""
        await self._caller_audio.line_lost()
        await self._stream.close()

    async def attach(self, stream: Stream) -> None:
        """Another stream has come: the conversation goes on there."""
        self._stream = stream
        await self._bot_audio.attach(stream.leg)
        await self._caller_audio.attach(stream.leg)

    async def keys_pressed(self, keys: str, *, pressed: bool) -> None:
        """What came of the keys that it wanted pressed."""
        told = KeysPressedFrame(keys=keys, pressed=pressed)
        await self._worker.queue_frame(told, FrameDirection.UPSTREAM)

    async def reach_in(self, told: TellAgent) -> None:
        """Somebody outside wants this of the agent."""
        await self._worker.queue_frame(_frame_of(told), FrameDirection.UPSTREAM)

    async def take_over(self, who: str) -> None:
        """An operator speaks in the agent's place."""
        await self._operator.take(who)

    def give_back(self) -> None:
        """The agent goes on, as soon as it is told of what went on."""
        self._tasks.start(self._operator.give_back(), name=f"back::{self._call.id}")

    async def _queue_down(self, frame: Frame) -> None:
        await self._worker.queue_frame(frame)

    async def summarise(self) -> str:
        """What the model says the call was about; empty when it is not asked or does not say.

        What the caller said last is heard out first.
        """
        await self._model.hear_out()
        if not self._call.agent.outcome.summary or not self._call.journal.turns:
            return ""
        if self._call.ending in WITHOUT_TALK:
            return ""
        request = summary_request(self._call.agent)
        return await self._model.summarise(request, within_secs=SUMMARY_SECS)

    async def stop(self) -> None:
        """Takes the pipeline down, whatever state it is in, waits for bookings under way, and
        closes the stream.
        """
        task = self._task
        if task is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._worker.cancel(reason="the call is over"), STOP_SECS)
            await asyncio.wait({task}, timeout=STOP_SECS)
            for _ in range(2):  # Pipecat swallows the first cancellation where it is stuck
                if not task.done():
                    task.cancel()
                    await asyncio.wait({task}, timeout=STOP_SECS)
            if not task.done():
                logger.critical(
                    "a pipeline will not stop: leaving it",
                    call_id=self._call.id,
                    event="pipeline_stuck",
                )
            elif not task.cancelled() and task.exception() is not None:
                logger.opt(exception=task.exception()).error(
                    "the pipeline failed", call_id=self._call.id, event="pipeline_failed"
                )
        self._holds.end()
        await self._operator.leave(goes_on=self._handed_over)
        await self._toolbox.finish()
        if self.recorder is not None:
            await self.recorder.finish()
        self._tell_dropped()
        if not self._handed_over:
            await self._stream.close()

    def _tell_dropped(self) -> None:
        """One line about what came from the two sides and was of no use, if anything was."""
        carrier, model = self._first_leg.dropped, self._model.dropped
        if any(carrier) or any(model.values()):
            logger.info(
                "messages dropped: of the carrier {} unreadable, {} unknown, {} repeated; "
                "of the model {} unreadable, {} malformed, {} unknown, {} repeated",
                *carrier,
                *model.values(),
                call_id=self._call.id,
                event="messages_dropped",
            )

    def _first_words(self, began_at: float) -> None:
        self._call.journal.first_words(round((began_at - self._started_at) * 1000))
