"""The pytest plugin that comes with Trunkline (entry point `pytest11`).

Two fixtures, `on_stage` and `open_line`, and a setting of pytest, `virtual_time`: with it every
coroutine of the tests runs on an event loop whose clock jumps to the next timer, unless it is
marked `realtime`. Tests that use none of the three are not touched.
"""

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # a run of pytest that needs nothing of this loads nothing of it
    from bot.testing.line import OpenLine
    from bot.testing.stage import OnStage


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "virtual_time",
        "run coroutines on a clock that jumps to the next timer (trunkline)",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "realtime: is about real time, other processes or signals: runs on a real clock",
    )
    if config.getini("virtual_time"):
        from bot.testing.virtual_tests import VirtualTests

        config.pluginmanager.register(VirtualTests(), "trunkline-virtual-time")


@pytest.fixture
def on_stage() -> "OnStage":
    """Runs processors in a real Pipecat worker: `async with on_stage(SilenceLadder(...)) as stage`.

    See `bot.testing.stage`.
    """
    from bot.testing.stage import on_stage

    return on_stage


@pytest.fixture
def open_line(tmp_path: Path) -> "OpenLine":
    """Opens the whole service with a simulated carrier, model and business around it:
    `async with open_line(agents={"night": agent_file(...)}) as line`.

    See `bot.testing.line.open_line`, which it calls with a folder of the test's own.
    """
    from bot.testing.line import open_line

    numbers = count()

    def opened(**asked: Any) -> Any:
        folder = tmp_path / f"line{next(numbers)}"
        folder.mkdir()
        return open_line(folder, **asked)

    return opened
