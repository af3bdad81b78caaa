"""The page of the link in an e-mail or text: its recipient confirms that they have the message."""

import html

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from bot.messages import AcknowledgeLinks, MessageBook
from bot.store import MessageRecord, Store


def acknowledge(book: MessageBook, store: Store, links: AcknowledgeLinks) -> APIRouter:
    """The routes below /acknowledge, for holders of a link."""
    router = APIRouter(prefix="/acknowledge", include_in_schema=False)

    async def linked(message_id: str, signature: str) -> MessageRecord:
        if not links.fits(message_id, signature):
            raise HTTPException(403, "this link is not one of ours")
        message = await store.messages.get(message_id)
        if message is None:
            raise HTTPException(404, "this message is not there any more")
        return message

    @router.get("/{message_id}/{signature}")
    async def ask(message_id: str, signature: str) -> HTMLResponse:
        """Asks for a press of a button: programs that look through mail open every link."""
        message = await linked(message_id, signature)
        if message.acknowledged_at is not None:
            return _page("This message is already taken care of.")
        whose = html.escape(message.name or "a caller")
        button = '<form method="post"><button>I take care of it</button></form>'
        return _page(f"The message from {whose} is still unanswered. {button}")

    @router.post("/{message_id}/{signature}")
    async def by_link(message_id: str, signature: str) -> HTMLResponse:
        await linked(message_id, signature)
        await book.acknowledge(message_id, by="link")
        return _page("Thank you. No more reminders are sent for this message.")

    return router


def _page(content: str) -> HTMLResponse:
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    body = f"<!doctype html><html><head>{head}<title>Message</title></head><body>{content}"
    headers = {
        "Content-Security-Policy": "default-src 'none'; form-action 'self'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(f"{body}</body></html>", headers=headers)
