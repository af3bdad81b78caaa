"""The simulated model on a real websocket, at the address and with the handshake of this vendor."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from bot.simulator.gemini.record import GeminiRecord
from bot.simulator.gemini.session import GeminiSimSession
from bot.simulator.gemini.state import Saved
from bot.simulator.model.server import RealtimeModelServer, json_response

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
MODELS = "/v1beta/models/"
KEY = "x-goog-api-key"


class GeminiModelServer(RealtimeModelServer):
    """See `RealtimeModelServer`: the same scripts, voice, ears, manner and faults."""

    models_path = MODELS

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._handles: dict[str, Saved] = {}

    @property
    def url(self) -> str:
        """ws://127.0.0.1:PORT/ws/..."""
        return f"ws://127.0.0.1:{self._port}{PATH}"

    @property
    def records(self) -> list[GeminiRecord]:
        """Its sessions, as what they are."""
        return [record for record in self.sessions if isinstance(record, GeminiRecord)]

    def _about_model(self, connection: ServerConnection, request: Request) -> Response:
        name = request.path.removeprefix(MODELS)
        if request.headers.get(KEY) != self.key:
            error = _error(400, "API key not valid.", "API_KEY_INVALID")
            return json_response(connection, HTTPStatus.BAD_REQUEST, error)
        if name in self.without_models:
            error = _error(404, f"models/{name} is not found.", "NOT_FOUND")
            return json_response(connection, HTTPStatus.NOT_FOUND, error)
        return json_response(connection, HTTPStatus.OK, {"name": f"models/{name}"})

    def _objection(self, request: Request, faults: Any) -> tuple[HTTPStatus, str, str] | None:
        if urlsplit(request.path).path != PATH:
            return HTTPStatus.NOT_FOUND, "not_found", f"There is nothing at {request.path}."
        if faults.refuse_with is not None:
            status = HTTPStatus(faults.refuse_with)
            return status, status.phrase, status.description
        return None

    def _make_session(self, connection: ServerConnection) -> Any:
        assert connection.request is not None
        return GeminiSimSession(
            script=self.script,
            manner=self.manner,
            faults=self._next_faults.popleft() if self._next_faults else self.faults,
            has_ears=self._ears is not None,
            key_is_right=connection.request.headers.get(KEY) == self.key,
            without_models=self.without_models,
            handles=self._handles,
        )


def _error(code: int, message: str, reason: str) -> dict[str, object]:
    return {"error": {"code": code, "message": message, "details": [{"reason": reason}]}}
