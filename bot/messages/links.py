"""Links that acknowledge one message and need no key: whoever was sent one has the message."""

import hashlib
import hmac

PREFIX = "/acknowledge/"


class AcknowledgeLinks:
    """Makes and checks them. They hold for as long as the API key they are signed with."""

    def __init__(self, *, public_url: str, api_key: str) -> None:
        self._public_url = public_url
        self._key = hmac.digest(api_key.encode(), b"trunkline acknowledge", hashlib.sha256)

    def link(self, message_id: str) -> str:
        return f"{self._public_url}{PREFIX}{message_id}/{self._signature(message_id)}"

    def fits(self, message_id: str, signature: str) -> bool:
        """Whether we made this link."""
        return hmac.compare_digest(self._signature(message_id).encode(), signature.encode())

    def _signature(self, message_id: str) -> str:
        return hmac.digest(self._key, message_id.encode(), hashlib.sha256).hex()[:32]
