"""What the tests of traces share."""

from collections.abc import Iterator

import pytest
from loguru import logger


@pytest.fixture
def warnings_logged() -> Iterator[list[str]]:
    """Messages of ours logged as WARNING or worse, as they come."""
    messages: list[str] = []

    def take(message: object) -> None:
        record = message.record  # type: ignore[attr-defined]
        if record["name"].startswith("bot.") and record["function"] != "emit":
            messages.append(record["message"])

    sink = logger.add(take, level="WARNING")
    yield messages
    logger.remove(sink)
