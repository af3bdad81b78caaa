"""What all tests share: logs as the service writes them, virtual time, and patience with a busy
machine.
"""

import asyncio
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, settings

from bot.telemetry import configure_logs
from tests.virtual_loop import VirtualLoop, follow_the_loop

configure_logs("DEBUG")
follow_the_loop()
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Coroutines run on virtual time, unless they are marked as being about real time."""
    if item.get_closest_marker("realtime"):
        return {"real": asyncio.new_event_loop}
    return {"virtual": VirtualLoop}
