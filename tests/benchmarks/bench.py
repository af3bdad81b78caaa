"""`make bench`: stock Pipecat and ours, alternately, under the same callers.

python -m tests.benchmarks.bench [--quick] [--sizes 10,50] [--rounds 3] [--server-vad]
"""

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop
from rich.console import Console

from bot.simulator.voices import CachedVoice, default_voice
from tests.benchmarks import processes, report
from tests.benchmarks.document import Setting, document, now, with_others
from tests.benchmarks.figures import Arrival, Load, median_load
from tests.benchmarks.load import Habits, Pace, Speech, speech
from tests.benchmarks.running import Plan, run_arrival, run_load
from tests.benchmarks.servers import ROOT, ServerFailed, Variant, ours, stock

SIZES = (10, 15, 25, 50, 100, 150)  # stock with a VAD of its own saturates after the third
QUICK_SIZES = (10, 25)
MOST_BESIDE = 100  # calls in relay mode and with two workers: what the full figure carries clean
INTERRUPTION = "Sorry, may I ask you something else before you go on?"
PAGE = ROOT / "docs" / "benchmarks.md"

out = Console()


@dataclass(kw_only=True)
class Bench:
    """One invocation."""

    variants: Sequence[Variant]
    sizes: Sequence[int]
    rounds: int
    plan: Plan

    def __post_init__(self) -> None:
        self.loads: list[Load] = []
        self.failures: list[str] = []
        self._dropped: set[str] = set()

    async def hold(self) -> None:
        """More and more calls, the variants in turn, until none is left that carries them."""
        for calls in self.sizes:
            done: dict[str, list[Load]] = {}
            for turn in range(self.rounds):
                for variant in self.variants:
                    if variant.name not in self._dropped:
                        await self._hold(variant, calls, turn, done)
            for loads in done.values():
                self.loads.append(median_load(loads))
            if any("generator" in load.verdict for load in self.loads[-len(done) :]):
                out.print("the generator is at its limit: no more calls", style="yellow")
                return

    async def _hold(
        self, variant: Variant, calls: int, turn: int, done: dict[str, list[Load]]
    ) -> None:
        try:
            load = await run_load(variant, calls, self.plan, f"{variant.name}-{calls}-{turn}")
        except ServerFailed as failed:
            self._failed(variant, f"with {calls} calls: {failed}")
            return
        done.setdefault(variant.name, []).append(load)
        uplink = f"{load.uplink.p50:.1f} / {load.uplink.p99:.1f} ms" if load.uplink else "none"
        out.print(
            f"{calls:>4} calls  {variant.name:<18} {load.cpu_ms:6.2f} ms/call-s  "
            f"{load.calls_a_core:5.0f} a core  {load.mb_a_call:5.1f} MB  uplink {uplink}  "
            f"{load.verdict}",
            highlight=False,
        )
        if load.verdict.startswith("saturated"):
            self._dropped.add(variant.name)

    async def beside(self, ways: Sequence[Variant]) -> list[Load]:
        """Ours in other ways, each at one number of calls."""
        calls = max((size for size in self.sizes if size <= MOST_BESIDE), default=self.sizes[0])
        done: dict[str, list[Load]] = {}
        for turn in range(self.rounds):
            for variant in ways:
                await self._hold(variant, calls, turn, done)
        return [median_load(loads) for loads in done.values()]

    async def arrive(self, variants: Sequence[Variant], calls: int) -> list[Arrival]:
        """So many calls at one moment."""
        found = []
        for variant in variants:
            try:
                arrival = await run_arrival(variant, calls, self.plan, f"{variant.name}-at-once")
            except ServerFailed as failed:
                self._failed(variant, f"with {calls} calls at once: {failed}")
                continue
            found.append(arrival)
            if arrival.first_words is not None:
                out.print(
                    f"{calls:>4} at once {variant.name:<22} first words "
                    f"{arrival.first_words.p50:.0f} ms, last {arrival.first_words.worst:.0f} ms",
                    highlight=False,
                )
        return found

    def _failed(self, variant: Variant, how: str) -> None:
        self._dropped.add(variant.name)
        self.failures.append(f"{variant.name} {how.partition(chr(10))[0]}")
        out.print(f"{variant.name} {how}", style="red", highlight=False, markup=False)


def main() -> None:
    wish = _arguments()
    cores = None if wish.no_pin else processes.two_cores()
    if cores is not None:
        processes.pin(0, cores[1])
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        plan = Plan(
            warm_up_secs=wish.warm_up or (3.0 if wish.quick else 5.0),
            measure_secs=wish.seconds or (8.0 if wish.quick else 20.0),
            habits=Habits(interruption=_interruption()),
            pace=Pace(),
            server_core=cores[0] if cores else None,
            folder=Path(folder),
        )
        setting = Setting(
            began_at=now(),
            command=f"python -m tests.benchmarks.bench {shlex.join(sys.argv[1:])}".strip(),
            plan=plan,
            generator_core=cores[1] if cores else None,
            load_average=os.getloadavg()[0],
            arrivals=wish.at_once,
            rounds=wish.rounds,
        )
        uvloop.run(_run(wish, plan, setting))


async def _run(wish: argparse.Namespace, plan: Plan, setting: Setting) -> None:
    variants = [ours(), stock()] + ([stock(turns="server")] if wish.server_vad else [])
    variants = [v for v in variants if wish.only in (None, v.name)]
    bench = Bench(variants=variants, sizes=wish.sizes, rounds=wish.rounds, plan=plan)
    for line in setting.lines():
        out.print(line, highlight=False, markup=False)
    await bench.hold()
    ways = [ours(relay=True), ours(workers=2)] if wish.only in (None, "ours") else []
    beside = await bench.beside(ways)
    at_once: list[Arrival] = []
    if wish.at_once:
        prepared = [ours(prepared=True)] if wish.only in (None, "ours") else []
        at_once = await bench.arrive([*variants, *prepared], wish.at_once)
    outcome = report.Outcome(
        loads=bench.loads, arrivals=at_once, beside=beside, failures=bench.failures
    )
    _show(outcome)
    if wish.out is not None:
        stood = wish.out.read_text(encoding="utf-8") if wish.out.exists() else ""
        page = with_others(document(outcome, setting, [*variants, *ways]), stood)
        wish.out.write_text(page, encoding="utf-8")
        out.print(f"written to {wish.out}", highlight=False)


def _show(outcome: report.Outcome) -> None:
    for calls in sorted({load.calls for load in outcome.loads}):
        out.print(report.abreast(outcome.loads, calls).rich(""))
    beside = report.beside(outcome, os.cpu_count() or 1)
    if beside is not None:
        out.print(beside.rich("Ours as compared, and in other ways"))
    if outcome.arrivals:
        out.print(report.arrivals(outcome.arrivals).rich("Calls that come at once"))
    comparison = report.comparison(outcome)
    if comparison is not None:
        out.print(
            comparison.rich("Ours and stock, each at the most calls it carried without a gap")
        )


def _interruption() -> Speech | None:
    """What callers say over the agent, rendered once for good."""
    try:
        voice = CachedVoice(default_voice("caller"), ROOT / "var" / "voices")
        return speech(voice.render(INTERRUPTION))
    except RuntimeError as missing:
        out.print(f"nobody will speak over the agent: {missing}", style="yellow")
        return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="some 3 minutes; prints, writes nothing"
    )
    parser.add_argument("--sizes", type=_sizes, help="numbers of calls, like 10,50,100,150")
    parser.add_argument("--rounds", type=int, default=1, help="repeat, and take medians")
    parser.add_argument("--seconds", type=float, help="measured in each run")
    parser.add_argument("--warm-up", type=float, help="seconds before them")
    parser.add_argument("--at-once", type=int, default=30, help="calls that come together; 0: none")
    parser.add_argument("--server-vad", action="store_true", help="stock without a VAD as well")
    parser.add_argument("--only", help="one variant: ours or stock")
    parser.add_argument("--no-pin", action="store_true", help="leave the cores to the system")
    parser.add_argument("--out", type=Path, help=f"write the page there (default {PAGE.name})")
    wish = parser.parse_args()
    wish.sizes = wish.sizes or (QUICK_SIZES if wish.quick else SIZES)
    if wish.out is None and not (wish.quick or wish.only):
        wish.out = PAGE
    return wish


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(",")))


if __name__ == "__main__":
    main()
