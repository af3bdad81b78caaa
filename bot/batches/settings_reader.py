"""The settings of a batch as a sender writes them, read and checked."""

import tomllib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.batches.errors import Malformed
from bot.batches.settings import BatchSettings
from config.calling_rules import Rules

_CAP_OF_HOURS = {24: "per_day", 168: "per_week"}


def read_settings(given: Mapping[str, Any]) -> BatchSettings:
    """Raises Malformed, which names each setting that is wrong and never what was given."""
    try:
        return BatchSettings.model_validate(given)
    except ValidationError as error:
        raise Malformed("settings: " + "; ".join(map(_complaint, error.errors()))) from None


def new_settings(given: Mapping[str, Any], rules: Rules) -> BatchSettings:
    """The settings of a new batch, as far as its caps are the law's to set: who calls without
    consent is held to what a law lets them, in the batch's country. Raises Malformed where more was
    asked for.
    """
    settings = read_settings(given)
    if settings.consent_required:
        return settings
    exempt = [rule.without_consent for rule in rules.of(settings.country) if rule.without_consent]
    lowered: dict[str, int] = {}
    for law, most in [(each.law, most) for each in exempt for most in each.most]:
        name = _CAP_OF_HOURS.get(most.hours, "")
        if not name:
            continue  # the gate keeps it
        wanted = getattr(settings.caps, name)
        if wanted > most.calls and name in settings.caps.model_fields_set:
            raise Malformed(
                f"settings: caps.{name}: without consent (consent_required = false) the most is "
                f"{most.calls} in {most.hours} hours to a number, by {law}: set it to "
                f"{most.calls}, or leave it out"
            )
        lowered[name] = min(wanted, most.calls)
    return settings.model_copy(update={"caps": settings.caps.model_copy(update=lowered)})


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
