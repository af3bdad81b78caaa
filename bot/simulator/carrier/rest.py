"""The REST API of the carrier: what is below /2010-04-01/Accounts/{sid}, and the account itself."""

import asyncio
import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.conference import Conferences
from bot.simulator.carrier.conference_api import ConferenceApi
from bot.simulator.carrier.errors import RestError
from bot.simulator.carrier.faults import RestFaults
from bot.simulator.carrier.number_api import NumberApi, SimAccount, SimNumber
from bot.simulator.carrier.recording_api import RecordingApi
from bot.simulator.carrier.request import (
    Callback,
    CallRequest,
    Form,
    one,
    read_call_request,
    read_fallback,
    read_source,
    read_to_and_from,
)
from bot.simulator.carrier.resource import account_path, call_resource, leg_resource, page
from bot.simulator.carrier.search import find_calls
from bot.simulator.carrier.states import CallStatus, End, EndReason
from bot.simulator.carrier.texts import TextExchange, text_resource

Handler = Callable[[Request], Awaitable[Response]]


class Backend(Protocol):
    """The carrier, as the API needs it."""

    account_sid: str
    credentials: dict[str, str]  # user name -> password
    rest_faults: RestFaults
    closing: asyncio.Event
    calls: dict[str, SimCall]
    texts: TextExchange
    conferences: Conferences
    media_is_open: bool  # recordings can be had without credentials
    account: SimAccount
    number: SimNumber

    def owns(self, number: str) -> bool:
        """May calls be made from this number?"""
        ...

    def place_call(self, *, to: str, from_number: str, request: CallRequest) -> SimCall: ...


def build_api(backend: Backend) -> FastAPI:
    """The API as an ASGI app."""
    app = FastAPI(openapi_url=None)
    api = _Api(backend)
    recordings = RecordingApi(
        account_sid=backend.account_sid,
        calls=backend.calls,
        form=_form,
        authenticate=api.authenticate,
        media_is_open=lambda: backend.media_is_open,
    )
    numbers = NumberApi(
        account_sid=backend.account_sid,
        account=backend.account,
        number=backend.number,
        form=_form,
    )
    conferences = ConferenceApi(
        account_sid=backend.account_sid, conferences=lambda: backend.conferences, form=_form
    )
    account = "/2010-04-01/Accounts/{account_sid}"
    conference = account + "/Conferences/{conference_sid}"
    call = account + "/Calls/{call_sid}"
    routes: list[tuple[str, str, Handler]] = [
        ("POST", account + "/Calls.json", api.create_call),
        ("GET", account + "/Calls.json", api.list_calls),
        ("POST", call + "/Recordings.json", recordings.start),
        ("GET", call + "/Recordings.json", recordings.list),
        ("POST", call + "/Recordings/{recording_sid}.json", recordings.update),
        ("GET", call + ".json", api.fetch_call),
        ("POST", call + ".json", api.update_call),
        ("GET", account + "/Recordings/{recording_sid}.json", recordings.fetch),
        ("DELETE", account + "/Recordings/{recording_sid}.json", recordings.delete),
        ("GET", account + "/Conferences.json", conferences.list),
        ("GET", conference + "/Participants.json", conferences.participants),
        ("DELETE", conference + "/Participants/{participant_sid}.json", conferences.remove),
        ("GET", conference + ".json", conferences.fetch),
        ("POST", conference + ".json", conferences.update),
        ("POST", account + "/Messages.json", api.create_text),
        ("GET", account + "/Messages.json", api.list_texts),
        ("GET", account + "/IncomingPhoneNumbers.json", numbers.list),
        ("POST", account + "/IncomingPhoneNumbers/{number_sid}.json", numbers.update),
    ]
    for method, path, handler in routes:
        app.add_api_route(path, api.guarded(handler), methods=[method], response_model=None)
    app.add_api_route(
        account + ".json",
        api.guarded(numbers.account, key_may_ask=False),
        methods=["GET"],
        response_model=None,
    )
    for ending in (".wav", ".mp3", ""):
        path = account + "/Recordings/{recording_sid}" + ending
        app.add_api_route(path, recordings.media, methods=["GET"], response_model=None)
    return app


class _Api:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def guarded(self, handler: Handler, *, key_may_ask: bool = True) -> Handler:
        """With the ordered faults, authentication, and errors as Twilio words them. A standard API
        key may not ask for the account itself.
        """

        async def handle(request: Request) -> Response:
            fault = self._backend.rest_faults.take()
            try:
                await asyncio.sleep(fault.delay_secs)
                if fault.error:
                    raise fault.error
                self.authenticate(request, key_may_ask=key_may_ask)
                response = await handler(request)
            except RestError as error:
                response = JSONResponse(error.body, status_code=error.status)
            if fault.reply_lost:
                await self._backend.closing.wait()
            return response

        return handle

    async def create_call(self, request: Request) -> Response:
        form = await _form(request)
        to, from_number = read_to_and_from(form)
        if not self._backend.owns(from_number):
            raise RestError(21210, from_number)
        wanted = read_call_request(form)
        call = self._backend.place_call(to=to, from_number=from_number, request=wanted)
        return self._shown(call, status_code=201)

    async def list_calls(self, request: Request) -> Response:
        query = parse_qs(request.url.query)
        if parent := one(query, "ParentCallSid"):
            return self._list_legs(parent)
        calls = find_calls(self._backend.calls.values(), query)
        if size := one(query, "PageSize"):
            calls = calls[: int(size)]
        account_sid = self._backend.account_sid
        shown = [call_resource(call, account_sid) for call in calls]
        return JSONResponse(page("calls", shown, f"{account_path(account_sid)}/Calls.json"))

    def _list_legs(self, parent: str) -> JSONResponse:
        """The calls that a <Dial> of this one has made, newest first."""
        account_sid = self._backend.account_sid
        call = self._backend.calls.get(parent)
        legs = reversed(call.legs) if call is not None else ()
        shown = [leg_resource(leg, call, account_sid) for leg in legs if call is not None]
        return JSONResponse(page("calls", shown, f"{account_path(account_sid)}/Calls.json"))

    async def fetch_call(self, request: Request) -> Response:
        return self._shown(self._call(request))

    async def update_call(self, request: Request) -> Response:
        call, form = self._call(request), await _form(request)
        wanted = one(form, "Status")
        source = read_source(form)
        if call.state.is_final and (wanted or source is None):
            raise RestError(20404, request.url.path)
        if source is not None and call.state is not CallStatus.IN_PROGRESS:
            raise RestError(21220, "Cannot redirect.")
        _change_handling(call, form)
        shown = call_resource(call, self._backend.account_sid)
        if wanted:
            end = _ending(call, wanted)
            call.order(end)
            shown["status"] = str(end.status)  # where the call is going; it is there in a moment
        elif source is not None:
            call.order(source)
        return JSONResponse(shown)

    async def create_text(self, request: Request) -> Response:
        text = self._backend.texts.create(await _form(request))
        return JSONResponse(text_resource(text, self._backend.account_sid), status_code=201)

    async def list_texts(self, request: Request) -> Response:
        """Newest first, by To and From as Twilio can be asked."""
        query = parse_qs(request.url.query)
        to, sender = one(query, "To"), one(query, "From")
        account_sid = self._backend.account_sid
        shown = [
            text_resource(text, account_sid)
            for text in reversed(self._backend.texts.texts.values())
            if to in ("", text.to_number) and sender in ("", text.from_number)
        ]
        return JSONResponse(page("messages", shown, f"{account_path(account_sid)}/Messages.json"))

    def authenticate(self, request: Request, *, key_may_ask: bool = True) -> None:
        user, password = _basic_credentials(request.headers.get("authorization", ""))
        may_ask = key_may_ask or user == self._backend.account_sid
        expected = self._backend.credentials.get(user) if may_ask else None
        if expected is None or not secrets.compare_digest(expected.encode(), password.encode()):
            raise RestError(20003)
        if request.path_params["account_sid"] != self._backend.account_sid:
            raise RestError(20404, request.url.path)

    def _call(self, request: Request) -> SimCall:
        call = self._backend.calls.get(request.path_params["call_sid"])
        if call is None:
            raise RestError(20404, request.url.path)
        return call

    def _shown(self, call: SimCall, status_code: int = 200) -> Response:
        shown = call_resource(call, self._backend.account_sid)
        return JSONResponse(shown, status_code=status_code)


def _ending(call: SimCall, wanted: str) -> End:
    answered = call.state is CallStatus.IN_PROGRESS
    if wanted == "completed" and answered:
        return End(status=CallStatus.COMPLETED, reason=EndReason.REST_COMPLETED)
    if wanted in ("completed", "canceled") and not answered:
        return End(status=CallStatus.CANCELED, reason=EndReason.REST_CANCELED)
    if wanted == "canceled":
        raise RestError(21220, "Cannot cancel.")
    raise RestError(20001, "Status")


def _change_handling(call: SimCall, form: Form) -> None:
    if url := one(form, "StatusCallback"):
        method = one(form, "StatusCallbackMethod") or "POST"
        call.update_request(status_callback=Callback(url=url, method=method))
    if fallback := read_fallback(form):
        call.update_request(fallback=fallback)
    if limit := one(form, "TimeLimit"):
        call.update_request(time_limit_secs=float(limit))
        if call.line:
            call.limit_to(float(limit))


async def _form(request: Request) -> Form:
    return parse_qs((await request.body()).decode(), keep_blank_values=True)


def _basic_credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
