"""The one place where adapters are built and joined."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import FastAPI
from pydantic import SecretStr

from bot.business import HttpBusiness
from bot.calls import (
    Addresses,
    Attendant,
    Closing,
    Desk,
    Registry,
    Supplies,
    prepare_lines,
    recover,
)
from bot.carriers import TwilioCarrier, TwilioSignatures, parse_target
from bot.realtime import Clips
from bot.server.api import api
from bot.server.guard import Guard
from bot.server.health import health
from bot.server.media import media
from bot.server.webhooks import webhooks
from bot.store import Store
from config import SHIPPED, Agent, Settings, SettingsError, read_agents
from pipelines import PIPELINES, PipelineSpec, find_pipeline
from processors.silero import SileroModel

NEEDED = (
    "openai_api_key",
    "twilio_account_sid",
    "twilio_auth_token",
    "public_url",
    "trunkline_api_key",
)


@dataclass(frozen=True, kw_only=True)
class Service:
    """The running service: what serves requests, and what lets it stop in order."""

    web: FastAPI
    desk: Desk
    settle_in: Callable[[], Awaitable[None]]  # work for the first minutes, beside serving


def load_agents(
    settings: Settings, pipelines: Mapping[str, PipelineSpec] = PIPELINES
) -> dict[str, Agent]:
    """The agents that ship and the operator's own, each with a pipeline that exists.

    Raises:
        AgentError, UnknownPipeline, SettingsError.
    """
    folders = [SHIPPED] + ([settings.trunkline_agents] if settings.trunkline_agents else [])
    agents = dict(read_agents(*folders))
    for agent in agents.values():
        find_pipeline(agent.pipeline, pipelines)
    if settings.inbound_agent not in agents:
        known = ", ".join(sorted(agents))
        raise SettingsError(f"INBOUND_AGENT names no agent; choose one of: {known}")
    return agents


@asynccontextmanager
async def open_service(
    settings: Settings, *, pipelines: Mapping[str, PipelineSpec] = PIPELINES
) -> AsyncIterator[Service]:
    """Builds the service from its settings; on exit everything it holds is let go.

    `pipelines` are those that agent files may name: the shipped ones, or an author's own.

    Raises:
        SettingsError, AgentError, UnknownPipeline, StoreError: before anything is served.
    """
    settings.require(*NEEDED)
    agents = load_agents(settings, pipelines)
    human = _human(settings.human_transfer_number)
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.database_url)
        stack.push_async_callback(store.close)
        carrier = _carrier(settings)
        stack.push_async_callback(carrier.aclose)
        business = await stack.enter_async_context(HttpBusiness(settings.business_api_base))
        addresses = _addresses(settings.public_url)
        closing = Closing(carrier=carrier, human=human, dialled_url=addresses.dialled)
        registry = Registry(max_calls=settings.max_calls)
        clips = Clips(settings.var_dir / "clips")
        openai_api_key = settings.openai_api_key.get_secret_value()
        attendant = Attendant(
            registry=registry,
            carrier=carrier,
            closing=closing,
            supplies=Supplies(
                business=business,
                clips=clips,
                human_available=human is not None,
            ),
            realtime_url=settings.openai_realtime_url,
            openai_api_key=openai_api_key,
        )
        desk = Desk(
            agents=agents,
            inbound_agent=settings.inbound_agent,
            our_number=settings.twilio_phone_number,
            registry=registry,
            attendant=attendant,
            closing=closing,
            carrier=carrier,
            store=store,
            addresses=addresses,
            pipelines=pipelines,
        )
        guard = Guard(
            signatures=TwilioSignatures(
                auth_tokens=_plain(settings.twilio_auth_token), public_url=settings.public_url
            ),
            api_keys=_plain((settings.trunkline_api_key,)),
        )
        SileroModel.shared()  # 40 ms that no caller should wait for
        web = FastAPI(title="Trunkline", version="0.1.0")
        for router in (
            webhooks(desk, guard),
            media(desk, guard),
            api(desk, store, guard),
            health(registry),
        ):
            web.include_router(router)

        async def settle_in() -> None:
            await recover(store=store, carrier=carrier, registry=registry)
            if settings.prepare_lines:
                await prepare_lines(
                    agents.values(),
                    clips=clips,
                    realtime_url=settings.openai_realtime_url,
                    openai_api_key=openai_api_key,
                )

        yield Service(web=web, desk=desk, settle_in=settle_in)


def _carrier(settings: Settings) -> TwilioCarrier:
    has_key = bool(settings.twilio_api_key_sid)
    return TwilioCarrier(
        account_sid=settings.twilio_account_sid,
        auth_token=None if has_key else settings.twilio_auth_token[0].get_secret_value(),
        api_key_sid=settings.twilio_api_key_sid or None,
        api_key_secret=settings.twilio_api_key_secret.get_secret_value() or None,
        api_url=settings.twilio_api_url,
    )


def _addresses(public_url: str) -> Addresses:
    parts = urlsplit(public_url)
    below = f"{public_url}/twilio"
    return Addresses(
        stream=f"wss://{parts.netloc}{parts.path}/twilio/stream",
        status=f"{below}/status",
        stream_ended=f"{below}/stream-ended",
        dialled=f"{below}/dialled",
    )


def _human(number: str) -> str | None:
    try:
        return parse_target(number) if number else None
    except ValueError as error:
        raise SettingsError(f"HUMAN_TRANSFER_NUMBER: {error}") from error


def _plain(secrets: tuple[SecretStr, ...]) -> list[str]:
    return [secret.get_secret_value() for secret in secrets]
