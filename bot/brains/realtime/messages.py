"""The JSON of a model's messages."""

import json
from typing import Any

import orjson


def read_message(message: str | bytes) -> Any:
    """A message's JSON. A text that is cut within a character may hold half of a surrogate pair,
    which only `json` takes: it becomes a replacement character. Raises ValueError."""
    try:
        return orjson.loads(message)
    except ValueError:
        text = message.decode(errors="replace") if isinstance(message, bytes) else message
        if "\\ud" not in text.lower():
            raise
        try:
            whole = json.dumps(json.loads(text), ensure_ascii=False)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        return orjson.loads(whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
