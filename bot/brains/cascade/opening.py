"""Opens a session: makes the three services and connects them. To import it takes a second."""

import asyncio

from pipecat.services.stt_service import STTService

from bot.brains.cascade import services
from bot.brains.cascade.accounts import Accounts
from bot.brains.cascade.items import SPOKEN, Items
from bot.brains.cascade.local_ears import LocalEar
from bot.brains.cascade.parts import SILENCE_SECS, Part, Parts, in_language
from bot.brains.cascade.session import OPEN_SECS, CascadeSession
from bot.brains.cascade.shared_client import SharedClient
from bot.brains.config import SessionConfig
from bot.brains.errors import ModelMute
from bot.brains.openai.config import tool_schema


async def open_session(
    parts: Parts, accounts: Accounts, shared: SharedClient, config: SessionConfig, *, hears: bool
) -> CascadeSession:
    """`hears`: else it only speaks. Raises ModelRefused, ModelUnreachable, ModelMute."""
    client = shared.take()
    try:
        ear = None
        if hears:
            hearing = in_language(parts.hearing, config.language)
            ear = await _ear(hearing, accounts, client, config)
        session = _session(parts, accounts, client, config, ear)
        await session.open()
    except BaseException:
        await shared.give_back()
        raise
    session.on_close(shared.give_back)
    return session


async def _ear(part: Part, accounts: Accounts, client: object, config: SessionConfig) -> STTService:
    """An engine of this machine is loaded in a thread, for as long as it takes: a call does not
    wait for that, and a later one finds it there. Raises ModelMute."""
    language = config.language
    try:
        async with asyncio.timeout(OPEN_SECS):
            engine = await services.recogniser_of(part, language=language)
    except TimeoutError:
        raise ModelMute(f"{part} is still being loaded, after {OPEN_SECS:g} s") from None
    if engine is not None:
        return LocalEar(engine, language=language)
    words = tuple(config.keywords)
    return services.hearing_of(part, accounts, client, language=language, keywords=words)


def _session(
    parts: Parts,
    accounts: Accounts,
    client: object,
    config: SessionConfig,
    ear: STTService | None,
) -> CascadeSession:
    language = config.language
    instructions = f"{config.instructions}\n\n{SPOKEN}"
    return CascadeSession(
        ear=ear,
        thinker=services.thinking_of(parts.thinking, accounts, client, instructions=instructions),
        mouth=services.speaking_of(
            parts.speaking, accounts, client, voice=config.speaker.voice, language=language
        ),
        ear_hz=services.hearing_hz(parts.hearing),
        silence_secs=SILENCE_SECS.get(parts.hearing.vendor, 0.0),
        items=Items(notes_by="user" if parts.thinking.vendor == "local" else "developer"),
        tools=[tool_schema(signature) for signature in config.tools],
        language=language,
    )


def new_client() -> object:
    """See `SharedClient`."""
    return services.http_client()
