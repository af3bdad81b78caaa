"""Gives coroutine tests a virtual clock: what the setting `virtual_time` turns on."""

import asyncio
import inspect
from collections.abc import Callable, Mapping

import pytest

from bot.testing.virtual_loop import VirtualLoop, follow_the_loop


class VirtualTests:
    """Hooks of pytest and of pytest-asyncio."""

    def __init__(self) -> None:
        follow_the_loop()

    def pytest_asyncio_loop_factories(
        self, item: pytest.Item
    ) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
        """Coroutines run on virtual time, unless they are marked as being about real time."""
        if item.get_closest_marker("realtime"):
            return {"real": asyncio.new_event_loop}
        return {"virtual": VirtualLoop}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A plain test of what a coroutine fixture has played takes the loop a coroutine would."""
        if inspect.iscoroutinefunction(metafunc.function):
            return
        used = [each.func for uses in metafunc._arg2fixturedefs.values() for each in uses]
        kinds = inspect.iscoroutinefunction, inspect.isasyncgenfunction
        if any(kind(func) for func in used for kind in kinds):
            factories = self.pytest_asyncio_loop_factories(metafunc.definition).values()
            name = "_asyncio_loop_factory"  # of pytest-asyncio
            metafunc.fixturenames.append(name)
            hidden = (pytest.HIDDEN_PARAM,)
            metafunc.parametrize(name, list(factories), ids=hidden, indirect=True, scope="module")
