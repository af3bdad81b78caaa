"""The yardstick: a phone line of Pipecat's own parts, as its documentation puts them together.

Nothing of ours is in it. What its defaults would waste is left out, as anyone would who has read
the manual: no RTVI, no SmartTurn model that a realtime service never asks, 8 kHz on both sides.
"""

import argparse
import asyncio
import sys
from typing import Literal

import uvicorn
import uvloop
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.openai.realtime.events import (
    AudioConfiguration,
    AudioInput,
    AudioOutput,
    InputAudioTranscription,
    SemanticTurnDetection,
    SessionProperties,
)
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies, UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

Turns = Literal["local", "server"]


def user_params(turns: Turns) -> LLMUserAggregatorParams:
    """Who hears the caller: Silero here, or the model's side."""
    if turns == "server":
        return LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies())
    return LLMUserAggregatorParams(
        vad_analyzer=SileroVADAnalyzer(params=VADParams(stop_secs=0.3)),
        user_turn_strategies=UserTurnStrategies(
            start=[VADUserTurnStartStrategy()],
            stop=[
                SpeechTimeoutUserTurnStopStrategy(
                    user_speech_timeout=0.2, wait_for_transcript=False
                )
            ],
        ),
    )


def build(websocket: WebSocket, stream_sid: str, model_url: str, turns: Turns) -> PipelineWorker:
    """One call."""
    transport = FastAPIWebsocketTransport(
        websocket,
        FastAPIWebsocketParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            serializer=TwilioFrameSerializer(
                stream_sid=stream_sid,
                params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
            ),
        ),
    )
    detection = SemanticTurnDetection(eagerness="auto") if turns == "server" else False
    llm = OpenAIRealtimeLLMService(
        api_key="sk-bench",
        base_url=model_url,
        settings=OpenAIRealtimeLLMService.Settings(
            system_instruction="You are the receptionist.",
            session_properties=SessionProperties(
                audio=AudioConfiguration(
                    input=AudioInput(
                        transcription=InputAudioTranscription(), turn_detection=detection
                    ),
                    output=AudioOutput(voice="marin"),
                )
            ),
        ),
    )
    context = LLMContext([{"role": "developer", "content": "Greet the caller."}])
    user, assistant = LLMContextAggregatorPair(context, user_params=user_params(turns))
    worker = PipelineWorker(
        Pipeline([transport.input(), user, llm, transport.output(), assistant]),
        params=PipelineParams(
            audio_in_sample_rate=8000,
            audio_out_sample_rate=8000,
            enable_metrics=True,
            enable_usage_metrics=True,
            enable_heartbeats=True,
        ),
        enable_rtvi=False,
        cancel_runner_on_idle_timeout=False,
    )

    async def connected(transport: object, client: object) -> None:
        await worker.queue_frame(LLMRunFrame())

    async def disconnected(transport: object, client: object) -> None:
        await worker.cancel(reason="the caller hung up")

    transport.add_event_handler("on_client_connected", connected)
    transport.add_event_handler("on_client_disconnected", disconnected)
    return worker


def web(model_url: str, turns: Turns) -> FastAPI:
    """The server: WS /ws."""
    app = FastAPI()

    @app.websocket("/ws")
    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        _, call = await parse_telephony_websocket(websocket)
        worker = build(websocket, call.stream_id, model_url, turns)
        runner = WorkerRunner(handle_sigint=False, handle_sigterm=False)
        await runner.add_workers(worker)
        await runner.run()

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model-url", required=True)
    parser.add_argument("--turns", choices=("local", "server"), default="local")
    arguments = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    config = uvicorn.Config(
        web(arguments.model_url, arguments.turns),
        host="127.0.0.1",
        port=arguments.port,
        log_config=None,
        access_log=False,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
