"""What we send to the model, held against the types of the `openai` package."""

import json
from typing import Any

from openai.types.realtime import RealtimeClientEvent
from pydantic import BaseModel, TypeAdapter

_ADAPTER: TypeAdapter[BaseModel] = TypeAdapter(RealtimeClientEvent)


def assert_valid(event: dict[str, Any]) -> None:
    """Raises unless the event is one of the package's union and holds nothing unknown to it."""
    parsed = _ADAPTER.validate_json(json.dumps(event), strict=True)
    assert parsed.type == event["type"], f"{event['type']} is no client event"  # type: ignore[attr-defined]
    assert _unknown(parsed) == [], f"{event['type']}: unknown fields"
    assert parsed.model_dump(exclude_unset=True) == event


def _unknown(value: Any) -> list[str]:
    if isinstance(value, BaseModel):
        found = list(value.model_extra or {})
        return found + [name for field in dict(value).values() for name in _unknown(field)]
    if isinstance(value, (list, tuple)):
        return [name for member in value for name in _unknown(member)]
    return []
