"""Every vendor's service can be made of what an agent's file may say, by this Pipecat."""

from typing import Any

import pytest

from bot.brains.cascade import Accounts
from bot.brains.cascade.parts import HEARING, SPEAKING, THINKING, Part, in_language

ACCOUNTS = Accounts(
    openai_key="k", deepgram_key="k", elevenlabs_key="k", cartesia_key="k", chat_key="k"
)
ELSEWHERE = [vendor for vendor in HEARING if vendor not in ("moonshine", "whisper")]


@pytest.fixture
def services() -> Any:
    """What makes them: loaded as the brain does, for Pipecat warns of its own old names."""
    from bot.brains.cascade.brain import _load

    _load()
    from bot.brains.cascade import services as module

    return module


@pytest.mark.parametrize("vendor", ELSEWHERE)
async def test_those_who_hear(vendor: str, services: Any) -> None:
    """With words to listen for, in another language too."""
    for language in ("en", "de"):
        part = in_language(Part(vendor=vendor, model=HEARING[vendor]), language)
        made = services.hearing_of(
            part, ACCOUNTS, services.http_client(), language=language, keywords=("Ibuprofen",)
        )
        assert made.settings.model == part.model != ""


@pytest.mark.parametrize("vendor", SPEAKING)
async def test_those_who_speak(vendor: str, services: Any) -> None:
    """In this voice."""
    part = Part(vendor=vendor, model=SPEAKING[vendor])
    voice = "coral" if vendor == "openai" else "a-voice"
    made = services.speaking_of(part, ACCOUNTS, services.http_client(), voice=voice, language="de")
    assert made.settings.voice == voice


@pytest.mark.parametrize("vendor", THINKING)
async def test_those_who_think(vendor: str, services: Any) -> None:
    """Without trying again by themselves: the conversation does."""
    made = services.thinking_of(
        Part(vendor=vendor, model="m"), ACCOUNTS, services.http_client(), instructions="Be brief."
    )
    assert made.settings.model == "m" and made.settings.system_instruction == "Be brief."
    assert made._client.max_retries == 0
