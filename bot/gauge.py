"""How far a batch is, drawn: a bar that fills up, one colour for each kind of outcome."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.text import Text

BAR_COLUMNS = 60
FULL, EMPTY = "━", "┈"

_STYLES = {
    "confirmed": "green",
    "cancelled": "dark_green",
    "rescheduled": "bright_green",
    "transferred": "cyan",
    "voicemail_left": "blue",
    "callback_at": "yellow",
    "undecided": "yellow",
    "language_needed": "yellow",
    "voicemail_no_message": "bright_blue",
    "no_answer": "bright_blue",
    "busy": "bright_blue",
    "wrong_person": "magenta",
    "opt_out": "bright_magenta",
    "failed": "red",
    "unreachable": "red",
}


class Slice(NamedTuple):
    """One kind of contacts."""

    name: str
    style: str
    number: int


def slices(outcomes: Mapping[str, int], states: Mapping[str, int]) -> Sequence[Slice]:
    """All contacts, none twice: those who are done by outcome, the others by state.

    Those who wait come last; kinds without anybody are left out.
    """
    by_outcome = sorted(outcomes.items(), key=lambda each: (-each[1], each[0]))
    kinds = [
        *(Slice(name, _STYLES.get(name, "white"), number) for name, number in by_outcome),
        Slice("without outcome", "white", states.get("done", 0) - sum(outcomes.values())),
        Slice("skipped", "grey50", states.get("skipped", 0)),
        Slice("not called", "grey50", states.get("cancelled", 0)),
        Slice("taken up", "bold bright_white", states.get("dialling", 0)),
        Slice("waiting", "grey37", states.get("waiting", 0)),
    ]
    return [kind for kind in kinds if kind.number > 0]


def bar(parts: Sequence[Slice], *, columns: int = BAR_COLUMNS) -> Text:
    """The parts side by side; who waits is what is empty. Every other part can be seen."""
    total = sum(part.number for part in parts)
    text, left = Text(), columns
    for part in parts:
        if part.name != "waiting":
            width = min(left, max(1, round(columns * part.number / total)))
            text.append(FULL * width, style=part.style)
            left -= width
    return text.append(EMPTY * left, style="grey37")


def legend(parts: Sequence[Slice]) -> Text:
    """The parts by name."""
    return Text("   ").join(
        Text.assemble((f"{FULL} ", part.style), f"{part.number} {part.name}") for part in parts
    )


def in_words(parts: Sequence[Slice]) -> str:
    """The same where there are no colours."""
    return ", ".join(f"{part.number} {part.name}" for part in parts)
