"""Answers that fail: which may pass, and when they are asked for again. Plain code.

A limit of the account hits all its calls at the same moment and passes within seconds; the model's
side often says in how many. Sources: OpenAI, error codes and rate limits guides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WAITS_SECS = (0.3, 1.0, 2.5, 4.0)  # where nothing is told; the last one again and again
MOST_SECS = 10.0  # all waits together: a caller is not asked to wait longer than that
MOST_FAILURES = 12  # in a row, whatever is told
LEAST_SECS = 0.1
# What no other try mends: money, key, model, and what the account may do.
FINAL = frozenset(
    {
        "access_terminated",
        "account_deactivated",
        "authentication_error",
        "billing_hard_limit_reached",
        "billing_not_active",
        "insufficient_quota",
        "invalid_api_key",
        "invalid_authentication",
        "model_not_found",
        "organization_deactivated",
        "permission_denied",
        "permission_error",
        "unsupported_country_region_territory",
    }
)
PASSING = frozenset({"inference_rate_limit_exceeded", "rate_limit_exceeded", "server_error"})
LONGEST_MESSAGE = 500  # characters, for the log
_UNITS = {"ms": 0.001, "mil": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_AMOUNT = (
    r"\d+(?:\.\d+)?\s*(?:ms|milliseconds?|h(?:(?:ou)?rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)"
)
_TOLD = re.compile(
    rf"(?:again|retry|wait)(?:\s+(?:in|after|for|about))*\s+((?:{_AMOUNT}(?![a-z])?[\s,]*)+)",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|mil|s|m|h)", re.IGNORECASE)


def told_secs(message: str) -> float | None:
    """When the model's side says to try again, as in "Please try again in 1m2.7s."."""
    told = _TOLD.search(message[:LONGEST_MESSAGE])
    if told is None:
        return None
    return sum(
        float(amount) * _UNITS[unit.lower()] for amount, unit in _PARTS.findall(told.group(1))
    )


@dataclass(frozen=True, kw_only=True)
class ErrorSaid:
    """What the model's side says of a failure."""

    code: str = ""
    kind: str = ""
    message: str = ""

    @classmethod
    def of(cls, event: Mapping[str, Any], path: str) -> "ErrorSaid":
        """The error at this path of a server event."""
        code, kind, message = (event[f"{path}.{part}"] for part in ("code", "type", "message"))
        return cls(code=code or "", kind=kind or "", message=(message or "")[:LONGEST_MESSAGE])

    @property
    def is_final(self) -> bool:
        """No other try mends it."""
        return bool({self.code, self.kind} & FINAL)

    @property
    def may_pass(self) -> bool:
        """It is about the moment, and not about what was asked."""
        return bool({self.code, self.kind} & PASSING)

    def __str__(self) -> str:
        return f"{self.code or self.kind or 'failed'}: {self.message}"


class FailedAnswers:
    """Those in a row."""

    def __init__(self) -> None:
        self._count = 0
        self._waited_secs = 0.0  # by the caller, since they spoke

    @property
    def any(self) -> bool:
        """The last answer failed."""
        return self._count > 0

    def failed(self, error: ErrorSaid) -> float | None:
        """In how many seconds it is asked for again; None: never."""
        self._count += 1
        if error.is_final or self._count >= MOST_FAILURES:
            return None
        told = told_secs(error.message)
        untold = WAITS_SECS[min(self._count, len(WAITS_SECS)) - 1]
        wait_secs = untold if told is None else max(LEAST_SECS, told)
        self._waited_secs += wait_secs
        return wait_secs if self._waited_secs <= MOST_SECS else None

    def caller_speaks(self) -> None:
        """The caller no longer waits; the next wait is counted from zero."""
        self._waited_secs = 0.0

    def succeeded(self) -> None:
        """An answer has come."""
        self._count, self._waited_secs = 0, 0.0
