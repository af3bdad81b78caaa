"""The signature of webhooks that go out, as Standard Webhooks has it (standardwebhooks.com)."""

import base64
import hashlib
import hmac


def signature(secret: str, *, notice_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 over "<id>.<timestamp>.<body>".

    A secret that begins with `whsec_` is base64 after it.
    """
    prefix, marked, encoded = secret.partition("whsec_")
    key = base64.b64decode(encoded) if marked and not prefix else secret.encode()
    signed = b".".join((notice_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
