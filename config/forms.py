"""The forms that settings have: numbers, lists, addresses, keys that sign."""

import base64
from typing import Any
from urllib.parse import urlsplit

E164 = r"\+[1-9][0-9]{6,14}"
SIGNING_KEY_BYTES = 24  # at least, as Standard Webhooks have it


def comma_separated(value: Any) -> Any:
    """A tuple of the parts of a text; what is no text stays."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def base_url(value: str, *schemes: str) -> str:
    """A URL without a slash at its end. Raises ValueError."""
    try:
        parts = urlsplit(value)
        well_formed = parts.scheme in schemes and parts.hostname and parts.port != 0
    except ValueError:
        well_formed = False
    if not well_formed:
        raise ValueError(f"must be a URL like {schemes[0]}://host")
    if parts.query or parts.fragment:
        raise ValueError("must have no query and no fragment")
    return value.rstrip("/")


def key_bytes(secret: str) -> bytes:
    """The key that a secret stands for; empty where it cannot be read."""
    marked = secret.removeprefix("whsec_")
    if marked == secret:
        return secret.encode()
    try:
        return base64.b64decode(marked, validate=True)
    except ValueError:
        return b""
