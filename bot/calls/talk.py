"""The conversation of one call, from its stream's start to the last frame."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from loguru import logger
from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection
from pipecat.workers.runner import WorkerRunner

from bot.brains.realtime import Brief, CallRequests, Clips, RealtimeModel, RealtimeSession
from bot.calls import brief
from bot.calls.call import Call
from bot.calls.opt_outs import OptOuts, OtherParty
from bot.calls.outcome import WITHOUT_TALK, Ending
from bot.calls.stream import Stream
from bot.calls.traits import traits_of
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
from tools import Business, Tool, Toolbox, end_call, transfer_to_human

STOP_SECS = 5.0  # a pipeline that has not stopped by then is cancelled, twice if need be
SUMMARY_SECS = 6.0  # the caller is gone; a record without a summary beats a late one
PARTING_SECS = 20.0  # for a last line: a slow model, a long sentence and a cut one fit in
CALLEE_SECS = 0.3  # who picks up is on the line, and may say hello, before the agent speaks
HEARTBEAT_SECS = 2.0
STUCK_SECS = 6.0  # no heartbeat came through the pipeline for this long: nobody hears anybody

_OURS = frozenset(ending.value for ending in Ending)
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_TOLD = (HangUpFrame, TransferFrame, MachineNoteFrame)  # what the pipeline tells the call


ENDINGS: tuple[Tool, ...] = (end_call, transfer_to_human)  # refused to no model


@dataclass(frozen=True, kw_only=True)
class Supplies:
    """What conversations share."""

    business: Business
    opt_outs: OptOuts
    clips: Clips
    human_available: bool


def tools_of(call: Call) -> tuple[Tool, ...]:
    """The tools the model may call: those of the pipeline that the agent's file allows, and those
    that it has from elsewhere.
    """
    own, wanted = call.pipeline.tools, call.agent.own_tools
    if wanted is not None:
        always = call.pipeline.always
        own = tuple(tool for tool in own if tool.__name__ in wanted or tool in always)
    names = {tool.__name__ for tool in call.pipeline.tools}
    return (*own, *(tool for tool in call.outside_tools if tool.__name__ not in names))


def brief_of(call: Call) -> Brief:
    """What the model's processor must know. A call in its middle needs no first line."""
    told = brief.model_brief(call.agent, call.request)
    always = frozenset(tool.__name__ for tool in (*ENDINGS, *call.pipeline.always))
    if call.earlier is not None:
        return replace(told, always=always, first_line=None)
    placed_in = call.agent.language if call.direction == "outbound" else None
    return replace(told, always=always, placed_in=placed_in)


def _talked_secs(call: Call) -> float:
    """How long the call lasted before this process had it."""
    if call.earlier is None or call.earlier.answered_at is None:
        return 0.0
    return (utcnow() - call.earlier.answered_at).total_seconds()


def _succeeded(call: Call) -> list[str]:
    """The tools that did what they were asked before this process had the call."""
    return [done.name for done in call.earlier.tool_calls if done.ok] if call.earlier else []


class Talk:
    """A pipeline built for one call, run by Pipecat, watched from outside."""

    def __init__(
        self,
        call: Call,
        *,
        stream: Stream,
        supplies: Supplies,
        reopen: Callable[[], Awaitable[RealtimeSession]],
        on_stream_ended: Callable[[Ended], None],
    ) -> None:
        if call.session is None:
            raise ValueError("the model's session must be opening before the talk begins")
        self._call = call
        self._human_available = supplies.human_available
        self._failed: set[str] = set()  # processors
        self._stream = stream
        self._first_leg: Leg = stream.leg
        requests = CallRequests(human_available=supplies.human_available)
        self._toolbox = Toolbox(
            tools_of(call),
            business=supplies.business,
            control=requests,
            contacts=OtherParty(
                opt_outs=supplies.opt_outs,
                number=call.other_party,
                call_id=call.id,
                our_number=call.our_number,
            ),
            call_id=call.id,
            variables=brief.variables(call.agent, call.request),
            language=call.agent.language,
            caller="" if is_withheld(call.other_party) else call.other_party,
            on_late=lambda key, answer: call.journal.tool_finished(
                key=key, result=answer.output, duration_ms=None, ok=answer.ok
            ),
            succeeded=_succeeded(call),
        )
        self._model = RealtimeModel(
            session=call.session,
            reopen=reopen,
            brief=brief_of(call),
            toolbox=self._toolbox,
            requests=requests,
            clips=supplies.clips,
            log=call.journal,
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
            on_ended=on_stream_ended,
        )
        parts = CallParts(
            caller_audio=self._caller_audio,
            model=self._model,
            bot_audio=self._bot_audio,
            agent=traits_of(
                call.agent,
                call.request,
                talked_secs=_talked_secs(call),
                human_available=supplies.human_available,
            ),
        )
        self._worker = _worker(Pipeline(call.pipeline.build(parts)))
        self._worker.add_event_handler("on_frame_reached_downstream", self._frame_came_through)
        self._worker.add_event_handler("on_heartbeat_timeout", self._stuck)
        self._worker.add_event_handler("on_pipeline_error", self._processor_failed)
        self._started_at = asyncio.get_running_loop().time()
        self._task: asyncio.Task[None] | None = None
        self._reports: asyncio.Task[None] | None = None

    async def run(self) -> Ending:
        """Runs until the call's ending is decided, by this conversation or by anybody else."""
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        await runner.add_workers(self._worker)
        self._task = asyncio.create_task(runner.run(), name=f"talk::{self._call.id}")
        self._reports = asyncio.create_task(self._pass_on_reports(), name="machine reports")
        either: set[asyncio.Future[Any]] = {self._task, self._call.ending}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        self._call.end(Ending.PIPELINE_FAILED)  # unless something decided it before
        return self._call.ending.result()

    async def part(self) -> None:
        """Says the agent's last line and hangs up behind it, whatever the other side says; a
        pipeline that does not see to that is hung up on.
        """
        line = WrapUpFrame(
            text=self._call.agent.lines.farewell, reason=self._call.parting_as, final=True
        )
        await self._worker.queue_frame(line, FrameDirection.UPSTREAM)
        await asyncio.sleep(PARTING_SECS)
        self._call.end(self._call.parting_as)

    async def line_lost(self) -> None:
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
        if self._call.ending.done() and self._call.ending.result() in WITHOUT_TALK:
            return ""
        request = brief.summary_request(self._call.agent)
        return await self._model.summarise(request, within_secs=SUMMARY_SECS)

    async def stop(self) -> None:
        """Takes the pipeline down, whatever state it is in, waits for bookings under way, and
        closes the stream.
        """
        if self._reports is not None:
            self._reports.cancel()
            await asyncio.wait({self._reports})
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
                logger.bind(call_id=self._call.id).critical("a pipeline will not stop: leaving it")
            elif not task.cancelled() and task.exception() is not None:
                logger.bind(call_id=self._call.id).opt(exception=task.exception()).error(
                    "the pipeline failed"
                )
        await self._toolbox.finish()
        self._tell_dropped()
        await self._stream.close()

    async def _pass_on_reports(self) -> None:
        """What the carrier says of who has answered, also what it said before this began."""
        while True:
            report = await self._call.machine_reports.get()
            await self._worker.queue_frame(
                MachineVerdictFrame(answered_by=report.answered_by, after_ms=report.after_ms)
            )

    def _tell_dropped(self) -> None:
        """One line about what came from the two sides and was of no use, if anything was."""
        carrier, model = self._first_leg.dropped, self._model.dropped
        if any(carrier) or any(model.values()):
            logger.bind(call_id=self._call.id).info(
                "messages dropped: of the carrier {} unreadable, {} unknown, {} repeated; "
                "of the model {} unreadable, {} malformed, {} unknown, {} repeated",
                *carrier,
                *model.values(),
            )

    async def _frame_came_through(self, worker: PipelineWorker, frame: Frame) -> None:
        if isinstance(frame, HangUpFrame):
            if self._call.parting.is_set() and frame.reason == self._call.parting_as:
                self._call.took_leave = True
            if self._call.end(_ending(frame.reason)):
                self._call.own_reason = _own_reason(frame.reason)
        elif isinstance(frame, TransferFrame):
            self._call.transfer_reason = frame.reason
            self._call.end(Ending.TRANSFER)
        elif isinstance(frame, MachineNoteFrame):
            self._call.journal.changed(machine=frame.note)

    def _first_words(self, began_at: float) -> None:
        self._call.journal.first_words(round((began_at - self._started_at) * 1000))

    async def _stuck(self, worker: PipelineWorker) -> None:
        self._call.end(Ending.PIPELINE_STUCK)

    async def _processor_failed(self, worker: PipelineWorker, frame: ErrorFrame) -> None:
        """A processor raised, or reported an error: its author has said what is to follow."""
        follows = getattr(frame.processor, "on_failure", "skip")
        if str(frame.processor) not in self._failed:  # some fail at each frame of sound
            self._failed.add(str(frame.processor))
            log = logger.bind(call_id=self._call.id).opt(exception=frame.exception)
            log.error("{} failed; what follows: {}", frame.processor, follows)
        if follows == "transfer" and self._human_available:
            self._call.transfer_reason = f"{frame.processor} failed."
            self._call.end(Ending.TRANSFER)
        elif follows in ("transfer", "end"):
            self._call.end(Ending.PROCESSOR_FAILED)


def _ending(reason: str) -> Ending:
    """The ending a processor asks for; an author's own word for one is a hang-up as any other."""
    return Ending(reason) if reason in _OURS else Ending.END_CALL


def _own_reason(reason: str) -> str:
    """The author's own word for an ending, which its record keeps; empty if it is one of ours."""
    if reason in _OURS:
        return ""
    if _SLUG.fullmatch(reason):
        return reason
    logger.warning("{!r} is no reason for an ending: write a word such as booked_out", reason)
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
