"""Secrets of sessions and links: plain code.

A token bears our seal, so that one which we never gave is known without a look at the database; the
database knows the token by its hash, so that who reads it cannot sign in.
"""

import hashlib
import hmac
import secrets

_SEAL_CHARACTERS = 32


class Tokens:
    """Makes tokens and knows its own. With another secret of the service all are void."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"trunkline console\0" + secret.encode()).digest()

    def new(self) -> str:
        """A new token, of letters, digits, - _ and one dot."""
        token = secrets.token_urlsafe(32)
        return f"{token}.{self._seal(token)}"

    def hash_of(self, sealed: str) -> str | None:
        """What the database knows the token by; None: it is none of ours."""
        token, _, seal = sealed.partition(".")
        if not self._fits(token, seal):
            return None
        return hashlib.sha256(token.encode()).hexdigest()

    def seal(self, name: str) -> str:
        """Our seal on a name, which proves that we gave it."""
        return self._seal(f"name {name}")

    def is_seal(self, name: str, seal: str) -> bool:
        """Whether this is our seal on that name."""
        return self._fits(f"name {name}", seal)

    def _fits(self, text: str, seal: str) -> bool:
        return hmac.compare_digest(seal.encode(), self._seal(text).encode())

    def _seal(self, token: str) -> str:
        return hmac.new(self._key, token.encode(), hashlib.sha256).hexdigest()[:_SEAL_CHARACTERS]
