"""Where spans go, and that nobody waits for a collector."""

import importlib.util
import socket
import sys
import time
from typing import Any

import pytest

from bot.calls import Feed
from bot.calls.feed import Began, Over
from bot.store import CallRecord
from bot.traced_calls import traces_of_calls
from bot.traces import export
from config import Settings
from tests.traces.collector import attributes, collecting

pytestmark = pytest.mark.realtime  # the exporter has a thread of its own
needs_extra = pytest.mark.skipif(
    importlib.util.find_spec("opentelemetry.sdk") is None
    or importlib.util.find_spec("opentelemetry.exporter") is None,
    reason="needs the extra otel",
)
CALL = "call_1"


class NoRecords:
    """A store that has none."""

    async def get_call(self, call_id: str) -> CallRecord | None:
        return None


async def a_call(url: str | None, **more: Any) -> None:
    """One begins and ends while traces are made by these settings."""
    endpoint = {} if url is None else {"otel_exporter_otlp_endpoint": url}
    settings = Settings(_env_file=None, **endpoint, **more)
    feed, store = Feed(), NoRecords()
    async with traces_of_calls(settings, feed=feed, store=store):  # type: ignore[arg-type]
        feed.publish(Began(call_id=CALL, agent="front", direction="inbound"))
        feed.publish(Over(call_id=CALL))


@needs_extra
async def test_what_is_left_is_sent_at_the_end() -> None:
    """To the address, with the headers, under the name of the settings; under the call's id."""
    with collecting() as collector:
        await a_call(
            f"{collector.url}/",  # of its base address
            otel_service_name="phones",
            otel_exporter_otlp_headers="Authorization=Bearer%20abc,x-team=a",
        )
        (span,) = collector.spans
        assert span.trace_id == export.trace_id_of(CALL).to_bytes(16, "big")
        assert attributes(span)["gen_ai.conversation.id"] == CALL
        assert collector.services == {"phones"}
        (headers,) = ({name.lower(): value for name, value in h.items()} for h in collector.headers)
        assert (headers["authorization"], headers["x-team"]) == ("Bearer abc", "a")


@needs_extra
async def test_a_collector_that_never_answers_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, warnings_logged: list[str]
) -> None:
    """The service stops after its bound, and says what is lost."""
    monkeypatch.setattr(export, "FLUSH_SECS", 0.3)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")  # its thread is soon gone, too
    with collecting(silent=True) as collector:
        await a_call(collector.url)
        assert warnings_logged == ["the collector does not take the last traces: they are lost"]
        assert collector.headers  # it was asked


@needs_extra
async def test_a_collector_that_is_not_there_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its refusal is retried, within the bound: not for the ten seconds of the exporter."""
    monkeypatch.setattr(export, "FLUSH_SECS", 0.3)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        began_at = time.monotonic()
        await a_call(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        assert time.monotonic() - began_at < 8


@needs_extra
async def test_what_is_wrong_with_its_own_variables_is_said(
    monkeypatch: pytest.MonkeyPatch, warnings_logged: list[str]
) -> None:
    """And the phone is answered."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")  # less than is sent at once
    with collecting() as collector:
        await a_call(collector.url)
        assert not collector.headers
    (line,) = warnings_logged
    assert "look at your OTEL_ variables" in line


async def test_without_the_package_a_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, warnings_logged: list[str]
) -> None:
    """And the phone is answered."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with collecting() as collector:
        await a_call(collector.url)
        assert not collector.headers
    (line,) = warnings_logged
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in line
    assert "pip install 'trunkline[otel]'" in line


async def test_without_an_address_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor said."""
    monkeypatch.setattr("bot.traced_calls.Export", None)
    await a_call(None)
