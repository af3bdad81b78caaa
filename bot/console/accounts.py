"""Signing in and out, and who is signed in."""

from dataclasses import dataclass
from datetime import timedelta

from loguru import logger

from bot.clock import monotonic, utcnow
from bot.console.attempts import Attempts
from bot.console.passwords import Passwords
from bot.console.tokens import Tokens
from bot.store import SessionKind, SessionRecord, Store, UserRecord

LONGEST = timedelta(days=30)  # a session, however much it is used
IDLE = timedelta(hours=12)  # a session that nobody uses
LINK = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=5)
_CLIENT_CHARACTERS = 200


class WrongPassword(Exception):
    """No user has this name and this password."""


class TooOften(Exception):
    """There were too many tries; `secs` from now there may be another one."""

    def __init__(self, secs: float) -> None:
        super().__init__(secs)
        self.secs = secs


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A user in a browser."""

    user: UserRecord
    session: SessionRecord


class Accounts:
    """The users of the console. Everything may raise StoreError."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._users = store.console_users
        self._audit = store.audit
        self._tokens = tokens
        self._attempts = Attempts()
        self.passwords = Passwords()

    async def sign_in(self, name: str, password: str, *, client: str, known: str = "") -> str:
        """The token of a new session. `known` is what `known_browser` gave this browser earlier.

        Raises:
            WrongPassword, TooOften, TooBusy.
        """
        now = monotonic()
        counted = f"{name} in a known browser" if self.knows(name, known) else name
        if (wait_secs := self._attempts.wait_secs(counted, now)) > 0:
            raise TooOften(wait_secs)
        self._attempts.tried(now)
        user = await self._users.get(name)
        if not await self.passwords.fits(password, user.password_hash if user else None):
            self._attempts.failed(counted, monotonic())
            logger.warning("a sign-in to the console failed", event="sign_in_failed")
            if user is not None:
                await self._audit.note(name, "sign_in_failed")
            raise WrongPassword
        self._attempts.succeeded(counted)
        await self._audit.note(name, "signed_in")
        return await self.new_session(name, client=client)

    async def enter(self, link: str, *, client: str) -> str | None:
        """The token of a new session for a link that was not used before; None: it is void."""
        token_hash = self._tokens.hash_of(link)
        if token_hash is None:
            return None
        user = await self._users.use_link(token_hash, made_after=utcnow() - LINK)
        if user is None:
            return None
        await self._audit.note(user, "signed_in_by_link")
        return await self.new_session(user, client=client)

    async def new_session(self, name: str, *, client: str) -> str:
        """The token of a session of this user, who has shown who they are."""
        return await self._begin(name, "session", client)

    async def new_link(self, name: str) -> str:
        """A token that signs this user in once, within `LINK`."""
        return await self._begin(name, "link", "")

    async def look(self, token: str) -> SignedIn | None:
        """Who is signed in with this token."""
        token_hash = self._tokens.hash_of(token)
        return None if token_hash is None else await self.look_up(token_hash)

    async def look_up(self, token_hash: str) -> SignedIn | None:
        """The same, of the session that the database knows by this."""
        now = utcnow()
        found = await self._users.signed_in(
            token_hash, made_after=now - LONGEST, seen_after=now - IDLE
        )
        if found is None:
            return None
        user, session = found
        if now - session.seen_at > SEEN_EVERY:
            await self._users.seen(token_hash, now)
        return SignedIn(user=user, session=session)

    async def sign_out(self, signed_in: SignedIn) -> None:
        """Ends this session."""
        await self._users.end(signed_in.user.name, signed_in.session.token_hash)
        await self._audit.note(signed_in.user.name, "signed_out")

    async def forget_old(self) -> None:
        """Takes what is void out of the database."""
        await self._users.forget(made_before=utcnow() - LONGEST)

    # -- browsers that were here before -------------------------------------------------------

    def known_browser(self, name: str) -> str:
        """What a browser keeps in which this user has signed in."""
        return self._tokens.seal(name)

    def knows(self, name: str, known: str) -> bool:
        """Whether a browser has kept that."""
        return self._tokens.is_seal(name, known)

    async def _begin(self, name: str, kind: SessionKind, client: str) -> str:
        token = self._tokens.new()
        token_hash = self._tokens.hash_of(token)
        assert token_hash is not None
        now = utcnow()
        await self._users.begin(
            SessionRecord(
                token_hash=token_hash,
                user=name,
                kind=kind,
                made_at=now,
                seen_at=now,
                client=client[:_CLIENT_CHARACTERS],
            )
        )
        return token
