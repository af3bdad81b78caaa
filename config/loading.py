"""Settings read from the environment and `.env`, and what is said of mistakes in them."""

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AliasChoices, ValidationError

from config.brains import SHIPPED, variables_of
from config.near_names import misspelt
from config.settings import Settings, SettingsError, not_set

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
    try:
        settings, complaints, wrong = _read(env_file)
    except UnicodeDecodeError:
        raise SettingsError(f"{env_file} is not text in UTF-8") from None
    missing = [name for name in settings.lacks(needed) if name not in wrong]
    if missing:
        complaints.append(not_set(missing))
        names = {name.upper() for name in missing}
        found = _misspelt(env_file).items()
        complaints += [_no_setting(name, meant) for name, meant in found if meant in names]
    if complaints:
        raise SettingsError(*complaints)
    return settings


def sound_settings(env_file: str | Path | None = ".env") -> Settings:
    """What can be taken of settings that `load_settings` refuses: those that are malformed are as
    if they were not given, and so are all of which something is wrong together.
    """
    try:
        return _read(env_file)[0]
    except UnicodeDecodeError:
        return _read(None)[0]


# Settings that are looked at together, in this order.
_TOGETHER = (
    {"webhook_urls", "webhook_secret", "owner_email", "digest_at", "digest_each_call"}
    | {"mail_server", "mail_username", "mail_from"},
    {"twilio_api_key_sid", "twilio_api_key_secret"},
)


def _read(env_file: str | Path | None) -> tuple[Settings, list[str], Collection[str]]:
    """The settings without those that are wrong; what is wrong; and the names of these. Raises
    UnicodeDecodeError.
    """
    complaints: dict[str, None] = {}
    instead: dict[str, Any] = {}
    while True:
        try:
            return Settings(_env_file=env_file, **instead), list(complaints), instead
        except ValidationError as error:
            complaints |= dict.fromkeys(map(_complaint, error.errors()))
            wrong = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
            if not wrong:
                wrong = next(names for names in _TOGETHER if not names <= instead.keys())
            for names in _TOGETHER:  # what lacks one that is wrong itself needs no mending
                wrong |= names if wrong & names else set()
            instead |= {name: _default(name) for name in wrong}


def _default(name: str) -> Any:
    """Of a setting by the name that it is given under."""
    for field, info in Settings.model_fields.items():
        alias = info.validation_alias
        if name == field or (isinstance(alias, AliasChoices) and name in alias.choices):
            return info.get_default(call_default_factory=True)
    raise AssertionError(f"{name} is no setting")


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
            "guessed: make a long one (`trunkline settings` says how)"
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


def _complaint(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"]).upper()
    message = error["msg"].removeprefix("Value error, ")
    return f"{name} {message}" if name else message
