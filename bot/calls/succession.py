"""Who speaks for us in a call, one after another: a session of a model and the pipeline on it.

The first begins when the callers' sound comes; another follows where the call is handed to another
agent, where a brain is lost for good, and where a caller comes back from a person.
"""

import asyncio

from loguru import logger

from bot.brains import Session
from bot.calls import actions as act
from bot.calls import milestones
from bot.calls.call import Call
from bot.calls.events import EndingDecided, HandedOver, SessionSettled, TransferAsked
from bot.calls.failing_over import next_call
from bot.calls.hand_over import HandOvers
from bot.calls.legs import Stream
from bot.calls.operator_talk import OperatorTalk
from bot.calls.outcome import Ending
from bot.calls.pipeline import CallPipeline, with_notes_of
from bot.calls.registry import Registry
from bot.calls.sessions import asks_for_opening, close_session, connect, open_session
from bot.calls.shared_services import Recorder, SharedServices
from bot.calls.way_back import as_continued
from bot.tasks import TaskSet


class Succession:
    """That of one call: `call` is it as the one who speaks now has it."""

    def __init__(
        self,
        call: Call,
        *,
        registry: Registry,
        shared: SharedServices,
        hand_overs: HandOvers | None,
        tasks: TaskSet,
    ) -> None:
        self.call = call
        self.session: asyncio.Task[Session] | None = None
        self.pipeline: CallPipeline | None = None
        self.stream: Stream | None = None  # the newest
        self._operator_talk = OperatorTalk(call.feed, call_id=call.id, find_words=shared.find_words)
        self._recorder: Recorder | None = None  # what goes on after a change of pipelines
        self._asks_for_opening = True  # of the session that was opened last
        self._registry = registry
        self._shared = shared
        self._hand_overs = hand_overs
        self._tasks = tasks

    @property
    def recorder(self) -> Recorder | None:
        """What records the call now."""
        return self.pipeline.recorder if self.pipeline is not None else None

    def open_session(self) -> None:
        """The model is connected, while the carrier still connects."""
        call = self.call
        self._asks_for_opening = asks_for_opening(call, self._shared)
        opening = open_session(
            call,
            self._shared,
            self._registry.troubles,
            asks_for_opening=self._asks_for_opening,
        )
        self.session = asyncio.create_task(opening, name=f"session::{call.id}")
        self.session.add_done_callback(lambda _: call.post(SessionSettled()))

    async def converse(self, begin: act.Converse) -> None:
        """The first pipeline, on the stream that came."""
        self.stream = begin.stream
        if self.session is None:
            raise ValueError("the model's session must be opening before the conversation begins")
        if self.call.earlier is None:
            milestones.answered(self.call)
        self.pipeline = self._pipeline_on(begin.stream, self.session)
        await self.pipeline.start(begin.machine_reports)

    def _pipeline_on(self, stream: Stream, session: "asyncio.Task[Session]") -> CallPipeline:
        call = self.call
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.resume()  # a passage that the last pipeline was in is over with it
        return CallPipeline(
            call,
            stream=stream,
            shared=self._shared,
            session=session,
            asks_for_opening=self._asks_for_opening,
            reopen=lambda: connect(call, self._shared, self._registry.troubles),
            recorder=recorder or self._shared.recorder_of(call),
            operator_talk=self._operator_talk,
            colleagues=self._hand_overs.colleagues(call) if self._hand_overs else {},
        )

    async def hand_over(self, to: str, reason: str) -> None:
        """Another session and pipeline on the stream that there is. Where that agent cannot take
        the call after all, it is put through to a person, for the first has let go of it."""
        old, session = self.pipeline, self.session
        if self.stream is None or old is None or self._hand_overs is None:
            return
        self._recorder = _going_on(old)
        recorded = self._recorder is not None
        call = self._hand_overs.next_call(self.call, to, reason, recorded=recorded)
        if call is None:
            self.call.post(TransferAsked(reason, ""))
            return
        logger.info("agent {} goes on with the call", to, event="call_handed_over")
        self.call = call
        self._registry.add(call)
        call.post(HandedOver(fallback=bool(call.agent.fallback_brain)))
        self.open_session()  # while the old pipeline is taken down
        await self._let_go_of(old, session)
        await self._begin_pipeline()

    async def _begin_pipeline(self) -> None:
        if self.session is not None and self.stream is not None:
            self.pipeline = self._pipeline_on(self.stream, self.session)
            await self.pipeline.start(())
            if (operator := self.call.state.operator) is not None:  # they speak on
                await self.pipeline.take_over(operator.who)

    async def fail_over(self, lost: Ending) -> None:
        """Another session and pipeline on the stream that there is, of the agent's other brain."""
        old, session = self.pipeline, self.session
        if old is None:
            return
        self._recorder = _going_on(old)
        recorded = self._recorder is not None
        await old.hand_over()  # what was being done is done: the next is told of it
        self._tasks.start(close_session(session), name=f"lost::{self.call.id}")
        call = next_call(self.call, lost, self._shared.brains, recorded=recorded)
        if call is None:
            self.call.post(EndingDecided(lost))
            return
        self.call = with_notes_of(old, call)
        self._registry.add(self.call)
        self.open_session()
        await self._begin_pipeline()

    async def come_back(self) -> None:
        """Nobody took the caller: another session and pipeline, which know what was said."""
        human, old, session = self.call.state.human, self.pipeline, self.session
        if human is None or old is None:
            return
        self._recorder = _going_on(old)
        self.call = as_continued(self.call, human, recorded=self._recorder is not None)
        self._registry.add(self.call)
        self.open_session()  # while the old pipeline is taken down
        self.pipeline = None
        await self._let_go_of(old, session)

    async def _let_go_of(self, old: CallPipeline, session: "asyncio.Task[Session] | None") -> None:
        """Takes down what spoke until now; what it claimed and when it waited stay recorded."""
        await old.hand_over()
        await close_session(session)
        self.call = with_notes_of(old, self.call)

    async def go_on(self, stream: Stream) -> None:
        """The caller who came back is on this stream."""
        self.stream = stream
        await self._begin_pipeline()


def _going_on(old: CallPipeline) -> Recorder | None:
    """What records the call, and goes on over the next pipeline."""
    return old.recorder if old.recorder is not None and old.recorder.goes_on else None
