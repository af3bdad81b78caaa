"""OpenAI's realtime models as a brain."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import date
from typing import cast

from bot.brains.brain import CallLog, CallModel, CallRequests, NotSpoken, Session
from bot.brains.clips import Clips
from bot.brains.config import ModelConfig, SessionConfig, Speaker
from bot.brains.errors import ModelGarbled
from bot.brains.openai import config as configs
from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.openai.formats import Formats
from bot.brains.openai.key_check import check_model
from bot.brains.openai.liveness import Liveness
from bot.brains.openai.prices import PRICES, doubts
from bot.brains.openai.rendering import render_line
from bot.brains.openai.session import OpenAISession
from bot.brains.openai.usage import Meter, assumed_usage, model_usd
from bot.brains.realtime import RealtimeModel, RealtimeSession, Vendor
from bot.brains.realtime.sound_format import WrongFormat
from tools.toolbox import Toolbox

RENEW_AFTER_SECS = 50 * 60.0  # sessions end after 60 min (OpenAI, Realtime guide)

VENDOR = Vendor(
    conversation=OpenAIConversation,
    liveness=Liveness,
    renew_after_secs=RENEW_AFTER_SECS,
    voices=configs.VOICES,
)


class OpenAIBrain:
    """See `bot.brains.brain.Brain`."""

    name = configs.NAME
    abilities = configs.ABILITIES

    def __init__(self, *, url: str, api_key: str) -> None:
        self._url = url
        self._api_key = api_key
        self._formats = Formats(self.abilities.formats)

    def speaker(self, model: str = "", voice: str = "") -> Speaker:
        voice = voice or configs.VOICE
        if voice not in self.abilities.voices:
            known = ", ".join(self.abilities.voices)
            raise NotSpoken(f'there is no voice "{voice}"; choose one of: {known}')
        return Speaker(brain=self.name, model=model or configs.MODEL, voice=voice)

    def prepare(self) -> None:
        OpenAISession.prepare(self._url)

    async def check_model(self, model: str, *, within_secs: float) -> None:
        await check_model(
            url=self._url, api_key=self._api_key, model=model, within_secs=within_secs
        )

    async def open(self, config: SessionConfig) -> OpenAISession:
        session = await OpenAISession.open(
            url=self._url,
            api_key=self._api_key,
            model=config.speaker.model,
            config=configs.session_config(config),
            formats=self._formats,
        )
        for event in configs.retelling(config.earlier):
            session.post(event)
        return session

    def processor(
        self,
        *,
        session: Awaitable[Session],
        reopen: Callable[[], Awaitable[Session]] | None,
        config: ModelConfig,
        toolbox: Toolbox,
        requests: CallRequests,
        clips: Clips,
        log: CallLog,
    ) -> CallModel:
        return RealtimeModel(
            vendor=VENDOR,
            session=cast(Awaitable[RealtimeSession], session),
            reopen=cast(Callable[[], Awaitable[RealtimeSession]] | None, reopen),
            config=config,
            toolbox=toolbox,
            requests=requests,
            clips=clips,
            log=log,
        )

    async def render(
        self, speaker: Speaker, lines: Sequence[str]
    ) -> AsyncGenerator[tuple[str, bytes | None]]:
        left = list(lines)
        while left:
            session = await self._open_reader(speaker)
            try:
                while left:
                    yield left[0], await render_line(session, left[0])
                    left.pop(0)
            except WrongFormat as error:
                if not session.disbelieve():
                    raise ModelGarbled(
                        "the model's sound is in no format that it agrees to"
                    ) from error
            finally:
                await session.close()

    async def _open_reader(self, speaker: Speaker) -> OpenAISession:
        return await OpenAISession.open(
            url=self._url,
            api_key=self._api_key,
            model=speaker.model,
            config=configs.reading_config(speaker.voice),
            formats=self._formats,
        )

    def meter(self, model: str | None) -> Meter:
        return Meter(model=model)

    def estimate_usd(self, model: str, talk_secs: float, instruction_tokens: int) -> float:
        usage = assumed_usage(talk_secs=talk_secs, instruction_tokens=instruction_tokens)
        return model_usd(usage, model, PRICES)

    def doubts(self, models: Sequence[str], today: date) -> list[str]:
        return doubts(models, configs.TRANSCRIPTION_MODEL, today)
