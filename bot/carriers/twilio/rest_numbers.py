"""Our numbers at Twilio, over REST, in the words of the twilio package and back in ours.

Source: twilio.com/docs/phone-numbers/api/incomingphonenumber-resource and
twilio.com/docs/iam/api/account; and the package's own docstrings: with a trunk or an application
the voice addresses of a number are ignored, with an application of its own those for texts are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

from bot.carriers.our_number import AccountState, CarrierAccount, Matter, OurNumber
from bot.carriers.twilio.addresses import Addresses
from bot.carriers.twilio.recordings import Send

_STATES: MappingProxyType[str, AccountState] = MappingProxyType(
    {"active": "active", "suspended": "suspended", "closed": "closed"}
)
_FIELDS: MappingProxyType[Matter, tuple[str, str]] = MappingProxyType(
    {
        "calls": ("voice_url", "voice_method"),
        "fallback": ("voice_fallback_url", "voice_fallback_method"),
        "status": ("status_callback", "status_callback_method"),
        "texts": ("sms_url", "sms_method"),
    }
)
_MOST = 20  # numbers that the question for one number finds


class TwilioNumbers:
    """The `OurNumbers` of a Twilio account."""

    def __init__(
        self,
        *,
        client: Any,  # of the twilio package
        send: Send,
        addresses: Addresses,
    ) -> None:
        self._client = client
        self._send = send
        self._addresses = addresses

    def wanted(self, matter: Matter) -> str:
        """See `OurNumbers.wanted`."""
        addresses = self._addresses
        wanted: dict[Matter, str] = {
            "calls": addresses.for_calls,
            "fallback": "",
            "status": addresses.for_status,
            "texts": addresses.for_texts,
        }
        return wanted[matter]

    async def account(self) -> CarrierAccount:
        """See `OurNumbers.account`. Twilio refuses this question to a standard API key."""
        account = self._client.api.v2010.accounts(self._client.account_sid)
        found: CarrierAccount = await self._send(
            account.fetch_with_http_info_async, _carrier_account
        )
        return found

    async def find(self, number: str) -> OurNumber | None:
        """See `OurNumbers.find`. Twilio's filter finds parts of numbers too."""
        found = await self._send(
            lambda: self._client.incoming_phone_numbers.list_async(
                phone_number=number, limit=_MOST
            ),
            lambda numbers: [_our_number(each) for each in numbers if each.phone_number == number],
        )
        return found[0] if found else None

    async def set_up(self, ours: OurNumber, *, fallback: str = "") -> OurNumber:
        """See `OurNumbers.set_up`. An application gives way; a SIP trunk does not."""
        changes = {
            "voice_url": self.wanted("calls"),
            "voice_method": "POST",
            "status_callback": self.wanted("status"),
            "status_callback_method": "POST",
        }
        if ours.calls_can_be_freed:
            changes["voice_application_sid"] = ""
        if fallback:
            changes |= {"voice_fallback_url": fallback, "voice_fallback_method": "POST"}
        if ours.takes_texts:
            changes |= {"sms_url": self.wanted("texts"), "sms_method": "POST"}
            if ours.texts_go_to:
                changes["sms_application_sid"] = ""
        number = self._client.incoming_phone_numbers(ours.sid)
        changed: OurNumber = await self._send(lambda: number.update_async(**changes), _our_number)
        return changed


def _carrier_account(answer: Any) -> CarrierAccount:
    account = answer.data
    return CarrierAccount(
        state=_STATES.get(str(account.status), "unknown"),
        is_trial=account.type == "Trial",
        answered_at=_moment(answer.headers),
    )


def _moment(headers: Any) -> datetime | None:
    """The header Date (RFC 9110, 6.6.1)."""
    told = {str(name).lower(): str(value) for name, value in dict(headers or {}).items()}
    try:
        return parsedate_to_datetime(told["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None


def _our_number(found: Any) -> OurNumber:
    """From the package's IncomingPhoneNumberInstance; ValueError without an identity."""
    if not isinstance(found.sid, str) or not found.sid:
        raise ValueError("The carrier's answer names no number")
    able = found.capabilities if isinstance(found.capabilities, dict) else {}
    return OurNumber(
        sid=found.sid,
        number=str(found.phone_number),
        addresses={matter: getattr(found, url) or "" for matter, (url, _) in _FIELDS.items()},
        methods={
            matter: (getattr(found, method) or "POST").upper()
            for matter, (_, method) in _FIELDS.items()
        },
        takes_calls=bool(able.get("voice", True)),
        takes_texts=bool(able.get("sms", False)),
        calls_go_to=_elsewhere(found.trunk_sid, found.voice_application_sid),
        texts_go_to=_elsewhere(None, found.sms_application_sid),
        calls_can_be_freed=bool(found.voice_application_sid) and not found.trunk_sid,
    )


def _elsewhere(trunk: str | None, application: str | None) -> str:
    if trunk:
        return f"the SIP trunk {trunk}"
    return f"the TwiML application {application}" if application else ""
