"""What the carrier says and asks while a call lasts: in any order, twice, late or never."""

from collections.abc import Mapping

from loguru import logger

from bot.calls.call import Call, new_token
from bot.calls.events import (
    EndingDecided,
    FollowUpAsked,
    LetIn,
    MachineReported,
    Placed,
    StatusReported,
    TransferEnded,
)
from bot.calls.factory import CallFactory
from bot.calls.inbound import look_up
from bot.calls.legs import TransferOutcome, transfer_outcome
from bot.calls.outcome import Ending
from bot.calls.peers import PeerWorkers
from bot.calls.recovery import Recovery
from bot.calls.registry import Registry
from bot.calls.runner import CallRunner
from bot.calls.teardown import CarrierTeardown
from bot.carriers import (
    Answer,
    CallStatus,
    DialEnded,
    HangUp,
    MachineDetected,
    StatusUpdate,
    StreamEnded,
)
from bot.store import Dialled, Store, StoreError
from bot.tasks import TaskSet
from config import Agent


class CarrierCallbacks:
    """Brings it to the call, wherever that is, and answers what follows."""

    def __init__(
        self,
        *,
        agents: Mapping[str, Agent],
        usual_agent: str,
        registry: Registry,
        runner: CallRunner,
        teardown: CarrierTeardown,
        recovery: Recovery,
        store: Store,
        factory: CallFactory,
        peers: PeerWorkers,
    ) -> None:
        self._agents = agents
        self._usual_agent = usual_agent
        self._registry = registry
        self._runner = runner
        self._teardown = teardown
        self._recovery = recovery
        self._store = store
        self._factory = factory
        self._peers = peers
        self._tasks = TaskSet()

    def status(self, update: StatusUpdate, call_id: str = "") -> None:
        """The carrier says how a call stands."""
        call = self._registry.find(update.call_sid) or self._registry.find(call_id)
        if call is not None:
            call.post(StatusReported(update))
        elif call_id:
            self._tasks.start(self._write_down(update, call_id))
        else:  # the number's own callback: any worker may get it
            self._peers.status(update)

    async def _write_down(self, update: StatusUpdate, call_id: str) -> None:
        """For a call that this process does not have: the one that had it may be dead."""
        try:
            await self._recovery.late_news(update, call_id)
        except StoreError as error:
            logger.error(
                "how a call stands is not stored: {}",
                error,
                call_id=call_id,
                event="call_status_not_stored",
            )

    def status_from_peer(self, update: StatusUpdate) -> None:
        """Another worker was told how a call stands that it does not have: it may be ours."""
        call = self._registry.find(update.call_sid)
        if call is not None:
            call.post(StatusReported(update))

    def machine_detected(self, report: MachineDetected, call_id: str) -> None:
        """The carrier says who has answered."""
        call = self._registry.find(report.call_sid) or self._registry.find(call_id)
        if call is not None:
            call.post(MachineReported(report))

    # -- what follows a stream ----------------------------------------------------------------

    async def stream_ended(self, ended: StreamEnded, call_id: str) -> Answer:
        """The stream is over and the carrier asks what comes next.

        A caller who is still on the line, in a call without an ending, gets another stream.
        """
        call = self._registry.find(call_id)
        if call is None:
            return await self._take_over(ended, call_id)
        if call.call_sid != ended.call_sid:
            return HangUp()
        return self._follow_up(call, ended)

    def _follow_up(self, call: Call, ended: StreamEnded) -> Answer:
        """What the other side of a call whose stream is over is to hear, now that it was asked."""
        call.post(FollowUpAsked(ended.call_status, new_token()))
        if call.ending is None:
            return self._factory.connect(call)
        return self._teardown.afterwards(call, call.ending)

    async def _take_over(self, ended: StreamEnded, call_id: str) -> Answer:
        """A call this process does not know: another one may have left it in its middle."""
        try:
            record = await self._store.get_call(call_id)
        except StoreError as error:
            logger.error(
                "a call cannot be taken over: {}",
                error,
                call_id=call_id,
                event="call_takeover_failed",
            )
            return HangUp()
        if record is None or record.ended_at is not None:
            return HangUp()
        if record.call_sid not in (None, ended.call_sid):
            return HangUp()
        if ended.call_status is not CallStatus.IN_PROGRESS:
            return HangUp()
        known = self._registry.find(call_id)
        if known is not None:
            return self._factory.connect(known)  # asked twice at the same time
        agent = self._agents.get(record.agent)
        refusal = self._registry.refusal(record.direction)
        speaks_for_it = agent or self._agents[self._usual_agent]
        begun = record.first_words_ms is not None or bool(record.turns)
        call = self._factory.call_of(record, speaks_for_it, earlier=record if begun else None)
        self._runner.begin(call)
        call.post(Placed(ended.call_sid))
        if agent is None or refusal is not None:
            logger.error(
                "a call cannot be taken over: no agent, or no room",
                call_id=call.id,
                event="call_takeover_failed",
            )
            call.post(EndingDecided(Ending.STREAM_LOST))
            return self._follow_up(call, ended)
        logger.warning(
            "a call that another process left is taken over",
            call_id=call.id,
            event="call_taken_over",
        )
        call.post(LetIn())
        return self._factory.connect(call)

    async def dial_ended(self, ended: DialEnded, call_id: str) -> Answer:
        """The attempt to put a caller through is over, and the carrier asks what comes next."""
        record = await look_up(self._store, call_id)
        if record is not None and record.call_sid == ended.call_sid:
            self._note_transfer(record.id, ended)
        if ended.was_answered:
            return HangUp()
        agent = self._agents.get(record.agent) if record else None
        if agent is None:
            return HangUp()
        return HangUp(line=agent.lines.nobody, language=agent.locale)

    def _note_transfer(self, call_id: str, ended: DialEnded) -> None:
        """The call may be over and let go by now: its record is not."""
        outcome = transfer_outcome(ended.status, ended.sip_response_code)
        if outcome is None or ended.status is None:
            return
        answered = outcome is TransferOutcome.ANSWERED
        dialled = Dialled(
            outcome=outcome.value,
            status=CallStatus.COMPLETED.value if answered else ended.status.value,
            talked_secs=ended.duration_secs if answered else None,
        )
        call = self._registry.find(call_id)
        if call is not None:
            call.post(TransferEnded(outcome))
        if call is None or not call.journal.transfer_ended(dialled):
            self._tasks.start(self._store_transfer(call_id, dialled))

    async def _store_transfer(self, call_id: str, dialled: Dialled) -> None:
        try:
            await self._store.end_transfer(call_id, dialled)
        except StoreError as error:
            logger.error(
                "how a transfer went is not stored: {}",
                error,
                call_id=call_id,
                event="transfer_outcome_not_stored",
            )
