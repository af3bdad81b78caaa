"""Settings read from the environment and `.env`, and what is said of mistakes in them."""

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AliasChoices, ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from config.brains import SHIPPED, variables_of
from config.near_names import misspelt
from config.settings import HALF_A_PAIR, Settings, SettingsError, not_set

_API_KEY_CHARACTERS = 16  # fewer can be guessed


def load_settings(
    env_file: str | Path | None = ".env", *, needed: Collection[str] = ()
) -> Settings:
    """Reads the environment and the `.env` file in the working directory.

    Raises:
        SettingsError: something is malformed, or is `needed` and not set: all of it in one
            message, of which secrets are no part. Names that were probably meant for what is
            missing are in it.
    """
    complaints: list[str] = []
    try:
        settings = Settings(_env_file=env_file)
        missing = settings.lacks(needed)
    except ValidationError as error:
        complaints = list(map(_complaint, error.errors()))
        given = DotEnvSettingsSource(Settings, env_file=env_file)() | EnvSettingsSource(Settings)()
        missing = [name for name in needed if name not in given]
        if error.errors()[0]["loc"] and _half_a_pair(given):  # it is looked at after the fields
            complaints.append(HALF_A_PAIR)
    except UnicodeDecodeError:
        raise SettingsError(f"{env_file} is not text in UTF-8") from None
    if missing:
        complaints.append(not_set(missing))
        names = {name.upper() for name in missing}
        found = _misspelt(env_file).items()
        complaints += [_no_setting(name, meant) for name, meant in found if meant in names]
    if complaints:
        raise SettingsError("; ".join(complaints)) from None
    return settings


def doubts(settings: Settings, env_file: str | Path | None = ".env") -> list[str]:
    """What can be served with, and is probably a mistake: sentences without secrets."""
    own = [settings.trunkline_brains] if settings.trunkline_brains is not None else []
    of_brains = variables_of(SHIPPED, *own)
    found = [
        _no_setting(name, meant)
        for name, meant in _misspelt(env_file).items()
        if name.upper() not in of_brains
    ]
    if 0 < len(settings.trunkline_api_key.get_secret_value()) < _API_KEY_CHARACTERS:
        found.append(
            f"TRUNKLINE_API_KEY has fewer than {_API_KEY_CHARACTERS} characters and can be "
            "guessed: make a long one (.env.example says how)"
        )
    if path := urlsplit(settings.public_url).path:
        found.append(
            f"PUBLIC_URL has a path: this works only if the proxy takes {path} off before it "
            "passes a request on"
        )
    return found


def _misspelt(env_file: str | Path | None) -> Mapping[str, str | None]:
    in_file = dotenv_values(env_file, interpolate=False) if env_file is not None else {}
    return misspelt(in_file, os.environ, _names())


def _names() -> frozenset[str]:
    """Under which the environment gives settings."""
    names: set[str] = set()
    for name, info in Settings.model_fields.items():
        alias = info.validation_alias
        choices: Iterable[Any] = alias.choices if isinstance(alias, AliasChoices) else (name,)
        names.update(str(each).upper() for each in choices)
    return frozenset(names)


def _no_setting(name: str, meant: str | None) -> str:
    return f"{name} is no setting" + (f": did you mean {meant}?" if meant else "")


def _half_a_pair(given: Mapping[str, Any]) -> bool:
    return bool(given.get("twilio_api_key_sid")) != bool(given.get("twilio_api_key_secret"))


def _complaint(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"]).upper()
    message = error["msg"].removeprefix("Value error, ")
    return f"{name} {message}" if name else message
