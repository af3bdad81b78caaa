"""What the carrier says and asks while a call lasts: in any order, twice, late or never."""

from collections.abc import Mapping

from loguru import logger

from bot.calls.call import Call, new_token
from bot.calls.events import (
    FollowUpAsked,
    MachineReported,
    PersonPickedUp,
    StatusReported,
    TransferEnded,
)
from bot.calls.factory import CallFactory
from bot.calls.inbound import look_up
from bot.calls.legs import TransferOutcome, transfer_outcome
from bot.calls.meeting import is_for_both
from bot.calls.peers import PeerWorkers
from bot.calls.person_callbacks import PersonCallbacks
from bot.calls.putting_through import rings
from bot.calls.recovery import Recovery
from bot.calls.registry import Registry
from bot.calls.taking_over import TakingOver
from bot.calls.teardown import CarrierTeardown
from bot.carriers import (
    Answer,
    CallStatus,
    DialEnded,
    HangUp,
    MachineDetected,
    Meet,
    PickedUp,
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
        registry: Registry,
        taking_over: TakingOver,
        teardown: CarrierTeardown,
        recovery: Recovery,
        store: Store,
        factory: CallFactory,
        peers: PeerWorkers,
    ) -> None:
        self._agents = agents
        self._registry = registry
        self._taking_over = taking_over
        self._teardown = teardown
        self._recovery = recovery
        self._store = store
        self._factory = factory
        self._peers = peers
        self._tasks = TaskSet()
        self.people = PersonCallbacks(registry=registry)  # who are asked to take a call

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
        if is_for_both(call.state):
            return Meet(call_id=call.id, is_caller=True)
        if call.ending is None and not rings(call.state):
            return self._factory.connect(call)
        if call.ending is None:
            return self._teardown.dialling(call)
        return self._teardown.afterwards(call, call.ending)

    async def _take_over(self, ended: StreamEnded, call_id: str) -> Answer:
        """A call this process does not know: another one may have left it in its middle."""
        call = await self._taking_over.take(call_id, ended.call_sid, ended.call_status)
        if call is None:
            return HangUp()
        return self._factory.connect(call) if call.ending is None else self._follow_up(call, ended)

    async def dial_ended(self, ended: DialEnded, call_id: str) -> Answer:
        """The attempt to put a caller through is over, and the carrier asks what comes next: the
        next person is called, or the caller comes back to the agent who waits for that.
        """
        call = self._registry.find(call_id)
        if call is not None and call.call_sid == ended.call_sid and rings(call.state):
            return self._after_ringing(call, ended)
        record = await look_up(self._store, call_id)
        if record is not None and record.call_sid == ended.call_sid:
            self._note_transfer(record.id, ended)
        if ended.was_answered:
            return HangUp()
        if back := await self._back_from_another_process(ended, call_id):
            return back
        agent = self._agents.get(record.last_agent) if record else None
        if agent is None:
            return HangUp()
        return HangUp(line=agent.lines.nobody, language=agent.locale)

    async def _back_from_another_process(self, ended: DialEnded, call_id: str) -> Answer | None:
        """Nobody took the caller, and the process that was to go on with them is gone: another
        does. None: the call is not to go on.
        """
        if self._registry.find(call_id) is not None:
            return None
        outcome = transfer_outcome(ended.status, ended.sip_response_code) or TransferOutcome.FAILED
        call = await self._taking_over.take(
            call_id, ended.call_sid, ended.call_status, not_taken=outcome
        )
        if call is None or call.ending is not None:
            return None
        return self._factory.connect(call)

    def _after_ringing(self, call: Call, ended: DialEnded) -> Answer:
        human, gone = call.state.human, bool(ended.call_status and ended.call_status.is_final)
        outcome = transfer_outcome(ended.status, ended.sip_response_code) or TransferOutcome.FAILED
        name = human.name if human else ""
        call.feed.transfer_step("cancelled" if gone else outcome.value, to=name)
        call.post(TransferEnded(outcome, new_token(), gone))
        if rings(call.state):
            call.feed.transfer_step("called", to=call.state.human.name if call.state.human else "")
            return self._teardown.dialling(call, next_one=True)
        call.journal.transfer_ended(_dialled(outcome, ended))
        if call.ending is not None:
            return HangUp()
        call.feed.transfer_step("back", to=name)
        logger.info(
            "nobody took the caller, who comes back: {}",
            outcome.value,
            call_id=call.id,
            event="transfer_came_back",
        )
        return self._factory.connect(call)

    def picked_up(self, told: PickedUp | None, call_id: str) -> None:
        """The person dialled for a caller has answered."""
        call = self._registry.find(call_id)
        if told is None or call is None or call.call_sid != told.call_sid:
            return
        human = call.state.human
        if call.post(PersonPickedUp()) and human is not None:
            call.feed.transfer_step("answered", to=human.name)

    def _note_transfer(self, call_id: str, ended: DialEnded) -> None:
        """The call may be over and let go by now: its record is not."""
        outcome = transfer_outcome(ended.status, ended.sip_response_code)
        if outcome is None or ended.status is None:
            return
        dialled = _dialled(outcome, ended)
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


def _dialled(outcome: TransferOutcome, ended: DialEnded) -> Dialled:
    """For the record."""
    answered = outcome is TransferOutcome.ANSWERED
    status = ended.status or CallStatus.FAILED
    return Dialled(
        outcome=outcome.value,
        status=CallStatus.COMPLETED.value if answered else status.value,
        talked_secs=ended.duration_secs if answered else None,
    )
