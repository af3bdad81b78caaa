"""Messages held to the types of google-genai, which is no part of the service."""

import json
from typing import Any

from google.genai import types

from bot.simulator.gemini import GeminiRecord


def assert_known(record: GeminiRecord) -> None:
    """Both sides of a session sent nothing but what these types know, by its names on the wire."""
    for moved in record.client_events:
        assert_client_message(moved.event)
    for moved in record.server_events:
        assert_server_message(moved.event)


def assert_client_message(message: dict[str, Any]) -> None:
    """Raises ValidationError for an unknown field, AssertionError for a name in another style."""
    _in_camel_case(message, free=("parametersJsonSchema", "response"))
    if "setup" in message:  # the type of a setup lacks what the package itself sends in it
        setup = dict(message["setup"])
        hears = setup.pop("realtimeInputConfig")
        types.RealtimeInputConfig.model_validate_json(json.dumps(hears))
        message = {"setup": setup}
    types.LiveClientMessage.model_validate_json(json.dumps(message))


def assert_server_message(message: dict[str, Any]) -> None:
    """See `assert_client_message`."""
    _in_camel_case(message, free=("args",))
    types.LiveServerMessage.model_validate_json(json.dumps(message))


def _in_camel_case(value: Any, *, free: tuple[str, ...]) -> None:
    """The types take names with underscores as well; `free` names what may hold any."""
    if isinstance(value, list):
        for part in value:
            _in_camel_case(part, free=free)
    elif isinstance(value, dict):
        for name, part in value.items():
            assert "_" not in name, name
            if name not in free:
                _in_camel_case(part, free=free)
