"""One run: a fresh server, so many calls, and what was seen of them."""

import asyncio
import contextlib
import gc
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import Arrival, Load, spread
from tests.benchmarks.load import Exchange, Habits, LoadModel, Pace, Tally
from tests.benchmarks.servers import Server, Variant

CALLS_A_SEC = 10.0  # while the load builds up
BARE_CALLS = 1  # beforehand, so that what the first call loads is not charged to it
BARE_SECS = 2.0
REST_SECS = 1.0  # for what the bare calls leave behind
SETTLE_SECS = 0.5  # collecting garbage made frames late
WORDS_SECS = 20.0  # a caller who has heard nothing by then has given up


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How runs are done."""

    warm_up_secs: float
    measure_secs: float
    habits: Habits
    pace: Pace
    server_core: int | None  # None: the server is not pinned
    folder: Path  # of all runs; each takes one below


async def run_load(
    variant: Variant,
    calls: int,
    plan: Plan,
    name: str,
    *,
    beside: Callable[[Server], AbstractAsyncContextManager[None]] | None = None,
) -> Load:
    """Holds so many calls; once they are there, `beside` is entered until they are measured. Raises
    ServerFailed.
    """
    tally = Tally()
    async with (
        LoadModel(pace=variant.pace or plan.pace) as model,
        Server(
            variant, model_url=model.url, folder=plan.folder / name, core=plan.server_core
        ) as server,
    ):
        await bare_calls(server, model)
        idle = server.use()
        exchange = Exchange(model=model, dialer=server.dialer, tally=tally, habits=plan.habits)
        await exchange.ramp(calls, a_sec=CALLS_A_SEC)
        async with beside(server) if beside else contextlib.nullcontext():
            await asyncio.sleep(plan.warm_up_secs)
            used = await measure(server, tally, plan.measure_secs)
        talking = len(exchange.talking)
        lost = tally.calls_lost + tally.calls_refused
        await exchange.hang_up(*exchange.talking)
    return Load(
        variant=variant.name,
        calls=calls,
        secs=used.secs,
        talking=talking,
        lost=lost,
        bare=BARE_CALLS,
        cpu=used.cpu,
        idle_mb=idle.rss_mb,
        rss_mb=used.rss_mb,
        agent_share=tally.agent_ms / 1000 / used.secs / calls,
        uplink=spread(tally.uplink_ms),
        downlink=spread(tally.downlink_ms),
        setup=spread(tally.setup_ms),
        clear=spread(tally.clear_ms),
        ignored=tally.ignored,
        underruns=tally.underruns,
        underrun_ms=tally.underrun_ms,
        late=spread(tally.late_ms),
        generator_cpu=used.generator_cpu,
    )


async def run_arrival(variant: Variant, calls: int, plan: Plan, name: str) -> Arrival:
    """So many calls at once, until all have been greeted. Raises ServerFailed."""
    tally = Tally()
    async with (
        LoadModel(pace=variant.pace or plan.pace) as model,
        Server(
            variant, model_url=model.url, folder=plan.folder / name, core=plan.server_core
        ) as server,
    ):
        await bare_calls(server, model)
        exchange = Exchange(model=model, dialer=server.dialer, tally=tally)
        with _undisturbed():
            await exchange.together(calls)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WORDS_SECS):
                    for caller in exchange.talking:
                        await caller.greeted.wait()
        await exchange.hang_up(*exchange.talking)
    return Arrival(
        variant=variant.name,
        greeting=variant.greeting,
        calls=calls,
        lost=calls - len(tally.first_words_ms),
        first_words=spread(tally.first_words_ms),
    )


@dataclass(frozen=True, kw_only=True)
class Used:
    """What was used in a stretch of time."""

    secs: float
    cpu: float  # of the server: seconds of a core in each second
    generator_cpu: float  # of this process, likewise
    rss_mb: float  # of the server, at the end


async def measure(server: Server, tally: Tally, secs: float) -> Used:
    """Has the calls that there are tallied for so long."""
    with _undisturbed():
        await asyncio.sleep(SETTLE_SECS)
        before, ours_before, began_at = server.use(), _own_cpu_secs(), time.perf_counter()
        tally.recording = True
        await asyncio.sleep(secs)
        tally.recording = False
        took_secs = time.perf_counter() - began_at
        after, ours_after = server.use(), _own_cpu_secs()
    return Used(
        secs=took_secs,
        cpu=(after.cpu_secs - before.cpu_secs) / took_secs,
        generator_cpu=(ours_after - ours_before) / took_secs,
        rss_mb=after.rss_mb,
    )


async def bare_calls(server: Server, model: LoadModel | None = None) -> None:
    """Calls beforehand, which are not counted."""
    exchange = Exchange(model=model, dialer=server.dialer, tally=Tally())
    await exchange.together(BARE_CALLS)
    await asyncio.sleep(BARE_SECS)
    await exchange.hang_up(*exchange.talking)
    await asyncio.sleep(REST_SECS)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """No garbage collection of ours in the middle of a measurement."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _own_cpu_secs() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
