"""What the tests of the server share."""

from collections.abc import Iterator

import pytest
from loguru import logger


@pytest.fixture
def warnings_logged() -> Iterator[list[str]]:
    """Messages logged as WARNING or worse, as they come."""
    messages: list[str] = []
    sink = logger.add(lambda message: messages.append(message.record["message"]), level="WARNING")
    yield messages
    logger.remove(sink)
