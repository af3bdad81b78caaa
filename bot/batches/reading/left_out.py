"""Rows that are understood, and whose contacts are not called: plain data."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from bot.batches.reading.cell_status import Standing
from bot.batches.reading.drafts import BadRow
from bot.store.batch_records import ContactRecord

Kind = Standing | Literal["no_person", "handed_back"]

# In the order in which they are told; `handed_back` are the rows that were not understood.
LABELS: Mapping[Kind, str] = MappingProxyType(
    {
        "refused": "refused",
        "cancelled": "cancelled",
        "no_show": "no-show",
        "moved": "rescheduled",
        "confirmed": "confirmed already",
        "over": "over already",
        "not_booked": "not booked yet",
        "deceased": "deceased",
        "inactive": "inactive",
        "deleted": "deleted",
        "handed_back": "handed back",
        "no_person": "no person",
    }
)


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A row with a contact who is not to come, or with no person at all."""

    line: int
    kind: Kind
    column: str  # the one that says so; empty: the row as a whole
    cell: str  # what it says
    contact: ContactRecord | None = None  # whom it would have been; the number may be empty

    @property
    def why(self) -> str:
        """In one line."""
        return f'{self.column}: "{self.cell}"' if self.column else f'"{self.cell}"'


def in_words(counts: Mapping[str, int]) -> str:
    """ "1 cancelled, 2 no-show"."""
    return ", ".join(
        f"{counts[kind]} {label}" for kind, label in LABELS.items() if counts.get(kind)
    )


def not_called(left_out: Iterable[LeftOut], bad_rows: Iterable[BadRow]) -> dict[str, int]:
    """How many rows of each kind lead to no call."""
    return dict(
        Counter(
            [
                *(row.kind for row in left_out),
                *("refused" if row.refused else "handed_back" for row in bad_rows),
            ]
        )
    )


def recounted(before: Mapping[str, int], mended: int, counts: Mapping[str, int]) -> dict[str, int]:
    """Rows that lead to no call by kind, after a further file with those `counts`. Of its rows so
    many were handed back before: they count once.
    """
    together = Counter(before)
    for kind in ("handed_back", "refused"):
        again = min(together[kind], mended)
        together[kind] -= again
        mended -= again
    return {kind: count for kind, count in (together + Counter(counts)).items() if count}
