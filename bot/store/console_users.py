"""Users of the console and their sessions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.console_records import SessionKind, SessionRecord, UserRecord, UserRole
from bot.store.console_tables import console_sessions, console_users
from bot.store.database import Database


class ConsoleUsers:
    """Each method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- users --------------------------------------------------------------------------------

    async def add(self, user: UserRecord) -> bool:
        """False when there is one of that name."""
        statement = self._database.insert_if_new(console_users)
        return await self._database.change("add a user", statement, vars(user)) == 1

    async def get(self, name: str) -> UserRecord | None:
        query = select(console_users).where(console_users.c.name == name)

        async def find(connection: AsyncConnection) -> UserRecord | None:
            row = (await connection.execute(query)).mappings().first()
            return UserRecord(**row) if row else None

        return await self._database.read("read a user", find)

    async def list(self) -> Sequence[UserRecord]:
        """All, by name."""

        async def find(connection: AsyncConnection) -> list[UserRecord]:
            rows = await connection.execute(select(console_users).order_by(console_users.c.name))
            return [UserRecord(**row) for row in rows.mappings()]

        return await self._database.read("list the users", find)

    async def set_password(self, name: str, password_hash: str) -> bool:
        """Changes it and ends all sessions of the user; false when there is no such user."""
        named = console_users.c.name == name

        async def change(connection: AsyncConnection) -> bool:
            changed = await connection.execute(
                update(console_users).where(named).values(password_hash=password_hash)
            )
            await connection.execute(
                delete(console_sessions).where(console_sessions.c.user == name)
            )
            return changed.rowcount == 1

        return await self._database.write("change a password", change)

    async def set_role(self, name: str, role: UserRole) -> bool:
        """From the next request on; false when there is no such user."""
        statement = update(console_users).where(console_users.c.name == name).values(role=role)
        return await self._database.change("change a role", statement) == 1

    async def remove(self, name: str) -> bool:
        """With all sessions; false when there is no such user."""
        statement = delete(console_users).where(console_users.c.name == name)
        return await self._database.change("remove a user", statement) == 1

    # -- sessions -----------------------------------------------------------------------------

    async def begin(self, session: SessionRecord) -> None:
        await self._database.change("begin a session", insert(console_sessions), vars(session))

    async def signed_in(
        self, token_hash: str, *, made_after: datetime, seen_after: datetime
    ) -> tuple[UserRecord, SessionRecord] | None:
        """The user of a session that has neither grown old nor been left alone too long."""
        query = (
            select(console_users, console_sessions)
            .join(console_sessions, console_sessions.c.user == console_users.c.name)
            .where(
                _alive(token_hash, "session", made_after),
                console_sessions.c.seen_at > seen_after,
            )
        )

        async def find(connection: AsyncConnection) -> tuple[UserRecord, SessionRecord] | None:
            row = (await connection.execute(query)).first()
            if row is None:
                return None
            users = len(console_users.c)
            user = dict(zip(console_users.c.keys(), row[:users], strict=True))
            session = dict(zip(console_sessions.c.keys(), row[users:], strict=True))
            return UserRecord(**user), SessionRecord(**session)

        return await self._database.read("look for a session", find)

    async def seen(self, token_hash: str, at: datetime) -> None:
        """The session is used."""
        statement = (
            update(console_sessions)
            .where(console_sessions.c.token_hash == token_hash)
            .values(seen_at=at)
        )
        await self._database.change("note the use of a session", statement)

    async def use_link(self, token_hash: str, *, made_after: datetime) -> str | None:
        """The user of a link that is not too old; it is gone after that, for one asker alone."""
        which = _alive(token_hash, "link", made_after)

        async def take(connection: AsyncConnection) -> str | None:
            found = await connection.execute(select(console_sessions.c.user).where(which))
            user: str | None = found.scalar()
            taken = await connection.execute(delete(console_sessions).where(which))
            return user if taken.rowcount == 1 else None

        return await self._database.write("use a link", take)

    async def sessions_of(self, user: str) -> Sequence[SessionRecord]:
        """The one seen last first."""
        query = (
            select(console_sessions)
            .where(console_sessions.c.user == user, console_sessions.c.kind == "session")
            .order_by(console_sessions.c.seen_at.desc())
        )

        async def find(connection: AsyncConnection) -> list[SessionRecord]:
            return [SessionRecord(**row) for row in (await connection.execute(query)).mappings()]

        return await self._database.read("list sessions", find)

    async def end(self, user: str, token_hash: str) -> bool:
        """Ends one session of this user; false when there is none such."""
        statement = delete(console_sessions).where(
            console_sessions.c.user == user, console_sessions.c.token_hash == token_hash
        )
        return await self._database.change("end a session", statement) == 1

    async def end_all(self, user: str) -> int:
        """Ends all sessions of this user; how many there were."""
        statement = delete(console_sessions).where(console_sessions.c.user == user)
        return await self._database.change("end sessions", statement)

    async def forget(self, *, made_before: datetime) -> int:
        """Forgets sessions and links that are too old to be of use; how many."""
        statement = delete(console_sessions).where(console_sessions.c.made_at <= made_before)
        return await self._database.change("forget old sessions", statement)


def _alive(token_hash: str, kind: SessionKind, made_after: datetime) -> ColumnElement[bool]:
    return and_(
        console_sessions.c.token_hash == token_hash,
        console_sessions.c.kind == kind,
        console_sessions.c.made_at > made_after,
    )
