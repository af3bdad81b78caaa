"""Webhooks: events posted to addresses of the operator, signed as Standard Webhooks are.

    webhook-id          the same for the same event, however often it is sent
    webhook-timestamp   seconds since 1970
    webhook-signature   v1,<base64 of HMAC-SHA256(secret, "<id>.<timestamp>.<body>")>

The body is `{"type", "timestamp", "data"}`; `timestamp` is when it happened.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
import orjson

from bot.clock import utcnow
from bot.egress import TargetRefused
from bot.outbox.outbox import NotDelivered
from bot.outbox.signing import signature
from bot.store import DeliveryRecord

ANSWER_SECS = 10.0  # for an answer, whose body is not read
GONE = 410  # the receiver wants to hear no more of this

# What is told of an event's subject; None: there is nothing to tell any more.
Facts = Callable[[DeliveryRecord], Awaitable[dict[str, Any] | None]]


class Webhooks:
    """The sender of the channel `webhook`. `client` must refuse private targets and redirects."""

    def __init__(
        self,
        *,
        secret: str,
        client: httpx.AsyncClient,
        facts: Facts,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        self._secret = secret
        self._client = client
        self._facts = facts
        self._now = now

    async def send(self, delivery: DeliveryRecord) -> None:
        """See `Sender.send`."""
        facts = await self._facts(delivery)
        if facts is None:
            return
        body = orjson.dumps(
            {"type": delivery.event, "timestamp": delivery.made_at, "data": facts},
            option=orjson.OPT_UTC_Z,
        )
        timestamp = int(self._now().timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "trunkline",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(
                self._secret, notice_id=delivery.id, timestamp=timestamp, body=body
            ),
        }
        try:
            async with self._client.stream(
                "POST", delivery.target, content=body, headers=headers, timeout=ANSWER_SECS
            ) as answer:
                status = answer.status_code
        except TargetRefused as error:
            raise NotDelivered(f"refused: {error}", final=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotDelivered(type(error).__name__) from error
        if not 200 <= status < 300:
            raise NotDelivered(f"HTTP {status}", final=status == GONE)
