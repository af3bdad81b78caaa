"""The OpenAI Realtime wire as the `openai` package types it: nothing else gets through.

Client events are read strictly: no unknown field, no "5" where a 5 belongs. Server events are
held to the same types before they are sent.
"""

import json
import re
from typing import Any, get_args

from openai.types.realtime import (
    RealtimeClientEvent,
    RealtimeServerEvent,
    RealtimeSessionCreateRequest,
    ResponseItemReference,
)
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.simulator.model.dialect import OPENAI, Dialect
from bot.simulator.model.refusal import Event, ModelRefusal

Loc = tuple[int | str, ...]


def _by_type(union: Any) -> dict[str, type[BaseModel]]:
    members = get_args(get_args(union)[0])
    return {get_args(m.model_fields["type"].annotation)[0]: m for m in members}


_CLIENT = _by_type(RealtimeClientEvent)
_SERVER = _by_type(RealtimeServerEvent)
_ADAPTERS: dict[type[BaseModel], TypeAdapter[BaseModel]] = {
    model: TypeAdapter(model) for model in {*_CLIENT.values(), *_SERVER.values()}
}
# A session as the server tells it carries these besides what a client may set
# (openai.types.realtime.RealtimeSessionCreateResponse).
_TOLD_OF_A_SESSION = frozenset({"id", "object", "expires_at"})


def read_client_event(raw: str | bytes, dialect: Dialect = OPENAI) -> Event | None:
    """One message of the client, checked; raises `ModelRefusal` for what the types do not allow.
    None: it is known in this dialect, and changes nothing.
    """
    if isinstance(raw, bytes):
        raise ModelRefusal(message="Events are JSON in text frames.", code="invalid_json")
    try:
        event = json.loads(raw)
    except (ValueError, RecursionError):
        raise ModelRefusal(message="The message is not valid JSON.", code="invalid_json") from None
    if not isinstance(event, dict):
        raise ModelRefusal(message="An event is a JSON object.", code="invalid_json")
    event_id = event.get("event_id")
    try:
        known = dialect.from_client(event)
        if known is not None:
            _check_client_event(known)
    except ModelRefusal as refusal:
        refusal.event_id = event_id if isinstance(event_id, str) else None
        raise
    return known


def assert_valid_server_event(event: Event) -> None:
    """Raises AssertionError unless the event is one the `openai` package knows, field by field."""
    model = _SERVER.get(str(event.get("type")))
    if model is None:
        raise AssertionError(f"{event.get('type')!r} is no server event.")
    try:
        parsed = _ADAPTERS[model].validate_python(event, strict=True)
    except ValidationError as error:
        raise AssertionError(f"{event['type']}: {_most_telling(error)}") from error
    unknown = _unknown_field(parsed, allowed=_TOLD_OF_A_SESSION)
    if unknown is not None:
        raise AssertionError(f"{event['type']}: unknown field {unknown}")


def _check_client_event(event: Event) -> None:
    kind = event.get("type")
    if "type" not in event:
        raise _missing("type")
    model = _CLIENT.get(kind) if isinstance(kind, str) else None
    if model is None:
        known = ", ".join(f"'{name}'" for name in _CLIENT)
        raise ModelRefusal(
            message=f"Invalid value: {kind!r}. Supported values are: {known}.",
            code="invalid_value",
            param="type",
        )
    try:
        parsed = _ADAPTERS[model].validate_python(_without_references(event), strict=True)
    except ValidationError as error:
        raise _refusal_of(error) from error
    unknown = _unknown_field(parsed)
    if unknown is not None:
        raise ModelRefusal(
            message=f"Unknown parameter: '{unknown}'.", code="unknown_parameter", param=unknown
        )


def _without_references(event: Event) -> Event:
    """`response.input` may name earlier items; the package's parsed type leaves that out."""
    response = event.get("response")
    given = response.get("input") if isinstance(response, dict) else None
    if not isinstance(response, dict) or not isinstance(given, list):
        return event
    items = []
    for item in given:
        if isinstance(item, dict) and item.get("type") == "item_reference":
            try:
                ResponseItemReference.model_validate(item, strict=True)
            except ValidationError as error:
                raise _missing("response.input.id") from error
        else:
            items.append(item)
    return {**event, "response": {**response, "input": items}}


def _unknown_field(
    value: Any, path: str = "", *, allowed: frozenset[str] = frozenset()
) -> str | None:
    """The path of the first field the types do not have; a session may hold `allowed` ones."""
    if isinstance(value, BaseModel):
        session = isinstance(value, RealtimeSessionCreateRequest)
        extra = set(value.model_extra or {}) - (allowed if session else set())
        if extra:
            return _join(path, min(extra))
        parts = [(_join(path, name), getattr(value, name)) for name in value.model_fields_set]
    elif isinstance(value, list):
        parts = [(f"{path}[{index}]", part) for index, part in enumerate(value)]
    else:
        return None
    found = (_unknown_field(part, at, allowed=allowed) for at, part in parts)
    return next((unknown for unknown in found if unknown), None)


def _most_telling(error: ValidationError) -> Any:
    """Of the complaints about every member of every union, the one about the member meant.

    A wrong `type` or `role` says that the member was not meant, unless no other fits better.
    """
    complaints = error.errors(include_url=False)
    untyped = [c for c in complaints if c["type"] == "missing" and c["loc"][-1] == "type"]
    if untyped:
        return min(untyped, key=lambda c: len(c["loc"]))

    def names_member(complaint: Any) -> bool:
        return complaint["type"] == "literal_error" and complaint["loc"][-1] in ("type", "role")

    not_meant = {c["loc"][:-1] for c in complaints if names_member(c)}

    def within(loc: Loc) -> bool:
        return any(loc[:length] in not_meant for length in range(1, len(loc)))

    meant = [c for c in complaints if not within(c["loc"])]
    outermost = [c for c in complaints if not within(c["loc"][:-1])]
    return max(meant or outermost or complaints, key=lambda c: len(c["loc"]))


def _refusal_of(error: ValidationError) -> ModelRefusal:
    complaint = _most_telling(error)
    path = ""
    for part in complaint["loc"]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif re.fullmatch(r"[a-z][a-z0-9_]*", part) and part not in ("int", "str", "bool", "float"):
            path = _join(path, part)  # the others name classes, not fields
    if complaint["type"] == "missing":
        return _missing(path)
    literal = complaint["type"] == "literal_error"
    return ModelRefusal(
        message=f"Invalid {'value' if literal else 'type'} for '{path}': {complaint['msg']}.",
        code="invalid_value" if literal else "invalid_type",
        param=path,
    )


def _missing(path: str) -> ModelRefusal:
    return ModelRefusal(
        message=f"Missing required parameter: '{path}'.",
        code="missing_required_parameter",
        param=path,
    )


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
