"""What the store takes and gives of the console: plain values, free of the database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

UserRole = Literal["viewer", "operator", "owner"]
SessionKind = Literal["session", "link"]  # of a browser; of a link that begins one, once

USER_ROLES: tuple[UserRole, ...] = ("viewer", "operator", "owner")  # each may what those before may


@dataclass(frozen=True, kw_only=True)
class UserRecord:
    """Who may sign in to the console."""

    name: str
    password_hash: str = field(repr=False)  # of argon2; empty: there is no password, links only
    role: UserRole
    made_at: datetime


@dataclass(frozen=True, kw_only=True)
class SessionRecord:
    """A browser that is signed in, or a link that signs one in. Its token is known as a hash."""

    token_hash: str = field(repr=False)
    user: str
    kind: SessionKind
    made_at: datetime
    seen_at: datetime  # to some minutes
    client: str = ""  # what the browser calls itself


@dataclass(frozen=True, kw_only=True)
class AuditRecord:
    """What somebody did, through the console or about it on the command line."""

    id: str
    at: datetime
    who: str
    act: str  # a slug
    subject: str  # an id or a user's name, never a phone number
    details: dict[str, Any] = field(default_factory=dict)
