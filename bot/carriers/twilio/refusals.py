"""What Twilio's refusals mean: a verdict for each of its codes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.carriers.errors import CarrierError, Fault


@dataclass(frozen=True, kw_only=True)
class _Verdict:
    reason: str
    fault: Fault
    message: str
    retry: bool = False
    gone: bool = False
    settled: bool = True


_GONE = _Verdict(
    reason="gone", fault="callee", gone=True, message="The carrier has no such call any more"
)
_BUSY_API = _Verdict(
    reason="too_many_requests",
    fault="carrier",
    retry=True,
    message="The carrier did not process the request: too many at once",
)
_REFUSED_KEYS = _Verdict(
    reason="credentials_refused",
    fault="ours",
    message="The carrier refused our credentials: check the account SID with its token or API key",
)
_GEO = _Verdict(
    reason="geo_blocked",
    fault="ours",
    message="Calls to this country are off: allow it in the account's voice geo permissions",
)
_BAD_NUMBER = _Verdict(
    reason="invalid_number",
    fault="callee",
    message="The carrier says this number cannot be dialled",
)
_NOT_VERIFIED = _Verdict(
    reason="number_not_verified",
    fault="ours",
    message="A trial account may only call numbers verified with the carrier",
)
_BLOCKED = _Verdict(
    reason="blocked",
    fault="carrier",
    message="The carrier blocks this call: check the account's compliance profile",
)
_NO_TEXTS_THERE = _Verdict(
    reason="not_textable",
    fault="callee",
    message="The carrier says that this number cannot get text messages",
)
_BAD_TWIML = _Verdict(
    reason="bad_twiml", fault="ours", message="The carrier could not use our TwiML"
)
_WEBHOOK = _Verdict(
    reason="webhook_failed",
    fault="ours",
    message="The carrier could not get an answer from our webhook: check PUBLIC_URL",
)

NOT_IN_PROGRESS = 21220
OPTED_OUT = 21610

# From Twilio's error pages.
_BY_CODE: dict[int, _Verdict] = {
    10004: _Verdict(
        reason="too_many_calls",
        fault="carrier",
        retry=True,
        message="The account has reached its limit of calls at the same time",
    ),
    11200: _WEBHOOK,
    11205: _WEBHOOK,
    11215: _WEBHOOK,
    12100: _BAD_TWIML,
    12200: _BAD_TWIML,
    13224: _BAD_NUMBER,
    13225: _BLOCKED,
    13226: _BAD_NUMBER,
    13227: _GEO,
    20003: _REFUSED_KEYS,
    20404: _GONE,
    20429: _BUSY_API,
    21210: _Verdict(
        reason="from_not_ours",
        fault="ours",
        message="We may not call from this number: it must be the account's own or verified",
    ),
    21211: _BAD_NUMBER,
    21214: _BAD_NUMBER,
    21215: _GEO,
    21216: _BLOCKED,
    21217: _BAD_NUMBER,
    21219: _NOT_VERIFIED,
    NOT_IN_PROGRESS: _Verdict(
        reason="not_in_progress",
        fault="callee",
        message="The call is not in a state in which it can be changed so",
    ),
    21262: _Verdict(
        reason="bad_callback_url",
        fault="ours",
        message="The address for the answering machine report is missing or invalid",
    ),
    21408: _Verdict(
        reason="geo_blocked",
        fault="ours",
        message="Texts to this country are off: allow it in the account's SMS geo permissions",
    ),
    21606: _Verdict(
        reason="from_cannot_text",
        fault="ours",
        message="Our number cannot send text messages: buy one that can, or register it",
    ),
    21608: _NOT_VERIFIED,
    OPTED_OUT: _Verdict(
        reason="opted_out",
        fault="callee",
        message="They have told the carrier to pass on no more texts of ours (STOP)",
    ),
    21612: _NO_TEXTS_THERE,
    21614: _NO_TEXTS_THERE,
    21617: _Verdict(
        reason="text_too_long", fault="ours", message="The text is longer than the carrier takes"
    ),
    21635: _NO_TEXTS_THERE,
    22005: _Verdict(
        reason="queue_full",
        fault="carrier",
        retry=True,
        message="The carrier's queue of calls to place is full",
    ),
    32018: _BAD_TWIML,
    32205: _GEO,
    32224: _BLOCKED,
    573002: _NOT_VERIFIED,
    573005: _NOT_VERIFIED,
}


def refusal(*, http_status: int, code: int | None = None, detail: str = "") -> CarrierError:
    """The error for an answer that is not a success: by the carrier's code, else by HTTP status."""
    verdict = _BY_CODE.get(code) if code is not None else None
    return _error(verdict or _by_http_status(http_status), code=code, detail=detail)


def _by_http_status(http_status: int) -> _Verdict:
    if http_status == 401:
        return _REFUSED_KEYS
    if http_status == 404:
        return _GONE
    if http_status == 429:
        return _BUSY_API
    if http_status >= 500:
        return _Verdict(
            reason="carrier_down",
            fault="carrier",
            retry=True,
            settled=False,
            message=f"The carrier answered with HTTP {http_status}",
        )
    return _Verdict(
        reason="refused",
        fault="ours",
        message=f"The carrier refused the request with HTTP {http_status}",
    )


def _error(verdict: _Verdict, *, code: int | None, detail: str) -> CarrierError:
    return CarrierError(
        verdict.message,
        reason=verdict.reason,
        fault=verdict.fault,
        retry=verdict.retry,
        gone=verdict.gone,
        settled=verdict.settled,
        code=code,
        detail=detail,
    )


def already_over(cause: CarrierError) -> CarrierError:
    """The carrier would not change a call, and the call turned out to have ended."""
    return _error(_GONE, code=cause.code, detail=cause.detail)
