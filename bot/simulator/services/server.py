"""The simulated services on a real socket: those who hear, think and speak in a cascade."""

from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from bot.simulator.ears import Ears
from bot.simulator.loopback_server import LoopbackServer
from bot.simulator.model.script import ModelScript
from bot.simulator.services import aura, chat, eleven, flux, local, sonic, upload
from bot.simulator.services.state import Pace, State, judgement_of
from bot.simulator.voices import Voice, default_voice


class SpeechServices:
    """All of them at one address, on this machine only, for as long as the context is open.

    They hear by the `script`'s `expects` without `ears`, think by its steps, and speak in `voice`.
    One call at a time: what the chat model has said is known from its requests alone, but a step of
    the script is taken once. What was asked of them is in `state`, and so are the faults.
    """

    def __init__(
        self,
        *,
        script: ModelScript | None = None,
        voice: Voice | None = None,
        ears: Ears | None = None,
        pace: Pace | None = None,
        key: str = "sk-services",
    ) -> None:
        self.state = State(
            judgement=judgement_of(script or ModelScript(), ears),
            voice=voice or default_voice("agent"),
            ears=ears,
            pace=pace or Pace(),
            key=key,
        )
        self._server = LoopbackServer(self._app(), ws=True)

    def _app(self) -> Starlette:
        app = Starlette(
            routes=[
                Route("/v1/chat/completions", chat.completions, methods=["POST"]),
                Route("/v1/models", local.models),
                Route("/voices", local.voices),
                Route("/synthesize", local.synthesize, methods=["POST"]),
                Route("/v1/audio/transcriptions", upload.transcriptions, methods=["POST"]),
                Route("/v1/audio/speech", upload.speech, methods=["POST"]),
                WebSocketRoute("/v2/listen", flux.listen),
                WebSocketRoute("/v1/speak", aura.speak),
                WebSocketRoute("/tts/websocket", sonic.speak),
                WebSocketRoute("/v1/text-to-speech/{voice}/multi-stream-input", eleven.speak),
            ]
        )
        app.state.services = self.state
        return app

    @property
    def http_url(self) -> str:
        """http://127.0.0.1:PORT"""
        return self._server.url

    @property
    def ws_url(self) -> str:
        """ws://127.0.0.1:PORT"""
        return f"ws://127.0.0.1:{self._server.port}"

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._server.stop()
