"""docs/benchmarks.md: the tables, where they come from, and how each figure was measured."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.load import Pace
from tests.benchmarks.running import Plan
from tests.benchmarks.servers import Variant

PACKAGES = (
    "pipecat-ai",
    "uvicorn",
    "websockets",
    "uvloop",
    "orjson",
    "onnxruntime",
    "numpy",
    "picows",
)
# What the sections begin with that a benchmark writes.
WRITTEN = (
    "## Compared",
    "## Ours and stock",
    "## Every run",
    "## Relay mode",
    "## Calls that come at once",
    "## What failed",
    "## How each figure is measured",
)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where and when a benchmark ran."""

    began_at: datetime
    command: str
    plan: Plan
    generator_core: int | None
    load_average: float  # of the machine before it began
    arrivals: int
    rounds: int

    def lines(self) -> list[str]:
        """What a reader needs to judge the figures or to repeat them."""
        pinned = "the processes were not pinned to cores: the system would not let us"
        if self.plan.server_core is not None:
            pinned = (
                f"the server was pinned to core {self.plan.server_core}, "
                f"the generator to core {self.generator_core}"
            )
        versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
        return [
            f"Date: {self.began_at:%Y-%m-%d %H:%M} UTC",
            f"Command: `{self.command}`",
            f"Machine: {os.cpu_count()} cores, {_cpu()}, {_memory()}, {_system()}; "
            f"load average before the start {self.load_average:.2f}; {pinned}",
            f"Python {platform.python_version()}; {versions}",
            f"Each run: a fresh server, calls begun 10 a second, {self.plan.warm_up_secs:g} s to "
            f"warm up, {self.plan.measure_secs:g} s measured; rounds: {self.rounds} "
            "(of several rounds the medians are shown)",
        ]


def document(outcome: report.Outcome, setting: Setting, variants: Sequence[Variant]) -> str:
    """The whole page."""
    parts = [
        "# Benchmarks",
        "Written by the command below; not edited by hand. Everything ran on one machine over "
        "loopback, against a simulated carrier and a simulated model.",
        _list(setting.lines()),
        "## Compared",
        _list([f"**{variant.name}**: {variant.about}" for variant in variants]),
    ]
    comparison = report.comparison(outcome)
    if comparison is not None:
        parts += [
            "## Ours and stock",
            "Each at the largest number of calls it carried clean, with no underrun at all.",
            comparison.markdown(),
        ]
    parts += ["## Every run", "Times in ms.", report.runs(outcome.loads).markdown()]
    beside = report.beside(outcome, os.cpu_count() or 1)
    if beside is not None:
        parts += ["## Relay mode, and the whole machine", beside.markdown()]
    if outcome.arrivals:
        parts += ["## Calls that come at once", report.arrivals(outcome.arrivals).markdown()]
    if outcome.failures:
        parts += ["## What failed", _list(outcome.failures)]
    parts += ["## How each figure is measured", _list(_how(setting.plan.pace, setting.arrivals))]
    return "\n\n".join(parts) + "\n"


def with_others(page: str, stood: str) -> str:
    """The page, and after it what others have written where it `stood`: sections that no benchmark
    writes."""
    _, *sections = re.split(r"^(?=## )", stood, flags=re.MULTILINE)
    others = [part.rstrip() for part in sections if not part.startswith(WRITTEN)]
    return "\n\n".join((page.rstrip(), *others)) + "\n"


def _how(pace: Pace, arrivals: int) -> list[str]:
    return [
        "**Load**: each caller is a real websocket that speaks Media Streams: a frame of 20 ms "
        "every 20 ms on a schedule that does not drift, line noise of -60 dB in it, marks echoed "
        "when a playback clock says they were heard, `clear` obeyed. The model is a real websocket "
        f"too: it speaks {pace.talk_ms / 1000:g} s in every {pace.period_secs:.1f} s "
        f"({pace.share:.0%}), generated at {pace.speed:g} times real time in deltas of "
        f"{pace.delta_ms} ms, as μ-law or as PCM at 24 kHz, whichever the session asks for. It "
        "answers at once: what a real model needs to think is not in any figure. It says what its "
        "ear hears because the caller tells it, "
        f"{pace.ear_ms} ms after the onset of speech.",
        "**CPU ms per call-second**: user and system time of the server process and its children "
        "(/proc), over the seconds measured and the calls. **Calls a core**: 1000 divided by it; "
        "a projection, to be planned with at 60 to 65 %.",
        "**Relay mode**: a pipeline of the benchmark's own in which nothing listens to the sound, "
        "and a model that greets and is silent from then on: what carrying the caller's sound to "
        "the model costs alone.",
        "**The whole machine**: `--workers 2`, on all cores, which the generator needs as well; "
        "CPU is that of the workers and of the process that hands them their connections. **Calls "
        "on so many cores**: calls a core times the cores, a worker for each.",
        "**MB a call**: resident memory with the calls at the end of the measurement, less that "
        "of the idle server after one bare call has ended, divided by the calls but one: the "
        "memory of the bare call was not given back.",
        "**Uplink**: once a second a caller sends one frame of a loud tone of a pitch of its own. "
        "From handing that frame to the socket until the model receives the message with the "
        "tone's first sample. One that has not come when the next is sent counts as 1000 ms.",
        "**Downlink**: from handing the first delta of a response to the socket until the caller "
        "receives the first media message with its sound.",
        "**Set-up of a call**: from its first request (ours: the signed webhook, then TwiML, then "
        "the stream; stock: the stream alone) until the model has the caller's first sound; over "
        "the calls of the run, begun 10 a second.",
        f"**First words**: {arrivals} calls begun at one moment; from a call's first request "
        "until its caller receives the first sound of the agent.",
        "**Speech onset to clear**: every third utterance of the agent the caller speaks over it, "
        "with rendered words; from sending the first audible frame to receiving `clear`. "
        "**Ignored**: no `clear` within 3 s.",
        "**Underruns**: the caller's playback buffer ran dry after sound that had not come to its "
        "end; how often, and how long the silences were together. **Choppy**: longer than 1 % of "
        "the agent's speech. A run with any underrun is not compared.",
        "**Generator**: CPU of the process with callers and model, and how late its own frames "
        "were. A run in which it was over 95 % of its core or its frames 20 ms late (p99) is "
        "blamed on it, not on the server.",
        "**Saturated**: over 95 % of a core, uplink p99 above 200 ms, or calls lost. A saturated "
        "variant is not given more calls.",
    ]


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system() -> str:
    return f"{platform.system()} {platform.release().partition('.')[0]}"


def _memory() -> str:
    total_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{total_bytes / 2**30:.0f} GB"


def now() -> datetime:
    """When a benchmark begins."""
    return datetime.now(UTC)
