"""What is counted and measured, for `GET /metrics` in the words of Prometheus.

One set for each process. With several workers prometheus-client keeps the numbers in files that all
of them share (PROMETHEUS_MULTIPROC_DIR, which their parent sets), so that any of them answers for
all. No label holds anything personal, and each has few values.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess, values
from prometheus_client.registry import REGISTRY, Collector

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
OF_CALLS = ("direction", "agent")

CALLS = Counter("trunkline_calls", "Calls that came in or were placed.", OF_CALLS)
ANSWERED = Counter("trunkline_calls_answered", "Calls whose sound has come.", OF_CALLS)
ENDED = Counter(
    "trunkline_calls_ended",
    "Calls that are over, by how they ended.",
    (*OF_CALLS, "result", "reason"),
)
TALKED = Counter("trunkline_talked_seconds", "How long people were spoken with.", OF_CALLS)
COST = Counter("trunkline_cost_usd", "What ended calls cost, as in their records.", OF_CALLS)
REFUSED = Counter(
    "trunkline_calls_refused", "Calls for which there was no room.", ("direction", "state")
)
FIRST_WORDS = Histogram(
    "trunkline_first_words_seconds",
    "From the stream's start to the agent's first sound.",
    buckets=(0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10),
)
TURN_LATENCY = Histogram(
    "trunkline_turn_latency_seconds",
    "From the end of what a caller said to the agent's answer.",
    buckets=(0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5, 10),
)
LOOP_LAG = Histogram(
    "trunkline_loop_lag_seconds",
    "How late the event loop was, ten times a second.",
    buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.3, 1, 5),
)
SESSIONS_LOST = Counter("trunkline_model_sessions_lost", "Sessions of the model that broke off.")


def collected() -> Collector:
    """What this process, or all workers together, have counted so far."""
    if values.ValueClass is values.MutexValue:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry
