"""GET /metrics: the service in numbers, as Prometheus reads them."""

import asyncio
from collections.abc import Callable, Mapping

from fastapi import APIRouter, Response
from loguru import logger
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from bot.calls import Standing
from bot.metrics import collected
from bot.store import Store, StoreError

COUNT_SECS = 2.0  # a scrape waits ten, and the rest of it is wanted too


def metrics(standing: Callable[[], Standing], store: Store) -> APIRouter:
    """What was counted, and how things stand at this moment; with the key, as all else."""
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    async def scrape() -> Response:
        now = CollectorRegistry()
        _stand(now, standing())
        up = Gauge("trunkline_database_up", "Whether the database answers.", registry=now)
        try:
            async with asyncio.timeout(COUNT_SECS):
                batches, contacts = await store.totals.count()
        except (StoreError, TimeoutError) as error:
            up.set(0)
            logger.bind(event="batches_not_counted").warning("no batches in /metrics: {!r}", error)
        else:
            up.set(1)
            _by_state(now, "trunkline_batches", "Batches.", batches)
            about = "People in batches that are running, held or paused."
            _by_state(now, "trunkline_batch_contacts", about, contacts)
        text = generate_latest(collected()) + generate_latest(now)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


def _stand(registry: CollectorRegistry, now: Standing) -> None:
    for name, about, value in (
        ("ready", "Whether a caller would be answered.", float(now.state == "ready")),
        ("live_calls", "Calls under way.", now.live_calls),
        ("waiting_calls", "Callers in the queue.", now.waiting_calls),
        ("notes_waiting", "Notes of calls before the database.", now.notes_waiting),
    ):
        Gauge(f"trunkline_{name}", about, registry=registry).set(value)


def _by_state(
    registry: CollectorRegistry, name: str, about: str, counts: Mapping[str, int]
) -> None:
    gauge = Gauge(name, about, ("state",), registry=registry)
    for state, count in counts.items():
        gauge.labels(state).set(count)
