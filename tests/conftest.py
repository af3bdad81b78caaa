"""What all tests share: logs as the service writes them, virtual time, and how many examples."""

import asyncio
import inspect
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, settings

from bot.telemetry import configure_logs
from tests.virtual_loop import VirtualLoop, follow_the_loop

configure_logs("DEBUG")
follow_the_loop()
# The same examples in every run: a failure can be looked at, and no run fails that others passed.
patient = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("here", patient, max_examples=50)
settings.register_profile("deep", patient, max_examples=150)
settings.load_profile("here")


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Coroutines run on virtual time, unless they are marked as being about real time."""
    if item.get_closest_marker("realtime"):
        return {"real": asyncio.new_event_loop}
    return {"virtual": VirtualLoop}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A plain test of what a coroutine fixture has played takes the loop that a coroutine would."""
    if inspect.iscoroutinefunction(metafunc.function):
        return
    used = [each.func for uses in metafunc._arg2fixturedefs.values() for each in uses]
    if any(inspect.iscoroutinefunction(func) or inspect.isasyncgenfunction(func) for func in used):
        factories = pytest_asyncio_loop_factories(metafunc.definition).values()
        name = "_asyncio_loop_factory"  # of pytest-asyncio
        metafunc.fixturenames.append(name)
        hidden = (pytest.HIDDEN_PARAM,)
        metafunc.parametrize(name, list(factories), ids=hidden, indirect=True, scope="module")
