"""OpenAI's realtime models as a brain."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from bot.brains.brain import CallModel, ForCall, NotSpoken
from bot.brains.config import FirstSound, SessionConfig, Speaker
from bot.brains.errors import ModelGarbled, ModelRefused
from bot.brains.openai import config as configs
from bot.brains.openai.connected_time import with_connected_time
from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.openai.first_sound import hear_first_sound
from bot.brains.openai.formats import Formats
from bot.brains.openai.key_check import check_model
from bot.brains.openai.liveness import Liveness
from bot.brains.openai.members import OPENAI, Member
from bot.brains.openai.prices import doubts
from bot.brains.openai.rendering import render_line
from bot.brains.openai.session import OpenAISession
from bot.brains.openai.usage import Meter, assumed_usage, model_usd
from bot.brains.realtime import RealtimeModel, Vendor
from bot.brains.realtime.outside_calls import timed_first_sound
from bot.brains.realtime.sound_format import WrongFormat


def vendor_of(member: Member) -> Vendor:
    """What the shell needs of this server."""
    return Vendor(
        conversation=partial(OpenAIConversation, quirks=member.quirks),
        liveness=Liveness,
        renew_after_secs=member.quirks.renew_after_mins * 60,
        voices=member.voices,
    )


VENDOR = vendor_of(OPENAI)


class OpenAIBrain:
    """See `bot.brains.brain.Brain`."""

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        name: str = configs.NAME,
        member: Member = OPENAI,
        missing: tuple[str, ...] = (),
    ) -> None:
        """`member` is what is to be known of the server at `url`."""
        self.name = name
        self.provider = name  # of another vendor that speaks so: as its file is called
        self._missing = missing
        self.abilities = member.abilities
        self._member = member
        self._url = url
        self._api_key = api_key
        self._formats = Formats(self.abilities.formats, echoed=member.quirks.echoes_formats)

    def speaker(self, model: str = "", voice: str = "") -> Speaker:
        voices = self.abilities.voices
        voice = voice or self._member.voice
        if voices and voice not in voices:
            raise NotSpoken(f'there is no voice "{voice}"; choose one of: {", ".join(voices)}')
        return Speaker(brain=self.name, model=model or self._member.models[0], voice=voice)

    def lacks(self, model: str = "") -> tuple[str, ...]:
        return self._missing

    def prepare(self) -> None:
        if not self._missing:
            OpenAISession.prepare(self._url)

    async def check_model(self, model: str, *, within_secs: float) -> None:
        self._require_account()
        await check_model(
            url=self._url,
            api_key=self._api_key,
            model=model,
            within_secs=within_secs,
            header=self._member.quirks.key_header,
        )

    async def first_sound(self, speaker: Speaker, *, within_secs: float) -> FirstSound:
        return await timed_first_sound(
            self._open_reader(speaker), hear_first_sound, within_secs=within_secs
        )

    async def open(self, config: SessionConfig) -> OpenAISession:
        session = await self._open(
            config.speaker.model, configs.session_config(config, self._member.quirks)
        )
        for event in configs.retelling(config.earlier):
            session.post(event)
        return session

    def processor(self, call: ForCall) -> CallModel:
        if any(price.per_minute for price in self._member.prices.values()):
            call = with_connected_time(call)
        return RealtimeModel(call, vendor=vendor_of(self._member))

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
        return await self._open(
            speaker.model, configs.reading_config(speaker.voice, self._member.quirks)
        )

    async def _open(self, model: str, config: Mapping[str, Any]) -> OpenAISession:
        self._require_account()
        return await OpenAISession.open(
            url=self._url,
            api_key=self._api_key,
            model=model,
            config=config,
            formats=self._formats,
            header=self._member.quirks.key_header,
        )

    def _require_account(self) -> None:
        if self._missing:
            raise ModelRefused(f"{' and '.join(self._missing)}: not set")

    def meter(self, model: str | None) -> Meter:
        return Meter(model=model, prices=self._member.bill)

    def estimate_usd(self, model: str, talk_secs: float, instruction_tokens: int) -> float:
        usage = assumed_usage(talk_secs=talk_secs, instruction_tokens=instruction_tokens)
        return model_usd(usage, model, self._member.bill)

    def misfits(self, speaker: Speaker, language: str) -> list[str]:
        return []  # its models speak what they are told to

    def doubts(self, models: Sequence[str], today: date) -> list[str]:
        return doubts(
            models, self._member.quirks.transcription.model, today, priced=self._member.prices
        )
