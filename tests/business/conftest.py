"""The sample business on a real socket, on a Friday noon, and the line's client of it."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.business import HttpBusiness
from bot.simulator.business import BusinessServer


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[BusinessServer]:
    def friday_noon() -> dt.datetime:
        return dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)

    async with BusinessServer(tmp_path / "business.db", now=friday_noon) as server:
        yield server


@pytest.fixture
async def business(shop: BusinessServer) -> AsyncIterator[HttpBusiness]:
    async with HttpBusiness(shop.url, timeout_secs=5.0) as client:
        yield client
