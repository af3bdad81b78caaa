"""What a call costs in CPU on each brain: the service against each one's simulated endpoint.

    python -m tests.benchmarks.brains [--calls 5] [--seconds 20] [--rounds 3]

Prints the table of docs/benchmarks.md. The brains take turns within a round, and each is set
against the first in the same round: so much depends on what else the machine does that the
milliseconds alone say little. The callers speak over every utterance of the agent.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bot.simulator.model import ANYTHING, ModelScript, Step
from tests.benchmarks import processes
from tests.benchmarks.load import Exchange, Habits, Tally, speech
from tests.benchmarks.running import bare_calls, measure
from tests.benchmarks.servers import AGENTS, Server, Variant, ours
from tests.brains.conformance.brains import ENTRIES
from tests.brains.conformance.endpoints import Endpoint, Entry
from tests.voices import kept_voice

NAMES = ("openai", "localai", "gemini", "cascade")  # the first is what the others are set against
CARRIED: Mapping[str, str] = {
    "openai": "μ-law both ways, as the telephone has it",
    "localai": "the same protocol with PCM: 24 kHz both ways",
    "gemini": "16 kHz to it, 24 kHz from it; our own ear ends turns",
    "cascade": "three services, 8 kHz both ways; our own ear ends turns",
}
INTERRUPTION = "Sorry, may I ask you something else before you go on?"
STORY = (
    "We are open from nine in the morning to five in the evening, on every day of the week but "
    "Sunday, and on holidays there is somebody on the phone as well."
)
SCRIPT = ModelScript(greeting=STORY, steps=(Step(hears=ANYTHING, say=STORY, once=False),))
WARM_UP_SECS = 6.0
CALLS_A_SEC = 2.0
SPEAKS_OVER_SECS = 2.5
HEAD = (
    "| brain | what is carried | CPU ms a second of a call | of openai | interruptions a minute |",
    "| :-- | :-- | --: | --: | --: |",
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run of one brain took."""

    brain: str
    cpu_ms: float  # of the server, for each second of each call
    cuts: float  # of the agent, in each minute of each call
    generator: float  # CPU of the far sides, of a core


def table(rounds: Sequence[Sequence[Cost]]) -> list[str]:
    """Rows of the page: medians over the rounds, of the ratios too. The first brain of each round
    is what the others of that round are set against.
    """
    rows = []
    for costs in zip(*rounds, strict=True):
        ratios = [cost.cpu_ms / one[0].cpu_ms for cost, one in zip(costs, rounds, strict=True)]
        name = costs[0].brain
        rows.append(
            f"| `{name}` | {CARRIED[name]} | {median(cost.cpu_ms for cost in costs):.2f} | "
            f"{median(ratios):.2f} | {median(cost.cuts for cost in costs):.1f} |"
        )
    return [*HEAD, *rows]


def serving(endpoint: Endpoint, folder: Path) -> Variant:
    """Trunkline as in the other benchmarks, with an agent that speaks through this endpoint."""
    agents = folder / "agents"
    agents.mkdir(parents=True)
    agent = (AGENTS / "bench.toml").read_text(encoding="utf-8")
    (agents / "bench.toml").write_text(f"{endpoint.agent}{agent}", encoding="utf-8")
    usual = ours()

    def environment(home: Path, model_url: str) -> Mapping[str, str]:
        reached = {name.upper(): str(value) for name, value in endpoint.settings.items()}
        return {**usual.environment(home, model_url), **reached, "TRUNKLINE_AGENTS": str(agents)}

    return replace(usual, environment=environment)


async def measured(entry: Entry, wish: argparse.Namespace, folder: Path, core: int | None) -> Cost:
    """One run. Raises ServerFailed, and RuntimeError where calls were lost."""
    tally = Tally()
    words = speech(kept_voice("caller").render(INTERRUPTION))
    habits = Habits(
        interruption=words,
        interrupt_every=1,
        interrupt_after_secs=SPEAKS_OVER_SECS,
        interrupts_greeting=True,
    )
    folder.mkdir()
    async with entry.start(folder, SCRIPT) as endpoint:
        variant = serving(endpoint, folder)
        async with Server(variant, model_url="", folder=folder / "server", core=core) as server:
            await bare_calls(server)
            exchange = Exchange(dialer=server.dialer, tally=tally, habits=habits)
            await exchange.ramp(wish.calls, a_sec=CALLS_A_SEC)
            await asyncio.sleep(WARM_UP_SECS)
            used = await measure(server, tally, wish.seconds)
            await exchange.hang_up(*exchange.talking)
    if tally.calls_lost + tally.calls_refused:
        raise RuntimeError(f"{entry.name}: {'; '.join(tally.dropped_calls)}")
    return Cost(
        brain=entry.name,
        cpu_ms=used.cpu * 1000 / wish.calls,
        cuts=len(tally.clear_ms) * 60 / used.secs / wish.calls,
        generator=used.generator_cpu,
    )


async def _run(wish: argparse.Namespace, folder: Path, core: int | None) -> None:
    entries = {entry.name: entry for entry in ENTRIES}
    rounds = []
    for number in range(wish.rounds):
        costs = []
        for name in NAMES:
            cost = await measured(entries[name], wish, folder / f"{name}-{number}", core)
            costs.append(cost)
            sys.stderr.write(
                f"{name}: {cost.cpu_ms:.2f} ms a call-second, {cost.cuts:.1f} cuts a minute, "
                f"generator {cost.generator:.0%}, load average {os.getloadavg()[0]:.1f}\n"
            )
        rounds.append(costs)
    sys.stdout.write("\n".join([*table(rounds), ""]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5, help="at a time")
    parser.add_argument("--seconds", type=float, default=20.0, help="measured in each run")
    parser.add_argument("--rounds", type=int, default=3, help="of all brains; medians are shown")
    wish = parser.parse_args()
    core = processes.beside_server()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        asyncio.run(_run(wish, Path(folder), core))


if __name__ == "__main__":
    main()
