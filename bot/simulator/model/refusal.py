"""What the model will not do, as the `error` event that says so."""

from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
"""One event of the wire, either way: the JSON object as Python holds it."""


@dataclass(kw_only=True)
class ModelRefusal(Exception):
    """A client event that cannot be honoured; the session goes on.

    `param` is the path of the offending field ("session.audio.input.format.type") and
    `event_id` the client's own id for the event, both None when there is none.
    """

    message: str
    code: str
    param: str | None = None
    type: str = "invalid_request_error"
    event_id: str | None = None

    def as_event(self) -> Event:
        return {
            "type": "error",
            "error": {
                "type": self.type,
                "code": self.code,
                "message": self.message,
                "param": self.param,
                "event_id": self.event_id,
            },
        }
