"""The REST API of the carrier, as far as it is about the account and its number."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from bot.clock import utcnow
from bot.simulator.carrier.errors import RestError
from bot.simulator.carrier.request import Form, one
from bot.simulator.carrier.resource import API_VERSION, account_path, page

_URLS = ("voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url")
_METHODS = (
    "voice_method",
    "voice_fallback_method",
    "status_callback_method",
    "sms_method",
    "sms_fallback_method",
)
_SIDS = ("voice_application_sid", "sms_application_sid", "trunk_sid")


@dataclass(kw_only=True)
class SimAccount:
    """The account, and how far its clock is from ours."""

    status: str = "active"  # active, suspended, closed
    type: str = "Full"  # or Trial
    clock_ahead_secs: float = 0.0


@dataclass(kw_only=True)
class SimNumber:
    """The number of the account, with the addresses that somebody has given it."""

    number: str
    sid: str = "PN" + "0" * 32
    fields: dict[str, str] = field(default_factory=dict)  # by Twilio's name, in small letters
    takes_texts: bool = True

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "POST" if name in _METHODS else "")

    def change(self, form: Form) -> None:
        """What a form of the API says; `RestError` for what it refuses, and then nothing changes.

        An application and a trunk exclude each other: who sets one deletes the other.
        """
        changes = {name: one(form, _parameter(name)) for name in (*_URLS, *_METHODS, *_SIDS)}
        changes = {name: value for name, value in changes.items() if _parameter(name) in form}
        for name in _URLS:
            if (url := changes.get(name, "")) and not _is_url(url):
                raise RestError(11100, url)
        for name in _METHODS:
            if changes.get(name, "POST").upper() not in ("GET", "POST"):
                raise RestError(20001, _parameter(name))
        if changes.get("voice_application_sid"):
            changes["trunk_sid"] = ""
        elif changes.get("trunk_sid"):
            changes["voice_application_sid"] = ""
        self.fields.update(changes)


class NumberApi:
    """Shows the account and its number, and changes the number."""

    def __init__(
        self,
        *,
        account_sid: str,
        account: SimAccount,
        number: SimNumber,
        form: Callable[[Request], Awaitable[Form]],
    ) -> None:
        self._account_sid = account_sid
        self._account = account
        self._number = number
        self._form = form

    async def account(self, request: Request) -> Response:
        """As Twilio shows it to its Auth Token; an API key may not ask."""
        shown = {
            "sid": self._account_sid,
            "auth_token": "redacted",
            "date_created": "Mon, 05 Jan 2026 10:00:00 +0000",
            "date_updated": "Mon, 05 Jan 2026 10:00:00 +0000",
            "friendly_name": "the line",
            "owner_account_sid": self._account_sid,
            "status": self._account.status,
            "subresource_uris": {},
            "type": self._account.type,
            "uri": f"{account_path(self._account_sid)}.json",
        }
        now = utcnow() + timedelta(seconds=self._account.clock_ahead_secs)
        return JSONResponse(shown, headers={"Date": format_datetime(now, usegmt=True)})

    async def list(self, request: Request) -> Response:
        """All numbers, or those with these digits in them; * stands for any digit."""
        wanted = one(parse_qs(request.url.query), "PhoneNumber")
        digits = re.escape(wanted.lstrip("+")).replace(r"\*", r"\d")
        found = [self._shown()] if re.search(digits, self._number.number) else []
        uri = f"{account_path(self._account_sid)}/IncomingPhoneNumbers.json"
        return JSONResponse(page("incoming_phone_numbers", found, uri))

    async def update(self, request: Request) -> Response:
        if request.path_params["number_sid"] != self._number.sid:
            raise RestError(20404, request.url.path)
        self._number.change(await self._form(request))
        return JSONResponse(self._shown())

    def _shown(self) -> dict[str, Any]:
        number = self._number
        path = f"{account_path(self._account_sid)}/IncomingPhoneNumbers/{number.sid}"
        return {
            "sid": number.sid,
            "account_sid": self._account_sid,
            "api_version": API_VERSION,
            "capabilities": {
                "fax": False,
                "mms": number.takes_texts,
                "sms": number.takes_texts,
                "voice": True,
            },
            "friendly_name": number.number,
            "phone_number": number.number,
            "origin": "twilio",
            "status": "in-use",
            "uri": f"{path}.json",
            **{name: number[name] for name in (*_URLS, *_METHODS)},
            **{name: number[name] or None for name in _SIDS},
        }


def _parameter(name: str) -> str:
    """voice_url -> VoiceUrl."""
    return "".join(part.capitalize() for part in name.split("_"))


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
