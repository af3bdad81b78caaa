"""Brains for tests that open no session, or one with a simulated model."""

from collections.abc import Mapping

from bot.brains import Brain, Speaker
from bot.brains.openai import OpenAIBrain

NOWHERE = "ws://127.0.0.1:9/v1/realtime"


def brains_at(url: str = NOWHERE, api_key: str = "sk-simulated") -> Mapping[str, Brain]:
    """Those there are, with their models at this address."""
    return {"openai": OpenAIBrain(url=url, api_key=api_key)}


BRAINS = brains_at()
MARIN: Speaker = BRAINS["openai"].speaker()
