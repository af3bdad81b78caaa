"""Notices of results: the sender's own system is told what became of each contact, and of the end.

Signed as Standard Webhooks (standardwebhooks.com) are, so that a receiver needs no code of ours:

    webhook-id          the same for the same notice, however often it is sent
    webhook-timestamp   seconds since 1970
    webhook-signature   v1,<base64 of HMAC-SHA256(secret, "<id>.<timestamp>.<body>")>

What is to be told follows from the contacts; `bot.store.notices` says how far the telling is. Each
notice arrives at least once, in no order, or is given up after two days.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn

import httpx
import orjson
from loguru import logger

from bot.clock import utcnow
from bot.outbox import signature
from bot.store import OVER, BatchRecord, ContactRecord, NoticeRecord, Store, StoreError
from bot.trust import machine_trust

LOOK_SECS = 2.0
SEND_SECS = 10.0  # for an answer, whose body is not read
CLAIM_SECS = 60.0  # as long as one that sends may take, and more; then another process may
AT_ONCE = 8
GONE = 410  # the receiver wants to hear no more of this

# Seconds from one try to the next; after the last it is given up. About two days in all.
PAUSES_SECS = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400)


class Notices:
    """Tells what is to be told. Several processes may do so side by side: each notice is one's."""

    def __init__(
        self,
        *,
        store: Store,
        secret: str,
        client: httpx.AsyncClient | None = None,
        now: Callable[[], datetime] = utcnow,
    ) -> None:
        self._store = store
        self._secret = secret
        self._client = client or httpx.AsyncClient(follow_redirects=False, verify=machine_trust())
        self._now = now

    async def run(self) -> NoReturn:
        """Tells, until it is cancelled."""
        try:
            while True:
                try:
                    await self.tell()
                except StoreError as error:
                    logger.warning(
                        "results are not told for now: {}", error, event="results_not_sent"
                    )
                except Exception:
                    logger.exception("results are not told for now", event="results_not_sent")
                await asyncio.sleep(LOOK_SECS)
        finally:
            await self._client.aclose()

    async def tell(self) -> int:
        """Looks once for what is to be told and sends it; returns how many notices arrived."""
        for batch in await self._store.notices.untold_batches():
            await self._take_stock(batch)
        arrived = 0
        while due := await self._store.notices.due(now=self._now(), limit=AT_ONCE):
            arrived += sum(await asyncio.gather(*map(self._send, due)))
        return arrived

    async def _take_stock(self, batch: BatchRecord) -> None:
        """Notes which contacts there are to report; of a batch that is over, that it is.

        The rest is counted first, so that a contact that finishes meanwhile is still reported
        before `batch.ended`.
        """
        left = (await self._store.batches.counts(batch.id)).states
        while await self._store.notices.add_concluded(batch.id, now=self._now()):
            pass
        if batch.state in OVER and not (left.get("waiting") or left.get("dialling")):
            last = f"{batch.id}-ended"
            await self._store.notices.add(
                NoticeRecord(id=last, batch_id=batch.id, contact_id=None, due_at=self._now())
            )

    async def _send(self, notice: NoticeRecord) -> bool:
        """One try; true when it arrived."""
        now = self._now()
        batch = await self._store.batches.get(notice.batch_id)
        until = now + timedelta(seconds=CLAIM_SECS)
        if batch is None or not await self._store.notices.claim(notice, until=until):
            return False
        told = await self._words(batch, notice)
        body = orjson.dumps({"type": told[0], "timestamp": now, "data": told[1]})
        timestamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "webhook-id": notice.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(
                self._secret, notice_id=notice.id, timestamp=timestamp, body=body
            ),
        }
        url = str(batch.settings["results_url"])
        try:
            async with self._client.stream(
                "POST", url, content=body, headers=headers, timeout=SEND_SECS
            ) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            await self._failed(notice, type(error).__name__)
            return False
        if 200 <= status < 300:
            await self._store.notices.told(notice.id, at=self._now())
            return True
        await self._failed(notice, f"HTTP {status}", gone=status == GONE)
        return False

    async def _failed(self, notice: NoticeRecord, problem: str, *, gone: bool = False) -> None:
        now = self._now()
        if gone or notice.tries >= len(PAUSES_SECS):
            logger.error(
                "giving up on a result webhook: {} ({})",
                problem,
                notice.batch_id,
                event="result_webhook_given_up",
            )
            await self._store.notices.give_up(notice.id, at=now, problem=problem)
            return
        again_at = now + timedelta(seconds=PAUSES_SECS[notice.tries])
        await self._store.notices.again(notice.id, at=again_at, problem=problem)

    async def _words(self, batch: BatchRecord, notice: NoticeRecord) -> tuple[str, dict[str, Any]]:
        about = {"batch": batch.id, "name": batch.name}
        if notice.contact_id is not None:
            contact = await self._store.batches.contact(notice.contact_id)
            if contact is not None:
                return "contact.concluded", {**about, **_of_contact(contact)}
        counts = await self._store.batches.counts(batch.id)
        return "batch.ended", {
            **about,
            "state": batch.state,
            "started_at": batch.started_at,
            "ended_at": batch.ended_at,
            "contacts": counts.contacts,
            "states": counts.states,
            "dispositions": counts.dispositions,
        }


def _of_contact(contact: ContactRecord) -> dict[str, Any]:
    reasons = contact.decision.get("reasons", ()) if contact.state == "skipped" else ()
    return {
        "contact": contact.id,
        "line": contact.line,
        "number": contact.number,
        "contact_name": contact.name,
        "appointments": contact.appointments,
        "state": contact.state,
        "disposition": contact.disposition,
        "detail": contact.detail,
        "calls": contact.attempts,
        "why": [reason["why"] for reason in reasons if reason.get("says") != "allow"],
    }
