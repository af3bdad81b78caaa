"""The API of the callers who are not let in."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.calls.shield import blocked_pattern
from bot.clock import utcnow
from bot.store import BlockedRecord, Store


class NewBlock(BaseModel):
    """A caller to keep out."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(
        description="E.164 (+15551234567), a sip: address, or a beginning: +1900*", max_length=300
    )
    agent: str = Field("", max_length=40, description="of whose line; empty: of all")
    note: str = Field("", max_length=1_000)
    country: str | None = Field(None, max_length=2, description="of a number without one, like US")


class BlockedView(BaseModel):
    """One entry."""

    number: str
    agent: str  # empty: of all lines
    at: datetime
    source: str
    note: str

    @classmethod
    def of(cls, entry: BlockedRecord) -> "BlockedView":
        return cls(
            number=entry.pattern,
            agent=entry.agent,
            at=entry.at,
            source=entry.source,
            note=entry.note,
        )


class BlockedList(BaseModel):
    """By number, then agent."""

    blocked: list[BlockedView]


def block_list(store: Store, agents: Collection[str]) -> APIRouter:
    """The routes below /blocked, for holders of TRUNKLINE_API_KEY; `agents` are the names of those
    there are now.
    """
    router = APIRouter(prefix="/blocked", tags=["blocked"])

    @router.post("", status_code=201)
    async def add(wanted: NewBlock, response: Response) -> dict[str, bool]:
        """Lets a caller in no more; 200 when that was so already."""
        if wanted.agent and wanted.agent not in agents:
            raise HTTPException(422, f"There is no agent {wanted.agent!r}")
        entry = BlockedRecord(
            pattern=_pattern(wanted.number, wanted.country),
            agent=wanted.agent,
            at=utcnow(),
            source="api",
            note=wanted.note,
        )
        added = await store.block_list.add(entry)
        if not added:
            response.status_code = 200
        return {"added": added}

    @router.get("")
    async def find(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        after: str | None = None,
        after_agent: str = "",
    ) -> BlockedList:
        """The list; for the next page give number and agent of the last entry."""
        last = (after, after_agent) if after is not None else None
        found = await store.block_list.find(limit=limit, after=last)
        return BlockedList(blocked=[BlockedView.of(each) for each in found])

    @router.delete("/{number}")
    async def remove(number: str, agent: str = "") -> dict[str, bool]:
        """Lets a caller in again."""
        pattern = _pattern(number, None)
        if not await store.block_list.remove(pattern, agent):
            raise HTTPException(404, f"{pattern} is not on the list of {agent or 'all lines'}")
        return {"removed": True}

    return router


def _pattern(number: str, country: str | None) -> str:
    try:
        return blocked_pattern(number, country)
    except ValueError as fault:
        raise HTTPException(422, str(fault)) from fault
