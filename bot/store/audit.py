"""What people did through the console, and about its users: written once, never changed."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import utcnow
from bot.store.console_records import AuditRecord
from bot.store.console_tables import audit
from bot.store.database import Database


class AuditLog:
    """Each method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(
        self, who: str, act: str, subject: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        """`act` is a slug; `subject` and `details` name no person by number or words."""
        record = AuditRecord(
            id=uuid.uuid4().hex,
            at=utcnow(),
            who=who,
            act=act,
            subject=subject,
            details=dict(details or {}),
        )
        await self._database.change("write the audit log", insert(audit), vars(record))

    async def find(
        self,
        *,
        who: str | None = None,
        subject: str | None = None,
        before: tuple[datetime, str] | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> Sequence[AuditRecord]:
        """The newest first; for the next page give time and id of the last one."""
        query = select(audit).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
        if who is not None:
            query = query.where(audit.c.who == who)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        if since is not None:
            query = query.where(audit.c.at >= since)
        if before is not None:
            query = query.where(tuple_(audit.c.at, audit.c.id) < tuple_(*before))

        async def find(connection: AsyncConnection) -> list[AuditRecord]:
            rows = (await connection.execute(query)).mappings()
            return [AuditRecord(**row) for row in rows]

        return await self._database.read("read the audit log", find)
