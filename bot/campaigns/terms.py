"""The settings of a batch as a sender writes them, read and checked."""

import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.campaigns.refusals import Malformed
from bot.campaigns.settings import BatchSettings


def read_settings(given: Mapping[str, Any]) -> BatchSettings:
    """Raises Malformed, which names each setting that is wrong and never what was given."""
    try:
        return BatchSettings.model_validate(given)
    except ValidationError as error:
        raise Malformed("settings: " + "; ".join(map(_complaint, error.errors()))) from None


def read_toml(text: str) -> dict[str, Any]:
    """The settings in a TOML file, not checked yet. Raises Malformed."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"settings: not TOML: {error}") from None


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Settings laid over one another, the last on top; tables are merged, not replaced."""
    result: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            below = result.get(name)
            tables = isinstance(below, Mapping) and isinstance(value, Mapping)
            result[name] = merged(below, value) if tables else value  # type: ignore[arg-type]
    return result


def _complaint(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"there is no setting {name}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if name else message
