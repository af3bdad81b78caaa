"""Conferences and their participants in the REST API, as far as a service looks and takes out.

What Twilio refuses is refused: a conference or a participant that is not there (20404), and any
change of one that is over.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from bot.simulator.carrier.conference import Conference, Conferences, Participant
from bot.simulator.carrier.errors import RestError
from bot.simulator.carrier.request import Form, one
from bot.simulator.carrier.resource import account_path, page


class ConferenceApi:
    """Handlers of the paths below /Conferences."""

    def __init__(
        self,
        *,
        account_sid: str,
        conferences: Callable[[], Conferences],
        form: Callable[[Request], Awaitable[Form]],
    ) -> None:
        self._account_sid = account_sid
        self._conferences = conferences
        self._form = form

    async def list(self, request: Request) -> Response:
        """Newest first, by FriendlyName and Status."""
        query = parse_qs(request.url.query)
        name, status = one(query, "FriendlyName"), one(query, "Status")
        shown = [
            self._shown(room)
            for room in reversed(self._conferences().all)
            if name in ("", room.name) and status in ("", room.status)
        ]
        return JSONResponse(page("conferences", shown, f"{self._path()}.json"))

    async def fetch(self, request: Request) -> Response:
        return JSONResponse(self._shown(self._room(request)))

    async def update(self, request: Request) -> Response:
        """Status=completed ends it: everybody is let go."""
        room, form = self._room(request), await self._form(request)
        if one(form, "Status") != "completed":
            raise RestError(20001, "Status")
        if room.is_over:
            raise RestError(20404, request.url.path)
        for who in tuple(room.participants):
            who.out.set()
        return JSONResponse(self._shown(room) | {"status": "completed"})

    async def participants(self, request: Request) -> Response:
        room = self._room(request)
        shown = [self._participant(room, who) for who in room.participants]
        path = f"{self._path()}/{room.sid}/Participants.json"
        return JSONResponse(page("participants", shown, path))

    async def remove(self, request: Request) -> Response:
        """One leaves; their call goes on with what comes after the <Dial>."""
        room, wanted = self._room(request), request.path_params["participant_sid"]
        for who in room.participants:
            if who.call.sid == wanted:
                who.out.set()
                return Response(status_code=204)
        raise RestError(20404, request.url.path)

    def _room(self, request: Request) -> Conference:
        wanted = request.path_params["conference_sid"]
        for room in self._conferences().all:
            if room.sid == wanted:
                return room
        raise RestError(20404, request.url.path)

    def _path(self) -> str:
        return f"{account_path(self._account_sid)}/Conferences"

    def _shown(self, room: Conference) -> dict[str, Any]:
        return {
            "sid": room.sid,
            "account_sid": self._account_sid,
            "friendly_name": room.name,
            "status": room.status,
            "api_version": "2010-04-01",
            "region": "us1",
            "uri": f"{self._path()}/{room.sid}.json",
        }

    def _participant(self, room: Conference, who: Participant) -> dict[str, Any]:
        return {
            "account_sid": self._account_sid,
            "call_sid": who.call.sid,
            "conference_sid": room.sid,
            "label": who.label or None,
            "start_conference_on_enter": who.starts,
            "end_conference_on_exit": who.ends,
            "muted": False,
            "hold": False,
            "coaching": False,
            "status": "connected",
            "uri": f"{self._path()}/{room.sid}/Participants/{who.call.sid}.json",
        }
