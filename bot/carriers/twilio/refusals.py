"""What Twilio's refusals mean: one table, by its codes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.carriers.errors import CarrierError, Fault

NOT_IN_PROGRESS = 21220
_CREDENTIALS, _NOT_FOUND, _TOO_MANY = 20003, 20404, 20429


@dataclass(frozen=True, kw_only=True)
class _Meaning:
    """What some of the codes mean, as a `CarrierError` has it."""

    codes: tuple[int, ...] = ()
    reason: str
    fault: Fault
    message: str
    retry: bool = False
    gone: bool = False
    settled: bool = True

    def error(self, *, code: int | None, detail: str) -> CarrierError:
        return CarrierError(
            self.message,
            reason=self.reason,
            fault=self.fault,
            retry=self.retry,
            gone=self.gone,
            settled=self.settled,
            code=code,
            detail=detail,
        )


# From Twilio's error pages.
_MEANINGS = (
    _Meaning(
        codes=(10004,),
        reason="too_many_calls",
        fault="carrier",
        retry=True,
        message="The account has reached its limit of calls at the same time",
    ),
    _Meaning(
        codes=(11200, 11205, 11215),
        reason="webhook_failed",
        fault="ours",
        message="The carrier could not get an answer from our webhook: check PUBLIC_URL",
    ),
    _Meaning(
        codes=(12100, 12200, 32018),
        reason="bad_twiml",
        fault="ours",
        message="The carrier could not use our TwiML",
    ),
    _Meaning(
        codes=(13224, 13226, 21211, 21214, 21217),
        reason="invalid_number",
        fault="callee",
        message="The carrier says this number cannot be dialled",
    ),
    _Meaning(
        codes=(13225, 21216, 32224),
        reason="blocked",
        fault="carrier",
        message="The carrier blocks this call: check the account's compliance profile",
    ),
    _Meaning(
        codes=(13227, 21215, 32205),
        reason="geo_blocked",
        fault="ours",
        message="Calls to this country are off: allow it in the account's voice geo permissions",
    ),
    _Meaning(
        codes=(_CREDENTIALS,),
        reason="credentials_refused",
        fault="ours",
        message=(
            "The carrier refused our credentials: check the account SID with its token or API key"
        ),
    ),
    _Meaning(
        codes=(_NOT_FOUND,),
        reason="gone",
        fault="callee",
        gone=True,
        message="The carrier has no such call any more",
    ),
    _Meaning(
        codes=(_TOO_MANY,),
        reason="too_many_requests",
        fault="carrier",
        retry=True,
        message="The carrier did not process the request: too many at once",
    ),
    _Meaning(
        codes=(21210,),
        reason="from_not_ours",
        fault="ours",
        message="We may not call from this number: it must be the account's own or verified",
    ),
    _Meaning(
        codes=(21219, 21608, 573002, 573005),
        reason="number_not_verified",
        fault="ours",
        message="A trial account may only call numbers verified with the carrier",
    ),
    _Meaning(
        codes=(NOT_IN_PROGRESS,),
        reason="not_in_progress",
        fault="callee",
        message="The call is not in a state in which it can be changed so",
    ),
    _Meaning(
        codes=(21262,),
        reason="bad_callback_url",
        fault="ours",
        message="The address for the answering machine report is missing or invalid",
    ),
    _Meaning(
        codes=(21408,),
        reason="geo_blocked",
        fault="ours",
        message="Texts to this country are off: allow it in the account's SMS geo permissions",
    ),
    _Meaning(
        codes=(21606,),
        reason="from_cannot_text",
        fault="ours",
        message="Our number cannot send text messages: buy one that can, or register it",
    ),
    _Meaning(
        codes=(21610,),
        reason="opted_out",
        fault="callee",
        message="They have told the carrier to pass on no more texts of ours (STOP)",
    ),
    _Meaning(
        codes=(21612, 21614, 21635),
        reason="not_textable",
        fault="callee",
        message="The carrier says that this number cannot get text messages",
    ),
    _Meaning(
        codes=(21617,),
        reason="text_too_long",
        fault="ours",
        message="The text is longer than the carrier takes",
    ),
    _Meaning(
        codes=(22005,),
        reason="queue_full",
        fault="carrier",
        retry=True,
        message="The carrier's queue of calls to place is full",
    ),
)
_BY_CODE = {code: meaning for meaning in _MEANINGS for code in meaning.codes}
_CODE_OF_STATUS = {401: _CREDENTIALS, 404: _NOT_FOUND, 429: _TOO_MANY}


def refusal(*, http_status: int, code: int | None = None, detail: str = "") -> CarrierError:
    """The error for an answer that is not a success: by the carrier's code, else by HTTP status."""
    like = code if code in _BY_CODE else _CODE_OF_STATUS.get(http_status)
    meaning = _by_http_status(http_status) if like is None else _BY_CODE[like]
    return meaning.error(code=code, detail=detail)


def _by_http_status(http_status: int) -> _Meaning:
    if http_status >= 500:
        return _Meaning(
            reason="carrier_down",
            fault="carrier",
            retry=True,
            settled=False,
            message=f"The carrier answered with HTTP {http_status}",
        )
    return _Meaning(
        reason="refused",
        fault="ours",
        message=f"The carrier refused the request with HTTP {http_status}",
    )


def already_over(cause: CarrierError) -> CarrierError:
    """The carrier would not change a call, and the call turned out to have ended."""
    return _BY_CODE[_NOT_FOUND].error(code=cause.code, detail=cause.detail)
