"""The conversation of one call, from its stream's start to the last frame."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence

from loguru import logger
from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection
from pipecat.workers.runner import WorkerRunner

from bot.brains import CallRequests, Session, find_brain
from bot.calls import prompts
from bot.calls.agent_in_call import agent_in_call
from bot.calls.call import Call
from bot.calls.events import EndingDecided, LegEnded, TransferAsked
from bot.calls.legs import Stream
from bot.calls.opt_outs import OtherParty
from bot.calls.outcome import WITHOUT_TALK, Ending
from bot.calls.sessions import model_config_of, tools_of
from bot.calls.shared_services import SharedServices
from bot.carriers import MachineDetected
from bot.carriers.leg import Ended, Leg
from bot.clock import utcnow
from bot.media import SAMPLE_RATE, BotAudio, CallerAudio
from bot.same_number import is_withheld
from pipelines import CallParts
from processors.frames import (
    HangUpFrame,
    MachineNoteFrame,
    MachineVerdictFrame,
    TransferFrame,
    WrapUpFrame,
)
from processors.hours import facts_of_days
from tools import HoursOf, Toolbox
from tools.appointments import theirs_before
from tools.tool import Theirs

STOP_SECS = 5.0  # a pipeline that has not stopped by then is cancelled, twice if need be
SUMMARY_SECS = 6.0  # the caller is gone; a record without a summary beats a late one
CALLEE_SECS = 0.3  # who picks up is on the line, and may say hello, before the agent speaks
HEARTBEAT_SECS = 2.0
STUCK_SECS = 6.0  # no heartbeat came through the pipeline for this long: neither side is heard

_OURS = frozenset(ending.value for ending in Ending)
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_TOLD = (HangUpFrame, TransferFrame, MachineNoteFrame)  # what the pipeline tells the call


def _talked_secs(call: Call) -> float:
    """How long the call lasted before this process had it."""
    if call.earlier is None or call.earlier.answered_at is None:
        return 0.0
    return (utcnow() - call.earlier.answered_at).total_seconds()


def _succeeded(call: Call) -> list[str]:
    """The tools that did what they were asked before this process had the call."""
    return [done.name for done in call.earlier.tool_calls if done.ok] if call.earlier else []


def _hours_of(call: Call) -> HoursOf | None:
    """The opening hours that the agent knows itself."""
    hours = call.agent.hours
    return None if hours is None else lambda day: facts_of_days(hours, utcnow(), day)


def _theirs(call: Call) -> Theirs:
    """The appointments that were shown to be the other party's before this process had the call."""
    done = call.earlier.tool_calls if call.earlier else []
    return theirs_before((each.name, each.result or {}) for each in done if each.ok)


class CallPipeline:
    """A pipeline built for one call, run by Pipecat, watched from outside."""

    def __init__(
        self,
        call: Call,
        *,
        stream: Stream,
        shared: SharedServices,
        session: "asyncio.Task[Session]",  # which may still be being opened
        reopen: Callable[[], Awaitable[Session]],
    ) -> None:
        self._call = call
        self._human_available = shared.human_available
        self._failed: set[str] = set()  # processors
        self._stream = stream
        self._first_leg: Leg = stream.leg
        requests = CallRequests(human_available=shared.human_available)
        self._toolbox = Toolbox(
            tools_of(call),
            business=shared.business,
            control=requests,
            contacts=OtherParty(
                opt_outs=shared.opt_outs,
                number=call.other_party,
                call_id=call.id,
                our_number=call.our_number,
            ),
            call_id=call.id,
            messages=shared.messages_of(call),
            texts=shared.texts_of(call),
            variables=prompts.variables(call.agent, call.request),
            language=call.agent.language,
            hours=_hours_of(call),
            caller="" if is_withheld(call.other_party) else call.other_party,
            on_late=lambda key, answer: call.feed.tool_finished(
                key=key, result=answer.output, duration_ms=None, ok=answer.ok
            ),
            succeeded=_succeeded(call),
            theirs=_theirs(call),
        )
        self._model = find_brain(call.agent.brain, shared.brains).processor(
            session=session,
            reopen=reopen,
            config=model_config_of(call, shared.brains),
            toolbox=self._toolbox,
            requests=requests,
            clips=shared.clips,
            log=call.feed,
        )
        begins = call.direction == "outbound" and call.earlier is None
        self._bot_audio = BotAudio(
            leg=stream.leg,
            pause_secs=CALLEE_SECS if begins else 0.0,
            on_first_words=self._first_words,
        )
        self._caller_audio = CallerAudio(
            leg=stream.leg,
            bot_audio=self._bot_audio,
            on_ended=self._stream_ended,
        )
        parts = CallParts(
            caller_audio=self._caller_audio,
            model=self._model,
            bot_audio=self._bot_audio,
            agent=agent_in_call(
                call.agent,
                call.request,
                talked_secs=_talked_secs(call),
                human_available=shared.human_available,
            ),
        )
        self._worker = _worker(Pipeline(call.pipeline.build(parts)))
        self._worker.add_event_handler("on_frame_reached_downstream", self._frame_came_through)
        self._worker.add_event_handler("on_heartbeat_timeout", self._stuck)
        self._worker.add_event_handler("on_pipeline_error", self._processor_failed)
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

    def _stream_ended(self, how: Ended) -> None:
        self._call.post(LegEnded(how))

    def _stopped(self, task: "asyncio.Task[None]") -> None:
        """It has come to its end, which is one of the call unless something decided it before."""
        self._call.post(EndingDecided(Ending.PIPELINE_FAILED))

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

    async def detach(self) -> None:
        """The stream is gone: what was being said is cut, and the conversation waits."""
        await self._caller_audio.line_lost()
        await self._stream.close()

    async def attach(self, stream: Stream) -> None:
        """Another stream has come: the conversation goes on there."""
        self._stream = stream
        await self._bot_audio.attach(stream.leg)
        await self._caller_audio.attach(stream.leg)

    async def summarise(self) -> str:
        """What the model says the call was about; empty when it is not asked or does not say.

        What the caller said last is heard out first.
        """
        await self._model.hear_out()
        if not self._call.agent.outcome.summary or not self._call.journal.turns:
            return ""
        if self._call.ending in WITHOUT_TALK:
            return ""
        request = prompts.summary_request(self._call.agent)
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
        await self._toolbox.finish()
        self._tell_dropped()
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

    async def _frame_came_through(self, worker: PipelineWorker, frame: Frame) -> None:
        if isinstance(frame, HangUpFrame):
            self._call.post(EndingDecided(_ending(frame.reason), _own_reason(frame.reason)))
        elif isinstance(frame, TransferFrame):
            self._call.post(TransferAsked(frame.reason, frame.line))
        elif isinstance(frame, MachineNoteFrame):
            self._call.journal.changed(machine=frame.note)

    def _first_words(self, began_at: float) -> None:
        self._call.journal.first_words(round((began_at - self._started_at) * 1000))

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


def _ending(reason: str) -> Ending:
    """The ending a processor asks for; an author's own word for one is a hang-up as any other."""
    return Ending(reason) if reason in _OURS else Ending.END_CALL


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


def _worker(pipeline: Pipeline) -> PipelineWorker:
    worker = PipelineWorker(
        pipeline,
        params=PipelineParams(
            audio_in_sample_rate=SAMPLE_RATE,
            audio_out_sample_rate=SAMPLE_RATE,
            enable_heartbeats=True,
            heartbeats_period_secs=HEARTBEAT_SECS,
            heartbeats_monitor_secs=STUCK_SECS,
        ),
        cancel_timeout_secs=STOP_SECS,
        enable_rtvi=False,  # a phone has no client to report to
        enable_turn_tracking=False,
        idle_timeout_secs=None,  # silence is the pipeline's own business
    )
    worker.set_reached_downstream_filter(_TOLD)
    return worker
