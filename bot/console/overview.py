"""The overview: how the line does now, and has done over some days."""

import asyncio
from collections.abc import Callable
from datetime import tzinfo

from fastapi import Request, Response

from bot.calls import HealthStatus
from bot.clock import monotonic, utcnow
from bot.console import roles
from bot.console.day_bars import day_bars
from bot.console.figures import FIRST_WORDS_MS, Figures, since
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages
from bot.store import CallFilter, Store

DAYS = (7, 30)
KEEP_SECS = 30.0  # figures are so old at most
MOST_CALLS = 50_000
_AT_ONCE = 100  # records read in one piece: some milliseconds of the event loop


class Counted:
    """The figures of the last days, read anew when they are asked for and old."""

    def __init__(self, store: Store, zone: tzinfo | None) -> None:
        self._store = store
        self._zone = zone
        self._kept: dict[int, tuple[float, Figures]] = {}
        self._reading = asyncio.Lock()

    async def figures(self, days: int) -> Figures:
        """Of so many days, today the last."""
        async with self._reading:
            read_at, figures = self._kept.get(days, (-KEEP_SECS, None))
            if figures is None or monotonic() - read_at >= KEEP_SECS:
                figures = await self._read(days)
                self._kept[days] = monotonic(), figures
        return figures

    async def _read(self, days: int) -> Figures:
        figures = Figures.empty(utcnow().astimezone(self._zone).date(), days, self._zone)
        wanted, before, count = CallFilter(since=since(figures)), None, 0
        while count < MOST_CALLS:
            found = await self._store.search.find(wanted, limit=_AT_ONCE, before=before)
            figures.add(found)
            if len(found) < _AT_ONCE:
                break
            before, count = found[-1].id, count + len(found)
        return figures


def overview(
    store: Store,
    pages: Pages,
    *,
    standing: Callable[[], HealthStatus],
    zone: tzinfo | None,
) -> PageRoutes:
    """The routes of these. `standing` is that of the whole service."""
    router = PageRoutes(roles.PREFIX)
    counted = Counted(store, zone)

    @router.get("/overview")
    async def show(request: Request, days: str = "7") -> Response:
        wanted = next((each for each in DAYS if str(each) == days), DAYS[0])
        figures = await counted.figures(wanted)
        by_day = {day: float(one.calls) for day, one in figures.days.items()}
        failed = {day: float(one.failed) for day, one in figures.days.items()}
        cost = {day: float(one.cost) for day, one in figures.days.items()}
        sign = "$" if figures.currency == "USD" else f"{figures.currency} "
        return pages.answer(
            request,
            "overview.html",
            figures=figures,
            chosen=wanted,
            choices=DAYS,
            calls_by_day=day_bars(by_day, marked=failed),
            cost_by_day=day_bars(cost, unit=sign),
            sign=sign,
            target_ms=FIRST_WORDS_MS,
            standing=standing(),
        )

    return router
