"""What can go wrong between us and a carrier, each case with its own verdict.

The text of an error is never parsed: whether to try again, whose fault it was and whether the
call is over already stand in its attributes.
"""

from __future__ import annotations

from typing import Literal

Fault = Literal["ours", "carrier", "callee"]


class CarrierError(Exception):
    """A request to the carrier that did not succeed.

    The message never holds personal data; the carrier's own words, which may (they quote
    numbers), are in `detail` and belong in attributes marked for redaction.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        fault: Fault,
        retry: bool = False,
        gone: bool = False,
        settled: bool = True,
        code: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message if code is None else f"{message} (carrier code {code})")
        self.message = message
        self.reason = reason  # a stable slug: "gone", "timed_out", "geo_blocked", ...
        self.fault = fault
        self.retry = retry  # the same request may succeed when sent again a little later
        self.gone = gone  # the call is over, or there never was one
        self.settled = settled  # False: it is not known whether the carrier did what we asked
        self.code = code  # the carrier's own error code
        self.detail = detail


def unreachable() -> CarrierError:
    """No connection came about: nothing was sent, so trying again is safe for any request."""
    return CarrierError(
        "The carrier's API cannot be reached", reason="unreachable", fault="carrier", retry=True
    )


def timed_out(after_secs: float) -> CarrierError:
    """The request went out; no answer came in time."""
    return CarrierError(
        f"The carrier did not answer within {after_secs:g} s",
        reason="timed_out",
        fault="carrier",
        retry=True,
        settled=False,
    )


def connection_lost() -> CarrierError:
    """The connection broke after the request may have been sent."""
    return CarrierError(
        "The connection to the carrier broke before its answer was complete",
        reason="connection_lost",
        fault="carrier",
        retry=True,
        settled=False,
    )


def bad_response(detail: str = "") -> CarrierError:
    """An answer that says success and cannot be understood."""
    return CarrierError(
        "The carrier's answer cannot be understood",
        reason="bad_response",
        fault="carrier",
        settled=False,
        detail=detail,
    )


def unknown_whether_placed(cause: CarrierError) -> CarrierError:
    """A call that may be ringing already: look with `Carrier.find` before placing another."""
    return CarrierError(
        f"It is not known whether the call was placed: {cause.message}",
        reason="unknown_whether_placed",
        fault="carrier",
        settled=False,
        code=cause.code,
        detail=cause.detail,
    )
