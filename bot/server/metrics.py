"""GET /metrics: the service in numbers, as Prometheus reads them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, Response
from loguru import logger
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.calls import HealthStatus
from bot.metrics import collected
from bot.store import Store, StoreError

DATABASE_UP = "Whether the database answers."
COUNT_SECS = 2.0  # a scrape waits ten, and the rest of it is wanted too


def metrics(standing: Callable[[], HealthStatus], store: Store) -> APIRouter:
    """What was counted, and how things stand at this moment; with the key, as all else."""
    router = APIRouter(include_in_schema=False)

    @router.get("/metrics")
    async def scrape() -> Response:
        found = [_one(name, about, value) for name, about, value in _stand(standing())]
        try:
            async with asyncio.timeout(COUNT_SECS):
                batches, contacts = await store.totals.count()
        except (StoreError, TimeoutError) as error:
            logger.warning("no batches in /metrics: {!r}", error, event="batches_not_counted")
            found.append(_one("database_up", DATABASE_UP, 0))
        else:
            about = "People in batches that are running, held or paused."
            found += [
                _one("database_up", DATABASE_UP, 1),
                _by_state("batches", "Batches.", batches),
                _by_state("batch_contacts", about, contacts),
            ]
        now = CollectorRegistry()
        now.register(_Now(found))
        text = generate_latest(collected()) + generate_latest(now)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


class _Now(Collector):
    """What was found for this one answer: of no process, so no file keeps it."""

    def __init__(self, found: Sequence[GaugeMetricFamily]) -> None:
        self._found = found

    def collect(self) -> Sequence[GaugeMetricFamily]:
        return self._found


def _stand(now: HealthStatus) -> Sequence[tuple[str, str, float]]:
    return (
        ("ready", "Whether a caller would be answered.", now.state == "ready"),
        ("live_calls", "Calls under way.", now.live_calls),
        ("waiting_calls", "Callers in the queue.", now.waiting_calls),
        ("notes_waiting", "Notes of calls before the database.", now.notes_waiting),
    )


def _one(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"trunkline_{name}", about, value=value)


def _by_state(name: str, about: str, counts: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"trunkline_{name}", about, labels=("state",))
    for state, count in counts.items():
        family.add_metric([state], count)
    return family
