"""Sends spans to a collector, by the packages of the extra `otel`, in a thread of their own.

Whoever ends a span leaves it in a queue and never waits; of a queue that is full the oldest are
dropped. Nothing here is the process's global provider: what libraries trace stays unsent.
"""

import asyncio
import threading
from hashlib import sha256

from loguru import logger
from opentelemetry.trace import Tracer
from opentelemetry.util.re import parse_env_headers

FLUSH_SECS = 5.0  # at the end of the service, for what is still in the queue


class NotMade(Exception):
    """No traces can be made; the message says why, and what to do."""


class Export:
    """One queue, and the thread that empties it."""

    def __init__(self, *, endpoint: str, headers: str, service_name: str) -> None:
        """`endpoint` is the base address of OTLP over HTTP; `headers` are like `a=b,c=d`.

        Raises NotMade: a package is missing, or one of OpenTelemetry's own variables is wrong.
        """
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
        except ImportError as error:
            raise NotMade(
                f"{error}. Run pip install 'trunkline[otel]', or take the setting away"
            ) from None

        export = self

        class TraceIds(RandomIdGenerator):
            def generate_trace_id(self) -> int:
                return trace_id_of(export._call_id)

        self._call_id = ""
        try:
            self._provider = TracerProvider(
                resource=Resource.create({"service.name": service_name}),
                id_generator=TraceIds(),
                shutdown_on_exit=False,  # it would wait without a bound
            )
            exporter = OTLPSpanExporter(
                endpoint=f"{endpoint.rstrip('/')}/v1/traces",
                headers=parse_env_headers(headers, liberal=True),
            )
            self._provider.add_span_processor(BatchSpanProcessor(exporter))
        except (ValueError, RuntimeError) as error:
            raise NotMade(f"look at your OTEL_ variables: {error}") from None
        self._tracer = self._provider.get_tracer("trunkline")

    def tracer_of(self, call_id: str) -> Tracer:
        """The tracer; the next trace that is begun is that of this call, before another is asked
        for.
        """
        self._call_id = call_id
        return self._tracer

    async def close(self) -> None:
        """Sends what is left. A collector that does not answer is waited for no longer than
        `FLUSH_SECS`: the thread ends with the process.
        """
        flushing = threading.Thread(target=self._provider.shutdown, daemon=True)
        flushing.start()
        await asyncio.to_thread(flushing.join, FLUSH_SECS)
        if flushing.is_alive():
            logger.warning(
                "the collector does not take the last traces: they are lost", event="traces_lost"
            )


def trace_id_of(call_id: str) -> int:
    """The same in all processes, so that what each of them saw of a call is one trace."""
    return int.from_bytes(sha256(call_id.encode()).digest()[:16], "big")
