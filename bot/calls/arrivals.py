"""Streams that come to this process for calls of another one: the call comes here, once."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from loguru import logger

from bot.calls.call import TOKEN_LETTERS
from bot.calls.colleagues import Colleagues
from bot.calls.registry import Registry
from bot.calls.taking_over import TakingOver
from bot.store import CallRecord, Store, StoreError, digest_of
from config import Agent

MOST_AT_ONCE = 32  # looked up: each costs the database a read
# The answer that tells of a stream may be a moment ahead of its note in the database.
PAUSES_SECS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.3)

_CALL_ID = re.compile(r"call_[0-9a-z_]{1,40}")
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LETTERS}}}")


@dataclass(kw_only=True)
class Arrivals:
    """Claims calls for this process by the streams that they await."""

    agents: Mapping[str, Agent]
    registry: Registry
    taking_over: TakingOver
    store: Store
    colleagues: Colleagues
    _looking: int = field(default=0, init=False)

    async def claim(self, *, call_id: str, token: str, call_sid: str) -> bool:
        """Whether the call that awaits this stream is one of this process now: then it has been
        begun here, and the stream can be connected. Whoever has no token that is awaited costs a
        read.
        """
        looks_right = _CALL_ID.fullmatch(call_id) and _TOKEN.fullmatch(token)
        if not looks_right or self.registry.find(call_id) is not None:
            return False
        if self._looking >= MOST_AT_ONCE:
            return False
        self._looking += 1
        try:
            return await self._claim(call_id, token, call_sid)
        except StoreError as error:
            logger.error(
                "a stream of another process's call cannot be taken: {}",
                error,
                call_id=call_id,
                event="stream_not_taken",
            )
            return False
        finally:
            self._looking -= 1

    async def _claim(self, call_id: str, token: str, call_sid: str) -> bool:
        digest = digest_of(token) or ""
        record = await self._awaiting(call_id, digest)
        if record is None or record.call_sid not in (None, call_sid):
            return False
        if (why := self._cannot(record)) is not None:
            logger.error(
                "a stream of another process's call is not taken: {}",
                why,
                call_id=call_id,
                event="stream_not_taken",
            )
            return False
        holders, here = self.store.holders, self.colleagues.process
        if not await holders.claim(call_id, stream_digest=digest, by=here):
            return False
        released = await self.colleagues.let_go(record.holder, call_id, digest)
        if not released.gone:  # its own stream is there: this one is a copy
            await holders.take(call_id, before=here, by=record.holder or here)
            return False
        return await self.taking_over.take_with_stream(
            call_id, call_sid, token=token, reports=released.machine_reports
        )

    async def _awaiting(self, call_id: str, digest: str) -> CallRecord | None:
        """The call, if it awaits this stream."""
        for pause_secs in (0.0, *PAUSES_SECS):
            await asyncio.sleep(pause_secs)
            for record in await self.store.calls_with_ids([call_id]):
                if record.stream_digest == digest:
                    return record if record.ended_at is None else None
                if record.ended_at is not None:
                    return None
        return None

    def _cannot(self, record: CallRecord) -> str | None:
        if record.last_agent not in self.agents:
            return f"there is no agent {record.last_agent} here"
        refusal = self.registry.refusal(record.direction)
        return refusal.why if refusal is not None else None
