"""Going on with a call that another process left in its middle, when the carrier asks about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from loguru import logger

from bot.calls.call import Call
from bot.calls.consultations import is_asking, let_go_of_people
from bot.calls.events import EndingDecided, LetIn, Placed
from bot.calls.factory import CallFactory
from bot.calls.legs import HumanLeg, TransferOutcome
from bot.calls.outcome import Ending
from bot.calls.registry import Registry
from bot.calls.runner import CallRunner
from bot.calls.way_back import told_of
from bot.carriers import CallStatus, Carrier
from bot.store import CallRecord, Dialled, Store, StoreError
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
        speaks_for_it = agent or self.agents[self.usual_agent]
        begun = record.first_words_ms is not None or bool(record.turns)
        call = self.factory.call_of(record, speaks_for_it, earlier=record if begun else None)
        if is_asking(record):
            call = self._asked_in_vain(call, record, not_taken)
        self.runner.begin(call)
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

    async def _left(self, call_id: str, call_sid: str) -> CallRecord | None:
        try:
            record = await self.store.get_call(call_id)
        except StoreError as error:
            logger.error(
                "a call cannot be taken over: {}",
                error,
                call_id=call_id,
                event="call_takeover_failed",
            )
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
