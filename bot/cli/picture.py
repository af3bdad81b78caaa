"""A batch at a glance, for the terminal."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.batches.overview import Overview
from bot.batches.reading.left_out import in_words as in_words_of
from bot.gauge import Slice, bar, in_words, legend, slices


def in_one_line(overview: Overview) -> str:
    """All of it in a line of text, for where there is no terminal."""
    parts = in_words(_parts(overview))
    return f"{overview.batch.state}: {overview.concluded} of {overview.counts.contacts}: {parts}"


def picture(overview: Overview, *, now: datetime) -> RenderableType:
    """The whole picture."""
    batch, parts = overview.batch, _parts(overview)
    head = Text.assemble((batch.name, "bold"), "  ", (batch.id, "dim"), "  ", batch.state)
    done = Text(f"  {overview.concluded} of {overview.counts.contacts}")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim")
    facts.add_column(overflow="fold")
    for name, value in _facts(overview, now=now):
        facts.add_row(name, Text(value))
    return Group(head, bar(parts) + done, legend(parts), Text(), facts)


def _parts(overview: Overview) -> Sequence[Slice]:
    states = {str(state): number for state, number in overview.counts.states.items()}
    return slices(overview.counts.outcomes, states)


def _facts(overview: Overview, *, now: datetime) -> Sequence[tuple[str, str]]:
    """What there is to say beside the counts: names and sentences."""
    batch, settings = overview.batch, overview.settings
    facts = [("agent", batch.agent)]
    if settings.left_out:
        facts.append(("not called", f"of its files: {in_words_of(settings.left_out)}"))
    if batch.why:
        facts.append(("why", batch.why.partition(": ")[2] or batch.why))
    budget = "" if settings.budget_usd is None else f" of {settings.budget_usd:.2f}"
    facts += [
        ("pace", f"{settings.calls_per_second:g} calls a second, {settings.concurrency} at a time"),
        ("calls", f"{overview.calls} placed, {len(overview.live)} under way"),
        ("spent", f"{overview.spent_usd:.2f} USD{budget}"),
    ]
    if batch.state == "running":
        if overview.next_due_at is not None and overview.next_due_at > now:
            facts.append(("next call", f"{_clock(overview.next_due_at)} at the earliest"))
        if overview.done_by is not None:
            facts.append(("done by", f"{_clock(overview.done_by)}, without further attempts"))
        if not overview.diallers:
            facts.append(("diallers", "none is running: start `trunkline dialler`"))
    if untold := overview.unheard.untold:
        refused = overview.unheard.refused
        facts.append(("business", f"has not heard of {untold} outcomes yet; {refused} it refuses"))
    if overview.untold:
        facts.append(("webhook", f"{overview.untold} results have not arrived yet"))
    return facts


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone():%a %Y-%m-%d %H:%M}"
