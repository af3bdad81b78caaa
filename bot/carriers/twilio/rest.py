"""Twilio's REST API as a `Carrier`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import httpx
import stamina
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.base.version import Version
from twilio.http.response import Response
from twilio.rest import Client

from bot.carriers import errors
from bot.carriers.answers import Answer, Connect
from bot.carriers.carrier import CALL_SID, CallStatus, CarrierCall, PlaceCall, PlacedCall
from bot.carriers.errors import CarrierError
from bot.carriers.texts import SendText, SentText
from bot.carriers.twilio import refusals
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.http import TwilioHttp
from bot.carriers.twilio.instructions import connect_document, document
from bot.carriers.twilio.recordings import TwilioRecordings
from bot.carriers.twilio.rest_calls import carrier_call, create_fields, placed_call
from bot.carriers.twilio.rest_conferences import TwilioConferences
from bot.carriers.twilio.rest_numbers import TwilioNumbers
from bot.carriers.twilio.rest_texts import ANSWERED_WORDS, is_same, sent_text, text_fields
from bot.carriers.twilio.twiml import check_rest_limit

T = TypeVar("T")

_FOUND_LIMIT = 50  # calls looked at by `find`: one page of Twilio's


class TwilioCarrier:
    """Places, changes and looks up calls, and sends texts, at Twilio or at a backend that speaks
    like it.

    What is safe to send twice is sent again after a failure that may pass (no connection, 5xx,
    429), with growing pauses. A call is only placed again when it is sure that the first
    attempt was not processed. Nothing takes longer than `deadline_secs`, all attempts together.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        addresses: Addresses,
        auth_token: str | None = None,
        api_key_sid: str | None = None,
        api_key_secret: str | None = None,
        api_url: str = "https://api.twilio.com",
        timeout_secs: float = 5.0,
        deadline_secs: float = 12.0,
    ) -> None:
        """An API key pair is used when given, else the Auth Token.

        `timeout_secs` is for one attempt: Twilio answers in well under a second, and five
        leave room for a lost packet or two. `deadline_secs` is for a request with all its
        attempts; it stays below the 15 s in which Twilio wants its webhooks answered.
        """
        if bool(api_key_sid) != bool(api_key_secret):
            raise ValueError("An API key needs both its SID and its secret")
        password = api_key_secret or auth_token
        if not account_sid or not password:
            raise ValueError("Twilio needs an account SID and an Auth Token or an API key pair")
        self._addresses = addresses
        self._timeout_secs = timeout_secs
        self._deadline_secs = deadline_secs
        self._http = TwilioHttp(api_url=api_url, timeout_secs=timeout_secs)
        self._client = Client(
            api_key_sid or account_sid, password, account_sid, http_client=self._http
        )
        self.recordings = TwilioRecordings(
            client=self._client, http=self._http, send=self._send, addresses=addresses
        )
        self._conferences = TwilioConferences(client=self._client, send=self._send)
        self.numbers = TwilioNumbers(client=self._client, send=self._send, addresses=addresses)

    async def aclose(self) -> None:
        """Close the connections. The carrier cannot be used afterwards."""
        await self._http.aclose()

    def check(self, call: PlaceCall) -> None:
        """See `Carrier.check`: its TwiML may be too long for a REST request."""
        create_fields(call, self._addresses)

    async def place(self, call: PlaceCall) -> PlacedCall:
        """See `Carrier.place`. Raises ValueError for TwiML too long for a REST request."""
        fields = create_fields(call, self._addresses)
        return await self._send(
            lambda: self._client.calls.create_async(**fields), placed_call, repeatable=False
        )

    async def end(self, call_sid: str) -> None:
        """See `Carrier.end`."""
        await self._end(call_sid, CallStatus.COMPLETED)

    async def cancel(self, call_sid: str) -> None:
        """See `Carrier.cancel`. Reason `not_in_progress`: it was answered meanwhile."""
        await self._end(call_sid, CallStatus.CANCELED)

    async def redirect(self, call_sid: str, answer: Answer) -> None:
        """See `Carrier.redirect`. Raises ValueError for TwiML too long for a REST request."""
        twiml = check_rest_limit(document(answer, self._addresses))
        await self._update(call_sid, twiml=twiml)

    async def end_meeting(self, call_id: str) -> None:
        """See `Carrier.end_meeting`."""
        await self._conferences.end(call_id)

    async def press_keys(self, call_sid: str, keys: str, then: Connect) -> bool:
        """See `Carrier.press_keys`. Media Streams carry no keys towards Twilio, so the call is told
        to play them and to open the stream again. (In a conference, a participant's `announce_url`
        would play them without that.)
        """
        twiml = check_rest_limit(connect_document(then, self._addresses, keys=keys))
        # Asked twice, it would play them twice.
        await self._update(call_sid, repeatable=False, twiml=twiml)
        return False

    async def fetch(self, call_sid: str) -> CarrierCall:
        """See `Carrier.fetch`."""
        return await self._send(self._call(call_sid).fetch_async, carrier_call)

    async def find(
        self,
        *,
        to: str | None = None,
        from_: str | None = None,
        since: datetime | None = None,
        parent: str | None = None,
    ) -> Sequence[CarrierCall]:
        """See `Carrier.find`.

        `since` is compared with the time of creation, on our side: Twilio itself can only
        filter by the time of dialling, which a call still in its queue does not have.
        """
        wanted = {"to": to, "from_": from_, "parent_call_sid": parent}
        asked = {name: value for name, value in wanted.items() if value}
        calls = await self._send(
            lambda: self._client.calls.list_async(limit=_FOUND_LIMIT, **asked),
            lambda found: [carrier_call(each) for each in found],
        )
        if since is None:
            return calls
        earliest = since.replace(microsecond=0)  # Twilio's times are whole seconds
        return [call for call in calls if call.created_at is None or call.created_at >= earliest]

    @property
    def answered_words(self) -> frozenset[str]:
        """See `TextCarrier.answered_words`."""
        return ANSWERED_WORDS

    async def send_text(self, text: SendText) -> SentText:
        """See `TextCarrier.send_text`."""
        fields = text_fields(text, self._addresses)
        return await self._send(
            lambda: self._client.messages.create_async(**fields), sent_text, repeatable=False
        )

    async def find_text(self, text: SendText, *, since: datetime) -> SentText | None:
        """See `TextCarrier.find_text`."""
        found = await self._send(
            lambda: self._client.messages.list_async(
                to=text.to, from_=text.from_, limit=_FOUND_LIMIT
            ),
            lambda messages: [
                sent_text(each) for each in messages if is_same(each, text, since=since)
            ],
        )
        return found[0] if found else None

    async def _end(self, call_sid: str, status: CallStatus) -> None:
        try:
            await self._update(call_sid, status=status.value)
        except CarrierError as error:
            if not error.gone:
                raise

    async def _update(self, call_sid: str, *, repeatable: bool = True, **changes: str) -> None:
        call = self._call(call_sid)
        until = asyncio.get_running_loop().time() + self._deadline_secs
        try:
            await self._send(
                lambda: call.update_async(**changes),
                carrier_call,
                repeatable=repeatable,
                until=until,
            )
        except CarrierError as error:
            # Twilio gives the same code for a call that is over and for one not yet answered.
            if error.code == refusals.NOT_IN_PROGRESS and await self._is_over(call, until):
                raise refusals.already_over(error) from error
            raise

    async def _is_over(self, call: Any, until: float) -> bool:
        try:
            return (await self._send(call.fetch_async, carrier_call, until=until)).status.is_final
        except CarrierError as error:
            return error.gone

    def _call(self, call_sid: str) -> Any:
        if not CALL_SID.fullmatch(call_sid):
            raise ValueError("A CallSid only has letters, digits, - and _")
        return self._client.calls(call_sid)

    async def _send(
        self,
        request: Callable[[], Awaitable[Any]],
        read: Callable[[Any], T],
        *,
        repeatable: bool = True,
        until: float | None = None,
    ) -> T:
        """Send a request until it succeeds, its error says to stop, or the deadline has come.

        `until` is a moment of the running loop's clock. With `repeatable` False a request that
        may have been processed is not sent again and becomes `unknown_whether_placed`.
        """
        error: CarrierError | None = None

        async def attempt() -> T:
            nonlocal error
            if error and asyncio.get_running_loop().time() + self._timeout_secs > deadline:
                raise error
            error = None
            try:
                return read(await request())
            except _FAILURES as failure:
                error = _judged(_verdict(failure, self._timeout_secs), repeatable)
                raise error from failure

        now = asyncio.get_running_loop().time()
        deadline = until or now + self._deadline_secs
        again = stamina.AsyncRetryingCaller(
            attempts=None,
            # No second attempt begins that could not run its time before the deadline: cut short,
            # it would leave us not knowing what came of it.
            timeout=max(deadline - now - self._timeout_secs, 0.001),
            wait_initial=0.1,
            wait_max=1.0,
            wait_jitter=0.1,
        ).on(_may_pass)
        try:
            async with asyncio.timeout_at(deadline):
                return await again(attempt)
        except TimeoutError:
            # Between two attempts: the last one's error. Within one: no answer yet.
            raise error or _judged(errors.timed_out(deadline - now), repeatable) from None


_FAILURES = (
    httpx.HTTPError,
    TimeoutError,
    TwilioException,
    # The package reads whatever JSON came, and so do we: a wrong shape shows up as one of these.
    AttributeError,
    TypeError,
    ValueError,
)


def _may_pass(error: Exception) -> bool:
    return isinstance(error, CarrierError) and error.retry


def _judged(error: CarrierError, repeatable: bool) -> CarrierError:
    return error if repeatable or error.settled else errors.unknown_whether_placed(error)


def _verdict(failure: Exception, timeout_secs: float) -> CarrierError:
    match failure:
        case (
            httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ProxyError()
        ):
            return errors.unreachable()
        case httpx.TimeoutException() | TimeoutError():
            return errors.timed_out(timeout_secs)
        case httpx.HTTPError():
            return errors.connection_lost()
        case TwilioServiceException():
            return refusals.refusal(
                http_status=failure.status, code=failure.code, detail=failure.detail or ""
            )
        case TwilioRestException():
            # Without a code of Twilio's the package repeats the HTTP status as the code.
            code = failure.code if failure.code != failure.status else None
            return refusals.refusal(http_status=failure.status, code=code, detail=failure.msg)
        case TwilioException(args=(_, Response() as answer)):  # how a list's page fails
            return _verdict(Version.exception("GET", "", answer, "No list of calls"), timeout_secs)
        case _:
            return errors.bad_response(repr(failure))
