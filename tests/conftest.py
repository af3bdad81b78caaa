"""What all tests share: logs as the service writes them, virtual time, and groups for parallel
runs.
"""

import asyncio
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, settings

from bot.telemetry import configure_logs
from tests.virtual_loop import VirtualLoop, follow_the_loop

configure_logs("DEBUG")
follow_the_loop()
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("here", patient, max_examples=50)
settings.register_profile("deep", patient, max_examples=300)
settings.load_profile("here")


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Coroutines run on virtual time, unless they are marked as being about real time."""
    if item.get_closest_marker("realtime"):
        return {"real": asyncio.new_event_loop}
    return {"virtual": VirtualLoop}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In a parallel run a file stays in one process, and all that is about real time in one."""
    for item in items:
        together = "realtime" if item.get_closest_marker("realtime") else str(item.path)
        item.add_marker(pytest.mark.xdist_group(together))
