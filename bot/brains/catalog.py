"""The brains there are, by the name that an agent's file gives. Here alone they are joined."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.brains.brain import Brain
from bot.brains.openai import OpenAIBrain
from config import Settings


def _openai(settings: Settings) -> Brain:
    return OpenAIBrain(
        url=settings.openai_realtime_url,
        api_key=settings.openai_api_key.get_secret_value(),
    )


BRAINS: Mapping[str, Callable[[Settings], Brain]] = MappingProxyType({OpenAIBrain.name: _openai})


def open_brains(settings: Settings) -> dict[str, Brain]:
    """All of them, with the accounts of these settings; nothing is connected yet."""
    return {name: make(settings) for name, make in BRAINS.items()}
