"""Of an agent's file, what the front desk does: where messages go, and which texts are sent."""

import re
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

_STRICT = ConfigDict(extra="forbid")
_MAIL = re.compile(r"[^@\s,;<>\"]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_PLACE = re.compile(r"\{([^{}]*)\}")
BOOKING_PLACES = ("name", "day", "time")
_URL = re.compile(r"https?://[^\s/]+\S*")


def _address(text: str) -> str:
    if not any(kind.fullmatch(text) for kind in (_MAIL, _NUMBER, _URL)):
        raise ValueError(
            f"{text!r} is no e-mail address, no number like +15551234567 and no https:// address"
        )
    return text


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"{text!r} is no address like https://clinic.example/menu")
    return text


Address = Annotated[str, AfterValidator(_address)]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class MessageRules:
    """Who gets the messages that the agent takes, and what follows until they are acknowledged.

    An address is an e-mail address, a number for text messages, or the URL of a webhook.
    """

    to: tuple[Address, ...] = ()  # empty: OWNER_EMAIL
    urgent_to: tuple[Address, ...] = ()  # beside those, at once: the person on call
    escalate_to: tuple[Address, ...] = ()  # who is told when there is no acknowledgement
    remind_mins: float = Field(default=60.0, ge=1)  # until the first reminder, then twice as long
    escalate_mins: float = Field(default=240.0, ge=1)
    urgent_remind_mins: float = Field(default=5.0, ge=1)
    urgent_escalate_mins: float = Field(default=15.0, ge=1)


def _booking_words(text: str) -> str:
    if unknown := set(_PLACE.findall(text)) - set(BOOKING_PLACES):
        places = ", ".join(f"{{{name}}}" for name in BOOKING_PLACES)
        raise ValueError(f"{{{sorted(unknown)[0]}}} is not known of a booking: write {places}")
    return text


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TextRules:
    """Which text messages the agent's callers get."""

    missed: str = Field(
        default="", max_length=320
    )  # to who called and was not served; empty: no text
    dropped: str = Field(default="", max_length=320)  # to whose call broke; empty: no text
    # after a booking, with places like {time}; empty: no text
    booked: Annotated[str, AfterValidator(_booking_words)] = Field(default="", max_length=320)
    links: tuple[Annotated[str, AfterValidator(_url)], ...] = ()  # that texts may hold
    per_call: int = Field(default=2, ge=0, le=10)
    per_day: int = Field(default=3, ge=0, le=20)  # to one number, in any 24 hours
