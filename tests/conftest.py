"""What all tests share: logs as the service writes them, how many examples are tried, and how a
run finds its tests.
"""

import gc
from pathlib import Path
from typing import Any

import pytest
from _pytest.unraisableexception import gc_collect_iterations_key
from hypothesis import HealthCheck, settings

from bot.telemetry import configure_logs
from tests.collecting import need_not_be_read, place, undeclared, unit

gc.disable()  # until all is loaded: see below
configure_logs("DEBUG")
# The same examples in every run: a failure can be looked at, and no run fails that others passed.
patient = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("here", patient, max_examples=50)
settings.register_profile("deep", patient, max_examples=150)
settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    """What is left at the end is looked through once, not five times: a second and more each."""
    config.stash[gc_collect_iterations_key] = 1


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file in which nothing can be what is asked for is not read, unless it is named itself."""
    asked = config.getoption("markexpr")
    if asked and collection_path.match("test_*.py"):
        return need_not_be_read(collection_path, asked) or None
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fails the run if a marker comes from elsewhere than from the test's own file; begins with
    the files that take longest.
    """
    items.sort(key=place)
    for item in items:
        if marks := undeclared(item):
            raise pytest.UsageError(
                f"{item.nodeid} is marked {marks}, and its file does not say so"
            )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """`--dist loadfile` takes some files apart. The process that has the workers is asked, which
    collects nothing itself.
    """
    gc.enable()
    from xdist.scheduler import LoadFileScheduling

    class ByUnit(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    return ByUnit(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """All that is loaded by now stays: nothing is gained by looking through it time and again, nor
    by doing so each 700 new objects, as Python does by itself (an eighth of the time of a call).
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)
