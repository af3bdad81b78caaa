"""Executes <Connect><Stream>."""

from urllib.parse import urlsplit, urlunsplit

from bot.clock import utcnow
from bot.simulator.carrier import twiml
from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.exchange import Exchange, new_sid
from bot.simulator.carrier.request import Callback
from bot.simulator.carrier.status import post_callback
from bot.simulator.carrier.stream import StreamLeg
from bot.simulator.carrier.webhooks import HTTP_TO_WS


async def connect_stream(
    call: SimCall, exchange: Exchange, verb: twiml.ConnectStream, url: str
) -> None:
    """Stream until the service closes the socket or the stream fails. `url` is absolute; one that
    was relative has the scheme of its document, https, and is turned into wss."""
    line = call.line
    assert line, "only an answered call is streamed"
    if not urlsplit(verb.url).scheme:
        parts = urlsplit(url)
        url = urlunsplit((HTTP_TO_WS[parts.scheme], *parts[1:]))
    stream_sid = new_sid("MZ")
    reporter = _StreamReporter(call, exchange, verb, stream_sid)
    if problem := twiml.stream_url_problem(url):
        call.complain(problem.code, problem.message, url)
        reporter.report("stream-error", problem.message)
        return
    leg = StreamLeg(
        owner=call,
        line=line,
        account_sid=exchange.account_sid,
        call_sid=call.sid,
        stream_sid=stream_sid,
        parameters=verb.parameters,
        marks_late=exchange.marks_late,
    )
    call.streams.append(leg)
    reporter.report("stream-started")
    try:
        error = await leg.run(exchange.webhooks.local(url), exchange.webhooks.signature(url, {}))
        if error:
            reporter.report("stream-error", error)
    finally:
        reporter.report("stream-stopped")


class _StreamReporter:
    def __init__(
        self, call: SimCall, exchange: Exchange, verb: twiml.ConnectStream, stream_sid: str
    ) -> None:
        self._call = call
        self._exchange = exchange
        self._stream_sid = stream_sid
        self._name = verb.name or stream_sid
        self._callback = (
            Callback(url=verb.status_callback, method=verb.status_callback_method)
            if verb.status_callback
            else None
        )

    def report(self, event: str, error: str = "") -> None:
        if self._callback is None:
            return
        params = {
            "AccountSid": self._exchange.account_sid,
            "CallSid": self._call.sid,
            "StreamSid": self._stream_sid,
            "StreamName": self._name,
            "StreamEvent": event,
            "Timestamp": utcnow().isoformat(),
        }
        if error:
            params["StreamError"] = error
        self._exchange.spawn(
            post_callback(self._exchange, self._call, self._callback, "stream_callback", params)
        )
