"""The process that has a call is found in the database and asked, wherever it runs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from loguru import logger
from starlette.types import ASGIApp

from bot.calls import (
    Act,
    CallService,
    PeerWorkers,
    Reached,
    Release,
    Webhook,
    WebhookAnswer,
)
from bot.calls.packing import packed_update, unpacked_connection
from bot.carriers import Answer, MachineDetected, StatusUpdate
from bot.colleagues.answering import Answering
from bot.colleagues.mail import Mail
from bot.colleagues.questions import Asked, ConnectAgain, HangUp, LetGo, Question, Reach, Status
from bot.store import Store, StoreError
from bot.tasks import TaskSet

# The carrier waits 15 s for us, a caller in silence less; who is not stuck needs some hundredths.
ANSWER_SECS = 3.0
LET_GO_SECS = 2.0


@asynccontextmanager
async def open_colleagues(store: Store, near: PeerWorkers) -> AsyncIterator["Asking"]:
    """The others on this database; they are told when this process goes."""
    mail = Mail(store)
    try:
        yield Asking(store, mail, near)
    finally:
        await mail.leave()


class Asking:
    """`bot.calls.Colleagues`, and `PeerWorkers` of all processes: first those that are `near`, the
    other workers of this service.
    """

    def __init__(self, store: Store, mail: Mail, near: PeerWorkers) -> None:
        self._store = store
        self._mail = mail
        self._near = near
        self._tasks = TaskSet()

    async def run(self, calls: CallService, web: ASGIApp) -> None:
        """Says that this process lives and does what others ask of it, until cancelled."""
        await self._mail.run(Answering(calls, web).answer)

    @property
    def process(self) -> str:
        return self._mail.id

    # -- Colleagues ---------------------------------------------------------------------------

    async def let_go(self, holder: str | None, call_id: str, stream_digest: str) -> Release:
        if holder in (None, self.process):
            return Release(gone=True)
        question = LetGo(call_id=call_id, stream_digest=stream_digest)
        answer = await self._mail.ask(holder or "", question, within_secs=LET_GO_SECS)
        if answer is None:
            return Release(gone=True)
        reports = tuple(MachineDetected(**each) for each in answer["machine_reports"])
        return Release(gone=bool(answer["gone"]), machine_reports=reports)

    async def forward(self, call_id: str, webhook: Webhook) -> WebhookAnswer | None:
        answer = await self._ask_holder(call_id, Asked(webhook=asdict(webhook)))
        return None if answer is None else WebhookAnswer(**answer)

    async def is_elsewhere(self, call_id: str) -> bool:
        return await self._holder(call_id) is not None

    # -- PeerWorkers --------------------------------------------------------------------------

    async def hang_up(self, call_id: str, *, farewell: bool) -> bool:
        if await self._near.hang_up(call_id, farewell=farewell):
            return True
        answer = await self._ask_holder(call_id, HangUp(call_id=call_id, farewell=farewell))
        return answer is not None and bool(answer["done"])

    async def reach(self, call_id: str, act: Act) -> Reached:
        near = await self._near.reach(call_id, act)
        if near is not Reached.ELSEWHERE:
            return near
        question = Reach(call_id=call_id, act=act.kind, text=act.text)
        answer = await self._ask_holder(call_id, question)
        return Reached.ELSEWHERE if answer is None else Reached(answer["reached"])

    async def connect_again(self, call_id: str, call_sid: str) -> Answer | None:
        if (near := await self._near.connect_again(call_id, call_sid)) is not None:
            return near
        return unpacked_connection(await self._ask_holder(call_id, ConnectAgain(call_sid=call_sid)))

    def status(self, update: StatusUpdate) -> None:
        self._near.status(update)
        question = Status(update=packed_update(update))
        self._tasks.start(self._ask_holder(update.call_sid, question), name="status")

    # -- who has it ---------------------------------------------------------------------------

    async def _ask_holder(self, id_or_sid: str, question: Question) -> Mapping[str, Any] | None:
        holder = await self._holder(id_or_sid)
        if holder is None:
            return None
        return await self._mail.ask(holder, question, within_secs=ANSWER_SECS)

    async def _holder(self, id_or_sid: str) -> str | None:
        """The other process that has this call; None: there is none, or it cannot be told."""
        try:
            holder = await self._store.holders.of(id_or_sid)
        except StoreError as error:
            logger.warning("{}", error, event="call_holder_unknown")
            return None
        return holder if holder != self.process else None
