"""The body of an answer, taken in piece by piece and never more of it than was agreed. Plain code.

A few packed bytes can hold a thousand times as many, and packed again a million times: they are
counted as they are unpacked, and unpacked no further than to the bound.
"""

import zlib

_GZIP = 16 + zlib.MAX_WBITS  # a gzip header, and no other


class BadBody(Exception):
    """It is too long, or cannot be unpacked; the message says which."""


class BoundedBody:
    """At most so many bytes, as they come and as they are unpacked. Raises BadBody."""

    def __init__(self, encoding: str, most_bytes: int) -> None:
        """`encoding` is the answer's `Content-Encoding`."""
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip"):
            raise BadBody(f"the answer is packed as {name[:40]!r}; send it plain, or as gzip")
        self._unpack = zlib.decompressobj(_GZIP) if "gzip" in name else None
        self._most = most_bytes
        self._came = 0
        self._content = bytearray()

    def add(self, chunk: bytes) -> None:
        """More of it has come."""
        self._came += len(chunk)
        if self._came > self._most:
            raise self._too_long()
        if self._unpack is None:
            self._content += chunk
            return
        try:
            self._content += self._unpack.decompress(chunk, self._most + 1 - len(self._content))
        except zlib.error as error:
            raise BadBody(f"the answer says that it is gzip and is not: {error}") from None
        if len(self._content) > self._most:
            raise self._too_long()

    @property
    def content(self) -> bytes:
        """All of it. Raises BadBody when the end of what was packed is missing."""
        if self._unpack is not None and self._came and not self._unpack.eof:
            raise BadBody("the answer is packed as gzip, and its end is missing")
        return bytes(self._content)

    def _too_long(self) -> BadBody:
        return BadBody(f"the answer is longer than {self._most} bytes")
