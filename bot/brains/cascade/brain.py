"""A cascade as a brain: who hears, who thinks and who speaks are three services."""

import asyncio
import warnings
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from bot.brains.brain import CallModel, ForCall
from bot.brains.cascade import prices
from bot.brains.cascade.accounts import Accounts
from bot.brains.cascade.inventory import ask_chat_server, to_install
from bot.brains.cascade.liveness import CascadeLiveness
from bot.brains.cascade.meter import CascadeMeter, assumed_usd
from bot.brains.cascade.parts import NAME, Part, Parts, of_another_language, parts_of, voice_of
from bot.brains.cascade.shared_client import SharedClient
from bot.brains.config import Abilities, FirstSound, SessionConfig, Speaker
from bot.brains.errors import KeyRefused, ModelRefused
from bot.brains.openai import client_events
from bot.brains.openai.config import retelling
from bot.brains.openai.conversation import OpenAIConversation
from bot.brains.openai.first_sound import hear_first_sound
from bot.brains.openai.rendering import render_line
from bot.brains.realtime import RealtimeModel, Vendor
from bot.brains.realtime.outside_calls import timed_first_sound

if TYPE_CHECKING:
    from bot.brains.cascade.session import CascadeSession

ONE_WORD = "Write the word Hello, and nothing else."
NEVER_SECS = 24 * 3600.0  # no session is replaced because it is old
VENDOR = Vendor(
    conversation=OpenAIConversation,
    liveness=CascadeLiveness,
    renew_after_secs=NEVER_SECS,
    voices=(),
)


class CascadeBrain:
    """See `bot.brains.brain.Brain`. A model of it is three, as `parts.parts_of` reads them."""

    name = NAME
    provider = NAME  # of its own three, each of another vendor
    abilities = Abilities(voices=(), formats=("ulaw",), turns=("local",))

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._client = SharedClient(lambda: _load().new_client())

    def speaker(self, model: str = "", voice: str = "") -> Speaker:
        parts = parts_of(model)
        return Speaker(brain=self.name, model=str(parts), voice=voice_of(parts, voice))

    def lacks(self, model: str = "") -> tuple[str, ...]:
        keys = {part.vendor: self._accounts.key_of(part.vendor) for part in _each(parts_of(model))}
        return tuple(f"{vendor.upper()}_API_KEY" for vendor, key in keys.items() if key == "")

    def prepare(self) -> None:
        """Nothing: most have no agent that speaks through a cascade, and what it needs takes two
        seconds to load. That is done for the first session, in a thread."""

    async def check_model(self, model: str, *, within_secs: float) -> None:
        parts = parts_of(model)
        if lacking := self.lacks(model):
            raise KeyRefused(f"{' and '.join(lacking)}: not set, and {parts} needs it")
        if missing := to_install(parts.hearing.vendor):
            raise ModelRefused(f"{parts.hearing} is not installed here: {missing}")
        if parts.thinking.vendor == "local":
            await ask_chat_server(self._accounts, within_secs=within_secs)

    async def first_sound(self, speaker: Speaker, *, within_secs: float) -> FirstSound:
        return await timed_first_sound(
            self._open(_reading(speaker), hears=True),
            lambda session: hear_first_sound(cast(Any, session)),
            within_secs=within_secs,
            then=_have_it_think,
        )

    async def open(self, config: SessionConfig) -> "CascadeSession":
        session = await self._open(config, hears=True)
        for event in retelling(config.earlier):
            session.post(event)
        return session

    async def _open_reader(self, speaker: Speaker) -> "CascadeSession":
        return await self._open(_reading(speaker), hears=False)

    async def _open(self, config: SessionConfig, *, hears: bool) -> "CascadeSession":
        module = await asyncio.to_thread(_load)
        session: CascadeSession = await module.open_session(
            parts_of(config.speaker.model), self._accounts, self._client, config, hears=hears
        )
        return session

    def processor(self, call: ForCall) -> CallModel:
        return RealtimeModel(call, vendor=replace(VENDOR, voices=(call.config.speaker.voice,)))

    async def render(
        self, speaker: Speaker, lines: Sequence[str]
    ) -> AsyncGenerator[tuple[str, bytes | None]]:
        session = await self._open_reader(speaker)
        try:
            for line in lines:
                yield line, await render_line(cast(Any, session), line)
        finally:
            await session.close()

    def meter(self, model: str | None) -> CascadeMeter:
        return CascadeMeter(parts_of(model or ""))

    def estimate_usd(self, model: str, talk_secs: float, instruction_tokens: int) -> float:
        parts = parts_of(model)
        return assumed_usd(parts, talk_secs=talk_secs, instruction_tokens=instruction_tokens)

    def misfits(self, speaker: Speaker, language: str) -> list[str]:
        return of_another_language(parts_of(speaker.model), speaker.voice, language)

    def doubts(self, models: Sequence[str], today: date) -> list[str]:
        parts = [parts_of(model) for model in models]
        named = {each for cascade in parts for each in prices.unlisted(*_each(cascade))}
        ears = {cascade.hearing.vendor: to_install(cascade.hearing.vendor) for cascade in parts}
        return [
            *(f"{ear} is not installed here: {do}" for ear, do in ears.items() if do),
            *(
                f"the price of {name} is not in the table of {prices.AS_OF}: it is counted as dear "
                "as the dearest one"
                for name in sorted(named)
            ),
        ]


def _reading(speaker: Speaker) -> SessionConfig:
    return SessionConfig(speaker=speaker, instructions="", language="en")


async def _have_it_think(session: "CascadeSession") -> None:
    """A word of the chat model's, which no line that is said word for word needs. Raises
    ModelRefused, ModelLost."""
    wanted = client_events.summary(ONE_WORD)
    session.post(wanted)
    async for event in session.events():
        done = event.get("response") or {}
        of_it = done.get("metadata") == wanted["response"]["metadata"]
        if event["type"] == "response.done" and of_it:
            if done["status"] == "failed":
                raise ModelRefused(f"the chat model: {done['status_details']['error']['message']}")
            return


def _load() -> Any:
    """What opens sessions: two seconds, once. Pipecat warns of its own old names as it loads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return import_module("bot.brains.cascade.opening")


def _each(parts: Parts) -> tuple[Part, Part, Part]:
    return parts.hearing, parts.thinking, parts.speaking
