"""The API of messages."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from bot.messages import MessageBook
from bot.store import MessageRecord, Store

_NO_MESSAGE = "no message has this id"


class MessageView(BaseModel):
    """One message."""

    id: str
    call_id: str
    agent: str
    taken_at: datetime
    name: str
    number: str
    caller_number: str
    reason: str
    urgency: str
    reminders: int
    escalated_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str

    @classmethod
    def of(cls, message: MessageRecord) -> "MessageView":
        return cls(**{name: getattr(message, name) for name in cls.model_fields})


class MessageList(BaseModel):
    """Newest first."""

    messages: list[MessageView]


class Acknowledgement(BaseModel):
    """Who has the message."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field("api", max_length=200)


def messages(book: MessageBook, store: Store) -> APIRouter:
    """The routes below /messages, for holders of TRUNKLINE_API_KEY."""
    router = APIRouter(prefix="/messages", tags=["messages"])

    async def get(message_id: str) -> MessageRecord:
        message = await store.messages.get(message_id)
        if message is None:
            raise HTTPException(404, _NO_MESSAGE)
        return message

    @router.get("")
    async def find(
        open_only: Annotated[bool, Query(alias="open")] = False,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> MessageList:
        """Messages, newest first; `open`: only those not acknowledged yet."""
        found = await store.messages.find(open_only=open_only, limit=limit)
        return MessageList(messages=[MessageView.of(message) for message in found])

    @router.get("/{message_id}")
    async def show(message_id: str) -> MessageView:
        return MessageView.of(await get(message_id))

    @router.post("/{message_id}/acknowledge")
    async def acknowledge(message_id: str, wanted: Acknowledgement | None = None) -> MessageView:
        """Acknowledges a message: no more reminders. One that was acknowledged stays as it is."""
        await get(message_id)
        await book.acknowledge(message_id, by=(wanted or Acknowledgement()).by)
        return MessageView.of(await get(message_id))

    @router.post("/{message_id}/retry", status_code=202)
    async def retry(message_id: str) -> dict[str, str]:
        """Delivers it once more, now."""
        if not await book.send_again(message_id):
            raise HTTPException(404, _NO_MESSAGE)
        return {"status": "sending"}

    return router
