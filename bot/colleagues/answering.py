"""What this process is asked by another, done here."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.calls import Act, CallService, Webhook, WebhookAnswer
from bot.calls.colleagues import FORWARDED
from bot.calls.packing import packed_connection, unpacked_update
from bot.colleagues.questions import Asked, ConnectAgain, HangUp, LetGo, Question, Reach, Status


class Answering:
    """Answers with the calls of this process, and webhooks as `web` does."""

    def __init__(self, calls: CallService, web: ASGIApp) -> None:
        self._calls = calls
        self._web = web

    async def answer(self, question: Question) -> Mapping[str, Any]:
        """The answer, as JSON can hold it."""
        match question:
            case LetGo(call_id=call_id, stream_digest=stream_digest):
                return asdict(await self._calls.let_go(call_id, stream_digest))
            case HangUp(call_id=call_id, farewell=farewell):
                return {"done": self._calls.hang_up(call_id, farewell=farewell)}
            case Reach(call_id=call_id, act=act, text=text):
                return {"reached": self._calls.reach(call_id, Act(kind=act, text=text)).value}
            case ConnectAgain(call_sid=call_sid):
                return packed_connection(self._calls.inbound.connect_again, call_sid)
            case Status(update=update):
                self._calls.callbacks.status_from_peer(unpacked_update(update))
                return {}
            case Asked(webhook=webhook):
                return asdict(await self._webhook(Webhook(**webhook)))

    async def _webhook(self, webhook: Webhook) -> WebhookAnswer:
        """As if it had come here: its signature is looked at again."""
        # An error of ours is an answer, too: whoever gets none takes this process for dead.
        transport = httpx.ASGITransport(app=self._forwarded, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            response = await client.post(
                f"{webhook.path}?{webhook.query}",
                content=webhook.body,
                headers=dict(webhook.headers),
            )
        return WebhookAnswer(
            status=response.status_code,
            media_type=response.headers.get("content-type", ""),
            body=response.text,
        )

    async def _forwarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._web({**scope, "state": {FORWARDED: True}}, receive, send)
