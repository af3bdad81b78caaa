"""A service that is described by an OpenAPI document of its own making."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException, Query
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from tools import Toolbox, ToolCall


class Ticket(BaseModel):
    """The body of a new ticket."""

    title: str = Field(min_length=1, max_length=80)
    urgent: bool = False
    tags: list[str] = []


class Desk:
    """What was asked of it, and how it behaves."""

    def __init__(self) -> None:
        self.tickets: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.headers: list[dict[str, str]] = []
        self.fail_with = 0
        self.delay_secs = 0.0
        self.app = FastAPI(title="Help desk")
        self._routes()

    def _routes(self) -> None:
        app = self.app

        @app.get("/tickets/{number}", operation_id="getTicket", summary="Looks up one ticket")
        async def get_ticket(number: str, x_tenant: Annotated[str | None, Header()] = None) -> Any:
            await self._behave()
            if number == "404":
                raise HTTPException(404)
            return {"number": number, "tenant": x_tenant}

        @app.get("/tickets", operation_id="listTickets")
        async def list_tickets(
            status: str, tag: Annotated[list[str] | None, Query()] = None, limit: int = 10
        ) -> Any:
            rows = [{"number": n, "text": "x" * 200} for n in range(limit)]
            return {"status": status, "tags": tag, "rows": rows}

        @app.post("/tickets", operation_id="createTicket", status_code=201)
        async def create_ticket(
            ticket: Ticket, idempotency_key: Annotated[str | None, Header()] = None
        ) -> Any:
            self.keys.append(idempotency_key)
            await self._behave()
            self.tickets.append(ticket.model_dump())
            return {"number": len(self.tickets)}

        @app.post("/notes", operation_id="addNote", status_code=204)
        async def add_note(text: str) -> Response:
            self.tickets.append({"note": text})
            await self._behave()
            return Response(status_code=204)

        @app.get("/plain", operation_id="plain")
        async def plain() -> PlainTextResponse:
            return PlainTextResponse("all is well")

        @app.get("/away", operation_id="away")
        async def away() -> RedirectResponse:
            return RedirectResponse("/plain")

        @app.get("/huge", operation_id="huge")
        async def huge() -> Any:
            return {"text": "x" * 2_000_000}

    async def _behave(self) -> None:
        await asyncio.sleep(self.delay_secs)
        if self.fail_with:
            raise HTTPException(self.fail_with, detail="The desk is closed on holidays.")


Boxed = Callable[..., Toolbox]


def call_of() -> ToolCall:
    """As a toolbox gives it."""
    nobody: Any = SimpleNamespace()
    return ToolCall(
        business=nobody,
        control=nobody,
        contacts=nobody,
        variables={},
        idempotency_key="k" * 32,
        language="en",
    )
