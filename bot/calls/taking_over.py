"""Going on with a call that another process left in its middle, when the carrier asks about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from loguru import logger

from bot.calls.call import Call
from bot.calls.call_request import CallRequest
from bot.calls.consultations import is_asking, let_go_of_people
from bot.calls.events import EndingDecided, LetIn, MachineReported, Placed
from bot.calls.factory import CallFactory
from bot.calls.inbound import look_up
from bot.calls.known_callers import Known
from bot.calls.legs import HumanLeg, TransferOutcome
from bot.calls.outcome import Ending
from bot.calls.registry import Registry
from bot.calls.runner import CallRunner
from bot.calls.way_back import told_of
from bot.carriers import CallStatus, Carrier, MachineDetected
from bot.store import CallRecord, Dialled, Store, StoreError, digest_of
from config import Agent


@dataclass(frozen=True, kw_only=True)
class TakingOver:
    """Makes calls of this process of those that it finds in the store."""

    agents: Mapping[str, Agent]
    usual_agent: str
    registry: Registry
    runner: CallRunner
    store: Store
    factory: CallFactory
    carrier: Carrier

    async def take(
        self,
        call_id: str,
        call_sid: str,
        call_status: CallStatus | None,
        *,
        not_taken: TransferOutcome | None = None,
    ) -> Call | None:
        """The call, which may be over at once: nobody here can go on with it. None: it is not there
        to be taken, or its other side is not on the line.

        `not_taken` is what came of dialling a person for the caller, if that is why the carrier
        asks. Whoever was being asked to take the caller when that process died is asked no more.
        """
        record = await self._left(call_id, call_sid)
        if record is None or call_status is not CallStatus.IN_PROGRESS:
            return None
        if (known := self.registry.find(call_id)) is not None:
            return known  # asked twice at the same time
        agent = self.agents.get(record.last_agent)
        refusal = self.registry.refusal(record.direction)
        broken = await self._broken_before(record)
        if not await self._is_ours_now(record) or self.registry.find(call_id) is not None:
            return self.registry.find(call_id)  # another request was quicker, here or elsewhere
        call = self._begin(record, agent or self.agents[self.usual_agent], broken, not_taken)
        call.journal.changed(stream_digest=digest_of(call.state.caller.token))
        call.post(Placed(call_sid))
        if agent is None or refusal is not None:
            logger.error(
                "a call cannot be taken over: no agent, or no room",
                call_id=call.id,
                event="call_takeover_failed",
            )
            call.post(EndingDecided(Ending.STREAM_LOST))
            return call
        logger.warning(
            "a call that another process left is taken over",
            call_id=call.id,
            event="call_taken_over",
        )
        call.post(LetIn())
        return call

    async def take_with_stream(
        self, call_id: str, call_sid: str, *, token: str, reports: Iterable[MachineDetected]
    ) -> bool:
        """Goes on with a call that this process has claimed by the stream with this token, or
        begins with it if nothing was said; `reports` are what the carrier has told of who has
        answered. False: it has ended meanwhile. May raise StoreError.
        """
        record = await self.store.get_call(call_id)
        agent = self.agents.get(record.last_agent) if record is not None else None
        if record is None or record.ended_at is not None or agent is None:
            return False
        broken = await self._broken_before(record)
        if self.registry.find(call_id) is not None:
            return False  # a webhook was quicker
        call = self._begin(record, agent, broken, None, token=token)
        logger.info(
            "a call whose stream has come here is taken from another process",
            call_id=call.id,
            event="call_taken_with_stream",
        )
        for report in reports:
            call.post(MachineReported(report))
        call.post(Placed(call_sid))
        call.post(LetIn())
        return True

    def _begin(
        self,
        record: CallRecord,
        agent: Agent,
        broken: CallRecord | None,
        not_taken: TransferOutcome | None,
        *,
        token: str = "",
    ) -> Call:
        """The call, live here, as it stands in its record. Nothing is awaited between looking
        whether it is live already and this.
        """
        call = self.factory.call_of(
            record,
            agent,
            earlier=record if _is_begun(record) else None,
            known=Known(broken=broken),
            token=token,
        )
        if is_asking(record):
            call = self._asked_in_vain(call, record, not_taken)
        self.runner.begin(call)
        return call

    async def _broken_before(self, record: CallRecord) -> CallRecord | None:
        """The call of this caller that broke, if they were recognised by it and nothing was said
        in this one yet.
        """
        before = CallRequest.of_record(record.request).continues
        return await look_up(self.store, before) if before and not _is_begun(record) else None

    async def _is_ours_now(self, record: CallRecord) -> bool:
        """Whether this process has it from now on: one does."""
        try:
            return await self.store.holders.take(
                record.id, before=record.holder, by=self.factory.process
            )
        except StoreError as error:
            _failed(record.id, error)
            return False

    async def _left(self, call_id: str, call_sid: str) -> CallRecord | None:
        try:
            record = await self.store.get_call(call_id)
        except StoreError as error:
            _failed(call_id, error)
            return None
        if record is None or record.ended_at is not None:
            return None
        return record if record.call_sid in (None, call_sid) else None

    def _asked_in_vain(
        self, call: Call, record: CallRecord, outcome: TransferOutcome | None
    ) -> Call:
        """The agent is told, and so is the record."""
        name = str((record.transfer_steps or [{}])[-1].get("to", ""))
        came_to = outcome or TransferOutcome.FAILED
        call.feed.transfer_step(came_to.value, to=name)
        if outcome is None:
            failed = Dialled(outcome=came_to.value, status=CallStatus.FAILED.value)
            call.journal.transfer_ended(failed)
            let_go = let_go_of_people(call.id, self.carrier)
            self.runner.spawn(let_go, name=f"person::{call.id}")
        else:
            call.feed.transfer_step("back", to=name)
        human = HumanLeg(
            reason=record.transfer.reason if record.transfer else "",
            name=name,
            asked_at=record.started_at,
            outcome=came_to,
        )
        return replace(call, handed_over=told_of(human))


def _is_begun(record: CallRecord) -> bool:
    return record.first_words_ms is not None or bool(record.turns)


def _failed(call_id: str, error: StoreError) -> None:
    logger.error(
        "a call cannot be taken over: {}", error, call_id=call_id, event="call_takeover_failed"
    )
