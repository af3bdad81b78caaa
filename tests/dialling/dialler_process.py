"""A dialler in a process of its own, as `trunkline dialler` runs it, but for its clock, which
stands at another hour, and that it dies where it is told to; and a service, as `trunkline serve`
runs it.

Such processes are forked from one that has read all the code: a hundred of them start in seconds.
In haste they wait for seconds where the product waits for minutes and hours.
"""

import asyncio
import os
import signal
import sys
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from bot.batches import retry
from bot.batches.dialling import dialler, heartbeats, live_call_monitor, service_client
from bot.calls import recovery, tracing
from bot.cli import main
from bot.dialler_app import open_dialler, stop_signal
from bot.telemetry import configure_logs
from config import load_settings


class Shifted:
    """A clock that began at that moment."""

    def __init__(self, begin: datetime) -> None:
        self._ahead = begin - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


class Killer:
    """kill -9 when that line is crossed for the n-th time."""

    def __init__(self, line: str, times: int) -> None:
        self._line = line
        self._times = times
        self._crossed = Counter[str]()

    def __call__(self, line: str) -> None:
        self._crossed[line] += 1
        if line == self._line and self._crossed[line] == self._times:
            os.kill(os.getpid(), signal.SIGKILL)


def make_haste() -> None:
    """Retries come after seconds, services and calls are soon asked again, a dialler is soon taken
    for dead. That there is no trace of a call proves as late as it must that there is none: after
    all the time that a request may take.
    """
    for module in (tracing, recovery):
        module.UNPLACED_AFTER = timedelta(seconds=30)  # type: ignore[attr-defined]
    tracing.ABSENT_SECS, tracing.ABSENT_APART_SECS = 25.0, 5.0
    live_call_monitor.STILL_SECS = 5.0
    service_client.FULL_SECS = 1.0
    heartbeats.SILENT_SECS = 4.0
    dialler.BEAT_EVERY_SECS = dialler.TAKE_OVER_EVERY_SECS = 1.0
    dialler.TIDY_EVERY_SECS = 5.0
    retry.RULES = {which: _hastened(rule) for which, rule in retry.RULES.items()}
    retry._PASSES, retry._NEEDS_HANDS = _hastened(retry._PASSES), _hastened(retry._NEEDS_HANDS)


def _hastened(rule: retry.Rule) -> retry.Rule:
    """20 h become 10 s."""
    return replace(rule, pauses=tuple(pause / 7200 for pause in rule.pauses), elsewhen=False)


def run_command(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> None:
    """What the process of a `trunkline` command does, in haste."""
    os.chdir(folder)
    with open(log, "ab", buffering=0) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    os.environ.update(environment)
    make_haste()
    sys.argv = ["trunkline", *arguments]
    main()


def run_worker(
    environment: Mapping[str, str],
    begin: datetime,
    die_at: tuple[str, int],
    finish_secs: float,
    log: str,
    in_haste: bool,
    ready: Connection,
) -> None:
    """What the process does; its id goes to `ready`."""
    with open(log, "ab", buffering=0) as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    warnings.simplefilter("error")
    os.environ.update(environment)
    configure_logs("INFO")
    if in_haste:
        make_haste()

    async def work() -> None:
        clock, killer, stop = Shifted(begin), Killer(*die_at), stop_signal()
        async with open_dialler(load_settings(None), clock=clock, checkpoint=killer) as opened:
            ready.send(opened.id)
            await opened.run(stop, finish_secs=finish_secs)

    asyncio.run(work())
