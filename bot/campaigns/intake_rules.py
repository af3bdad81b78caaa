"""What an intake makes of what a file says against calls: plain code."""

from collections import Counter
from collections.abc import Mapping

from bot.campaigns.reading.columns import ColumnMap
from bot.campaigns.reading.day_columns import days_in
from bot.campaigns.reading.importing import Imported, which_appointments
from bot.campaigns.reading.tables import Sheet
from bot.campaigns.refusals import Malformed
from bot.store import ContactRecord


def require_days(meaning: ColumnMap, sheet: Sheet) -> None:
    """Raises Malformed when no column says on which day the appointments are."""
    if meaning.fields.get("when") or meaning.fields.get("day"):
        return
    looks = days_in(sheet, meaning)
    hint = f", like {' or '.join(looks)}" if looks else ""
    raise Malformed(
        "no column is known to hold the day of the appointment, so nothing would keep a call from "
        f'coming after it: say which one does (--map day="..."{hint}), or import all the same '
        "(--without-day; in settings: without_day = true)"
    )


def off(imported: Imported, there: Mapping[str, ContactRecord]) -> Mapping[str, tuple[int, str]]:
    """Contacts of the batch who need no call for any of their appointments by this file, and which
    line says so.
    """
    off: dict[tuple[str, ...], tuple[int, str]] = {}
    for row in imported.left_out:
        if row.contact is not None:
            says = (row.line, f"says {row.why}")
            off |= dict.fromkeys(which_appointments(row.contact), says)
    return {
        contact.id: off[min(which)]
        for contact in there.values()
        if (which := which_appointments(contact)) and which <= off.keys()
    }


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
