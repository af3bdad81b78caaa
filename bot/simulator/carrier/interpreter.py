"""Runs TwiML: one document after the other, one verb after the other, until the call is to end."""

import asyncio
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from bot.simulator.carrier import twiml
from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.dialing import dial
from bot.simulator.carrier.errors import ApplicationError
from bot.simulator.carrier.exchange import Exchange
from bot.simulator.carrier.gathering import gather
from bot.simulator.carrier.states import CallStatus, End, EndReason, Fetch, Inline, Source
from bot.simulator.carrier.streaming import connect_stream

BEFORE_THE_ANSWER = (twiml.Reject, twiml.Pause, twiml.Redirect)
DIGIT_SECS = {"w": 0.5, "W": 1.0}
TONE_SECS = 0.2  # one DTMF tone and the gap after it


def digits_secs(digits: str) -> float:
    """How long it takes to play these digits."""
    return sum(DIGIT_SECS.get(digit, TONE_SECS) for digit in digits)


def resolve(url: str, base: str | None) -> str:
    """A URL of a document made absolute; in a document without an address it has to be already."""
    if urlsplit(url).scheme:
        return url
    if base is None:
        raise ApplicationError(11100, "a relative URL in TwiML that came without an address", url)
    return urljoin(base, url)


class Interpreter:
    """Executes documents for one call. `answer` picks the call up, if that has not happened."""

    def __init__(self, *, call: SimCall, exchange: Exchange, answer: Callable[[], None]) -> None:
        self._call = call
        self._exchange = exchange
        self._answer = answer

    async def run(self, source: Source) -> End:
        """Run this document and those it leads to; how the call ends when they are through."""
        following: Source | End = source
        try:
            while not isinstance(following, End):
                following = await self._run_or_fall_back(following)
        except ApplicationError as error:
            return self._application_error(error)
        return following

    async def _run_or_fall_back(self, source: Source) -> Source | End:
        try:
            document = await self._load(source)
        except ApplicationError as error:
            fallback = self._call.request.fallback
            if fallback is None or (isinstance(source, Fetch) and source.url == fallback.url):
                raise
            self._call.complain(error.code, error.message, error.url)
            params = (("ErrorCode", str(error.code)), ("ErrorUrl", error.url))
            return Fetch(url=fallback.url, method=fallback.method, params=params)
        return await self._execute(document, source.url if isinstance(source, Fetch) else None)

    async def _load(self, source: Source) -> twiml.Document:
        if isinstance(source, Inline):
            document = twiml.parse(source.xml)
        else:
            params = self._call.voice_params() | dict(source.params)
            self._call.note("webhook", url=source.url, params=params)
            reply = await self._exchange.webhooks.request(source.url, params, source.method)
            document = twiml.read_reply(reply, source.url)
        self._call.documents.append(document.xml)
        self._call.note("twiml", xml=document.xml)
        for problem in document.problems:
            self._call.complain(problem.code, problem.message)
        return document

    async def _execute(self, document: twiml.Document, base: str | None) -> Source | End:
        for verb in document.verbs:
            if not isinstance(verb, BEFORE_THE_ANSWER):
                self._answer()
            following = await self._do(verb, base)
            if following is not None:
                return following
        self._answer()
        return End(status=CallStatus.COMPLETED, reason=EndReason.TWIML_RAN_OUT)

    async def _do(self, verb: twiml.Verb, base: str | None) -> Source | End | None:
        """None: go on with the next verb."""
        match verb:
            case twiml.Say():
                await self._say(verb)
            case twiml.PlayDigits(digits=digits):
                self._call.note("digits_played", digits=digits)
                await asyncio.sleep(digits_secs(digits))
            case twiml.Pause(length_secs=secs):
                await asyncio.sleep(secs)
            case twiml.Hangup():
                return End(status=CallStatus.COMPLETED, reason=EndReason.TWIML_HANGUP)
            case twiml.Reject(reason=reason):
                return self._reject(reason)
            case twiml.Redirect(url=url, method=method):
                return Fetch(url=resolve(url, base), method=method)
            case twiml.Gather():
                told = await gather(self._call, verb, self._say)
                if told is not None:
                    return self._action(verb.action, verb.method, base, told)
            case twiml.Dial(conference=twiml.Conference() as room):
                secs = await self._exchange.conferences.join(self._call, self._exchange, room)
                told = {"DialCallStatus": "answered", "DialCallDuration": str(round(secs))}
                return self._action(verb.action, verb.method, base, told)
            case twiml.Dial():
                params = await dial(self._call, self._exchange, verb)
                return self._action(verb.action, verb.method, base, params)
            case twiml.ConnectStream():
                url = resolve(verb.url, base)
                await connect_stream(self._call, self._exchange, verb, url)
                return self._action(verb.action, verb.method, base, {})
        return None

    def _action(
        self, url: str | None, method: str, base: str | None, params: dict[str, str]
    ) -> Fetch | None:
        if not url:
            return None
        return Fetch(url=resolve(url, base), method=method, params=tuple(params.items()))

    async def _say(self, verb: twiml.Say) -> None:
        for _ in range(verb.loop):
            self._call.note("say", text=verb.text)
            await self._speak(verb.text)

    async def _speak(self, text: str) -> None:
        line = self._call.line
        assert line, "only an answered call is spoken to"
        if self._exchange.say_voice is None:
            await asyncio.sleep(len(text) * self._exchange.say_ms_per_char / 1000)
            return
        line.playback.add(
            await asyncio.to_thread(self._exchange.say_voice.render, text), line.now_ms
        )
        try:
            await asyncio.sleep(line.playback.buffered_ms(line.now_ms) / 1000)
        finally:
            line.playback.clear(line.now_ms)

    def _reject(self, reason: str) -> End:
        if self._call.line:
            return End(status=CallStatus.COMPLETED, reason=EndReason.TWIML_REJECTED)
        status = CallStatus.BUSY if reason == "busy" else CallStatus.NO_ANSWER
        return End(status=status, reason=EndReason.TWIML_REJECTED)

    def _application_error(self, error: ApplicationError) -> End:
        """As at Twilio: an answered call ends completed, one that was not fails."""
        self._call.complain(error.code, error.message, error.url)
        self._call.note("application_error", code=error.code)
        status = CallStatus.COMPLETED if self._call.line else CallStatus.FAILED
        return End(status=status, reason=EndReason.APPLICATION_ERROR)
