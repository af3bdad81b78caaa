"""What the carrier says of a call while it lasts: in any order, twice, late or never."""

import asyncio

from loguru import logger

from bot.calls.colleagues import Colleagues
from bot.calls.events import MachineReported, StatusReported
from bot.calls.recovery import Recovery
from bot.calls.registry import Registry
from bot.carriers import MachineDetected, StatusUpdate
from bot.store import StoreError


class News:
    """Brings it to the call, wherever that is."""

    def __init__(
        self,
        *,
        registry: Registry,
        recovery: Recovery,
        colleagues: Colleagues,
    ) -> None:
        self._registry = registry
        self._recovery = recovery
        self._colleagues = colleagues
        self._tasks: set[asyncio.Task[None]] = set()

    def status(self, update: StatusUpdate, call_id: str = "") -> None:
        """The carrier says how a call stands: in any order, twice, late or never."""
        call = self._registry.find(update.call_sid) or self._registry.find(call_id)
        if call is not None:
            call.post(StatusReported(update))
        elif call_id:
            task = asyncio.create_task(self._write_down(update, call_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:  # the number's own callback: any worker may get it
            self._colleagues.status(update)

    async def _write_down(self, update: StatusUpdate, call_id: str) -> None:
        """For a call that this process does not have: whoever had it may be dead."""
        try:
            await self._recovery.late_news(update, call_id)
        except StoreError as error:
            logger.bind(call_id=call_id).error("how a call stands is not stored: {}", error)

    def status_from_colleague(self, update: StatusUpdate) -> None:
        """A colleague was told how a call stands that is not his: it may be ours."""
        call = self._registry.find(update.call_sid)
        if call is not None:
            call.post(StatusReported(update))

    def machine_detected(self, report: MachineDetected, call_id: str) -> None:
        """The carrier says who has answered: before the conversation, late, twice or never."""
        call = self._registry.find(report.call_sid) or self._registry.find(call_id)
        if call is not None:
            call.post(MachineReported(report))
