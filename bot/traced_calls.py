"""Where traces are joined with the calls, if the settings name a collector."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loguru import logger

from bot.calls import Feed
from bot.store import Store
from bot.traces import Export, NotMade, Traces
from config import Settings


@asynccontextmanager
async def traces_of_calls(settings: Settings, *, feed: Feed, store: Store) -> AsyncIterator[None]:
    """Makes traces of calls for as long as this is entered. The phone is answered without them
    where they cannot be made.
    """
    if not settings.otel_exporter_otlp_endpoint:
        yield
        return
    try:
        export = Export(
            endpoint=settings.otel_exporter_otlp_endpoint,
            headers=settings.otel_exporter_otlp_headers.get_secret_value(),
            service_name=settings.otel_service_name,
        )
    except NotMade as why:
        logger.warning(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but no traces are made: {}",
            why,
            event="traces_not_made",
        )
        yield
        return
    traces = Traces(
        export,
        record_of=store.get_call,
        words=settings.otel_instrumentation_genai_capture_message_content,
    )
    try:
        with feed.read(traces.take):
            yield
    finally:
        await traces.close()
