"""Pipecat's services, made for one session. To import them takes a second: `brain.py` does it
before any call.

Every connection uses the certificates that were read once (`bot.trust`): to read them takes tens
of milliseconds, in which no caller is served.
"""

from typing import Any

from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout
from pipecat.services.cartesia.stt import CartesiaSTTService
from pipecat.services.cartesia.tts import CartesiaTTSService
from pipecat.services.deepgram.flux.stt import DeepgramFluxSTTService
from pipecat.services.deepgram.tts import DeepgramTTSService
from pipecat.services.elevenlabs.tts import ElevenLabsTTSService
from pipecat.services.openai.base_llm import BaseOpenAILLMService
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TextAggregationMode, TTSService
from pipecat.transcriptions.language import Language

from bot.brains.cascade.accounts import Accounts
from bot.brains.cascade.hearing import WORDS_SECS
from bot.brains.cascade.local_ears import RATE_HZ, Recogniser, loads, moonshine, whisper
from bot.brains.cascade.parts import Part
from bot.brains.cascade.piper import PiperOverHttp
from bot.brains.errors import ModelRefused
from bot.trust import machine_trust

LINE_HZ = 8000
LONGEST_TOKENS = 1000  # of an answer: minutes of speech, and a summary with all its fields
CONNECT_SECS, ANSWER_SECS = 3.0, 20.0  # of a request; what a caller waits for is bounded elsewhere


def http_client() -> Any:
    """A new client, for requests of all sessions."""
    limit = Timeout(ANSWER_SECS, connect=CONNECT_SECS)
    return DefaultAsyncHttpxClient(verify=machine_trust(), timeout=limit, follow_redirects=False)


class _Trusting:
    """A service over a websocket that does not read the machine's certificates anew."""

    async def _websocket_connect(self, uri: str, **options: Any) -> Any:
        if uri.startswith("wss:"):
            options["ssl"] = machine_trust()
        return await super()._websocket_connect(uri, **options)  # type: ignore[misc]


class _Upload(OpenAISTTService):
    """A request is given no longer than its turn, and none is made again: the words of the next
    turn wait for it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._client = self._client.with_options(timeout=WORDS_SECS, max_retries=0)


class _Flux(_Trusting, DeepgramFluxSTTService):
    pass


class _Ink(_Trusting, CartesiaSTTService):
    pass


class _Voice(_Trusting):
    """A voice over a websocket that says so where that has broken: Pipecat opens another one
    without a word, and the rest of what was being said never comes."""

    _was_connected = False

    async def _websocket_connect(self, uri: str, **options: Any) -> Any:
        if self._was_connected:
            await self.push_error(error_msg="the connection broke")  # type: ignore[attr-defined]
        opened = await super()._websocket_connect(uri, **options)
        self._was_connected = True
        return opened


class _Aura(_Voice, DeepgramTTSService):
    pass


class _Sonic(_Voice, CartesiaTTSService):
    pass


class _Eleven(_Voice, ElevenLabsTTSService):
    pass


class _Chat(OpenAILLMService):
    """Any server of chat completions. What fails is asked for again by the conversation."""

    def __init__(self, *, http_client: Any, **options: Any) -> None:
        self._http_client = http_client
        super().__init__(**options)

    def create_client(self, api_key: Any = None, base_url: Any = None, *_: Any, **__: Any) -> Any:
        return AsyncOpenAI(
            api_key=api_key or "none",
            base_url=base_url,
            http_client=self._http_client,
            max_retries=0,
        )


def hearing_of(
    part: Part, accounts: Accounts, client: Any, *, language: str, keywords: tuple[str, ...]
) -> STTService:
    """The service elsewhere that writes down what the caller says."""
    spoken = _language(language)
    common: dict[str, Any] = {"audio_passthrough": False}
    match part.vendor:
        case "openai":
            return _Upload(
                api_key=accounts.openai_key or "none",
                base_url=accounts.openai_url,
                http_client=client,
                language=spoken,
                push_empty_transcripts=True,
                settings=_Upload.Settings(
                    model=part.model, language=spoken, keywords=list(keywords) or None
                ),
                sample_rate=LINE_HZ,
                **common,
            )
        case "deepgram":
            hints: dict[str, Any] = (
                {"language_hints": [spoken]} if part.model.endswith("multi") else {}
            )
            return _Flux(
                api_key=accounts.deepgram_key,
                url=f"{accounts.deepgram_url}/v2/listen",
                settings=_Flux.Settings(model=part.model, keyterm=list(keywords), **hints),
                enable_eager_end_of_turn=True,
                sample_rate=LINE_HZ,
                **common,
            )
        case "cartesia":
            return _Ink(
                api_key=accounts.cartesia_key,
                base_url=accounts.cartesia_url,
                settings=_Ink.Settings(model=part.model, language=language),
                sample_rate=LINE_HZ,
                **common,
            )
    raise ModelRefused(f"nobody hears by the name of {part}")


async def recogniser_of(part: Part, *, language: str) -> Recogniser | None:
    """The engine of an ear on this machine, loaded once, which may take minutes; None: it is
    elsewhere. Raises ModelRefused: it is not installed here."""
    engines = {"moonshine": moonshine, "whisper": whisper}
    engine = engines.get(part.vendor)
    return None if engine is None else await loads().get(engine, part.model, language)


def thinking_of(
    part: Part, accounts: Accounts, client: Any, *, instructions: str
) -> BaseOpenAILLMService:
    """The service that finds the words."""
    key, url = accounts.openai_key, accounts.openai_url
    longest: dict[str, Any] = {"max_completion_tokens": LONGEST_TOKENS}
    if part.vendor == "local":
        key, url = accounts.chat_key, accounts.chat_url
        longest = {"max_tokens": LONGEST_TOKENS}  # many know no other name for it
    return _Chat(
        http_client=client,
        api_key=key,
        base_url=url,
        settings=_Chat.Settings(
            model=part.model or "default", system_instruction=instructions, **longest
        ),
    )


def speaking_of(
    part: Part, accounts: Accounts, client: Any, *, voice: str, language: str
) -> TTSService:
    """The service that says them."""
    spoken = _language(language)
    match part.vendor:
        case "openai":
            return OpenAITTSService(
                api_key=accounts.openai_key or "none",
                base_url=accounts.openai_url,
                http_client=client,
                settings=OpenAITTSService.Settings(model=part.model, voice=voice),
                sample_rate=24000,
            )
        case "deepgram":
            return _Aura(
                api_key=accounts.deepgram_key,
                base_url=accounts.deepgram_url,
                settings=_Aura.Settings(voice=voice, model=voice),
                sample_rate=LINE_HZ,
            )
        case "cartesia":
            return _Sonic(
                api_key=accounts.cartesia_key,
                url=f"{accounts.cartesia_url}/tts/websocket",
                settings=_Sonic.Settings(model=part.model, voice=voice, language=spoken),
                text_aggregation_mode=TextAggregationMode.SENTENCE,
                sample_rate=LINE_HZ,
            )
        case "elevenlabs":
            return _Eleven(
                api_key=accounts.elevenlabs_key,
                url=accounts.elevenlabs_url,
                settings=_Eleven.Settings(model=part.model, voice=voice),
                text_aggregation_mode=TextAggregationMode.SENTENCE,
                sample_rate=LINE_HZ,
            )
        case "piper":
            return PiperOverHttp(url=accounts.piper_url, client=client, voice=voice)
    raise ModelRefused(f"nobody speaks by the name of {part}")


def _language(code: str) -> Language:
    try:
        return Language(code)
    except ValueError:
        return Language.EN


def hearing_hz(part: Part) -> int:
    """The rate of the sound that it is given."""
    return RATE_HZ if part.vendor in ("moonshine", "whisper") else LINE_HZ
