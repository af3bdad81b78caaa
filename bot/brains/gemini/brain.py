"""Google's live models as a brain."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, cast

from bot.brains.brain import CallModel, ForCall, NotSpoken, Session
from bot.brains.config import FirstSound, SessionConfig, Speaker
from bot.brains.gemini import config as configs
from bot.brains.gemini.client_messages import turn
from bot.brains.gemini.conversation import GeminiConversation
from bot.brains.gemini.key_check import check_model
from bot.brains.gemini.liveness import Liveness
from bot.brains.gemini.prices import doubts
from bot.brains.gemini.rendering import hear_first_sound, render_line
from bot.brains.gemini.resumption import HANDLE, Resumption
from bot.brains.gemini.session import GeminiSession
from bot.brains.gemini.usage import Meter, assumed_usage, model_usd
from bot.brains.realtime import RealtimeModel, Vendor
from bot.brains.realtime.function_rounds import FunctionRounds
from bot.brains.realtime.model_socket import ModelSocket
from bot.brains.realtime.outside_calls import timed_first_sound

RENEW_AFTER_SECS = 8.5 * 60.0  # connections end after about 10 min (Google, Live API guide)


class GeminiBrain:
    """See `bot.brains.brain.Brain`."""

    name = configs.NAME
    provider = "gcp.gemini"
    abilities = configs.ABILITIES

    def __init__(self, *, url: str, api_key: str, missing: tuple[str, ...] = ()) -> None:
        self._missing = missing
        self._url = url
        self._api_key = api_key

    def speaker(self, model: str = "", voice: str = "") -> Speaker:
        voice = voice or configs.VOICE
        if voice not in self.abilities.voices:
            known = ", ".join(self.abilities.voices)
            raise NotSpoken(f'there is no voice "{voice}"; choose one of: {known}')
        return Speaker(brain=self.name, model=model or configs.MODEL, voice=voice)

    def lacks(self, model: str = "") -> tuple[str, ...]:
        return self._missing

    def prepare(self) -> None:
        ModelSocket.prepare(self._url)

    async def check_model(self, model: str, *, within_secs: float) -> None:
        await check_model(
            url=self._url, api_key=self._api_key, model=model, within_secs=within_secs
        )

    async def first_sound(self, speaker: Speaker, *, within_secs: float) -> FirstSound:
        return await timed_first_sound(
            self._open_reader(speaker), hear_first_sound, within_secs=within_secs
        )

    async def open(self, config: SessionConfig) -> GeminiSession:
        session = await GeminiSession.open(
            url=self._url,
            api_key=self._api_key,
            setup=lambda handle: configs.setup(config, handle=handle),
            handle=HANDLE.get(),
        )
        if not session.resumed:
            roles = {"caller": "user", "agent": "model"}
            told: Any = [(roles[each.by], each.text) for each in config.earlier if each.text]
            session.tell_turns([turn(role, text) for role, text in told])
        return session

    def processor(self, call: ForCall) -> CallModel:
        resumption = Resumption()

        def conversation(rounds: FunctionRounds) -> GeminiConversation:
            return GeminiConversation(rounds, resumption)

        return RealtimeModel(
            replace(
                call,
                reopen=partial(_reopen, call.reopen, resumption) if call.reopen else None,
                config=replace(call.config, turns="local"),  # whatever processors above it go by
            ),
            vendor=Vendor(
                conversation=conversation,
                liveness=Liveness,
                renew_after_secs=RENEW_AFTER_SECS,
                voices=configs.VOICES,
            ),
        )

    async def render(
        self, speaker: Speaker, lines: Sequence[str]
    ) -> AsyncGenerator[tuple[str, bytes | None]]:
        session = await self._open_reader(speaker)
        try:
            for line in lines:
                yield line, await render_line(session, line)
        finally:
            await session.close()

    async def _open_reader(self, speaker: Speaker) -> GeminiSession:
        return await GeminiSession.open(
            url=self._url,
            api_key=self._api_key,
            setup=lambda handle: configs.reading_setup(speaker.model, speaker.voice),
        )

    def meter(self, model: str | None) -> Meter:
        return Meter(model=model)

    def estimate_usd(self, model: str, talk_secs: float, instruction_tokens: int) -> float:
        usage = assumed_usage(talk_secs=talk_secs, instruction_tokens=instruction_tokens)
        return model_usd(usage, model)

    def misfits(self, speaker: Speaker, language: str) -> list[str]:
        return []  # its models speak what they are told to

    def doubts(self, models: Sequence[str], today: date) -> list[str]:
        return doubts(models, today)


async def _reopen(reopen: Callable[[], Awaitable[Session]], resumption: Resumption) -> Session:
    """Another session of the call, which goes on from the state of the last one where it may."""
    stamp, before = resumption.stamp, HANDLE.set(resumption.handle)
    try:
        session = cast(GeminiSession, await reopen())
    finally:
        HANDLE.reset(before)
    resumption.opened(resumed=session.resumed, stamp=stamp)
    return session
