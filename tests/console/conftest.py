"""What the tests of the whole service share."""

from collections.abc import Iterator

import pytest
from loguru import logger

from bot.simulator.voices import Voice
from tests.prepared_routes import keep_prepared_routes
from tests.voices import kept_voice

keep_prepared_routes()


@pytest.fixture(scope="session")
def spoken() -> Voice:
    """A caller's voice, real speech: our ear takes nothing else for a voice."""
    return kept_voice("caller")


@pytest.fixture
def warnings_logged() -> Iterator[list[str]]:
    """Messages logged as WARNING or worse, as they come."""
    messages: list[str] = []
    sink = logger.add(lambda message: messages.append(message.record["message"]), level="WARNING")
    yield messages
    logger.remove(sink)
