"""What the tests of the front desk share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk_kit import PostOffice, Receiver, Watch, opened_store

from bot.simulator.loopback_server import LoopbackServer
from bot.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path) as store:
        yield store


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def url(receiver: Receiver) -> AsyncIterator[str]:
    """Where the receiver listens."""
    async with LoopbackServer(receiver) as server:
        yield f"{server.url}/hook"


@pytest.fixture
async def post() -> AsyncIterator[PostOffice]:
    """A mail server in plain text."""
    async with PostOffice().open() as office:
        yield office
