"""From runs to the tables people read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.benchmarks.figures import Arrival, Load, Spread
from tests.benchmarks.grid import Grid

NOTHING = "-"
OURS, STOCK = "ours", "stock"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything one invocation measured, in the order it was done."""

    loads: Sequence[Load]
    arrivals: Sequence[Arrival]
    beside: Sequence[Load] = ()  # of ours in other ways than those compared
    failures: Sequence[str]  # servers that did not start or went away, a sentence each


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One line of the comparison."""

    name: str
    of: Callable[[Load], float | None]
    digits: int
    more_is_better: bool = False


def _at(which: str, part: str) -> Callable[[Load], float | None]:
    def read(load: Load) -> float | None:
        found: Spread | None = getattr(load, which)
        return None if found is None else getattr(found, part)

    return read


MEASURES = (
    Measure(name="calls a core", of=lambda load: load.calls_a_core, digits=0, more_is_better=True),
    Measure(name="CPU ms per call-second", of=lambda load: load.cpu_ms, digits=2),
    Measure(name="MB a call", of=lambda load: load.mb_a_call, digits=2),
    Measure(name="uplink p50 ms", of=_at("uplink", "p50"), digits=2),
    Measure(name="uplink p99 ms", of=_at("uplink", "p99"), digits=2),
    Measure(name="downlink p50 ms", of=_at("downlink", "p50"), digits=2),
    Measure(name="downlink p99 ms", of=_at("downlink", "p99"), digits=2),
    Measure(name="set-up of a call p50 ms", of=_at("setup", "p50"), digits=0),
    Measure(name="set-up of a call p99 ms", of=_at("setup", "p99"), digits=0),
    Measure(name="speech onset to clear p50 ms", of=_at("clear", "p50"), digits=0),
    Measure(name="speech onset to clear p99 ms", of=_at("clear", "p99"), digits=0),
)


def best(loads: Sequence[Load], variant: str) -> Load | None:
    """The largest clean run of a variant in which nobody heard a gap; its smallest when there is
    none.
    """
    runs = sorted((load for load in loads if load.variant == variant), key=lambda load: load.calls)
    carried = [run for run in runs if run.carried]
    return carried[-1] if carried else (runs[0] if runs else None)


def ratio(measure: Measure, ours: Load, other: Load) -> str:
    """How many times better ours is."""
    return _times(measure.of(ours), measure.of(other), measure.more_is_better)


def comparison(outcome: Outcome) -> Grid | None:
    """Ours and stock, each at the most calls it carried clean and without a gap; None when one is
    missing."""
    ours, other = best(outcome.loads, OURS), best(outcome.loads, STOCK)
    if ours is None or other is None:
        return None
    head = ("", f"ours, {ours.calls} calls", f"stock, {other.calls} calls", "times better")
    rows = [(*row, ratio(m, ours, other)) for m, row in _measured((ours, other))]
    rows.append(("underruns", _underruns(ours), _underruns(other), NOTHING))
    return Grid(head=head, rows=[*rows, *_first_words(outcome.arrivals)])


def abreast(loads: Sequence[Load], calls: int) -> Grid:
    """The variants side by side at this number of calls."""
    same = [load for load in loads if load.calls == calls]
    by_name = {load.variant: load for load in same}
    ours, other = by_name.get(OURS), by_name.get(STOCK)
    compared = (ours, other) if ours and other else None
    head = (f"{calls} calls", *(load.variant for load in same), "times better than stock")
    rows: list[Sequence[str]] = [
        (*row, ratio(measure, *compared) if compared else NOTHING)
        for measure, row in _measured(same)
    ]
    others: dict[str, Callable[[Load], str]] = {
        "underruns": _underruns,
        "ignored interruptions": lambda load: str(load.ignored),
        "agent speaks": lambda load: f"{load.agent_share:.0%}",
        "server CPU": lambda load: f"{load.cpu:.0%}",
        "generator CPU, late p99": _generator,
        "verdict": _verdict,
    }
    rows.extend((name, *map(read, same), NOTHING) for name, read in others.items())
    return Grid(head=head, rows=rows)


def _measured(loads: Sequence[Load]) -> list[tuple[Measure, Sequence[str]]]:
    return [(m, (m.name, *(_number(m.of(load), m.digits) for load in loads))) for m in MEASURES]


def runs(loads: Sequence[Load]) -> Grid:
    """Every run, by number of calls, and under those of one number how many times better ours
    is than each other variant that was clean as well.
    """
    head = (
        "calls, server",
        "CPU ms/call-s",
        "calls a core",
        "MB/call",
        "uplink p50/p99",
        "downlink p50/p99",
        "set-up p50/p99",
        "onset to clear p50/p99 (n)",
        "ignored",
        "underruns",
        "agent speaks",
        "server CPU",
        "generator CPU, late p99",
        "verdict",
    )
    rows: list[Sequence[str]] = []
    for calls in sorted({load.calls for load in loads}):
        same = [load for load in loads if load.calls == calls]
        rows.extend(_run(load) for load in same)
        ours = next((load for load in same if load.variant == OURS), None)
        for other in same:
            if ours and other is not ours and not ours.verdict and not other.verdict:
                rows.append(_ratios(ours, other))
    return Grid(head=head, rows=rows)


def _run(load: Load) -> Sequence[str]:
    clear = _pair(load.clear, 0) + (f" ({load.clear.count})" if load.clear else "")
    return (
        f"{load.calls}, {load.variant}",
        _number(load.cpu_ms, 2),
        _number(load.calls_a_core, 0),
        _number(load.mb_a_call, 2),
        _pair(load.uplink, 1),
        _pair(load.downlink, 1),
        _pair(load.setup, 0),
        clear,
        str(load.ignored),
        _underruns(load),
        f"{load.agent_share:.0%}",
        f"{load.cpu:.0%}",
        _generator(load),
        _verdict(load),
    )


def _ratios(ours: Load, other: Load) -> Sequence[str]:
    by_name = {measure.name: ratio(measure, ours, other) for measure in MEASURES}

    def pair(what: str) -> str:
        return f"{by_name[f'{what} p50 ms']} / {by_name[f'{what} p99 ms']}"

    return (
        f"{ours.calls}, ours better than {other.variant}",
        by_name["CPU ms per call-second"],
        by_name["calls a core"],
        by_name["MB a call"],
        pair("uplink"),
        pair("downlink"),
        pair("set-up of a call"),
        pair("speech onset to clear"),
        *(NOTHING for _ in range(6)),
    )


def beside(outcome: Outcome, cores: int) -> Grid | None:
    """Ours as compared, and in other ways; what a machine of so many cores would carry at that
    cost, with a worker for each. None where there is nothing beside it."""
    compared = best(outcome.loads, OURS)
    if not outcome.beside:
        return None
    head = (
        "calls, server",
        "CPU ms/call-s",
        "calls a core",
        f"calls on {cores} cores",
        "uplink p50/p99",
        "underruns",
        "server CPU",
        "verdict",
    )
    rows = [
        (
            f"{load.calls}, {load.variant}",
            _number(load.cpu_ms, 2),
            _number(load.calls_a_core, 0),
            _number(load.calls_a_core * cores, 0),
            _pair(load.uplink, 1),
            _underruns(load),
            f"{load.cpu:.0%}",
            _verdict(load),
        )
        for load in (*((compared,) if compared else ()), *outcome.beside)
    ]
    return Grid(head=head, rows=rows)


def arrivals(found: Sequence[Arrival]) -> Grid:
    """Calls that come at one moment."""
    head = ("server", "calls at once", "greeting", "first words p50 ms", "last ms", "unheard")
    rows = [
        (
            arrival.variant,
            str(arrival.calls),
            arrival.greeting,
            _number(arrival.first_words.p50 if arrival.first_words else None, 0),
            _number(arrival.first_words.worst if arrival.first_words else None, 0),
            str(arrival.lost),
        )
        for arrival in found
    ]
    return Grid(head=head, rows=rows)


def _first_words(found: Sequence[Arrival]) -> list[Sequence[str]]:
    by_variant = {arrival.variant: arrival for arrival in found}
    ours, other = by_variant.get(OURS), by_variant.get(STOCK)
    if ours is None or other is None or ours.first_words is None or other.first_words is None:
        return []
    at_once = f"first words, {ours.calls} calls at once"
    pairs = (
        ("p50 ms", ours.first_words.p50, other.first_words.p50),
        ("last ms", ours.first_words.worst, other.first_words.worst),
    )
    return [
        (f"{at_once}, {name}", _number(a, 0), _number(b, 0), _times(a, b, False))
        for name, a, b in pairs
    ]


def _generator(load: Load) -> str:
    return f"{load.generator_cpu:.0%}, {load.late.p99 if load.late else 0:.1f} ms"


def _verdict(load: Load) -> str:
    return load.verdict or "clean"


def _underruns(load: Load) -> str:
    return f"{load.underruns} ({load.underrun_ms:.0f} ms)" if load.underruns else "0"


def _pair(found: Spread | None, digits: int) -> str:
    if found is None:
        return NOTHING
    return f"{_number(found.p50, digits)} / {_number(found.p99, digits)}"


def _number(value: float | None, digits: int) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def _times(ours: float | None, other: float | None, more_is_better: bool) -> str:
    if ours is None or other is None:
        return NOTHING
    above, below = (ours, other) if more_is_better else (other, ours)
    return f"{above / below:.1f}x" if below > 0 else NOTHING
