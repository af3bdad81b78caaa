"""E-mail: letters handed to a mail server by SMTP (RFC 5321), over TLS where it can be had."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Literal

import aiosmtplib

from bot.clock import utcnow
from bot.outbox.outbox import NotDelivered
from bot.store import DeliveryRecord
from bot.trust import machine_trust

ANSWER_SECS = 15.0  # for one command of the conversation

# tls: from the first byte (port 465). starttls: demanded before anything else is said (587).
# none: in plain text, for a relay on this machine or in this network.
Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where letters are handed over."""

    host: str
    port: int
    security: Security
    username: str = ""  # empty: no login
    password: str = ""
    sender: str = ""  # the address they come from

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.security})"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """An e-mail without its addresses."""

    subject: str
    text: str
    urgent: bool = False


# The letter about an event's subject; None: there is nothing to tell any more.
Letters = Callable[[DeliveryRecord], Awaitable[Letter | None]]


class Mail:
    """The sender of the channel `mail`."""

    def __init__(self, *, server: MailServer, letters: Letters) -> None:
        self._server = server
        self._letters = letters

    async def send(self, delivery: DeliveryRecord) -> None:
        """See `Sender.send`. A server that refuses the letter for good (5xx) is not asked again."""
        letter = await self._letters(delivery)
        if letter is None:
            return
        await hand_over(
            self._server,
            letter,
            to=delivery.target,
            message_id=delivery.id,
            at=delivery.made_at,
        )


async def hand_over(
    server: MailServer,
    letter: Letter,
    *,
    to: str,
    message_id: str = "",
    at: datetime | None = None,
) -> None:
    """Has the server take a letter. Raises NotDelivered.

    One that is sent again has the same `message_id`, so that mail programs show it once.
    """
    email = compose(
        letter,
        sender=server.sender,
        to=to,
        message_id=message_id or uuid.uuid4().hex,
        at=at or utcnow(),
    )
    try:
        await aiosmtplib.send(email, **_way_to(server, ANSWER_SECS))
    except aiosmtplib.SMTPAuthenticationError as error:
        raise NotDelivered(f"the mail server refused the login ({error.code})") from error
    except aiosmtplib.SMTPResponseException as error:
        raise NotDelivered(_said(error), final=500 <= error.code < 600) from error
    except aiosmtplib.SMTPRecipientsRefused as refused:
        first = refused.recipients[0]
        raise NotDelivered(_said(first), final=500 <= first.code < 600) from refused
    except (aiosmtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error


async def greet(server: MailServer, *, within_secs: float = ANSWER_SECS) -> None:
    """Talks to the server up to the login, and sends nothing. Raises NotDelivered."""
    client = aiosmtplib.SMTP(**_way_to(server, within_secs))
    try:
        await client.connect()
        await client.quit()
    except aiosmtplib.SMTPAuthenticationError as error:
        raise NotDelivered(f"the mail server refused the login ({error.code})") from error
    except aiosmtplib.SMTPResponseException as error:
        raise NotDelivered(_said(error)) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error
    finally:
        client.close()


def _way_to(server: MailServer, within_secs: float) -> dict[str, Any]:
    """How aiosmtplib is to talk to it."""
    return {
        "hostname": server.host,
        "port": server.port,
        "use_tls": server.security == "tls",
        "start_tls": server.security == "starttls",
        "username": server.username or None,
        "password": server.password or None,
        "tls_context": machine_trust() if server.security != "none" else None,
        "timeout": within_secs,
        "local_hostname": "trunkline.invalid",
    }


def compose(letter: Letter, *, sender: str, to: str, message_id: str, at: datetime) -> EmailMessage:
    """The e-mail as it goes over the wire."""
    email = EmailMessage()
    email["From"] = Address("Trunkline", addr_spec=sender)
    email["To"] = to
    email["Subject"] = " ".join(letter.subject.split())
    email["Date"] = format_datetime(at)
    email["Message-ID"] = f"<{message_id.replace('/', '.')}@{sender.rpartition('@')[2]}>"
    email["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notice comes back
    if letter.urgent:
        email["Importance"] = "high"
        email["X-Priority"] = "1"
    email.set_content(letter.text)
    return email


def _said(error: aiosmtplib.SMTPResponseException) -> str:
    return f"the mail server says {error.code} {error.message}"[:300]
